"""What venues offer at a step: the best bid and ask, and the median of the venues that nothing is known against."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sim.scenario.model import Scenario
from sim.world import venues as venue_rules
from sim.world.replay import Quotes, World

FRESH_S = 60  # a quote older than this cannot be traded on
HINDSIGHT_S = 300  # how far ahead the honest median is looked up to judge a price
SPAN_STEPS = 32  # that are worked on at a time


@dataclass(frozen=True, slots=True)
class Market:
    """What venues show and what is true, by feed of the deployment."""

    true_price_usd: np.ndarray  # (P, F)
    bid_usd: np.ndarray  # (P, F) best bid of the venues that quote
    ask_usd: np.ndarray  # (P, F)
    honest_low_usd: np.ndarray  # (P, F) least and largest median of the venues without an event,
    honest_high_usd: np.ndarray  # now and in the minutes that follow: for judging, not for acting


@dataclass(frozen=True, slots=True)
class Window:
    """A world as seen through the feeds of one deployment."""

    world: World
    feeds: np.ndarray  # (F,) index of each deployment feed in the world
    honest_low_usd: np.ndarray  # (P, T, F) least median of undisturbed venues from now to HINDSIGHT_S on
    honest_high_usd: np.ndarray  # (P, T, F) largest

    @classmethod
    def of(cls, scenario: Scenario, world: World, feeds: tuple[str, ...]) -> Window:
        """Open a window on the feeds that a deployment needs."""
        index = np.array([world.feeds.index(feed) for feed in feeds])
        disturbed = venue_rules.offsets(scenario, world.times_s)[:, index] != 0.0
        honest = np.concatenate(
            [_honest_medians(world, steps, index, disturbed[steps]) for steps in _spans(len(world.times_s))], axis=1
        )
        ahead = np.searchsorted(world.times_s, world.times_s + HINDSIGHT_S, side="right")
        spans = [honest[:, step:end] for step, end in enumerate(ahead.tolist())]
        low = np.stack([np.nanmin(span, axis=1) for span in spans], axis=1)
        high = np.stack([np.nanmax(span, axis=1) for span in spans], axis=1)
        return cls(world, index, low, high)

    def quotes(self, step: int) -> Quotes:
        """Quotes of the deployment's feeds, (P, F, V)."""
        return self.world.quotes(step, self.feeds)

    def true_price_usd(self, step: int) -> np.ndarray:
        """True price of the deployment's feeds, (P, F)."""
        return self.world.true_price_usd[:, step, self.feeds]

    def market(self, step: int, quotes: Quotes) -> Market:
        """Where an outsider can trade, and what honest venues show."""
        fresh = quotes.published_s >= self.world.times_s[step] - FRESH_S
        bid = np.where(fresh, quotes.price_usd - quotes.half_spread_usd, -np.inf).max(axis=2)
        ask = np.where(fresh, quotes.price_usd + quotes.half_spread_usd, np.inf).min(axis=2)
        return Market(
            true_price_usd=self.true_price_usd(step),
            bid_usd=bid,
            ask_usd=ask,
            honest_low_usd=self.honest_low_usd[:, step],
            honest_high_usd=self.honest_high_usd[:, step],
        )


def _honest_medians(world: World, steps: np.ndarray, feeds: np.ndarray, is_disturbed: np.ndarray) -> np.ndarray:
    """Weighted median of the fresh quotes that no event moves, (P, S, F); the true price where there is none."""
    shown = world.shown_step[steps][:, feeds]  # (S, F, V)
    price_usd = world.quoted_usd[:, shown, feeds[:, None], np.arange(shown.shape[2])]
    fresh = world.times_s[shown] >= world.times_s[steps, None, None] - FRESH_S
    weights = np.where(fresh & ~is_disturbed, world.venue_weights, 0.0)
    median = _weighted_median(price_usd, np.broadcast_to(weights, price_usd.shape))
    return np.where(np.isfinite(median), median, world.true_price_usd[:, steps[:, None], feeds])


def _spans(steps: int) -> Iterator[np.ndarray]:
    """All steps, so many at a time that an array of quotes stays small."""
    for start in range(0, steps, SPAN_STEPS):
        yield np.arange(start, min(start + SPAN_STEPS, steps))


def _weighted_median(prices: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Smallest price whose cumulative weight reaches half, over the last axis; not a number without any weight."""
    order = np.argsort(prices, axis=-1, kind="stable")
    ranked = np.take_along_axis(prices, order, axis=-1)
    reached = np.cumsum(np.take_along_axis(weights, order, axis=-1), axis=-1)
    total = reached[..., -1:]
    first = (2.0 * reached >= total).argmax(axis=-1)
    median = np.take_along_axis(ranked, first[..., None], axis=-1)[..., 0]
    return np.where(total[..., 0] > 0, median, np.nan)
