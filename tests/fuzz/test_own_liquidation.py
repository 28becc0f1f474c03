"""What somebody gains who liquidates accounts of his own, design by design, and whether the design says so."""

from __future__ import annotations

import pytest

from sim.design import Design, list_designs, load_design
from sim.fuzz.arena import Arena
from sim.fuzz.facts import INSURANCE, WAD
from sim.fuzz.probes.reward import TICKS, farm
from sim.fuzz.properties import Lab

#: USD gained by a long and a short of 10 USD each in the first market after the jumps of TICKS, as the designs list it.
LISTED_USD = {
    "glp": (0.026, 0.107, 0.270, 0.435),
    "glp_partial": (0.026, 0.107, 0.270, 0.435),
    "jlp": (0.035, 0.116, 0.279, 0.445),
    "pdlp_paper": (0.026, 0.107, 0.270, 0.435),
    "single_venue": (0.026, 0.107, 0.270, 0.435),
}


def gains(design: Design, m: int, direction: int) -> list[float | None]:
    """USD for each number of ticks, beyond what the jump alone takes from insurance or the pool."""
    arena = Arena.deploy(design)
    k = arena.facts.markets[m].assets[1]
    assert arena.call("deposit_collateral", "traders", INSURANCE, k, 10**9).accepted  # it can pay
    state = arena.snapshot()
    lab = Lab(arena, state, 0, tuple(price.mid for price in state.prices), {})
    answers: list[float | None] = []
    for ticks in TICKS:
        with arena.probe(), arena.fork():
            found = farm(lab, m, direction, ticks)
        answers.append(None if found is None else (found.gained - found.unpaid) / WAD)
    return answers


@pytest.mark.parametrize("name", list_designs())
def test_nobody_gains_by_his_own_liquidation_but_where_the_design_says_so(name: str) -> None:
    design = load_design(name)
    lists = "LQ-16" in {broken.property for broken in design.breaks}
    assert lists == (name in LISTED_USD)
    for m in range(len(design.markets)):
        for direction in (1, -1):
            found = [gain for gain in gains(design, m, direction) if gain is not None]
            assert found
            assert (max(found) > 0.4) if lists else (max(found) <= 0)


@pytest.mark.parametrize("name", sorted(LISTED_USD))
def test_the_gain_that_a_design_lists_is_the_measured_one(name: str) -> None:
    assert gains(load_design(name), 0, 1) == pytest.approx(LISTED_USD[name], abs=0.002)


@pytest.mark.parametrize("name", sorted(LISTED_USD))
def test_the_same_slot_without_the_pools_reward_pays_nobody(name: str) -> None:
    """The variant: insurance pays no more than the account paid to open what is closed."""
    design = load_design(name, ["liquidation.pool_pays_keeper=false"])
    assert max(gain for gain in gains(design, 0, 1) if gain is not None) <= 0


@pytest.mark.parametrize("reward_usd", [1, 2, 100])
def test_a_reward_that_no_small_account_could_pay_is_not_made_up_for(reward_usd: int) -> None:
    """Ten pairs of 10 USD took 8.66 USD out of insurance."""
    design = load_design("glp", ["liquidation.pool_pays_keeper=false", f"liquidation.keeper_usd={reward_usd}"])
    for direction in (1, -1):
        assert max(gain for gain in gains(design, 0, direction) if gain is not None) <= 0
