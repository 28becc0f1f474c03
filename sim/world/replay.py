"""Replay: the world of infinite depth with nobody in it. Prices are known beforehand and nothing moves them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from sim.scenario.model import Scenario
from sim.world import venues as venue_rules
from sim.world.base import Fills, Honest, Orders, Quotes
from sim.world.history import History, build_history
from sim.world.honest import FRESH_S, ahead, honest_median
from sim.world.streams import Streams

SPAN_STEPS = 32  # that are worked on at a time


class Replay:
    """Whoever trades fills at the quote at once, whatever his size."""

    moves_by_pool = False

    def __init__(self, scenario: Scenario, streams: Streams, *, sources: Sequence[str] = ()) -> None:
        """sources: names of those who will send orders."""
        history = self.history = build_history(scenario, streams)
        self.feeds, self.venues, self.venue_weights = history.feeds, history.venues, history.venue_weights
        self.times_s, self.step_s = history.times_s, history.step_s
        self.is_listed = np.ones((len(self.venues), len(self.feeds)), dtype=bool)
        self.opening_usd = _opening_usd(scenario, history)
        self.step = 0
        is_disturbed = venue_rules.offsets(scenario, history.times_s) != 0.0
        medians = [_medians(history, steps, is_disturbed[steps]) for steps in _spans(len(history.times_s))]
        self.medians_usd = np.concatenate(medians, axis=1)  # (P, T, F) of honest venues
        self._low_usd, self._high_usd = ahead(self.medians_usd, history.times_s)
        self.sources = tuple(sources)
        paths = len(streams.paths)
        self._units = np.zeros((paths, len(self.sources), *self.is_listed.shape))
        self._cash_usd = np.zeros((paths, len(self.sources)))

    def advance(self, step: int) -> None:
        """Move to a step."""
        self.step = step

    def quotes(self, feeds: np.ndarray | None = None) -> Quotes:
        """What venues show now; a halted one shows its last quote with the time of that quote."""
        return self.history.quotes(self.step, feeds)

    @property
    def true_price_usd(self) -> np.ndarray:
        """True prices now, (P, F)."""
        return self.history.true_price_usd[:, self.step]

    @property
    def twin_price_usd(self) -> np.ndarray:
        """The same: no pool moves them, (P, F)."""
        return self.true_price_usd

    def honest(self) -> Honest:
        """What prices of now are judged by, with what is yet to come."""
        low_usd, high_usd = self._low_usd[:, self.step], self._high_usd[:, self.step]
        return Honest(low_usd, high_usd, is_final=True, twin_low_usd=low_usd, twin_high_usd=high_usd)

    def submit(self, orders: Orders) -> None:
        """Trade at the quotes of now."""
        source = self.sources.index(orders.source)
        self._units[:, source] += orders.units
        self._cash_usd[:, source] += self.quotes().cash_usd(orders.units)

    def fills(self) -> Fills:
        """What every source has traded."""
        return Fills(self.sources, self._units.copy(), self._cash_usd.copy(), np.zeros_like(self._units))


def _opening_usd(scenario: Scenario, history: History) -> np.ndarray:
    """Floating prices start the same on every path; a stable asset opens at its peg, whatever each path draws."""
    start = dict(zip(history.feeds, history.true_price_usd[0, 0].tolist(), strict=True))
    start |= {stable.feed: stable.peg_usd for stable in scenario.stables}
    start |= {token.feed: token.rate * start[token.base] for token in scenario.wrapped}
    return np.array([start[feed] for feed in history.feeds])


def _medians(history: History, steps: np.ndarray, is_disturbed: np.ndarray) -> np.ndarray:
    """Weighted median of the fresh quotes that no event moves, (P, S, F); the true price where there is none."""
    shown = history.shown_step[steps]  # (S, F, V)
    feed, venue = np.arange(shown.shape[1])[:, None], np.arange(shown.shape[2])
    fresh = history.times_s[shown] >= history.times_s[steps, None, None] - FRESH_S
    weights = np.where(fresh & ~is_disturbed, history.venue_weights, 0.0)
    return honest_median(history.quoted_usd[:, shown, feed, venue], weights, history.true_price_usd[:, steps])


def _spans(steps: int) -> Iterator[np.ndarray]:
    """All steps, so many at a time that an array of quotes stays small."""
    for start in range(0, steps, SPAN_STEPS):
        yield np.arange(start, min(start + SPAN_STEPS, steps))
