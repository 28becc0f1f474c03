"""A scenario: a world, the venues that show it, and the people who act in it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, model_validator

from sim.inputs.tomlfile import bad
from sim.scenario.actors import Actor
from sim.scenario.market import MarketScenario
from sim.scenario.people import Arbitrageur, Blocks, Keepers, LiquidityProviders, Traders
from sim.scenario.tables import (
    Clock,
    Event,
    FileName,
    Noise,
    PriceSource,
    Stable,
    Table,
    Text,
    Venue,
    Waypoint,
    Window,
    Wrapped,
    unix_s,
)

EIGENVALUE_TOLERANCE = 1e-12  # rounding of a 0 eigenvalue of a small correlation matrix


class Scenario(Table):
    """What happens, to be run against any design.

    `kind = "waypoints"`: prices are bridges through the waypoints, on the steps of `clock`.
    `kind = "csv"`: prices are those of the file in `prices`, which also sets the steps.
    `kind = "endogenous"`: people make the prices of `market`, which also has feeds, venues and steps.

    Once it is checked, everything with a name stands in the order of names, whatever its order in the file: sums of
    floats and ids on the chain do not depend on how somebody sorted it.
    """

    name: FileName  # also part of the name of a run's folder
    title: Text
    summary: Text
    kind: Literal["waypoints", "csv", "endogenous"]
    market: MarketScenario | None = None
    feeds: tuple[str, ...] = ()
    clock: Clock | None = None
    waypoints: Annotated[tuple[Waypoint, ...], Field(alias="waypoint")] = ()
    stables: Annotated[tuple[Stable, ...], Field(alias="stable")] = ()
    wrapped: tuple[Wrapped, ...] = ()
    prices: PriceSource | None = None
    noise: Noise = Noise()
    venues: Annotated[tuple[Venue, ...], Field(alias="venue")] = ()
    events: Annotated[tuple[Event, ...], Field(alias="event")] = ()
    traders: Traders
    arbitrageur: Arbitrageur
    liquidity_providers: LiquidityProviders
    keepers: Keepers
    blocks: Blocks = Blocks()
    actors: Annotated[tuple[Actor, ...], Field(alias="actor")] = ()

    @property
    def stable_feeds(self) -> tuple[str, ...]:
        """Feeds with a peg."""
        return tuple(stable.feed for stable in self.stables)

    @property
    def floating_feeds(self) -> tuple[str, ...]:
        """Feeds without a peg, in the order of `feeds`."""
        tied = {*self.stable_feeds, *(token.feed for token in self.wrapped)}
        return tuple(feed for feed in self.feeds if feed not in tied)

    def correlation(self) -> np.ndarray:
        """Correlation matrix of the noise of the floating feeds, (floating, floating)."""
        matrix = np.eye(len(self.floating_feeds))
        for entry in self.noise.correlation:
            i, j = (self.floating_feeds.index(feed) for feed in entry.feeds)
            matrix[i, j] = matrix[j, i] = entry.value
        return matrix

    @model_validator(mode="after")
    def _tables_fit_together(self) -> Scenario:
        if self.kind == "endogenous":
            made = self.model_copy(update=_of_market(self))
            _check_names(made)
            return made.model_copy(update=_in_order(made))
        if self.market is not None:
            raise bad("market", f'no such table when kind = "{self.kind}"')
        for key, entries in (("feeds", self.feeds), ("venue", self.venues)):
            if not entries:
                raise bad(key, "at least one")
        _check_names(self)
        if self.kind == "waypoints":
            clock = _check_clock(self)
            _check_waypoints(self, clock)
            _check_noise(self)
        else:
            _check_price_source(self)
        return self.model_copy(update=_in_order(self))


def _of_market(scenario: Scenario) -> dict[str, Any]:
    """What a scenario has from its market; it may say the same itself, and nothing of prices beside it."""
    market = scenario.market
    if market is None:
        raise bad("market", 'a table, or the name of a market (kind = "endogenous" needs it)')
    given = {"feeds": market.feeds, "stables": market.stables, "wrapped": market.wrapped}
    for key, values in given.items():
        if getattr(scenario, key) not in ((), values):
            raise bad(key, 'no such key when kind = "endogenous": the market has it')
    unwanted = {
        "clock": scenario.clock is not None,
        "waypoint": bool(scenario.waypoints),
        "prices": scenario.prices is not None,
        "noise": scenario.noise != Noise(),
        "venue": bool(scenario.venues),
        "event": bool(scenario.events),
    }
    for key, is_there in unwanted.items():
        if is_there:
            raise bad(key, 'no such table when kind = "endogenous": the market has it')
    return given


def _in_order(scenario: Scenario) -> dict[str, Any]:
    """What has a name, sorted by it; events by all that they say."""
    return {
        "feeds": tuple(sorted(scenario.feeds)),
        "stables": tuple(sorted(scenario.stables, key=lambda stable: stable.feed)),
        "wrapped": tuple(sorted(scenario.wrapped, key=lambda token: token.feed)),
        "venues": tuple(sorted(scenario.venues, key=lambda venue: venue.name)),
        "events": tuple(sorted(scenario.events, key=lambda event: event.model_dump_json())),
        "actors": tuple(sorted(scenario.actors, key=lambda actor: actor.name)),
    }


def _check_names(scenario: Scenario) -> None:
    """Names are unique where they must be, and what is referred to exists."""
    _all_unique("feeds", scenario.feeds)
    _all_known("stable[{}].feed", scenario.stable_feeds, scenario.feeds)
    _all_unique("stable[{}].feed", scenario.stable_feeds)
    tied = [token.feed for token in scenario.wrapped]
    _all_known("wrapped[{}].feed", tied, [feed for feed in scenario.feeds if feed not in scenario.stable_feeds])
    _all_unique("wrapped[{}].feed", tied)
    _all_known("wrapped[{}].base", [token.base for token in scenario.wrapped], scenario.floating_feeds)
    venues = [venue.name for venue in scenario.venues]
    _all_unique("venue[{}].name", [name.lower() for name in venues])
    for i, event in enumerate(scenario.events):
        _all_known(f"event[{i}].venue", [event.venue], venues)
        _all_known(f"event[{i}].feeds", event.feeds, scenario.feeds)
    _all_unique("actor[{}].name", [actor.name for actor in scenario.actors])
    known = [venue.name for venue in scenario.market.venues] if scenario.market else venues
    for i, actor in enumerate(scenario.actors):
        for key, among in (("market", scenario.floating_feeds), ("venue", known)):
            if hasattr(actor, key):
                _all_known(f"actor[{i}].{key}", [getattr(actor, key)], among)
    _all_known("traders.market_weights", scenario.traders.market_weights, scenario.floating_feeds)
    _all_known("traders.margin_weights", scenario.traders.margin_weights, scenario.feeds)


def _check_clock(scenario: Scenario) -> Clock:
    """There is a clock, which is returned, and storm and events lie within it."""
    clock = scenario.clock
    if clock is None:
        raise bad("clock", 'a table (kind = "waypoints" needs it)')
    if scenario.prices is not None:
        raise bad("prices", 'no such table when kind = "waypoints"')
    windows: list[tuple[str, Window]] = [(f"event[{i}]", event) for i, event in enumerate(scenario.events)]
    if scenario.noise.storm is not None:
        windows.append(("noise.storm", scenario.noise.storm))
    span = f"a time within the clock, {clock.start.isoformat()} to {clock.end.isoformat()}"
    for key, window in windows:
        if window.begin < clock.start:
            raise bad(f"{key}.from", span, window.begin.isoformat())
        if window.until > clock.end:
            raise bad(f"{key}.until", span, window.until.isoformat())
    return clock


def _check_waypoints(scenario: Scenario, clock: Clock) -> None:
    """Each floating feed has waypoints: the first at the start, in order of time, on the grid."""
    _all_known("waypoint[{}].feed", [point.feed for point in scenario.waypoints], scenario.floating_feeds)
    grid = set(clock.grid()[0].tolist())
    last: dict[str, datetime | None] = dict.fromkeys(scenario.floating_feeds)
    for i, point in enumerate(scenario.waypoints):
        key, got = f"waypoint[{i}].time", point.time.isoformat()
        if not clock.start <= point.time <= clock.end:
            span = f"{clock.start.isoformat()} to {clock.end.isoformat()}"
            raise bad(key, f"a time within the clock, {span}", got)
        if unix_s(point.time) not in grid:
            raise bad(key, "a time at which the clock has a step", got)
        before = last[point.feed]
        if before is None and point.time != clock.start:
            raise bad(key, f"the clock's start for the first waypoint of {point.feed}", got)
        if before is not None and point.time <= before:
            raise bad(
                key,
                f"a time after the waypoint of {point.feed} before it, {before.isoformat()}",
                got,
            )
        last[point.feed] = point.time
    for feed, time in last.items():
        if time is None:
            raise bad("waypoint", f"at least one waypoint of {feed}, or a peg in [[stable]]")


def _check_noise(scenario: Scenario) -> None:
    """Each floating feed has a volatility, and the correlations are possible together."""
    volatile = [entry.feed for entry in scenario.noise.volatility]
    _all_known("noise.volatility[{}].feed", volatile, scenario.floating_feeds)
    _all_unique("noise.volatility[{}].feed", volatile)
    for feed in scenario.floating_feeds:
        if feed not in volatile:
            raise bad("noise.volatility", f"an entry for {feed}")
    pairs: list[str] = []
    for i, entry in enumerate(scenario.noise.correlation):
        _all_known(f"noise.correlation[{i}].feeds", entry.feeds, scenario.floating_feeds)
        _all_unique(f"noise.correlation[{i}].feeds", entry.feeds)
        pairs.append(" ".join(sorted(entry.feeds)))
    _all_unique("noise.correlation[{}].feeds", pairs)
    if scenario.floating_feeds and np.linalg.eigvalsh(scenario.correlation())[0] < -EIGENVALUE_TOLERANCE:
        raise bad("noise.correlation", "correlations that are possible together (positive semidefinite)")


def _check_price_source(scenario: Scenario) -> None:
    """A price file stands for the clock, the waypoints and their noise."""
    if scenario.prices is None:
        raise bad("prices", 'a table (kind = "csv" needs it)')
    unwanted = {
        "clock": scenario.clock is not None,
        "waypoint": bool(scenario.waypoints),
        "noise.volatility": bool(scenario.noise.volatility),
        "noise.correlation": bool(scenario.noise.correlation),
    }
    for key, is_there in unwanted.items():
        if is_there:
            raise bad(key, 'no such table when kind = "csv": the file gives times and prices')
    if scenario.prices.asset is not None:
        _all_known("prices.asset", [scenario.prices.asset], scenario.feeds)
    _all_known("prices.columns", scenario.prices.columns, scenario.feeds)


def _all_unique(key: str, names: Iterable[str]) -> None:
    """`key` may have a place for the position of the name."""
    seen: set[str] = set()
    for i, name in enumerate(names):
        if name in seen:
            raise bad(key.format(i), "names that differ", name)
        seen.add(name)


def _all_known(key: str, names: Iterable[str], known: Collection[str]) -> None:
    """`key` may have a place for the position of the name."""
    for i, name in enumerate(names):
        if name not in known:
            raise bad(key.format(i), f"one of {', '.join(known)}", name)
