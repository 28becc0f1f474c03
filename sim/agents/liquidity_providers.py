"""Liquidity providers: they add while the pool's page shows a good yield, and leave when the share has fallen far.

The page shows what fees and traders' losses brought over the last days: the share's return over its basket's. Who is
refused asks for less, and later, or gives up until he wants it anew.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.agents.amounts import round_down, tokens_for
from sim.agents.patience import Patience
from sim.agents.pay import Pay
from sim.chain.actions import EXECUTED, POSTPONED, Batch, batch
from sim.chain.deployment import Deployment
from sim.engine.agent import Outcome
from sim.engine.observation import Observation
from sim.engine.order import Group
from sim.scenario.people import LiquidityProviders as ProvidersTable
from sim.world.streams import Draws

LOOK_EVERY_S = 600.0  # mean time between two looks of one provider
YEAR_S = 31_536_000.0


class LiquidityProviders:
    """Each provider is an actor with shares and cash of its own."""

    group: Group = "people"
    name = "providers"

    def __init__(
        self, table: ProvidersTable, deployment: Deployment, shares: np.ndarray, draws: Draws, pay: Pay
    ) -> None:
        """`shares` (paths, providers) is what each holds at the start."""
        design = deployment.design
        self._table = table
        self.seats = table.count
        self._waits = design.pool.exit_wait_s > 0  # shares leave by request
        self._asks = design.pool.entry_wait_s > 0  # and so do deposits enter
        self.actors = np.array([deployment.actor(f"lp{i}") for i in range(table.count)])
        self._feeds = np.array([deployment.feeds.index(asset.feed) for asset in design.assets])
        self._targets = np.array([float(asset.target_weight) for asset in design.assets])
        self.shares = shares.copy()
        self._pay = pay
        #: What the request that he brings to its end himself pays him, (paths, providers).
        self._own_shares, self._own_usd = np.zeros((2, *shares.shape))
        self._cash = np.full(shares.shape, table.capital_usd)
        self._deposit_usd = np.zeros(shares.shape)  # of the deposit that each asked for last
        span = table.exit_drawdown_max - table.exit_drawdown_min
        draw = draws.uniform("providers.tolerance", 0, (table.count,))
        self._tolerance = table.exit_drawdown_min + span * draw
        around = 2.0 * draws.uniform("providers.yield", 0, (table.count,)) - 1.0
        self._wanted_yield = table.deposit_yield_per_year + table.deposit_yield_spread_per_year * around
        span = table.run_profit_max_share - table.run_profit_min_share
        self._nerve = table.run_profit_min_share + span * draws.uniform("providers.nerve", 0, (table.count,))
        self._peak = np.zeros(shares.shape[0])
        #: When each provider's request to leave is due, (paths, providers); infinity while there is none.
        self.due_s = np.full(shares.shape, np.inf)
        #: The same of the request to enter.
        self.entry_due_s = np.full(shares.shape, np.inf)
        self._to_leave = Patience(table, "providers.leave.patience", shares.shape)
        self._to_join = Patience(table, "providers.join.patience", shares.shape)
        self._history: list[tuple[float, np.ndarray]] = []  # of the share over its basket
        self._leaves, self._joins = np.zeros((2, *shares.shape), dtype=bool)
        self._runs = np.zeros(shares.shape, dtype=bool)  # who leaves with all that he has

    def look(self, seen: Observation, draws: Draws) -> None:
        """Read the pool's page at the beginning of a step: who would leave, and who add."""
        price = seen.pool.aum_mid / np.maximum(seen.pool.supply, 1e-9)
        self._peak = np.maximum(self._peak, price)
        taken = seen.profit_usd.reshape(len(price), -1).sum(axis=1) / np.maximum(seen.pool.aum_mid, 1e-9)
        self._runs = (taken[:, None] > self._nerve) & (self._nerve < 1.0)
        is_scared = (1.0 - (price / self._peak)[:, None] > self._tolerance) | self._runs
        is_keen = self._shown_yield(seen.time_s, price / seen.basket_price)[:, None] > self._wanted_yield
        self._leaves = self._to_leave.look(seen, draws, is_scared)
        self._joins = self._to_join.look(seen, draws, is_keen & ~is_scared)

    def act(self, seen: Observation, draws: Draws, may: np.ndarray) -> Sequence[Batch]:
        """Bring to its end what is due and pays keepers too little; redeem after a fall, mint for yield."""
        uniform = draws.uniform("providers.look", seen.step, (self._table.count,))
        looks = may & (uniform < -np.expm1(-seen.step_s / LOOK_EVERY_S))
        leaving, joining = looks & self._leaves, looks & self._joins
        return [*self._end(seen, may), *self._redeem(seen, leaving), *self._mint(seen, joining)]

    def hear(self, outcome: Outcome) -> None:
        """Keep shares and cash in step with what was accepted."""
        ok, path = outcome.ok, outcome.batch.path
        if outcome.batch.verb == "execute_exit":
            self._hear_of_exits(outcome)
            return
        if outcome.batch.verb == "execute_entry":
            self._hear_of_entries(outcome)
            return
        provider = np.searchsorted(self.actors, outcome.batch.actor)
        patience = self._to_join if outcome.batch.verb in ("mint", "request_mint") else self._to_leave
        patience.hear(path, provider, ok)
        if outcome.batch.verb == "mint":
            self.shares[path[ok], provider[ok]] += outcome.values["shares"][ok]
            self._cash[path[ok], provider[ok]] -= self._deposit_usd[path[ok], provider[ok]]
        elif outcome.batch.verb == "redeem":
            self.shares[path[ok], provider[ok]] -= outcome.batch.columns["amount"][ok]
        elif outcome.batch.verb == "request_mint":
            self.entry_due_s[path[ok], provider[ok]] = outcome.values["ends_s"][ok]
            self._cash[path[ok], provider[ok]] -= self._deposit_usd[path[ok], provider[ok]]
        elif outcome.batch.verb == "request_exit":
            self.shares[path[ok], provider[ok]] -= outcome.batch.columns["amount"][ok]
            self.due_s[path[ok], provider[ok]] = outcome.values["ends_s"][ok]

    def _hear_of_exits(self, outcome: Outcome) -> None:
        """What was paid, or returned, is over; what was set a new wait, or refused, is tried again."""
        ended = outcome.ok & (outcome.values["outcome"] != POSTPONED)
        provider = np.searchsorted(self.actors, outcome.batch.columns["holder"][ended])
        self.due_s[outcome.batch.path[ended], provider] = np.inf
        path = outcome.batch.path[ended]
        is_own = outcome.batch.actor[ended] == self.actors[provider]
        self.shares[path, provider] += outcome.values["shares"][ended] + is_own * self._own_shares[path, provider]

    def _hear_of_entries(self, outcome: Outcome) -> None:
        """Shares where it was executed, the cash again where it was returned."""
        ended = outcome.ok & (outcome.values["outcome"] != POSTPONED)
        path, provider = outcome.batch.path[ended], np.searchsorted(self.actors, outcome.batch.columns["holder"][ended])
        self.entry_due_s[path, provider] = np.inf
        self.shares[path, provider] += outcome.values["shares"][ended]
        is_back = outcome.values["outcome"][ended] != EXECUTED
        is_own = outcome.batch.actor[ended] == self.actors[provider]
        back_usd = is_back * self._deposit_usd[path, provider]
        self._cash[path, provider] += back_usd + is_own * self._own_usd[path, provider]

    def _shown_yield(self, time_s: int, ratio: np.ndarray) -> np.ndarray:
        """Yearly yield that the page shows for its window, (P,).

        Before the start it was what the scenario says; `ratio` (P,) is the share's price over its basket's.
        """
        window_s = self._table.yield_window_s
        self._history.append((float(time_s), ratio))
        while len(self._history) > 1 and time_s - self._history[1][0] >= window_s:
            self._history.pop(0)
        since_s, then = self._history[0]
        before_s = max(window_s - (time_s - since_s), 0.0)
        return (ratio / then - 1.0) * YEAR_S / window_s + self._table.yield_before_per_year * before_s / window_s

    def _end(self, seen: Observation, may: np.ndarray) -> list[Batch]:
        """Execute requests of one's own that no keeper comes for."""
        calls = []
        path, provider = np.nonzero((self.due_s < seen.time_s) & may)
        left = ~self._pay.for_exits(seen, path, self.actors[provider])
        if left.any():
            path, provider = path[left], provider[left]
            self._own_shares[path, provider] = seen.offers.exit(path, self.actors[provider])
            calls.append(batch("execute_exit", path, self.actors[provider], holder=self.actors[provider]))
        path, provider = np.nonzero((self.entry_due_s < seen.time_s) & may)
        left = ~self._pay.for_entries(seen, path, self.actors[provider])
        if left.any():
            path, provider = path[left], provider[left]
            asset, tokens = seen.offers.entry(path, self.actors[provider])
            self._own_usd[path, provider] = tokens * seen.prices.mid[path, self._feeds[asset]]
            calls.append(batch("execute_entry", path, self.actors[provider], holder=self.actors[provider]))
        return calls

    def _redeem(self, seen: Observation, leaving: np.ndarray) -> list[Batch]:
        path, provider = np.nonzero(leaving & (self.shares > 1.0) & np.isinf(self.due_s))
        if len(path) == 0:
            return []
        free = (seen.pool.tokens - seen.pool.reserved) * seen.prices.mid[:, self._feeds]
        share = np.where(self._runs[path, provider], 1.0, self._table.action_share)
        share = share * self._to_leave.share[path, provider]
        return [
            batch(
                "request_exit" if self._waits else "redeem",
                path,
                self.actors[provider],
                k=free.argmax(axis=1)[path],
                amount=round_down(share * self.shares[path, provider]),
                min_amount=0.0,
                receiver=self.actors[provider],
            )
        ]

    def _mint(self, seen: Observation, joining: np.ndarray) -> list[Batch]:
        asked_usd = self._table.action_share * self._table.capital_usd * self._to_join.share
        can = (self._cash >= asked_usd) & (asked_usd > 0) & np.isinf(self.entry_due_s)
        path, provider = np.nonzero(joining & can)
        if len(path) == 0:
            return []
        usd = self._deposit_usd[path, provider] = asked_usd[path, provider]
        value = seen.pool.tokens * seen.prices.mid[:, self._feeds]
        wanted = (value - self._targets * value.sum(axis=1, keepdims=True)).argmin(axis=1)[path]
        return [
            batch(
                "request_mint" if self._asks else "mint",
                path,
                self.actors[provider],
                k=wanted,
                amount=tokens_for(usd, seen.prices.mid[path, self._feeds[wanted]]),
                min_shares=0.0,
                receiver=self.actors[provider],
            )
        ]
