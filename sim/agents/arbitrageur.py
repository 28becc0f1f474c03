"""The arbitrageur: swaps what the pool lacks against what it has too much of, when venues and fee make it pay."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.actions import Batch, batch
from sim.agents import Outcome
from sim.chain.deployment import Deployment
from sim.observation import Observation
from sim.scenario.people import Arbitrageur as ArbitrageurTable
from sim.streams import Draws

MIN_TRADE_USD = 100.0


class Arbitrageur:
    """Buys on the cheapest venue, swaps, sells on the dearest; the minimum out refuses what the fee eats up."""

    def __init__(self, table: ArbitrageurTable, deployment: Deployment, paths: int) -> None:
        assets = deployment.design.assets
        self._table = table
        self._actor = deployment.actor("arbitrageur")
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
        self._edge = edge
        path = rows[(usd > MIN_TRADE_USD) & (edge > np.maximum(margin, self._refused))]
        amount = usd[path] / ask[path]
        return [
            batch(
                "swap",
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
        self._refused[path] = np.where(outcome.ok, 0.0, self._edge[path])
