"""The arbitrageur: swaps what the pool lacks against what it has too much of, when venues and fee make it pay."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.actions import EXECUTED, POSTPONED, Batch, batch
from sim.agents import Outcome
from sim.chain.deployment import Deployment
from sim.observation import Observation
from sim.scenario.people import Arbitrageur as ArbitrageurTable
from sim.streams import Draws

MIN_TRADE_USD = 100.0


class Arbitrageur:
    """Buys on the cheapest venue, swaps, sells on the dearest; the minimum out refuses what the fee eats up.

    Where swaps are requested he swaps at a price that he does not know, one at a time.
    """

    def __init__(self, table: ArbitrageurTable, deployment: Deployment, paths: int) -> None:
        assets = deployment.design.assets
        self._table = table
        self._actor = deployment.actor("arbitrageur")
        self._asks = deployment.design.pool.entry_wait_s > 0  # swaps are requested
        self.actors = np.array([self._actor])
        #: When the request to swap is due, (paths, 1); infinity while there is none.
        self.entry_due_s = np.full((paths, 1), np.inf)
        self._feeds = np.array([deployment.feeds.index(asset.feed) for asset in assets])
        self._targets = np.array([float(asset.target_weight) for asset in assets])
        self._refused = np.zeros(paths)  # edge that the fee ate up last time: not worth asking again below it
        self._edge = np.zeros(paths)

    def act(self, seen: Observation, draws: Draws) -> Sequence[Batch]:
        """At most one swap per path, from the most under- to the most overweight asset."""
        value = seen.pool.tokens * seen.prices.mid[:, self._feeds]
        total = value.sum(axis=1)
        excess = value - self._targets * total[:, None]
        free = (seen.pool.tokens - seen.pool.reserved) * seen.prices.mid[:, self._feeds]
        give, take = excess.argmin(axis=1), excess.argmax(axis=1)
        rows = np.arange(len(total))
        usd = np.minimum(-excess[rows, give], excess[rows, take])
        usd = np.minimum(usd, np.minimum(0.99 * free[rows, take], self._table.max_trade_usd))
        usd = np.minimum(usd, self._table.capital_usd)

        ask = seen.market.ask_usd[rows, self._feeds[give]]
        bid = seen.market.bid_usd[rows, self._feeds[take]]
        low = seen.prices.low[rows, self._feeds[give]]
        high = seen.prices.high[rows, self._feeds[take]]
        margin = self._table.min_profit_bps * 1e-4
        edge = (low / ask) * (bid / high) - 1.0
        is_free = np.isinf(self.entry_due_s[:, 0])
        path = rows[is_free & (usd > MIN_TRADE_USD) & (edge > np.maximum(margin, self._refused))]
        self._edge[path] = edge[path]
        amount = usd[path] / ask[path]
        return [
            batch(
                "request_swap" if self._asks else "swap",
                path,
                self._actor,
                k=give[path],
                j=take[path],
                amount=amount,
                min_amount=amount * ask[path] * (1.0 + margin) / bid[path],
                receiver=self._actor,
            )
        ]

    def hear(self, outcome: Outcome) -> None:
        """Remember what was not enough; forget it after a success."""
        path = outcome.batch.path
        if outcome.batch.verb == "swap":
            self._refused[path] = np.where(outcome.ok, 0.0, self._edge[path])
        elif outcome.batch.verb == "request_swap":
            self.entry_due_s[path[outcome.ok], 0] = outcome.values["ends_s"][outcome.ok]
        else:
            ended = outcome.ok & (outcome.values["outcome"] != POSTPONED)
            path, told = path[ended], outcome.values["outcome"][ended]
            self.entry_due_s[path, 0] = np.inf
            self._refused[path] = np.where(told == EXECUTED, 0.0, self._edge[path])
