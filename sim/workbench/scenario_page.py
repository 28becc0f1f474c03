"""Scenarios on a page: every key with its value, its unit and where its number comes from; what differs between two."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from sim.scenario import list_scenarios, load_scenario
from sim.scenario.loading import REPLAY
from sim.scenario.model import Scenario
from sim.workbench.looks import NONE, add, table
from sim.workbench.units import as_toml, shown, unit_of_key

#: Said in the head of the page, or nothing to reckon with.
_WORDS = ("name", "title", "summary", "source", "kind", "feeds")
#: What an entry of a list is called by.
_NAMES = ("name", "feed")
SAME = "no difference"
#: Below it every whole number is a float of its own.
_EXACT = 2**53
GIVEN = "set on the command line"
_KINDS = {"endogenous": "people make its prices", "waypoints": "prices are given", "csv": "prices are yours"}


@dataclass(frozen=True, slots=True)
class Row:
    """A key as `--set scenario.KEY=` takes it."""

    key: str
    value: str
    unit: str
    source: str
    toml: str  # the value as `--set` and a file take it


def listing() -> RenderableType:
    """The shipped scenarios: what makes their prices, of what, and when designs are compared."""
    made = table("scenario", "what it is", "kind", "feeds", "compared", folds=("what it is", "feeds"))
    for name in list_scenarios():
        if name == REPLAY:
            add(made, name, "your own prices, see --prices", _KINDS["csv"], "those of your file", "all of your file")
            continue
        scenario = load_scenario(name)
        add(made, name, scenario.title, _KINDS[scenario.kind], ", ".join(scenario.feeds), span(scenario))
    return made


def span(scenario: Scenario) -> str:
    """From when to when designs are compared, UTC."""
    clock = scenario.market.clock if scenario.market is not None else scenario.clock
    if clock is None:
        return _KINDS["csv"]
    run = scenario.market.run if scenario.market is not None else None
    begin, end = (run.begin, run.until) if run is not None else (clock.start, clock.end)
    begin, end = (moment.astimezone(UTC) for moment in (begin, end))
    return f"{begin:%Y-%m-%d %H:%M} to {_end(begin, end)}"


def _end(begin: datetime, end: datetime) -> str:
    return f"{end:%H:%M}" if begin.date() == end.date() else f"{end:%Y-%m-%d %H:%M}"


def difference(first: Scenario, second: Scenario) -> RenderableType:
    """What differs between two scenarios, key by key; names, texts and sources aside."""
    ours, theirs = ({row.key: row for row in rows(scenario)} for scenario in (first, second))
    keys = [key for key in {**ours, **theirs} if _value(ours, key) != _value(theirs, key)]
    if not keys:
        return Text(SAME, style="bold")
    names = (first.name, second.name) if first.name != second.name else ("first", "second")
    made = table("key", *names, "unit", folds=("key", *names))
    for key in keys:
        add(made, key, _value(ours, key), _value(theirs, key), (ours.get(key) or theirs[key]).unit)
    return made


def _value(found: dict[str, Row], key: str) -> str:
    return found[key].value if key in found else NONE


def rows(scenario: Scenario) -> list[Row]:
    """Every key that says something, in the order of the file's own tables."""
    document = scenario.model_dump(mode="json", by_alias=True, exclude_none=True)
    if scenario.market is not None:  # whose these are
        document = {key: value for key, value in document.items() if key not in ("stable", "wrapped")}
    return list(_rows(document, "", "", ""))


def page(scenario: Scenario, plain: Scenario) -> Group:
    """The whole scenario, in reading order: a table of the file at a time, with its source.

    `plain`: the same without what was set; what differs from it is no longer the source's.
    """
    before = {row.key: row.value for row in rows(plain)}
    found = [row if before.get(row.key) == row.value else replace(row, source=GIVEN) for row in rows(scenario)]
    parts: list[RenderableType] = [
        Text.assemble((scenario.title, "bold"), f"  ({scenario.name}, {scenario.kind})"),
        Text(" ".join(scenario.summary.split())),
        Text(f"feeds: {', '.join(scenario.feeds)}"),
    ]
    for (above, source), group in groupby(found, key=lambda row: (row.key.rpartition(".")[0], row.source)):
        parts += [Text(), Text(above or scenario.name, style="bold underline")]
        if source:
            parts.append(Text(source, style="dim"))
        made = table("key", "value", "unit", folds=("value",))
        made.show_header = False
        for row in group:
            add(made, row.key.rpartition(".")[2], row.value, row.unit)
        parts.append(made)
    return Group(*parts)


def _rows(value: Any, key: str, plain: str, source: str) -> Iterator[Row]:
    """`plain` is the key without the names of entries, for units."""
    if isinstance(value, dict):
        source = str(value.get("source") or source)
        for name, inner in value.items():
            if name != "source" and not (key in ("", "market") and name in _WORDS):
                yield from _rows(inner, f"{key}.{name}" if key else name, f"{plain}.{name}", source)
    elif isinstance(value, list) and value and all(isinstance(entry, dict) for entry in value):
        names = [next((str(entry[name]) for name in _NAMES if name in entry), "") for entry in value]
        for i, (name, entry) in enumerate(zip(names, value, strict=True)):
            label = name if name and names.count(name) == 1 else str(i)
            yield from _rows(entry, f"{key}[{label}]", plain, source)
    else:
        unit = unit_of_key(plain) if isinstance(value, int | float) and not isinstance(value, bool) else ""
        yield Row(key, _words(value), unit, " ".join(source.split()), _toml(value, plain))


def _words(value: Any) -> str:
    """Floats as they are written, everything else as designs show it."""
    if isinstance(value, list | dict) and not value:
        return "none"
    return f"{value:,.12g}" if isinstance(value, float) else shown(value)


def _toml(value: Any, plain: str) -> str:
    """A value as a file has it; times are no text there."""
    if isinstance(value, float):
        whole = value.is_integer() and abs(value) < _EXACT
        return f"{int(value):_}" if whole else repr(value)
    is_time = isinstance(value, str) and plain.rpartition(".")[2] in ("start", "from", "until")
    return value if is_time else as_toml(value)
