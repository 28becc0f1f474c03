"""Load scenarios: by name, from a file, or from the user's own prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sim.inputs import csvfile
from sim.inputs.errors import InputError
from sim.inputs.tomlfile import read_toml, validation_input_error
from sim.scenario.extending import SCENARIOS, find, place_files, shipped, whole
from sim.scenario.model import Scenario
from sim.scenario.overrides import FLAG, override, read_override

REPLAY = "replay"


def list_scenarios() -> list[str]:
    """Names of the scenarios that come with Breakwater, sorted."""
    return shipped(SCENARIOS)


def load_scenario(
    name_or_path: str | Path, overrides: Mapping[str, Any] | None = None, *, given: Sequence[str] = ()
) -> Scenario:
    """The scenario of a shipped name or of a TOML file.

    Args:
        overrides: values by dotted keys: `{"traders.count": 50, "venue[0].weight": 2, "market.venue[spot].lag_s": 1}`.
        given: more of them, as on the command line: `traders.count=50`.

    Raises:
        InputError: the file, or what was given, cannot be used.
    """
    path = find(str(name_or_path), SCENARIOS, "scenario")
    return parse_scenario(read_toml(path, parse_float=float), path, overrides, given=given)


def parse_scenario(
    document: Mapping[str, Any],
    file: str | Path,
    overrides: Mapping[str, Any] | None = None,
    *,
    given: Sequence[str] = (),
) -> Scenario:
    """The scenario that a TOML document describes; `file` is what errors and relative paths refer to."""
    if given:
        said = dict(read_override(text) for text in given)
        try:
            return parse_scenario(document, file, {**(overrides or {}), **said})
        except InputError as error:
            parse_scenario(document, file, overrides)  # if the file itself is wrong, this says so
            key = error.key or ", ".join(given)
            raise InputError(file=FLAG, key=key, expected=error.expected, got=error.got) from None
    tables = whole(document, file)
    for key, value in (overrides or {}).items():
        override(tables, key, value, file)
    place_files(tables, Path(file).parent)
    try:
        scenario = Scenario.model_validate(tables)
    except ValidationError as error:
        raise validation_input_error(error, file=str(file), model=Scenario) from None
    if scenario.kind == "csv":
        read_prices(scenario)  # so that a bad file is an error now, not in the middle of a run
    return scenario


def scenario_from_prices(
    path: str | Path,
    *,
    feeds: Sequence[str] | None = None,
    columns: Mapping[str, str] | None = None,
    asset: str | None = None,
    step_s: int | None = None,
    max_gap_s: int | None = None,
    start: datetime | str | None = None,
    until: datetime | str | None = None,
    max_steps: int | None = None,
    overrides: Mapping[str, Any] | None = None,
    given: Sequence[str] = (),
) -> Scenario:
    """Replay the prices of a file among the venues and people of the shipped `replay` scenario.

    `feeds`: what the file must have (pegged feeds may be absent); by default, every feed of `replay`
    or `columns` that it has. A feed without a market weight in `replay` gets the smallest one there.
    """
    file = SCENARIOS / f"{REPLAY}.toml"
    document = read_toml(file, parse_float=float)
    stables = {stable["feed"] for stable in document["stable"]}
    if feeds is None:
        wanted = list(dict.fromkeys([*document["feeds"], *(columns or {}), *([asset] if asset else [])]))
        floating = [feed for feed in wanted if feed not in stables]
        found = csvfile.feeds_of(path, floating, columns=columns or {}, asset=asset)
        feeds = [feed for feed in wanted if feed in found or feed in stables]
    document["feeds"] = list(feeds)
    document["stable"] = [stable for stable in document["stable"] if stable["feed"] in feeds]
    weights = document["traders"]["market_weights"]
    document["traders"]["market_weights"] = {
        feed: weights.get(feed, min(weights.values())) for feed in feeds if feed not in stables
    }
    source = {
        "file": Path(path).absolute(),
        "columns": columns,
        "asset": asset,
        "step_s": step_s,
        "max_gap_s": max_gap_s,
        "start": start,
        "until": until,
        "max_steps": max_steps,
    }
    document["prices"] |= {key: value for key, value in source.items() if value is not None}
    return parse_scenario(document, file, overrides, given=given)


def require_feeds(scenario: Scenario, feeds: Sequence[str]) -> None:
    """Complain unless the scenario has every one of `feeds`, such as those that a design needs."""
    for feed in feeds:
        if feed in scenario.feeds:
            continue
        if scenario.prices is not None:
            raise InputError(
                file=scenario.prices.file,
                key=f"column {feed}",
                expected=f"a column with the prices of {feed}, which the design needs",
            )
        raise InputError(
            file=f"scenario {scenario.name}",
            key="feeds",
            expected=f"the feed {feed}, which the design needs",
            got=", ".join(scenario.feeds),
        )


def read_prices(scenario: Scenario) -> csvfile.PriceFile:
    """The prices of a `kind = "csv"` scenario on its grid of steps."""
    source = scenario.prices
    assert source is not None, "only a scenario of kind csv has a price file"
    return csvfile.read_prices(
        source.file,
        feeds=scenario.feeds,
        optional_feeds=scenario.stable_feeds,
        venues=tuple(venue.name for venue in scenario.venues),
        columns=source.columns,
        asset=source.asset,
        step_s=source.step_s,
        max_gap_s=source.max_gap_s,
        start=source.start,
        until=source.until,
        max_steps=source.max_steps,
    )
