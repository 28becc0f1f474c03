"""Providers who are refused: nobody asks for the same again at once, and who is refused for ever stops asking."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise, takewhile
from typing import Any

import numpy as np
import pytest
from storm import storm

from sim.agents import liquidity_providers
from sim.agents.liquidity_providers import LiquidityProviders
from sim.design import load_design
from sim.engine import loop as engine
from sim.engine.agent import Outcome
from sim.runs.staging import cast_agents, stage
from sim.world.streams import Streams

PATHS = (0, 1)
#: What a design refuses for ever, and what makes providers want it throughout.
SCARED = {"exit_drawdown_min": 0.0, "exit_drawdown_max": 1e-9, "deposit_yield_per_year": 1e9}
EAGER = {"exit_drawdown_min": 0.999, "exit_drawdown_max": 1.0, "deposit_yield_per_year": -1e9}
KEPT = tuple(f"asset.{asset.symbol}.buffer={asset.max_pool}" for asset in load_design("glp").assets)
CLOSED = ("pool.max_aum_usd=1",)
REFUSALS: dict[str, tuple[dict[str, float], tuple[str, ...]]] = {
    "redeem": (SCARED, KEPT),
    "mint": (EAGER, CLOSED),
}
Asked = dict[
    tuple[int, int], list[tuple[int, float, bool]]
]  # by path and actor: when, how many shares or USD, whether accepted


def asked(verb: str, monkeypatch: pytest.MonkeyPatch, shut: bool = True, **keys: float) -> Asked:
    """All that providers ask for who look at the pool in every step."""
    people, closed = REFUSALS[verb]
    monkeypatch.setattr(liquidity_providers, "LOOK_EVERY_S", 1e-9)
    scenario = storm(**{f"liquidity_providers.{key}": value for key, value in (people | keys).items()})
    chain, window, _ = stage(load_design("glp", closed if shut else ()), scenario, 1, PATHS)
    streams = Streams(1, PATHS)
    found: Asked = defaultdict(list)
    now = [0]
    hear, look = LiquidityProviders.hear, LiquidityProviders.look

    def looking(self: LiquidityProviders, seen: Any, draws: Any) -> None:
        now[0] = seen.time_s
        look(self, seen, draws)

    def hearing(self: LiquidityProviders, outcome: Outcome) -> None:
        if outcome.batch.verb == verb:
            path, actor, amount = outcome.batch.path, outcome.batch.actor, outcome.batch.columns["amount"]
            if verb == "mint":
                amount = self._deposit_usd[path, np.searchsorted(self.actors, actor)]
            for row in zip(path, actor, amount, outcome.ok, strict=True):
                found[int(row[0]), int(row[1])].append((now[0], float(row[2]), bool(row[3])))
        hear(self, outcome)

    monkeypatch.setattr(LiquidityProviders, "hear", hearing)
    monkeypatch.setattr(LiquidityProviders, "look", looking)
    engine.run(chain, window, cast_agents(chain, window, scenario, streams), streams)
    return found


@pytest.mark.parametrize("verb", REFUSALS)
def test_who_is_refused_asks_for_less_and_later(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = asked(verb, monkeypatch, leave_share=0.0, retry_after_s=30.0, retry_size_share=0.5)
    again = 0
    for tries in found.values():
        for (before_s, before, ok), (after_s, after, _) in pairwise(tries):
            assert not ok
            assert after_s - before_s >= 30
            assert after == pytest.approx(0.5 * before)
            again += 1
    assert again > 20


@pytest.mark.parametrize("verb", REFUSALS)
def test_who_is_refused_for_ever_asks_for_no_more_than_a_while(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever share gives up: without that, the wish has come down to nothing after ten halves."""
    found = asked(verb, monkeypatch, leave_share=0.0, retry_after_s=0.0, retry_size_share=0.5)
    assert {len(tries) for tries in found.values()} == {10}


@pytest.mark.parametrize("verb", REFUSALS)
def test_who_gives_up_asks_no_more(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = asked(verb, monkeypatch, leave_share=1.0)
    assert len(found) > 20
    assert {len(tries) for tries in found.values()} == {1}


@pytest.mark.parametrize("verb", REFUSALS)
def test_who_is_accepted_asks_for_all_that_he_wants(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refusals alone make wishes smaller: deposits are whole, and a quarter is redeemed of what is left."""
    found = asked(verb, monkeypatch, shut=False, leave_share=0.0)
    runs = [list(takewhile(lambda each: each[2], tries)) for tries in found.values()]
    ratios = [after / before for tries in runs for (_, before, _), (_, after, _) in pairwise(tries)]
    assert len(ratios) > 20
    assert ratios == pytest.approx([0.75 if verb == "redeem" else 1.0] * len(ratios))
