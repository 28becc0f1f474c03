"""What an agent may see, and the book that keeps the picture of all accounts fresh without asking for all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.chain.deployment import Deployment
from sim.chain.views import Accounts, Pool, Prices, Views


@dataclass(slots=True)
class Book:
    """Trader accounts as the chain last answered, (paths, accounts, ...).

    The Lens says how far prices may move, and how long fees may run, before an account could fall below maintenance.
    Until then nobody has to ask again: `refresh` asks only for the accounts whose allowance is used up, or that were
    touched.
    """

    first_id: int
    of_assets: np.ndarray  # (K, F) whether a feed prices an asset
    of_markets: np.ndarray  # (M, F)
    equity: np.ndarray  # (P, A)
    maintenance: np.ndarray  # (P, A)
    collateral: np.ndarray  # (P, A, K) whole tokens
    sizes: np.ndarray  # (P, A, M)
    costs: np.ndarray  # (P, A, M) USD
    safe_move: np.ndarray  # (P, A)
    safe_s: np.ndarray  # (P, A)
    asked_low: np.ndarray  # (P, A, F) oracle prices when the account was asked for
    asked_high: np.ndarray
    asked_s: np.ndarray  # (P, A)
    dirty: np.ndarray  # (P, A) touched since

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
            collateral=np.zeros((*flat, assets)),
            sizes=np.zeros((*flat, markets)),
            costs=np.zeros((*flat, markets)),
            safe_move=np.full(flat, np.inf),
            safe_s=np.full(flat, np.inf),
            asked_low=np.ones((*flat, feeds)),
            asked_high=np.ones((*flat, feeds)),
            asked_s=np.zeros(flat),
            dirty=np.zeros(flat, dtype=bool),
        )

    @property
    def has_position(self) -> np.ndarray:
        """Which accounts hold a position, (P, A)."""
        return (self.sizes != 0).any(axis=2)

    @property
    def is_liquidatable(self) -> np.ndarray:
        """Which accounts the chain last showed below maintenance, (P, A)."""
        return self.has_position & (self.equity < self.maintenance)

    def touch(self, path: np.ndarray, ids: np.ndarray) -> None:
        """Note that accounts may have changed; ids that are no trader's are ignored."""
        index = ids - self.first_id
        mine = (index >= 0) & (index < self.equity.shape[1])
        self.dirty[path[mine], index[mine]] = True

    def refresh(self, views: Views, prices: Prices, time_s: int) -> int:
        """Ask for the accounts whose picture may be wrong. Returns how many that were."""
        counts = (self.collateral > 0) @ self.of_assets | (self.sizes != 0) @ self.of_markets
        fall = np.where(counts, 1.0 - prices.low[:, None, :] / self.asked_low, 0.0).max(axis=2)
        rise = np.where(counts, prices.high[:, None, :] / self.asked_high - 1.0, 0.0).max(axis=2)
        # Rising prices do not hurt an account that is only long: it gains more than its requirement grows.
        is_long = (self.sizes >= 0).all(axis=2)
        move = np.where(is_long, fall, np.maximum(fall, rise))
        is_spent = (move > self.safe_move) | (time_s - self.asked_s > self.safe_s)
        path, account = np.nonzero(self.dirty | (self.has_position & is_spent))
        if len(path) == 0:
            return 0
        self._store(path, account, views.accounts(path, account + self.first_id))
        self.asked_low[path, account] = prices.low[path]
        self.asked_high[path, account] = prices.high[path]
        self.asked_s[path, account] = time_s
        self.dirty[path, account] = False
        return len(path)

    def _store(self, path: np.ndarray, account: np.ndarray, answer: Accounts) -> None:
        self.equity[path, account] = answer.equity
        self.maintenance[path, account] = answer.maintenance
        self.collateral[path, account] = answer.collateral
        self.sizes[path, account] = answer.sizes
        self.costs[path, account] = answer.costs
        self.safe_move[path, account] = answer.safe_move
        self.safe_s[path, account] = answer.safe_s


@dataclass(frozen=True, slots=True)
class Market:
    """What venues show and what is true, by feed of the deployment."""

    true_price_usd: np.ndarray  # (P, F)
    bid_usd: np.ndarray  # (P, F) best bid of the venues that quote
    ask_usd: np.ndarray  # (P, F)
    honest_low_usd: np.ndarray  # (P, F) least and largest median of the venues without an event,
    honest_high_usd: np.ndarray  # now and in the minutes that follow: for judging, not for acting


@dataclass(frozen=True, slots=True)
class Observation:
    """The world at the beginning of a step, after the oracle's report and before anybody acts."""

    step: int
    time_s: int
    step_s: float
    prices: Prices
    market: Market
    pool: Pool
    book: Book
    basket_price: np.ndarray  # (P,) value of the initial target basket, 1.0 at step 0
