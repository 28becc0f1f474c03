"""Deleveragers: they make winners pay where a design says so, and unwind what insurance took over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from sim.chain.actions import MAX_CANDIDATES, Batch, batch
from sim.chain.deployment import Deployment
from sim.engine.agent import Outcome
from sim.engine.observation import Observation
from sim.engine.order import Group
from sim.world.streams import Draws

#: Profit of a side over the pool's tokens behind it from which it is worth asking. The contract decides.
ASK_ABOVE = 0.25
#: Lists of one side in a step: each names the next most profitable, until all but a hundredth of the profit is named.
MAX_LISTS = 4
NAMED_SHARE = 0.99
LONG, SHORT = 0, 1


class Deleveragers:
    """All of them as one. They name winners of a side, list after list, and ask for a loss only in its own step."""

    group: Group = "keepers"
    name = "deleveragers"
    seats = 1

    def __init__(self, deployment: Deployment, paths: int) -> None:
        design = deployment.design
        symbols = [asset.symbol for asset in design.assets]
        self._actor = deployment.actor("keepers")
        self._is_idle = design.policies["deleverage"].policy in ("no_deleverage", "index_haircut")
        self._asset_feeds = np.array([deployment.feeds.index(a.feed) for a in design.assets])
        self._backing = np.array([[symbols.index(m.long_asset), symbols.index(m.short_asset)] for m in design.markets])
        self._has_deficit = np.zeros(paths, dtype=bool)
        self._assigned = np.zeros((paths, len(design.markets)), dtype=bool)  # where insurance may hold a position

    def act(self, seen: Observation, draws: Draws, may: np.ndarray) -> Sequence[Batch]:
        """Ask for each side whose winners may have to pay; unwind a little of what was taken over."""
        asked = [] if self._is_idle else self._ask(seen, may[:, 0])
        self._has_deficit[may[:, 0]] = False  # in a later block nobody can be asked for it
        return [*self._unwind(may), *asked]

    def hear(self, outcome: Outcome) -> None:
        """Remember where insurance holds nothing any more."""
        if outcome.batch.verb == "unwind":
            nothing = ~outcome.ok
            self._assigned[outcome.batch.path[nothing], outcome.batch.columns["m"][nothing]] = False

    def watch(self, outcome: Outcome) -> None:
        """See what liquidations did."""
        if outcome.batch.verb == "liquidate":
            self._has_deficit[outcome.batch.path[outcome.values["bad_debt_usd"] > 0]] = True
            self._assigned[outcome.batch.path[outcome.values["assigned_usd"] > 0]] = True

    def _unwind(self, may: np.ndarray) -> list[Batch]:
        path, market = np.nonzero(self._assigned & may)
        return [batch("unwind", path, self._actor, m=market)] if len(path) else []

    def _ask(self, seen: Observation, may: np.ndarray) -> list[Batch]:
        gain = np.maximum(seen.profit_usd, 0.0)  # (P, A, M)
        backing = seen.pool.tokens * seen.prices.mid[:, self._asset_feeds]
        backing = np.maximum(backing[:, self._backing], 1.0)  # (P, M, sides)
        # Most steps nobody has won that much, both sides together: a little less, because sums are rounded.
        may_ask = (gain.sum(axis=1) > 0.999 * ASK_ABOVE * backing.min(axis=2)).any(axis=1) | self._has_deficit
        may_ask &= may
        if not may_ask.any():
            return []
        paths = np.flatnonzero(may_ask)
        return [asked for side in (LONG, SHORT) for asked in self._side(seen, gain, backing[:, :, side], side, paths)]

    def _side(
        self, seen: Observation, gain: np.ndarray, backing: np.ndarray, side: int, paths: np.ndarray
    ) -> Iterator[Batch]:
        """Ask for a side on some of the paths; gain (P, A, M), backing (P, M)."""
        sizes = seen.book.sizes[paths]
        on_side = sizes > 0 if side == LONG else sizes < 0
        owed = np.where(on_side, gain[paths], 0.0).sum(axis=1)
        row, market = np.nonzero((owed / backing[paths] > ASK_ABOVE) | (self._has_deficit[paths, None] & (owed > 0)))
        path = paths[row]
        won = np.where(on_side[row, :, market], seen.profit_usd[path, :, market], -np.inf)
        order = np.argsort(-won, axis=1, kind="stable")
        named = np.cumsum(np.maximum(np.take_along_axis(won, order, axis=1), 0.0), axis=1)
        for first in range(0, min(MAX_LISTS * MAX_CANDIDATES, order.shape[1]), MAX_CANDIDATES):
            # The first list of a side always; another while there is profit that nobody has named.
            is_left = np.ones(len(path), dtype=bool) if first == 0 else named[:, first - 1] < NAMED_SHARE * named[:, -1]
            if is_left.any():
                best = order[is_left, first : first + MAX_CANDIDATES]
                yield self._call(path[is_left], market[is_left], side, won[is_left], best, seen.book.first_id)

    def _call(
        self, path: np.ndarray, market: np.ndarray, side: int, profit: np.ndarray, best: np.ndarray, first_id: int
    ) -> Batch:
        """Name the winners `best` (n, <= 16) of sides; profit (n, A), minus infinity off the side."""
        is_there = np.isfinite(np.take_along_axis(profit, best, axis=1))
        ids = np.where(is_there, best + first_id, np.iinfo(np.int64).max)
        ids.sort(axis=1)
        ids[ids == np.iinfo(np.int64).max] = 0
        padded = np.zeros((len(path), MAX_CANDIDATES), dtype=np.int64)
        padded[:, : ids.shape[1]] = ids
        columns = {f"candidate{i}": padded[:, i] for i in range(MAX_CANDIDATES)}
        return batch("deleverage", path, self._actor, m=market, side=side, **columns)
