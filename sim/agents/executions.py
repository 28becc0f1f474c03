"""Market orders that may be executed now, and those that never will be: the oracle has forgotten their price."""

from __future__ import annotations

import numpy as np

from sim.chain.actions import Batch, batch
from sim.chain.deployment import Deployment
from sim.chain.failures import code_of
from sim.engine.agent import Outcome
from sim.engine.observation import Observation, places

#: A request that was refused so often for want of its price is left alone: the oracle has forgotten it.
TRIES = 3


class Executions:
    """What one kind of agent knows of them."""

    def __init__(self, deployment: Deployment, paths: int) -> None:
        shape = (paths, deployment.cast.trader_accounts)
        self._market_feeds = np.array([deployment.feeds.index(m.feed) for m in deployment.design.markets])
        self._asked_at_s = np.zeros(shape)  # of the request that was tried last
        self._tried = np.zeros(shape, dtype=np.int64)
        self._first_id = deployment.cast.trader_ids[0]

    def due(self, seen: Observation, may: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Orders, (path, account), for which there is a price all of whose quotes seem to be younger."""
        book = seen.book
        path, account = places(book.is_waiting & may)
        feed = self._market_feeds[book.asked_market[path, account]]
        asked_at_s = book.asked_at_s[path, account]
        self._tried[path, account] *= self._asked_at_s[path, account] == asked_at_s
        self._asked_at_s[path, account] = asked_at_s
        has_price = seen.prices.observed_from_s[path, feed] > asked_at_s
        has_price &= self._tried[path, account] < TRIES
        return path[has_price], account[has_price]

    def call(self, seen: Observation, actor: int, path: np.ndarray, account: np.ndarray, keeper: np.ndarray) -> Batch:
        """Execute orders; `keeper` (n,) accounts have the rewards."""
        book = seen.book
        slot = book.asked_slot[path, account]
        return batch("execute", path, actor, account=account + book.first_id, slot=slot, keeper=keeper)

    def hear(self, outcome: Outcome) -> None:
        """The next observation shows what is left, but not which requests have outlived their price."""
        if outcome.batch.verb == "execute":
            gone = outcome.status == code_of("ORDER_PRICE_TOO_OLD")
            account = outcome.batch.columns["account"][gone] - self._first_id
            self._tried[outcome.batch.path[gone], account] += 1
