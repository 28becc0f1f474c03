"""What people want who have no position, and what a design's refusals make of it.

The same person wishes the same in every design: market, side, leverage, margin. Who is refused takes what is allowed,
asks again smaller and later, or gives up.
"""

from __future__ import annotations

import numpy as np

from sim.chain.deployment import Deployment
from sim.chain.failures import name_of
from sim.engine.observation import Observation, places
from sim.scenario.people import Traders as TradersTable
from sim.scenario.variation import Factors
from sim.world.streams import Draws


class Wishes:
    """One wish per account at most, (paths, accounts)."""

    def __init__(self, table: TradersTable, deployment: Deployment, factors: Factors) -> None:
        design, paths = deployment.design, len(factors.leverage)
        shape = (paths, deployment.cast.trader_accounts)
        self._table, self._people = table, table.count
        self._markets, self._listed, self._edges = _markets(table, deployment)
        self._factor = factors.leverage
        self._leverages = np.array([entry.leverage for entry in table.leverage])
        self._leverage_edges = np.cumsum([entry.share for entry in table.leverage])
        feeds = [asset.feed for asset in design.assets]
        wanted = table.margin_weights or {feeds[design.asset_id(design.dollar)]: 1.0}
        dollar = design.asset_id(design.dollar)
        self._margin_assets = np.array([feeds.index(feed) if feed in feeds else dollar for feed in wanted])
        self._margin_edges = _edges(list(wanted.values()))
        self.is_open = np.zeros(shape, dtype=bool)  # wants a position that he has not
        self.was_made = np.zeros(shape, dtype=bool)  # had a wish at any time
        self.is_sent = np.zeros(shape, dtype=bool)  # and has asked for it: what became of it is not seen yet
        self.market = np.zeros(shape, dtype=np.int64)
        self.asset = np.zeros(shape, dtype=np.int64)  # of the margin
        self.margin_usd = np.zeros(shape)
        self.size_usd = np.zeros(shape)  # signed
        self.has_stop = np.zeros(shape, dtype=bool)
        self.share = np.ones(shape)  # of his wish that he still asks for
        self.taken = np.ones(shape)  # and that he asked for last
        self._next_s = np.zeros(shape)
        #: Why they were not allowed as they are, by the name of a refusal, each (paths,): each time somebody asked.
        self.shortages: dict[str, np.ndarray] = {}
        #: How many wishes there were on a path and what became of them.
        self.made, self.met, self.reduced, self.given_up = np.zeros((4, paths), dtype=np.int64)

    def draw(self, kind: str, step: int, draws: Draws, path: np.ndarray, account: np.ndarray) -> None:
        """New wishes of people, (n,) sorted: `kind` tells apart those of the opening and those who come later."""
        table, shape = self._table, (self._people,)
        # All normals are drawn: how many words one takes is not known before.
        normal = draws.normal(f"{kind}.wealth", step, shape)[path, account]
        side, which, leverage, stop = draws.uniform_at(f"{kind}.choice", step, (*shape, 4), path, account).T
        posted = draws.uniform_at(f"{kind}.margin", step, shape, path, account)
        margin_usd = table.equity_median_usd * np.exp(table.equity_log_sd * normal)
        self.margin_usd[path, account] = margin_usd
        chosen = self._leverages[_rung(self._leverage_edges, leverage)] * self._factor[path]
        self.size_usd[path, account] = margin_usd * chosen * np.where(side < table.long_share, 1.0, -1.0)
        self.market[path, account] = self._market(which)
        self.asset[path, account] = self._margin_assets[_rung(self._margin_edges, posted)]
        self.has_stop[path, account] = stop < table.stop_share
        self.is_open[path, account] = self.was_made[path, account] = True
        self.is_sent[path, account] = False
        self.share[path, account] = self.taken[path, account] = 1.0
        self._next_s[path, account] = -np.inf
        self.made += np.bincount(path, minlength=len(self.made))

    def look(self, kind: str, seen: Observation, draws: Draws) -> None:
        """See what became of those who asked: they have it, ask again later for less, or give up."""
        table, book = self._table, seen.book
        met = self.is_open & book.has_position
        refused = self.is_open & self.is_sent & ~book.has_position & ~book.is_waiting
        leaves = np.zeros_like(refused)
        path, account = places(refused)
        if len(path):
            uniform = draws.uniform_at(f"{kind}.patience", seen.step, (self._people,), path, account)
            leaves[path, account] = uniform < table.leave_share
        self.met += met.sum(axis=1)
        self.reduced += (met & (self.taken < 1.0)).sum(axis=1)
        self.given_up += leaves.sum(axis=1)
        self.is_open &= ~(met | leaves)
        self.is_sent &= self.is_open & ~refused
        # Of what he asked for last, which may have been less than he wanted; nothing, where nothing was allowed.
        tried = np.where(self.taken > 0.0, np.minimum(self.taken, self.share), self.share)
        self.share[refused] = tried[refused] * table.retry_size_share
        self._next_s[refused] = seen.time_s + table.retry_after_s

    def due(self, seen: Observation) -> np.ndarray:
        """Who asks now, (P, A)."""
        return self.is_open & ~self.is_sent & (self._next_s <= seen.time_s)

    def note(self, path: np.ndarray, reason: np.ndarray) -> None:
        """Why wishes, (n,), were not allowed as they are: codes of refusals, 0 for those that were."""
        for code in np.unique(reason[reason > 0]).tolist():
            count = np.bincount(path[reason == code], minlength=len(self.made))
            self.shortages[name_of(code)] = self.shortages.get(name_of(code), np.zeros_like(self.made)) + count

    def forget_counts(self) -> None:
        """Count anew: what follows is another chapter, which begins with the wishes that stand."""
        for count in (self.met, self.reduced, self.given_up):
            count[:] = 0
        self.shortages = {}
        self.made[:] = self.is_open.sum(axis=1)

    def drop(self, path: np.ndarray, account: np.ndarray) -> None:
        """Forget wishes: nobody serves them."""
        self.is_open[path, account] = False
        self.given_up += np.bincount(path, minlength=len(self.given_up))

    def _market(self, uniform: np.ndarray) -> np.ndarray:
        """The market of a uniform, among all that the scenario knows; who misses his takes one that is listed, (n,)."""
        rung = _rung(self._edges, uniform)
        low = np.concatenate([[0.0], self._edges[:-1]])
        inner = (uniform - low[rung]) / np.maximum(self._edges[rung] - low[rung], 1e-300)
        other = self._markets[self._listed][_rung(_edges(np.diff(self._edges, prepend=0.0)[self._listed]), inner)]
        return np.where(self._listed[rung], self._markets[rung], other)


def _markets(table: TradersTable, deployment: Deployment) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of what traders want: id of the market, whether the design has one, and the edge of its share.

    Several markets of one feed share alike in who wants it.
    """
    feeds = [market.feed for market in deployment.design.markets]
    ids: list[int] = []
    listed: list[bool] = []
    weights: list[float] = []
    for feed, weight in table.market_weights.items():
        found = [i for i, each in enumerate(feeds) if each == feed]
        ids += found or [0]
        listed += [True] * len(found) or [False]
        weights += [weight / max(len(found), 1)] * max(len(found), 1)
    return np.array(ids), np.array(listed), _edges(weights)


def _edges(weights: np.ndarray | list[float]) -> np.ndarray:
    return np.cumsum(np.asarray(weights) / np.sum(weights))


def _rung(edges: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """Which of the shares a uniform falls into; sums of shares may miss 1 by a rounding."""
    return np.searchsorted(edges, uniform, side="right").clip(max=len(edges) - 1)
