"""Build the prices of a scenario that knows them beforehand: true ones and quotes, for a set of paths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.scenario.loading import read_prices
from sim.scenario.model import Scenario
from sim.world import paths, venues
from sim.world.base import Quotes
from sim.world.streams import Streams


@dataclass(frozen=True, slots=True)
class History:
    """Prices of P paths, T steps, F feeds, V venues. Nothing in it depends on what agents do."""

    feeds: tuple[str, ...]
    venues: tuple[str, ...]
    venue_weights: np.ndarray  # (V,)
    times_s: np.ndarray  # (T,) int64, Unix seconds
    step_s: np.ndarray  # (T,) int64, seconds since the step before; step 0 counts as long as step 1
    true_price_usd: np.ndarray  # (P, T, F)
    quoted_usd: np.ndarray  # (P, T, F, V), as if no venue ever halted
    half_spread: np.ndarray  # (T, V), fraction of the price
    shown_step: np.ndarray  # (T, F, V), the step whose quote is on show

    def quotes(self, step: int, feeds: np.ndarray | None = None) -> Quotes:
        """What venues show at a step; a halted one shows its last quote with the time of that quote.

        `feeds`: which of them; default: all.
        """
        feed = np.arange(len(self.feeds)) if feeds is None else feeds
        shown = self.shown_step[step][feed]  # (F, V)
        venue = np.arange(shown.shape[1])
        price_usd = self.quoted_usd[:, shown, feed[:, None], venue]
        published_s = np.broadcast_to(self.times_s[shown], price_usd.shape).copy()
        return Quotes(price_usd, price_usd * self.half_spread[shown, venue], published_s)


def build_history(scenario: Scenario, streams: Streams) -> History:
    """The prices of `streams.paths`; a path is the same whichever other paths are built with it.

    Holds P x T x F x V quotes of 8 bytes: build many paths in chunks.
    """
    times_s, step_s, price_usd, venue_price_usd = _known_prices(scenario, streams)
    pegged = [stable for stable in scenario.stables if stable.feed not in price_usd]
    if pegged:
        pegs = paths.pegs(pegged, times_s, streams)
        price_usd |= {stable.feed: pegs[:, :, i] for i, stable in enumerate(pegged)}
    ties = paths.wrapped(scenario.wrapped, times_s, streams)
    for i, token in enumerate(scenario.wrapped):
        if token.feed not in price_usd:
            price_usd[token.feed] = price_usd[token.base] * ties[:, :, i]
    true_price_usd = np.empty((len(streams.paths), len(times_s), len(scenario.feeds)))
    for i, feed in enumerate(scenario.feeds):
        true_price_usd[:, :, i] = price_usd[feed]
    return History(
        feeds=scenario.feeds,
        venues=tuple(venue.name for venue in scenario.venues),
        venue_weights=np.array([venue.weight for venue in scenario.venues]),
        times_s=times_s,
        step_s=step_s,
        true_price_usd=true_price_usd,
        quoted_usd=_quoted(scenario, times_s, true_price_usd, venue_price_usd, streams),
        half_spread=venues.half_spreads(scenario.venues, times_s, scenario.noise.storm),
        shown_step=venues.shown_steps(scenario, times_s),
    )


def _known_prices(scenario: Scenario, streams: Streams) -> tuple[np.ndarray, np.ndarray, dict, dict]:
    """Times and steps (T,), true prices by feed (P, T) or (T,), a file's quotes by feed and venue (T,)."""
    if scenario.clock is None:
        file = read_prices(scenario)
        step_s = np.full(len(file.time_s), file.step_s, dtype=np.int64)
        return file.time_s, step_s, dict(file.price_usd), file.venue_price_usd
    times_s, step_s = scenario.clock.grid()
    bridges = paths.bridges(scenario, scenario.floating_feeds, times_s, streams)
    prices = {feed: bridges[:, :, i] for i, feed in enumerate(scenario.floating_feeds)}
    return times_s, step_s, prices, {}


def _quoted(
    scenario: Scenario,
    times_s: np.ndarray,
    true_price_usd: np.ndarray,
    venue_price_usd: dict[tuple[str, str], np.ndarray],
    streams: Streams,
) -> np.ndarray:
    """Quotes as if no venue halted, (P, T, F, V): the file's, or else the true price and a basis."""
    offset = venues.offsets(scenario, times_s)  # (T, F, V)
    quoted = venues.basis(scenario.venues, scenario.feeds, times_s, scenario.noise.storm, streams)
    quoted += offset
    np.exp(quoted, out=quoted)
    quoted *= true_price_usd[..., None]
    names = [venue.name for venue in scenario.venues]
    for (feed, venue), price_usd in venue_price_usd.items():
        f, v = scenario.feeds.index(feed), names.index(venue)
        quoted[:, :, f, v] = price_usd * np.exp(offset[:, f, v])
    return quoted
