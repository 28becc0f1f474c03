"""What keepers' calls cost them: they bring what pays, people bring the rest themselves, and nothing hangs for ever."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from storm import storm

from sim.agents.amounts import round_down
from sim.agents.arbitrageur import Arbitrageur
from sim.agents.liquidity_providers import LiquidityProviders
from sim.chain.actions import POSTPONED, VERBS, Batch, batch
from sim.chain.codec import floats_from_words
from sim.chain.digest import digest
from sim.chain.encode import Encoder
from sim.chain.evm import EvmChain
from sim.chain.offers import Offers
from sim.chain.protocol import Chain
from sim.chain.tape import Recorder, play
from sim.chain.views import Views
from sim.design import load_design
from sim.engine import loop as engine
from sim.engine.agent import Outcome
from sim.engine.observation import Book, Observation
from sim.engine.stepping import Stepper
from sim.risk.records import Records
from sim.runs.staging import cast_agents, stage
from sim.world.streams import Streams

PATHS = (0, 1)
COSTS = (0.0, 0.05, 0.5, 2.0, 100.0)
DESIGNS = ("gmx_v2", "breakwater", "glp")
#: Longer than any wait, and than a cancelled order stands: what is left by then stands for ever.
LONG_S = 1_200


class Watched:
    """Income of keepers, and who brings what to its end."""

    def __init__(self, chain: Chain) -> None:
        self._keeper = chain.deployment.actor("keepers")
        self._feeds = [chain.deployment.feeds.index(asset.feed) for asset in chain.deployment.design.assets]
        self._offers = Offers(chain)
        self.book: Book  # of all accounts, as of the last call
        self.liquidations: list[float] = []  # USD, by call
        self.requests: list[float] = []  # the same of requests that keepers brought to their end, or nearer to it
        self.ended: dict[str, list[bool]] = {"execute": [], "execute_exit": [], "execute_entry": []}  # by keepers?

    def offered(self, seen: Observation, batch: Batch) -> np.ndarray:
        """USD that stand on requests before they are executed, (n,)."""
        path, columns = batch.path, batch.columns
        if batch.verb == "execute_exit":
            return self._offers.exit(path, columns["holder"]) * (seen.pool.aum_low / seen.pool.supply)[path]
        if batch.verb == "execute_entry":
            asset, tokens = self._offers.entry(path, columns["holder"])
        else:
            asset, tokens = self._offers.order(path, columns["account"], columns["slot"])
        return tokens * seen.prices.low[path, np.array(self._feeds)[asset]]

    def hear(self, outcome: Outcome, offered: np.ndarray | None) -> None:
        batch = outcome.batch
        if offered is not None:
            is_over = outcome.values.get("outcome", np.zeros(len(batch))) != POSTPONED
            self.requests += (offered * is_over)[outcome.ok & (batch.actor == self._keeper)].tolist()
        if batch.verb == "liquidate":
            self.liquidations += outcome.values["reward_usd"][outcome.ok].tolist()
        if batch.verb in self.ended:
            self.ended[batch.verb] += (batch.actor[outcome.ok] == self._keeper).tolist()


def played(monkeypatch: pytest.MonkeyPatch, name: str, cost_usd: float) -> tuple[Watched, Chain, list[Any], Records]:
    """A storm with nervous providers, eager arbitrage, and traders who leave; then calm, for as long as it takes."""
    scenario = storm(
        **{
            "keepers.cost_usd": cost_usd,
            "clock.segment": [
                {"until": "2025-01-01T00:06:40Z", "step_s": 10},
                {"until": "2025-01-01T00:30:00Z", "step_s": 20},
            ],
            "waypoint": [
                *storm().model_dump(mode="json", by_alias=True)["waypoint"],
                *(
                    {"feed": feed, "time": "2025-01-01T00:30:00Z", "price_usd": price, "source": "made up"}
                    for feed, price in (("BTC", 90_000.0), ("ETH", 3_600.0), ("SOL", 180.0))
                ),
            ],
            "liquidity_providers.exit_drawdown_min": 1e-4,
            "liquidity_providers.exit_drawdown_max": 2e-4,
            "liquidity_providers.deposit_yield_per_year": -1.0,
            "traders.close_per_hour": 6.0,
        }
    )
    chain, window, _ = stage(load_design(name), scenario, 1, PATHS)
    streams = Streams(1, PATHS)
    agents = cast_agents(chain, window, scenario, streams)
    watched, send = Watched(chain), Stepper.send

    def listening(stepper: Stepper, seen: Any, batch: Any, agent: Any, note: Any) -> None:
        watched.book = stepper.book
        offered = watched.offered(seen, batch) if batch.verb in watched.ended else None

        def both(outcome: Outcome) -> None:
            watched.hear(outcome, offered)
            note(outcome)

        send(stepper, seen, batch, agent, both)

    monkeypatch.setattr(Stepper, "send", listening)
    records = engine.run(chain, window, agents, streams)
    return watched, chain, agents, records


@pytest.mark.parametrize("cost_usd", COSTS)
@pytest.mark.parametrize("name", DESIGNS)
def test_keepers_bring_what_pays_and_nothing_hangs(monkeypatch: pytest.MonkeyPatch, name: str, cost_usd: float) -> None:
    watched, chain, agents, records = played(monkeypatch, name, cost_usd)
    end_s = int(records.time_s[-1])
    rewards = np.array(watched.liquidations)
    assert (rewards >= cost_usd).all()  # each of these designs pays for it
    assert (np.array(watched.requests) >= cost_usd).all()
    if cost_usd <= 0.5:
        assert len(rewards) > 10
    if cost_usd == 100.0:
        assert len(rewards) < 10
    if cost_usd == 0.0:
        assert all(all(by_keepers) for by_keepers in watched.ended.values())
    if cost_usd == 100.0:
        assert not any(watched.ended["execute_entry"] + watched.ended["execute_exit"])
    for agent in agents:
        if isinstance(agent, LiquidityProviders):
            assert ((agent.due_s > end_s - LONG_S) & (agent.entry_due_s > end_s - LONG_S)).all()
            for path in range(len(PATHS)):
                held = np.array([_shares(chain, path, f"lp{i}") for i in range(agent.shares.shape[1])])
                assert np.abs(held - agent.shares[path]).max() < 1e-3
        if isinstance(agent, Arbitrageur):
            assert (agent.entry_due_s > end_s - LONG_S).all()
    book = watched.book
    assert (end_s - book.asked_at_s[book.is_waiting] < LONG_S).all()
    assert records.actions["execute"].sum() > 40


def _shares(chain: Chain, path: int, name: str) -> float:
    return float(Views(chain).shares([name])[path, 0])


def test_a_call_that_is_tried_tells_what_it_would_bring_and_leaves_nothing() -> None:
    """On compiled code and on bytecode alike; nobody has liquidated in the fall before."""
    scenario, paths = storm(**{"keepers.max_liquidations_per_step": 0}), (0,)
    chain, window, head = stage(load_design("glp"), scenario, 1, paths)
    recorder, streams = Recorder(), Streams(1, paths)
    engine.run(chain, window, cast_agents(chain, window, scenario, streams), streams, recorder=recorder, steps=19)
    again, _ = play(recorder.tape(0, head), EvmChain)
    ids = np.array(chain.deployment.cast.trader_ids)
    before = digest(chain, 0)
    told = Offers(chain).liquidation(np.zeros_like(ids), ids, chain.deployment.cast.keeper_ids[0])
    assert (told > 0.5).sum() > 3
    assert (told == 0.0).sum() > 3  # the healthy: refused
    assert (Offers(again).liquidation(np.zeros_like(ids), ids, chain.deployment.cast.keeper_ids[0]) == told).all()
    assert digest(chain, 0) == before == digest(again, 0)
    for account, usd in zip(ids[told > 0].tolist(), told[told > 0].tolist(), strict=True):
        calls = Encoder(chain.deployment).encode(
            batch("liquidate", np.zeros(1), 0, account=account, keeper=chain.deployment.cast.keeper_ids[0])
        )
        mark = chain.snapshot(0)
        receipts = chain.apply(calls)
        assert receipts.status[0] == 0
        column = [name for name, _ in VERBS["liquidate"].returns].index("reward_usd")
        assert floats_from_words(receipts.output[:, column])[0] == usd
        chain.revert(0, mark)


def test_what_would_become_of_a_request_is_told_alike_by_compiled_code_and_bytecode() -> None:
    nervous = {"liquidity_providers.exit_drawdown_min": 1e-4, "liquidity_providers.exit_drawdown_max": 2e-4}
    scenario, paths = storm(**nervous), (0,)
    chain, window, head = stage(load_design("breakwater"), scenario, 1, paths)
    recorder, streams = Recorder(), Streams(1, paths)
    agents = cast_agents(chain, window, scenario, streams)
    engine.run(chain, window, agents, streams, recorder=recorder, steps=30)
    again, _ = play(recorder.tape(0, head), EvmChain)
    (providers,) = (agent for agent in agents if isinstance(agent, LiquidityProviders))
    holder = providers.actors[np.isfinite(providers.due_s[0])]
    found = []
    for _ in range(2):  # too soon, and when the first price is over
        told = [Offers(each).outcome("execute_exit", np.zeros_like(holder), holder) for each in (chain, again)]
        assert (told[0] == told[1]).all()
        found.append(set(told[0].tolist()))
        for each in (chain, again):
            each.advance(int(window.world.times_s[-1]) + 86_400)
    assert len(holder) > 1
    assert found[0] != found[1]


def test_what_is_left_after_many_requests_can_still_be_asked_for() -> None:
    """Sums of floats must not say more than the chain has: millions of shares, in full, again and again."""
    tokens, held = 9_996_600.659572786, 9_996_600_659572786_000000000  # the chain keeps integers, of 1e-18 each
    for _ in range(300):
        asked = float(round_down(np.array(tokens)))
        words = round(asked * 1e9) * 10**9
        assert words <= held
        back = words - words // 10_000  # less what the keeper gets
        tokens, held = tokens - asked + back / 1e18, held - words + back
    assert tokens > 9.6e6
