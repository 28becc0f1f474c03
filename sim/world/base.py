"""What the engine needs of a world: quotes, true prices, and venues that trade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True, slots=True)
class Quotes:
    """What every venue shows at one step."""

    price_usd: np.ndarray  # (P, F, V)
    half_spread_usd: np.ndarray  # (P, F, V)
    published_s: np.ndarray  # (P, F, V) int64, Unix seconds

    def cash_usd(self, units: np.ndarray) -> np.ndarray:
        """What orders (P, V, F) of any size would bring here, buys at the ask and sells at the bid, (P,)."""
        units = units.transpose(0, 2, 1)
        price_usd = self.price_usd + np.sign(units) * self.half_spread_usd
        return -(units * price_usd).reshape(len(units), -1).sum(axis=1)


@dataclass(frozen=True, slots=True)
class Orders:
    """What a source wants to buy (+) or sell (-) at the venues."""

    units: np.ndarray  # (P, V, F)
    source: str


@dataclass(frozen=True, slots=True)
class Fills:
    """What the sources have bought and received since the start, funding included."""

    sources: tuple[str, ...]
    units: np.ndarray  # (P, S, V, F)
    cash_usd: np.ndarray  # (P, S)
    waiting_units: np.ndarray  # (P, S, V, F) ordered and not traded yet


@dataclass(frozen=True, slots=True)
class Honest:
    """Medians of the venues that nothing is known against: what a price is judged by, and nobody acts on.

    The lowest and the highest from now as far ahead as the world knows; the twin is the same world without the pool.
    """

    low_usd: np.ndarray  # (P, F)
    high_usd: np.ndarray
    is_final: bool  # as far ahead as prices are judged; else what is yet to come may judge otherwise
    twin_low_usd: np.ndarray  # (P, F) always as far ahead
    twin_high_usd: np.ndarray


@dataclass(frozen=True, slots=True)
class Twin:
    """What a market was like without the pool, from the moment at which the pool opens."""

    true_price_usd: np.ndarray  # (P, T, F)
    low_usd: np.ndarray  # (P, T, F) least and largest honest median from then to the end of hindsight
    high_usd: np.ndarray

    def of(self, rows: np.ndarray) -> Twin:
        """Of some paths, by place."""
        return Twin(self.true_price_usd[rows], self.low_usd[rows], self.high_usd[rows])


class World(Protocol):
    """A market of P paths, T steps, F feeds, V venues: at step 0 when it is built, then `advance(1)` and so on."""

    feeds: tuple[str, ...]
    venues: tuple[str, ...]
    venue_weights: np.ndarray  # (V,)
    is_listed: np.ndarray  # (V, F) whether a venue trades a feed
    times_s: np.ndarray  # (T,) int64, Unix seconds
    step_s: np.ndarray  # (T,) int64, seconds since the step before; step 0 counts as long as step 1
    opening_usd: np.ndarray  # (F,) prices at which pools open before step 0, the same on every path
    moves_by_pool: bool  # whether what a pool's people trade changes prices: else the world is its own twin

    def advance(self, step: int) -> None:
        """Move to the next step: orders that were submitted trade, by the time it begins."""

    def quotes(self, feeds: np.ndarray | None = None) -> Quotes:
        """What venues show now; `feeds`: which of them, default all."""

    @property
    def true_price_usd(self) -> np.ndarray:
        """What the market as a whole says now, (P, F)."""

    @property
    def twin_price_usd(self) -> np.ndarray:
        """What it would say without the pool, (P, F)."""

    def honest(self) -> Honest:
        """What prices of now are judged by."""

    def submit(self, orders: Orders) -> None:
        """Take orders of a source that it was built with."""

    def fills(self) -> Fills:
        """What every source has traded."""
