"""What an agent may see, and the book that keeps the picture of all accounts fresh without asking for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from sim.chain.deployment import Deployment
from sim.chain.offers import Offers
from sim.chain.views import Accounts, Pool, Prices, Views
from sim.world.base import Quotes
from sim.world.market import Market

#: Stands for the price at which an account was asked, where a feed cannot hurt it: no fall from it, and no rise.
_NO_LOW, _NO_HIGH = 1e-300, np.inf


@dataclass(slots=True)
class Book:
    """Trader accounts as the chain last answered, (paths, accounts, ...).

    The Lens says how far prices may move, and how long fees may run, before an account could fall below maintenance.
    Until then nobody has to ask again: `refresh` asks only for the accounts whose allowance is used up, or that were
    touched.

    Arrays with a third axis lie in memory as one plane (paths, accounts) after the other (`_planes`): steps work on
    whole planes.
    """

    first_id: int
    of_assets: np.ndarray  # (K, F) whether a feed prices an asset
    of_markets: np.ndarray  # (M, F)
    equity: np.ndarray  # (P, A)
    maintenance: np.ndarray  # (P, A)
    collateral: np.ndarray  # (P, A, K) whole tokens
    sizes: np.ndarray  # (P, A, M)
    costs: np.ndarray  # (P, A, M) USD
    exposures: np.ndarray  # (A, P, M) absolute sizes, accounts first: a sum over them adds in their order
    has_position: np.ndarray  # (P, A)
    is_long: np.ndarray  # (P, A) in every market, or flat
    safe_move: np.ndarray  # (P, A) not negative
    safe_s: np.ndarray  # (P, A)
    asked_low: np.ndarray  # (P, A, F) oracle prices that count for the account when it was asked for
    asked_high: np.ndarray
    asked_s: np.ndarray  # (P, A)
    dirty: np.ndarray  # (P, A) touched since
    asked_at_s: np.ndarray  # (P, A) when the market order was placed that waits for its price; 0: none
    asked_slot: np.ndarray  # (P, A) its slot in the order book,
    asked_market: np.ndarray  # (P, A) and its market

    @classmethod
    def empty(cls, deployment: Deployment, paths: int) -> Book:
        """A book of accounts that hold nothing."""
        design, cast = deployment.design, deployment.cast
        flat = (paths, cast.trader_accounts)
        assets, markets, feeds = len(design.assets), len(design.markets), len(deployment.feeds)
        each = np.array(deployment.feeds)
        return cls(
            first_id=cast.trader_ids[0],
            of_assets=np.array([asset.feed for asset in design.assets])[:, None] == each,
            of_markets=np.array([market.feed for market in design.markets])[:, None] == each,
            equity=np.zeros(flat),
            maintenance=np.zeros(flat),
            collateral=_planes(flat, assets, 0.0),
            sizes=_planes(flat, markets, 0.0),
            costs=_planes(flat, markets, 0.0),
            exposures=np.zeros((flat[1], paths, markets)),
            has_position=np.zeros(flat, dtype=bool),
            is_long=np.ones(flat, dtype=bool),
            safe_move=np.full(flat, np.inf),
            safe_s=np.full(flat, np.inf),
            asked_low=_planes(flat, feeds, _NO_LOW),
            asked_high=_planes(flat, feeds, _NO_HIGH),
            asked_s=np.zeros(flat),
            dirty=np.zeros(flat, dtype=bool),
            asked_at_s=np.zeros(flat, dtype=np.int64),
            asked_slot=np.zeros(flat, dtype=np.int64),
            asked_market=np.zeros(flat, dtype=np.int64),
        )

    @property
    def is_liquidatable(self) -> np.ndarray:
        """Which accounts the chain last showed below maintenance, (P, A)."""
        return self.has_position & (self.equity < self.maintenance)

    def profits(self, price_usd: np.ndarray) -> np.ndarray:
        """Profit of every position at prices (P, M), funding and fees left out, (P, A, M) USD."""
        return self.sizes * price_usd[:, None, :] - np.sign(self.sizes) * self.costs

    def touch(self, path: np.ndarray, ids: np.ndarray) -> None:
        """Note that accounts may have changed; ids that are no trader's are ignored."""
        index = ids - self.first_id
        mine = (index >= 0) & (index < self.equity.shape[1])
        if not mine.all():
            path, index = path[mine], index[mine]
        self.dirty[path, index] = True

    def touch_holders(self, path: np.ndarray) -> None:
        """Note that every account with a position may have changed on paths: winners gave of their profit, unnamed."""
        self.dirty[path] |= self.has_position[path]

    @property
    def is_waiting(self) -> np.ndarray:
        """Which accounts have a market order that is not executed yet, (P, A)."""
        return self.asked_at_s > 0

    def ask(self, path: np.ndarray, ids: np.ndarray, slot: np.ndarray, market: np.ndarray, time_s: int) -> None:
        """Note market orders that were placed."""
        index = ids - self.first_id
        self.asked_at_s[path, index] = time_s
        self.asked_slot[path, index] = slot
        self.asked_market[path, index] = market

    def answer(self, path: np.ndarray, ids: np.ndarray) -> None:
        """Note market orders that are gone: executed, unfilled or cancelled."""
        self.asked_at_s[path, ids - self.first_id] = 0

    def refresh(self, views: Views, prices: Prices, time_s: int) -> int:
        """Ask for the accounts whose picture may be wrong. Returns how many that were."""
        move = self._moves(prices)
        is_spent = (move > self.safe_move) | (time_s - self.asked_s > self.safe_s)
        path, account = places(self.dirty | (self.has_position & is_spent))
        if len(path) == 0:
            return 0
        self._store(path, account, views.accounts(path, account + self.first_id), prices)
        self.asked_s[path, account] = time_s
        self.dirty[path, account] = False
        return len(path)

    def _moves(self, prices: Prices) -> np.ndarray:
        """How far prices that count for an account have moved against it since it was asked for, (P, A)."""
        least = np.full(self.equity.shape, np.inf)
        for f in range(self.asked_low.shape[2]):  # by plane: what is between stays in the cache
            np.minimum(least, prices.low[:, f, None] / self.asked_low[:, :, f], out=least)
        move = 1.0 - least
        # Rising prices do not hurt an account that is only long: it gains more than its requirement grows.
        short = np.flatnonzero(~self.is_long)
        asked = np.moveaxis(self.asked_high, -1, 0).reshape(self.asked_high.shape[2], -1).take(short, axis=1)
        rise = (prices.high.T.take(short // move.shape[1], axis=1) / asked).max(axis=0) - 1.0
        flat = move.reshape(-1)
        flat[short] = np.maximum(flat[short], rise)
        return move

    def _store(self, path: np.ndarray, account: np.ndarray, answer: Accounts, prices: Prices) -> None:
        holds = answer.sizes != 0
        counts = (answer.collateral > 0) @ self.of_assets | holds @ self.of_markets
        self.equity[path, account] = answer.equity
        self.maintenance[path, account] = answer.maintenance
        self.collateral[path, account] = answer.collateral
        self.sizes[path, account] = answer.sizes
        self.costs[path, account] = answer.costs
        self.exposures[account, path] = np.abs(answer.sizes)
        self.has_position[path, account] = holds.any(axis=1)
        self.is_long[path, account] = (answer.sizes >= 0).all(axis=1)
        self.safe_move[path, account] = answer.safe_move
        self.safe_s[path, account] = answer.safe_s
        self.asked_low[path, account] = np.where(counts, prices.low[path], _NO_LOW)
        self.asked_high[path, account] = np.where(counts, prices.high[path], _NO_HIGH)


def places(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`np.nonzero` of a matrix (P, A), several times as fast where little is set: path and account, sorted."""
    path, account = np.divmod(np.flatnonzero(mask), mask.shape[1])
    return path, account


def _planes(flat: tuple[int, int], count: int, value: float) -> np.ndarray:
    """An array (*flat, count) whose last axis is the slowest in memory: sums over it add whole planes."""
    return np.moveaxis(np.full((count, *flat), value), 0, -1)


class Asks(Protocol):
    """What anybody may ask of the contracts as they stand, inside a step as well: a trade page, a simulated call."""

    def room(
        self, path: np.ndarray, ids: np.ndarray, m: np.ndarray, size: np.ndarray, acceptable_usd: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """How much of wished positions could open now, (n,) whole units, and why not all of it, (n,) codes."""

    def most_reward(self, path: np.ndarray, ids: np.ndarray) -> np.ndarray:
        """USD that a keeper gets for liquidating accounts at most, (n,)."""


@dataclass(frozen=True, slots=True)
class Observation:
    """The world at the beginning of a step, after the oracle's report and before anybody acts."""

    step: int
    time_s: int
    step_s: float
    prices: Prices
    market: Market
    quotes: Quotes  # what every venue shows
    venues: int  # how many there are
    pool: Pool
    book: Book
    profit_usd: np.ndarray  # (P, A, M) of positions at the oracle's mid
    basket_price: np.ndarray  # (P,) value of the initial target basket, 1.0 at step 0
    twin_basket_price: np.ndarray  # (P,) the same, had the pool moved no price
    asks: Asks
    offers: Offers  # what is paid to whoever brings a call
