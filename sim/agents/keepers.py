"""Keepers: they liquidate what the chain shows below maintenance margin, the deepest first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.actions import Batch, batch
from sim.agents import Outcome
from sim.chain.deployment import Deployment
from sim.observation import Observation
from sim.scenario.people import Keepers as KeepersTable
from sim.streams import Draws

HALTED = 2


class Keepers:
    """All keepers as one: they share the account that rewards go to."""

    def __init__(self, table: KeepersTable, deployment: Deployment) -> None:
        self._limit = table.max_liquidations_per_step
        self._actor = deployment.actor("keepers")
        self._account = deployment.cast.keeper_ids[0]
        self._market_feeds = np.array([deployment.feeds.index(m.feed) for m in deployment.design.markets])

    def act(self, seen: Observation, draws: Draws) -> Sequence[Batch]:
        """One call per account, by shortfall. Without a price there is nothing to gain from trying."""
        book = seen.book
        halted = seen.prices.status[:, self._market_feeds] == HALTED
        blind = ((book.sizes != 0) & halted[:, None, :]).any(axis=2)
        wanted = book.is_liquidatable & ~blind
        if not wanted.any():
            return []
        depth = np.where(wanted, book.maintenance - book.equity, -np.inf)
        order = np.argsort(-depth, axis=1, kind="stable")[:, : self._limit]
        path = np.repeat(np.arange(len(order)), order.shape[1])
        account = order.ravel()
        wanted = np.isfinite(depth[path, account])
        return [
            batch(
                "liquidate",
                path[wanted],
                self._actor,
                account=account[wanted] + book.first_id,
                keeper=self._account,
            )
        ]

    def hear(self, outcome: Outcome) -> None:
        """The next observation shows what is left."""
