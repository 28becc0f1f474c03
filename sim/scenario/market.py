"""A market that people make: what it starts from, what news does to it, and who is in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field, ValidationError, model_validator

from sim.inputs.tomlfile import bad, read_toml, validation_input_error
from sim.scenario.extending import MARKETS, find, whole_market
from sim.scenario.market_tables import (
    ArbitrageTable,
    Asset,
    BookTable,
    Cutting,
    Fundamental,
    FundingTable,
    HedgeTable,
    MakersTable,
    MarketEvent,
    MarketVenue,
    MomentumTable,
    News,
)
from sim.scenario.platform_tables import Platform
from sim.scenario.tables import Clock, Stable, Table, Text, Window, Wrapped, unix_s

EIGENVALUE_TOLERANCE = 1e-12  # rounding of a 0 eigenvalue of a small correlation matrix


class MarketScenario(Table):
    """The world's part of a scenario of kind `endogenous`.

    Once it is checked, everything with a name stands in the order of names, whatever its order in the file.
    """

    name: Text
    title: Text
    summary: Text
    cohorts: Annotated[int, Field(gt=0, le=100_000)] = 1_000  # of like accounts, on all platforms together, about
    reference: Text  # the feed whose moves news and tolerances are given for
    clock: Clock
    run: Window | None = None  # in which designs are compared; default: all the time. The market lives before it
    cutting: Cutting
    assets: Annotated[tuple[Asset, ...], Field(alias="asset", min_length=1)]
    stables: Annotated[tuple[Stable, ...], Field(alias="stable")] = ()
    wrapped: tuple[Wrapped, ...] = ()
    fundamental: Fundamental
    news: tuple[News, ...] = ()
    venues: Annotated[tuple[MarketVenue, ...], Field(alias="venue", min_length=1)]
    events: Annotated[tuple[MarketEvent, ...], Field(alias="event")] = ()
    book: BookTable
    makers: MakersTable
    arbitrage: ArbitrageTable
    momentum: MomentumTable
    funding: FundingTable
    hedge: HedgeTable | None = None
    platforms: Annotated[tuple[Platform, ...], Field(alias="platform")] = ()

    @property
    def feeds(self) -> tuple[str, ...]:
        """All feeds, in the order of names."""
        floating = [asset.feed for asset in self.assets]
        return tuple(sorted([*floating, *(tied.feed for tied in self.tied)]))

    @property
    def tied(self) -> tuple[Stable | Wrapped, ...]:
        """Feeds that stay near something."""
        return (*self.stables, *self.wrapped)

    def steps(self) -> tuple[int, int]:
        """The first and the last step of the clock in which designs are compared."""
        times_s, _ = self.clock.grid()
        if self.run is None:
            return 0, len(times_s) - 1
        first, last = np.searchsorted(times_s, [unix_s(self.run.begin), unix_s(self.run.until)])
        return int(first), int(last)

    def correlation(self) -> np.ndarray:
        """Correlation matrix of the diffusion of the assets, (assets, assets)."""
        names = [asset.feed for asset in self.assets]
        matrix = np.eye(len(names))
        for entry in self.fundamental.correlation:
            i, j = (names.index(feed) for feed in entry.feeds)
            matrix[i, j] = matrix[j, i] = entry.value
        return matrix

    @model_validator(mode="after")
    def _tables_fit_together(self) -> MarketScenario:
        _check_names(self)
        for i, platform in enumerate(self.platforms):
            _check_platform(self, platform, f"platform[{i}]")
        _check_run(self)
        ordered = self.model_copy(update=_in_order(self))
        if np.linalg.eigvalsh(ordered.correlation())[0] < -EIGENVALUE_TOLERANCE:
            raise bad("fundamental.correlation", "correlations that are possible together (positive semidefinite)")
        return ordered


def load_market(name_or_path: str | Path, overrides: Mapping[str, Any] | None = None) -> MarketScenario:
    """The market of a shipped name or of a TOML file; `overrides` replaces whole top-level tables."""
    path = find(str(name_or_path), MARKETS, "market")
    return parse_market({**read_toml(path, parse_float=float), **(overrides or {})}, path)


def parse_market(document: Mapping[str, Any], file: str | Path) -> MarketScenario:
    """The market that a TOML document describes; `file` is what errors and relative paths refer to."""
    try:
        return MarketScenario.model_validate(whole_market(document, file))
    except ValidationError as error:
        raise validation_input_error(error, file=str(file), model=MarketScenario) from None


def _in_order(market: MarketScenario) -> dict[str, Any]:
    return {
        "assets": tuple(sorted(market.assets, key=lambda asset: asset.feed)),
        "stables": tuple(sorted(market.stables, key=lambda stable: stable.feed)),
        "wrapped": tuple(sorted(market.wrapped, key=lambda token: token.feed)),
        "venues": tuple(sorted(market.venues, key=lambda venue: venue.name)),
        "events": tuple(sorted(market.events, key=lambda event: event.model_dump_json())),
        "news": tuple(sorted(market.news, key=lambda news: news.model_dump_json())),
        "platforms": tuple(
            platform.model_copy(update={"crowds": tuple(sorted(platform.crowds, key=lambda crowd: crowd.name))})
            for platform in sorted(market.platforms, key=lambda platform: platform.name)
        ),
    }


def _check_names(market: MarketScenario) -> None:
    """Names are unique where they must be, and what is referred to exists."""
    feeds, assets = market.feeds, [asset.feed for asset in market.assets]
    _unique("asset, stable or wrapped: feed", feeds)
    _known("reference", [market.reference], assets)
    _known("momentum.signal_feed", [market.momentum.signal_feed], assets)
    _known("wrapped.base", [token.base for token in market.wrapped], assets)
    for i, entry in enumerate(market.fundamental.correlation):
        _known(f"fundamental.correlation[{i}].feeds", entry.feeds, assets)
    for i, crisis in enumerate(market.fundamental.crisis):
        _known(f"fundamental.crisis[{i}].factors", crisis.factors, assets)
    venues = [venue.name for venue in market.venues]
    _unique("venue.name", venues)
    _unique("venue.known_as", [venue.known_as or venue.name for venue in market.venues])
    _unique("platform.name", [platform.name for platform in market.platforms])
    if market.hedge is not None:
        _known("hedge.venue", [market.hedge.venue], venues)
    for i, venue in enumerate(market.venues):
        _known(f"venue[{i}].depth.feed", [depth.feed for depth in venue.depth], feeds)
        _unique(f"venue[{i}].depth.feed", [depth.feed for depth in venue.depth])
    for i, event in enumerate(market.events):
        _known(f"event[{i}].venue", [event.venue], venues)
        _known(f"event[{i}].feeds", event.feeds, feeds)


def _check_run(market: MarketScenario) -> None:
    """Designs are compared from one moment of the clock to a later one."""
    if market.run is None:
        return
    times_s, _ = market.clock.grid()
    for key, moment in (("run.from", market.run.begin), ("run.until", market.run.until)):
        if unix_s(moment) not in times_s:
            start, end = market.clock.start.isoformat(), market.clock.end.isoformat()
            raise bad(key, f"a moment of the clock, {start} to {end}", moment.isoformat())


def _check_platform(market: MarketScenario, platform: Platform, key: str) -> None:
    """A platform trades and takes as collateral what its venue lists."""
    venues = {venue.name: [depth.feed for depth in venue.depth] for venue in market.venues}
    _known(f"{key}.venue", [platform.venue], venues)
    listed = venues[platform.venue]
    perps = [entry.feed for entry in platform.open_interest]
    posted = [entry.feed for entry in platform.collateral]
    _known(f"{key}.open_interest.feed", perps, listed)
    _known(f"{key}.collateral.feed", posted, listed)
    _unique(f"{key}.open_interest.feed", [*perps, *posted])
    traded = {entry.feed for other in market.platforms for entry in other.open_interest}
    for feed in posted:
        if feed in traded:
            raise bad(f"{key}.collateral.feed", "a feed without perpetuals", feed)
    _unique(f"{key}.crowd.name", [crowd.name for crowd in platform.crowds])
    for i, crowd in enumerate(platform.crowds):
        _known(f"{key}.crowd[{i}].long", [*crowd.long, *crowd.short], perps)
        _known(f"{key}.crowd[{i}].collateral", crowd.collateral, posted)


def _unique(key: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise bad(key, "names that differ", name)
        seen.add(name)


def _known(key: str, names: Iterable[str], known: Iterable[str]) -> None:
    among = list(known)
    for name in names:
        if name not in among:
            raise bad(key, f"one of {', '.join(among)}", name)
