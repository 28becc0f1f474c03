"""What a simulated day says about the facts: one number a path, in the unit of the fact of the same name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.inputs.errors import InputError
from sim.scenario.market import MarketScenario
from sim.scenario.tables import unix_s
from sim.validation.facts import Facts

MINUTE_S = 60
HOUR_S = 3_600
LEAST_LIQUIDATED_USD = 1e6  # of longs in a record, that count as the first
LEAST_DELEVERAGED_USD = 1e5


@dataclass(frozen=True)
class Day:
    """Records of a world (`Records.arrays`) of P paths, and who is who."""

    market: MarketScenario
    facts: Facts
    records: dict[str, np.ndarray]
    open_interest_usd: np.ndarray  # (P, V, F) at the start

    def only(self, path: int) -> Day:
        """One path of it, by its place."""
        own = slice(path, path + 1)
        records = {name: rows if name == "time_s" else rows[own] for name, rows in self.records.items()}
        return Day(self.market, self.facts, records, self.open_interest_usd[own])

    def venue(self, name: str) -> int:
        """Its place."""
        return [venue.name for venue in self.market.venues].index(name)

    def platform(self, name: str) -> int:
        """The place of a venue's platform."""
        return [platform.venue for platform in self.market.platforms].index(name)

    def feed(self, name: str) -> int:
        """Its place."""
        return self.market.feeds.index(name)

    @cached_property
    def time_s(self) -> np.ndarray:
        """Unix seconds of the records, (T,)."""
        return self.records["time_s"]

    @cached_property
    def storm_s(self) -> int:
        """When the storm begins."""
        return unix_s(self.facts.when.storm_from)

    @cached_property
    def reference(self) -> np.ndarray:
        """Records that falls are measured from, (T,)."""
        return (self.time_s >= unix_s(self.facts.when.reference_from)) & (self.time_s < self.storm_s - MINUTE_S)

    @cached_property
    def window(self) -> np.ndarray:
        """Records among which the lowest price is, (T,)."""
        return (self.time_s >= self.storm_s) & (self.time_s < unix_s(self.facts.when.lowest_until))

    @cached_property
    def just_before(self) -> int:
        """The last record a minute before the storm or earlier."""
        return int(np.searchsorted(self.time_s, self.storm_s - MINUTE_S, side="right") - 1)

    def mid_usd(self, venue: str, feed: str) -> np.ndarray:
        """(P, T)."""
        return self.records["mid_usd"][:, :, self.venue(venue), self.feed(feed)]

    def fall(self, venue: str, feed: str) -> np.ndarray:
        """From the reference to the lowest price, percent, (P,)."""
        mid_usd = self.mid_usd(venue, feed)
        return 100.0 * (1.0 - mid_usd[:, self.window].min(axis=1) / np.median(mid_usd[:, self.reference], axis=1))

    @cached_property
    def by_minute_usd(self) -> np.ndarray:
        """Liquidations of whole minutes since the start, (P, minutes)."""
        usd = self.records["liquidated_usd"].sum(axis=(2, 3))
        minute = (self.time_s - unix_s(self.market.clock.start) - 1) // MINUTE_S
        whole = np.zeros((int(minute[-1]) + 1, len(usd)))
        np.add.at(whole, minute, usd.T)
        return whole.T

    @cached_property
    def storm_minute(self) -> int:
        """The first minute of the storm."""
        return (self.storm_s - unix_s(self.market.clock.start)) // MINUTE_S

    @cached_property
    def liquidated_usd(self) -> np.ndarray:
        """All day, (P,)."""
        return self.records["liquidated_usd"].sum(axis=(1, 2, 3))

    def spread(self, venues: list[int], feed: str) -> np.ndarray:
        """Log of the highest over the lowest venue, (P, T)."""
        log = np.log(self.records["mid_usd"][:, :, venues, self.feed(feed)])
        return log.max(axis=2) - log.min(axis=2)

    def open_interest_fall(self, part: tuple[slice | int, slice | int]) -> np.ndarray:
        """From just before the storm to the end, of some venues and feeds, percent, (P,)."""
        usd = self.records["open_interest_usd"][:, [self.just_before, -1]]
        usd = usd[(slice(None), slice(None), *part)].reshape(len(usd), 2, -1).sum(axis=2)
        return 100.0 * (1.0 - usd[:, 1] / usd[:, 0])


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Percent; 0 where there is nothing."""
    return 100.0 * np.divide(part, whole, out=np.zeros_like(part), where=whole > 0.0)


def _small_coins(day: Day, venue: str) -> np.ndarray:
    return np.median([day.fall(venue, feed) for feed in day.facts.who.small_coins], axis=0)


def _depth_lost(day: Day) -> np.ndarray:
    depth = day.records["depth_usd"][:, :, day.venue(day.facts.who.large), day.feed(day.facts.who.bitcoin)]
    return 100.0 * (1.0 - depth[:, day.window].min(axis=1) / depth[:, 0])


def _dispersion_calm(day: Day) -> np.ndarray:
    venues = [day.venue(name) for name in day.facts.who.liquid]
    is_calm = day.time_s < day.storm_s - MINUTE_S
    return 1e4 * np.median(np.expm1(day.spread(venues, day.facts.who.bitcoin)[:, is_calm]), axis=1)


def _dispersion_peak(day: Day) -> np.ndarray:
    venues = list(range(len(day.market.venues)))
    peaks = [day.spread(venues, feed)[:, day.window].max(axis=1) for feed in day.facts.who.small_coins]
    return 100.0 * np.expm1(np.median(peaks, axis=0))


def _forty_minute_share(day: Day) -> np.ndarray:
    first = day.storm_minute
    return _share(day.by_minute_usd[:, first : first + 40].sum(axis=1), day.liquidated_usd)


def _first_deleveraging(day: Day) -> np.ndarray:
    """Not a number where there was none."""
    k = day.platform(day.facts.who.onchain)
    is_storm = day.time_s >= day.storm_s
    begun = (day.records["liquidated_usd"][:, :, k, 0] > LEAST_LIQUIDATED_USD) & is_storm
    taken = (day.records["deleveraged_usd"][:, :, k] > LEAST_DELEVERAGED_USD) & is_storm
    both = begun.any(axis=1) & taken.any(axis=1)
    return np.where(both, day.time_s[taken.argmax(axis=1)] - day.time_s[begun.argmax(axis=1)], np.nan)


def _recovery(day: Day) -> np.ndarray:
    log = np.log(day.mid_usd(day.facts.who.spot, day.facts.who.bitcoin))
    before = np.median(log[:, day.reference], axis=1)
    lowest = np.flatnonzero(day.window)[log[:, day.window].argmin(axis=1)]
    later = np.minimum(np.searchsorted(day.time_s, day.time_s[lowest] + HOUR_S), len(day.time_s) - 1)
    path = np.arange(len(log))
    return 100.0 * (log[path, later] - log[path, lowest]) / (before - log[path, lowest])


def _fund_change(day: Day, venue: str) -> np.ndarray:
    fund_usd = day.records["fund_usd"][:, :, day.platform(venue)]
    return (fund_usd[:, -1] - fund_usd[:, 0]) / 1e6


def _onchain_liquidated(day: Day) -> np.ndarray:
    own = day.facts.who.onchain
    usd = day.records["liquidated_usd"][:, :, day.platform(own)].sum(axis=(1, 2))
    return _share(usd, day.open_interest_usd[:, day.venue(own)].sum(axis=1))


def _everywhere_but(day: Day, venue: str, feed: str) -> np.ndarray:
    """The deepest fall of a feed on other venues that list it."""
    lists = [each.name for each in day.market.venues if feed in [depth.feed for depth in each.depth]]
    return np.max([day.fall(name, feed) for name in lists if name != venue], axis=0)


#: By the name of the fact; in its unit.
MEASURES: dict[str, Callable[[Day], np.ndarray]] = {
    "sol_spot_fall": lambda day: day.fall(day.facts.who.spot, day.facts.who.solana),
    "sol_onchain_fall": lambda day: day.fall(day.facts.who.onchain, day.facts.who.solana),
    "alts_spot_fall": lambda day: _small_coins(day, day.facts.who.spot),
    "peak_minute_share": lambda day: _share(day.by_minute_usd.max(axis=1), day.liquidated_usd),
    "peak_minute": lambda day: day.by_minute_usd.argmax(axis=1).astype(float) - day.storm_minute,
    "long_share": lambda day: _share(day.records["liquidated_usd"][..., 0].sum(axis=(1, 2)), day.liquidated_usd),
    "liquidated_share": lambda day: _share(day.liquidated_usd, day.open_interest_usd.sum(axis=(1, 2))),
    "btc_depth_lost": _depth_lost,
    "onchain_deleveraged": lambda day: (
        day.records["deleveraged_usd"][:, :, day.platform(day.facts.who.onchain)].sum(axis=1) / 1e9
    ),
    "btc_dispersion_calm": _dispersion_calm,
    "btc_spot_fall": lambda day: day.fall(day.facts.who.spot, day.facts.who.bitcoin),
    "btc_perp_fall": lambda day: day.fall(day.facts.who.large, day.facts.who.bitcoin),
    "eth_spot_fall": lambda day: day.fall(day.facts.who.spot, day.facts.who.ether),
    "alts_thin_fall": lambda day: _small_coins(day, day.facts.who.thin),
    "forty_minute_share": _forty_minute_share,
    "open_interest_fall": lambda day: day.open_interest_fall((slice(None), slice(None))),
    "onchain_open_interest_fall": lambda day: day.open_interest_fall((day.venue(day.facts.who.onchain), slice(None))),
    "btc_open_interest_fall": lambda day: day.open_interest_fall((slice(None), day.feed(day.facts.who.bitcoin))),
    "first_deleveraging": _first_deleveraging,
    "alts_dispersion_peak": _dispersion_peak,
    "makers_loss": lambda day: -day.records["makers_usd"].sum(axis=2).min(axis=1) / 1e6,
    "recovery": _recovery,
    "large_fund_change": lambda day: _fund_change(day, day.facts.who.large),
    "onchain_fund_change": lambda day: _fund_change(day, day.facts.who.onchain),
    "onchain_liquidated_share": _onchain_liquidated,
    "usde_large_fall": lambda day: day.fall(day.facts.who.large, day.facts.who.dollar),
    "usde_elsewhere_fall": lambda day: _everywhere_but(day, day.facts.who.large, day.facts.who.dollar),
}

#: Of platforms, one by one.
NEED_PLATFORMS = frozenset(
    {
        "onchain_deleveraged",
        "first_deleveraging",
        "large_fund_change",
        "onchain_fund_change",
        "onchain_liquidated_share",
        "open_interest_fall",
        "onchain_open_interest_fall",
        "btc_open_interest_fall",
        "liquidated_share",
    }
)


def check_names(facts: Facts, market: MarketScenario, file: str) -> None:
    """Every fact has a measure, and whoever is meant is in the market.

    Raises:
        InputError: not so.
    """
    for i, fact in enumerate(facts.facts):
        if fact.name not in MEASURES:
            raise InputError(file=file, key=f"fact[{i}].name", expected=f"one of {', '.join(MEASURES)}", got=fact.name)
    venues, platforms = [venue.name for venue in market.venues], [platform.venue for platform in market.platforms]
    who = facts.who
    meant = [(f"who.{key}", getattr(who, key), venues) for key in ("spot", "large", "onchain", "thin")]
    meant += [("who.liquid", name, venues) for name in who.liquid]
    meant += [(f"who.{key}", getattr(who, key), platforms) for key in ("large", "onchain")]
    meant += [(f"who.{key}", getattr(who, key), list(market.feeds)) for key in ("bitcoin", "ether", "solana", "dollar")]
    meant += [("who.small_coins", name, list(market.feeds)) for name in who.small_coins]
    for key, name, known in meant:
        if name not in known:
            raise InputError(file=file, key=key, expected=f"one of {', '.join(known)}", got=name)
