"""What venues offer at a step: the best bid and ask, and what prices are judged by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.world.base import Quotes, World
from sim.world.honest import FRESH_S


@dataclass(frozen=True, slots=True)
class Market:
    """What venues show and what is true, by feed of the deployment."""

    true_price_usd: np.ndarray  # (P, F)
    twin_price_usd: np.ndarray  # (P, F) true without the pool
    bid_usd: np.ndarray  # (P, F) best bid of the venues that quote; minus infinity: nobody does
    ask_usd: np.ndarray  # (P, F)
    bid_venue: np.ndarray  # (P, F) whose it is
    ask_venue: np.ndarray  # (P, F)
    honest_low_usd: np.ndarray  # (P, F) least and largest median of the venues without an event,
    honest_high_usd: np.ndarray  # now and in the minutes that follow: for judging, not for acting
    is_final: bool  # whether these minutes are in it already
    has_twin: bool  # whether the pool moves prices at all
    twin_low_usd: np.ndarray  # (P, F) the same without the pool
    twin_high_usd: np.ndarray


@dataclass(frozen=True, slots=True)
class Window:
    """A world as seen through the feeds of one deployment."""

    world: World
    feeds: np.ndarray  # (F,) index of each deployment feed in the world

    @classmethod
    def of(cls, world: World, feeds: tuple[str, ...]) -> Window:
        """Open a window on the feeds that a deployment needs."""
        return cls(world, np.array([world.feeds.index(feed) for feed in feeds]))

    def quotes(self) -> Quotes:
        """Quotes of the deployment's feeds, (P, F, V)."""
        return self.world.quotes(self.feeds)

    def true_price_usd(self) -> np.ndarray:
        """True price of the deployment's feeds, (P, F)."""
        return self.world.true_price_usd[:, self.feeds]

    def market(self, time_s: int, quotes: Quotes) -> Market:
        """Where an outsider can trade at a moment, and what honest venues show."""
        fresh = quotes.published_s >= time_s - FRESH_S
        bids = np.where(fresh, quotes.price_usd - quotes.half_spread_usd, -np.inf)
        asks = np.where(fresh, quotes.price_usd + quotes.half_spread_usd, np.inf)
        honest = self.world.honest()
        return Market(
            true_price_usd=self.true_price_usd(),
            twin_price_usd=self.world.twin_price_usd[:, self.feeds],
            bid_usd=bids.max(axis=2),
            ask_usd=asks.min(axis=2),
            bid_venue=bids.argmax(axis=2),
            ask_venue=asks.argmin(axis=2),
            honest_low_usd=honest.low_usd[:, self.feeds],
            honest_high_usd=honest.high_usd[:, self.feeds],
            is_final=honest.is_final,
            has_twin=self.world.moves_by_pool,
            twin_low_usd=honest.twin_low_usd[:, self.feeds],
            twin_high_usd=honest.twin_high_usd[:, self.feeds],
        )
