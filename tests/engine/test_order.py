"""Order inside a step: latency first, within a block the bid; people at any time, and blocks as long as time lasts."""

from __future__ import annotations

import numpy as np

from sim.engine.order import StepOrder, Turn
from sim.scenario.people import Arbitrageur, Blocks, Keepers
from sim.scenario.variation import Factors
from sim.world.streams import Streams

PATHS = 4_000
GAS = {"liquidate": 1_000_000, "swap": 500_000, "request_swap": 20_000}


def turns(keepers: dict, arbitrageur: dict, *, block_s: float = 0.25, step_s: float = 10.0) -> list[Turn]:
    order = StepOrder.of(
        Keepers(max_liquidations_per_step=1, **{"cost_usd": 0.5, **keepers}),
        Arbitrageur(capital_usd=1, min_profit_bps=0, max_trade_usd=1, **arbitrageur),
        Blocks(block_s=block_s),
        GAS,
        Factors.of((), PATHS),
    )
    return list(order.turns(0, step_s, Streams(1, tuple(range(PATHS)))))


def keepers_lead(found: list[Turn]) -> float:
    """Share of paths on which keepers are before arbitrageurs, where any of them answers in time."""
    return float(found[1].paths[found[0].first_s < found[0].step_s].mean())


def test_everybody_has_one_turn_on_every_path_but_people_who_have_two_halves() -> None:
    found = turns({}, {})
    assert [turn.group for turn in found] == ["people", "keepers", "arbitrageur", "keepers", "people"]
    assert (found[1].paths ^ found[3].paths)[found[0].first_s < 10.0].all()
    early, late = (turn.may_act("traders", 20, 0, Streams(1, tuple(range(PATHS)))) for turn in (found[0], found[4]))
    assert (early ^ late).all()


def test_whoever_is_quicker_is_first_more_often() -> None:
    """Of two exponential times the one with a quarter of the mean is the shorter in four of five draws."""
    share = keepers_lead(turns({"latency_s": 1.0}, {"latency_s": 4.0}, block_s=1e-6, step_s=1e6))
    assert abs(share - 0.8) < 3 * np.sqrt(0.8 * 0.2 / PATHS)


def test_within_a_block_the_higher_bid_is_first_whoever_was_quicker() -> None:
    assert keepers_lead(turns({"cost_usd": 10.0}, {"cost_usd": 0.1}, block_s=1e6)) == 1.0
    assert keepers_lead(turns({"cost_usd": 0.1}, {"cost_usd": 10.0}, block_s=1e6)) == 0.0


def test_a_bid_is_per_unit_of_gas() -> None:
    """The same cost for half the gas is the higher bid."""
    assert keepers_lead(turns({"cost_usd": 1.0}, {"cost_usd": 1.0}, block_s=1e6)) == 0.0


def test_as_many_people_come_before_the_machines_as_the_latency_has_of_the_step() -> None:
    draws = Streams(1, tuple(range(PATHS)))
    early = turns({"latency_s": 2.0}, {"latency_s": 2.0}, step_s=60.0)[0].may_act("traders", 50, 0, draws)
    assert abs(early.mean() - 1.0 / 60.0) < 0.002  # the first of two exponential times of two seconds: one, on average


def test_machines_that_have_not_answered_when_the_step_ends_do_not_ask_for_room() -> None:
    """There are no blocks left in it: calls would be refused for want of room, where room is not what lacks."""
    found = turns({"latency_s": 10.0}, {"latency_s": 10.0})
    late = found[0].first_s >= 10.0
    assert 0.1 < late.mean() < 0.17  # both of two exponential times of ten seconds: one in e squared
    assert not any(turn.paths[late].any() for turn in found[1:4])
    assert found[2].paths[~late].all()


def test_the_blocks_of_a_step_are_as_many_as_it_has_seconds() -> None:
    found = turns({}, {})
    opened = [turn.lasts_s for turn in found if turn.opens_blocks]
    assert np.allclose(sum(opened), 10.0)
    assert [turn.opens_blocks for turn in found] == [True, True, False, False, False]
