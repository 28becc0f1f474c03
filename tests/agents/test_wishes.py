"""Who is refused asks for less than he asked for last, and gives up what has become too small to be had."""

from __future__ import annotations

import numpy as np
import pytest
from storm import storm

from sim.agents.traders import LIMIT_USE, Traders
from sim.chain.failures import code_of
from sim.chain.views import Views
from sim.design import load_design
from sim.engine.loop import run
from sim.runs.staging import cast_agents, stage
from sim.world.streams import Streams

PATHS = (0, 1)
RETRY = 0.5
Tries = list[tuple[float, float, int, float]]
SYMBOLS = ("BTC", "ETH", "SOL")


def tries(
    monkeypatch: pytest.MonkeyPatch, *overrides: str, seed_usd: float = 1e6
) -> tuple[dict[tuple[int, int], Tries], Traders]:
    """Of each person's wish, by path and account: asked, allowed, in units, the reason, and the price.

    Nobody leaves.
    """
    people = {"leave_share": 0.0, "retry_after_s": 0.0, "retry_size_share": RETRY, "arrival_per_hour": 0.0}
    people |= {"close_per_hour": 0.0, "stop_share": 0.0, "take_profit_fraction": 1e6}
    traders_keys = {f"traders.{key}": value for key, value in people.items()}
    scenario = storm(**traders_keys, **{"liquidity_providers.seed_usd": seed_usd})
    chain, window, _ = stage(load_design("glp", ["execution=at_once", *overrides]), scenario, 1, PATHS)
    streams = Streams(1, PATHS)
    agents = cast_agents(chain, window, scenario, streams)
    (traders,) = (agent for agent in agents if isinstance(agent, Traders))
    found: dict[tuple[int, int], Tries] = {}
    room = Views.room

    def noted(self: Views, path, ids, m, size, acceptable_usd):
        allowed, reason = room(self, path, ids, m, size, acceptable_usd)
        for p, i, *each in zip(*(c.tolist() for c in (path, ids, size, allowed, reason, acceptable_usd)), strict=True):
            found.setdefault((p, i), []).append(tuple(each))
        return allowed, reason

    monkeypatch.setattr(Views, "room", noted)
    run(chain, window, agents, streams)
    return found, traders


def test_each_try_is_smaller_than_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """By prices that move a little less than it: size is in units, a wish in USD."""
    caps = (f"market.{symbol}.max_open_interest_usd=60_000" for symbol in SYMBOLS)
    found, _ = tries(monkeypatch, *caps)
    cut = 0
    for wish in found.values():
        for (asked, allowed, *_), (then, *_) in zip(wish, wish[1:], strict=False):
            is_cut = 0.0 < abs(allowed) < abs(asked)
            last = LIMIT_USE * allowed if is_cut else asked
            assert abs(then) < 1.4 * RETRY * abs(last)
            cut += is_cut
    assert cut > 3
    assert sum(len(wish) > 2 for wish in found.values()) > 10


@pytest.mark.parametrize("lacks", ["open interest", "the pool's tokens"])
def test_what_is_too_small_is_given_up(monkeypatch: pytest.MonkeyPatch, lacks: str) -> None:
    """The smallest position is larger than most wishes; the others become so, whatever there is no room of."""
    small = [f"market.{symbol}.min_position_usd=5_000" for symbol in SYMBOLS]
    if lacks == "open interest":
        caps = [f"market.{symbol}.max_open_interest_usd=6_000" for symbol in SYMBOLS]
        found, traders = tries(monkeypatch, *small, *caps)
    else:
        found, traders = tries(monkeypatch, *small, seed_usd=20_000.0)
    too_small = code_of("TRADE_POSITION_TOO_SMALL")
    ends = {who: wish for who, wish in found.items() if wish[-1][2] == too_small}
    assert len(ends) > 10
    for wish in found.values():  # once it is too small nobody asks again; prices asked for are a hundredth off
        assert all(abs(asked) * price > 4_900 for asked, *_, price in wish[:-1])
    path, account = np.array(list(ends)).T
    assert not traders.wishes.is_open[path, account - traders._ids[0]].any()
    assert any(len(wish) > 2 for wish in ends.values())
