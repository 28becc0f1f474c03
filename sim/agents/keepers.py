"""Keepers: they liquidate what the chain shows below maintenance margin, the deepest first, and execute requests."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sim.agents.executions import Executions
from sim.agents.pay import Pay
from sim.chain.actions import Batch, batch
from sim.chain.deployment import Deployment
from sim.engine.agent import Outcome
from sim.engine.blockspace import place_in_path
from sim.engine.observation import Observation, places
from sim.engine.order import Group
from sim.scenario.people import Keepers as KeepersTable
from sim.scenario.variation import Factors
from sim.world.streams import Draws

HALTED = 2


class Keepers:
    """All keepers as one: they share the account that rewards go to."""

    group: Group = "keepers"
    name = "keepers"
    seats = 1

    def __init__(self, table: KeepersTable, deployment: Deployment, factors: Factors, pay: Pay) -> None:
        self._limit = table.max_liquidations_per_step * factors.capacity
        self._pay = pay
        self._executions = Executions(deployment, len(factors.capacity))
        self._actor = deployment.actor("keepers")
        self._account = deployment.cast.keeper_ids[0]
        self._market_feeds = np.array([deployment.feeds.index(m.feed) for m in deployment.design.markets])

    def act(self, seen: Observation, draws: Draws, may: np.ndarray) -> Iterator[Batch]:
        """Liquidations first: they pay more."""
        yield from self._liquidate(seen, may)
        yield from self._execute(seen, may)

    def _liquidate(self, seen: Observation, may: np.ndarray) -> Iterator[Batch]:
        """One call per account, by shortfall; none without a price for any position, nor for less than its cost."""
        book = seen.book
        wanted = book.is_liquidatable & may
        halted = seen.prices.status[:, self._market_feeds] == HALTED
        if halted.any():
            wanted &= ((book.sizes != 0) & ~halted[:, None, :]).any(axis=2)
        path, account = places(wanted)
        pays = self._pay.for_liquidations(seen, path, account + book.first_id)
        path, account = path[pays], account[pays]
        if len(path) == 0:
            return
        depth = book.maintenance[path, account] - book.equity[path, account]
        order = np.lexsort((-depth, path))  # by path, the deepest first
        path, account = path[order], account[order]
        turn = place_in_path(path)
        is_possible = turn < self._limit[path]
        path, ids, turn = path[is_possible], account[is_possible] + book.first_id, turn[is_possible]
        # A liquidation moves what the next one brings: whoever works for money looks again before each.
        for i in range(turn.max(initial=-1) + 1 if self._pay.is_asked else 1):
            is_next = turn == i if self._pay.is_asked else turn >= 0
            if i > 0:
                is_next[is_next] = self._pay.for_liquidations(seen, path[is_next], ids[is_next])
            yield batch("liquidate", path[is_next], self._actor, account=ids[is_next], keeper=self._account)

    def _execute(self, seen: Observation, may: np.ndarray) -> Iterator[Batch]:
        """Market orders that are due and pay."""
        path, account = self._executions.due(seen, may)
        pays = self._pay.for_orders(seen, path, account + seen.book.first_id, seen.book.asked_slot[path, account])
        path, account = path[pays], account[pays]
        if len(path):
            yield self._executions.call(seen, self._actor, path, account, np.full(len(path), self._account))

    def hear(self, outcome: Outcome) -> None:
        """The next observation shows what is left."""
        self._executions.hear(outcome)
