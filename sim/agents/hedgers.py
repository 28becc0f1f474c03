"""The hedge channel: what traders open and close against the pool is traded on a venue.

A trade against a pool moves no book by itself: the pool is the other side. Of the pool's side somebody hedges a share
(providers who are neutral, market makers of the pool, its own desk): when longs open he buys, when they are closed or
liquidated he sells, late and as far as capital goes (sim.world.endogenous.hedging).
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
from sim.world.endogenous.hedging import SOURCE, HedgeDesk
from sim.world.market import Window
from sim.world.streams import Draws


class Hedgers:
    """All of them as one, on every path. They hold their hedge of the opening book when time begins."""

    group: Group = "people"
    name = SOURCE
    seats = 1

    def __init__(self, table: HedgeTable, deployment: Deployment, window: Window) -> None:
        self._table, self._window = table, window
        self.desk = HedgeDesk(table, window.world)
        self._market_feeds = [window.feeds[deployment.feeds.index(m.feed)] for m in deployment.design.markets]
        self._net: np.ndarray | None = None  # (paths, feeds of the world) of the pool's traders, when he last looked
        self._start_usd = np.zeros(0)  # what the first hedge was worth

    def look(self, seen: Observation, draws: Draws) -> None:
        """See by how much traders are longer than they were: so many units are to be bought."""
        true_usd = self._window.world.true_price_usd
        net = np.zeros_like(true_usd)
        for m, feed in enumerate(self._market_feeds):
            net[:, feed] += seen.pool.sizes[:, m, 0] - seen.pool.sizes[:, m, 1]
        if self._net is None:
            self.desk.hold(net)
            self._start_usd = (self.desk.held_units * true_usd).sum(axis=1)
        else:
            self.desk.hear(net - self._net)
        self._net = net

    def act(self, seen: Observation, draws: Draws, may: np.ndarray) -> Sequence[Batch]:
        """Nothing on the chain."""
        return []

    def hear(self, outcome: Outcome) -> None:
        """Nobody asks him."""

    def order(self, seen: Observation) -> np.ndarray | None:
        """A part of what waits."""
        return self.desk.orders(seen.step_s).units[:, :, self._window.feeds]

    def filled(self, shortfall_usd: np.ndarray) -> None:
        """His capital bounds what he holds, whatever that has cost."""

    def close(self, seen: Observation, proceeds_usd: np.ndarray) -> dict[str, np.ndarray]:
        """What hedging brought: what orders did and what is held is worth now, less what it was worth at the start."""
        worth_usd = (self.desk.held_units * self._window.world.true_price_usd).sum(axis=1)
        return {"hedge_result_usd": proceeds_usd + worth_usd - self._start_usd}
