"""One scenario on a page: every key with its value, its unit and where its number comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from sim.scenario.model import Scenario
from sim.workbench.looks import add, table
from sim.workbench.units import shown, unit_of_key

#: Said in the head of the page, or nothing to reckon with.
_WORDS = ("name", "title", "summary", "source", "kind", "feeds")
#: What an entry of a list is called by.
_NAMES = ("name", "feed")


@dataclass(frozen=True, slots=True)
class Row:
    """A key as `--set scenario.KEY=` takes it."""

    key: str
    value: str
    unit: str
    source: str


def rows(scenario: Scenario) -> list[Row]:
    """Every key that says something, in the order of the file's own tables."""
    document = scenario.model_dump(mode="json", by_alias=True, exclude_none=True)
    if scenario.market is not None:  # whose these are
        document = {key: value for key, value in document.items() if key not in ("stable", "wrapped")}
    return list(_rows(document, "", "", ""))


def page(scenario: Scenario) -> Group:
    """The whole scenario, in reading order: a table of the file at a time, with its source."""
    parts: list[RenderableType] = [
        Text.assemble((scenario.title, "bold"), f"  ({scenario.name}, {scenario.kind})"),
        Text(" ".join(scenario.summary.split())),
        Text(f"feeds: {', '.join(scenario.feeds)}"),
    ]
    for (above, source), found in groupby(rows(scenario), key=lambda row: (row.key.rpartition(".")[0], row.source)):
        parts += [Text(), Text(above or scenario.name, style="bold underline")]
        if source:
            parts.append(Text(source, style="dim"))
        made = table("key", "value", "unit", folds=("value",))
        made.show_header = False
        for row in found:
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
        yield Row(key, _words(value), unit, " ".join(source.split()))


def _words(value: Any) -> str:
    """Floats as they are written, everything else as designs show it."""
    return f"{value:,.12g}" if isinstance(value, float) else shown(value)
