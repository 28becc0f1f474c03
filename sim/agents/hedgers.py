"""The hedge channel: what traders open and close against the pool is traded on a venue, late, as far as capital goes.

A trade against a pool moves no book by itself: the pool is the other side. Of the pool's side somebody hedges a share
(providers who are neutral, market makers of the pool, its own desk): when longs open he buys, when they are closed or
liquidated he sells. What waits is ordered at a rate of 1 / delay, so what is left after a time does not depend on the
steps. Orders that add to what is held are cut, all alike, to what capital still allows.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.chain.actions import Batch
from sim.chain.deployment import Deployment
from sim.engine.agent import Outcome
from sim.engine.observation import Observation
from sim.engine.order import Group
from sim.scenario.market_tables import HedgeTable
from sim.world.market import Window
from sim.world.streams import Draws


class Hedgers:
    """All of them as one, on every path. They hold their hedge of the opening book when time begins."""

    group: Group = "people"
    name = "hedgers"
    seats = 1

    def __init__(self, table: HedgeTable, venue: int, deployment: Deployment, window: Window) -> None:
        """`venue`: place of the table's among the world's."""
        self._table, self._venue = table, venue
        self._is_listed = window.world.is_listed[self._venue][window.feeds]
        markets = deployment.design.markets
        self._market_feeds = [deployment.feeds.index(market.feed) for market in markets]
        self._shape = (len(window.true_price_usd()), len(window.world.venues), len(deployment.feeds))
        self._net: np.ndarray | None = None  # (paths, feeds) of the pool's traders, when he last looked
        self._start_usd = np.zeros(self._shape[0])  # what the first hedge was worth
        self.waiting_units = np.zeros((self._shape[0], self._shape[2]))  # to be bought
        self.held_units = np.zeros_like(self.waiting_units)  # ordered so far, the first hedge among them

    def look(self, seen: Observation, draws: Draws) -> None:
        """See by how much traders are longer than they were: so many units are to be bought.

        What the venue does not list stays unhedged.
        """
        net = np.zeros_like(self.waiting_units)
        for m, feed in enumerate(self._market_feeds):
            net[:, feed] += seen.pool.sizes[:, m, 0] - seen.pool.sizes[:, m, 1]
        if self._net is None:
            self.held_units[:] = self._table.share * net * self._is_listed
            self._start_usd = (self.held_units * seen.market.true_price_usd).sum(axis=1)
        else:
            self.waiting_units += self._table.share * (net - self._net) * self._is_listed
        self._net = net

    def act(self, seen: Observation, draws: Draws, may: np.ndarray) -> Sequence[Batch]:
        """Nothing on the chain."""
        return []

    def hear(self, outcome: Outcome) -> None:
        """Nobody asks him."""

    def order(self, seen: Observation) -> np.ndarray | None:
        """A part of what waits."""
        units = -np.expm1(-seen.step_s / self._table.delay_s) * self.waiting_units
        price_usd, adds = seen.market.true_price_usd, units * self.held_units >= 0.0
        used_usd = (np.abs(self.held_units) * price_usd).sum(axis=1, keepdims=True)
        added_usd = (np.abs(units) * price_usd * adds).sum(axis=1, keepdims=True)
        left_usd = np.maximum(self._table.capital_usd - used_usd, 0.0)
        share = np.divide(left_usd, added_usd, out=np.ones_like(added_usd), where=added_usd > left_usd)
        units = np.where(adds, share * units, units)
        self.waiting_units -= units
        self.held_units += units
        whole = np.zeros(self._shape)
        whole[:, self._venue] = units
        return whole

    def filled(self, shortfall_usd: np.ndarray) -> None:
        """His capital bounds what he holds, whatever that has cost."""

    def close(self, seen: Observation, proceeds_usd: np.ndarray) -> dict[str, np.ndarray]:
        """What hedging brought: what orders did and what is held is worth now, less what it was worth at the start."""
        worth_usd = (self.held_units * seen.market.true_price_usd).sum(axis=1)
        return {"hedge_result_usd": proceeds_usd + worth_usd - self._start_usd}
