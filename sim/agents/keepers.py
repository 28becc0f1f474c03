"""Keepers: they liquidate what the chain shows below maintenance margin, the deepest first, and execute requests."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sim.actions import Batch, batch
from sim.agents import Outcome
from sim.blockspace import place_in_path
from sim.chain.deployment import Deployment
from sim.chain.failures import code_of
from sim.observation import Observation, places
from sim.order import Group
from sim.scenario.people import Keepers as KeepersTable
from sim.scenario.variation import Factors
from sim.streams import Draws

HALTED = 2
#: A request that was refused so often for want of its price is left alone: the oracle has forgotten it.
TRIES = 3


class Keepers:
    """All keepers as one: they share the account that rewards go to."""

    group: Group = "keepers"
    name = "keepers"
    seats = 1

    def __init__(self, table: KeepersTable, deployment: Deployment, factors: Factors) -> None:
        self._limit = table.max_liquidations_per_step * factors.capacity
        self._cost_usd = table.cost_usd
        self._actor = deployment.actor("keepers")
        self._account = deployment.cast.keeper_ids[0]
        self._market_feeds = np.array([deployment.feeds.index(m.feed) for m in deployment.design.markets])
        shape = (len(factors.capacity), deployment.cast.trader_accounts)
        self._asked_at_s = np.zeros(shape)  # of the request that was tried last
        self._tried = np.zeros(shape, dtype=np.int64)
        self._first_id = deployment.cast.trader_ids[0]

    def act(self, seen: Observation, draws: Draws, may: np.ndarray) -> Iterator[Batch]:
        """Liquidations first: they pay more."""
        yield from self._liquidate(seen, may)
        yield from self._execute(seen, may)

    def _liquidate(self, seen: Observation, may: np.ndarray) -> Iterator[Batch]:
        """One call per account, by shortfall; none without a price for any position, nor for less than its cost.

        A design that pays keepers nothing at all has an operator who liquidates, as exchanges do: he is not asked why.
        """
        book = seen.book
        wanted = book.is_liquidatable & may
        halted = seen.prices.status[:, self._market_feeds] == HALTED
        if halted.any():
            wanted &= ((book.sizes != 0) & ~halted[:, None, :]).any(axis=2)
        path, account = places(wanted)
        if len(path) and self._cost_usd > 0:
            reward_usd = seen.asks.most_reward(path, account + book.first_id)
            pays = (reward_usd >= self._cost_usd) | (reward_usd == 0.0)
            path, account = path[pays], account[pays]
        if len(path) == 0:
            return
        depth = book.maintenance[path, account] - book.equity[path, account]
        order = np.lexsort((-depth, path))  # by path, the deepest first
        path, account = path[order], account[order]
        is_possible = place_in_path(path) < self._limit[path]
        yield batch(
            "liquidate",
            path[is_possible],
            self._actor,
            account=account[is_possible] + book.first_id,
            keeper=self._account,
        )

    def _execute(self, seen: Observation, may: np.ndarray) -> Iterator[Batch]:
        """Market orders for which there is a price all of whose quotes are younger, as far as the last one tells."""
        book = seen.book
        path, account = places(book.is_waiting & may)
        if len(path) == 0:
            return
        feed = self._market_feeds[book.asked_market[path, account]]
        asked_at_s = book.asked_at_s[path, account]
        self._tried[path, account] *= self._asked_at_s[path, account] == asked_at_s
        self._asked_at_s[path, account] = asked_at_s
        has_price = seen.prices.observed_from_s[path, feed] > asked_at_s
        has_price &= self._tried[path, account] < TRIES
        path, account = path[has_price], account[has_price]
        if len(path):
            yield batch(
                "execute",
                path,
                self._actor,
                account=account + book.first_id,
                slot=book.asked_slot[path, account],
                keeper=self._account,
            )

    def hear(self, outcome: Outcome) -> None:
        """The next observation shows what is left, but not which requests have outlived their price."""
        if outcome.batch.verb == "execute":
            gone = outcome.status == code_of("ORDER_PRICE_TOO_OLD")
            account = outcome.batch.columns["account"][gone] - self._first_id
            self._tried[outcome.batch.path[gone], account] += 1
