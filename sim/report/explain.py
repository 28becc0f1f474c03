"""What a measure means, in the words of its definition: for the terminal, and for the report's rows."""

from __future__ import annotations

from difflib import get_close_matches

from rich.console import Group
from rich.table import Table
from rich.text import Text

from sim.inputs.errors import InputError
from sim.report import words
from sim.risk.measures import GROUPS, MEASURES, Measure

_KINDS = {
    "mean": "a mean over paths",
    "uneven": "a mean over paths",
    "skewed": "a mean over paths",
    "outlying": "a mean over paths, a few of which carry most of the spread",
    "probability": "a share of the paths",
    "sum": "USD of a path, mean over paths",
    "count": "a number of a path, mean over paths",
    "loss": "USD of a path, mean over paths: nothing on most, much on a few",
}


def parts(measure: Measure) -> list[tuple[str, str]]:
    """(title, text) of everything that is said of a measure, in reading order."""
    better = {"higher": "higher is better", "lower": "lower is better", "neither": "neither way is better"}
    unit = {"probability": "%", "pp": "percentage points"}.get(measure.unit, measure.unit)
    return [
        ("what it is", measure.help),
        ("formula", measure.formula),
        ("source", measure.source),
        ("what it is not", measure.is_not),
        ("unit", f"{unit}; {_KINDS[measure.kind]}; {better[measure.better]}"),
    ]


def hover(measure: Measure) -> str:
    """The same as one text."""
    return "\n".join(f"{title}: {text}" for title, text in parts(measure)[1:])


def page(measure: Measure) -> Group:
    """One measure."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for title, text in parts(measure):
        table.add_row(title, Text(text))
    return Group(Text.assemble((measure.label, "bold"), f"  {measure.key}"), table)


def listing() -> Group:
    """All measures by group, a line each."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for title in GROUPS:
        table.add_row(Text(title, style="bold"), "")
        for measure in (each for each in MEASURES if each.group == title):
            table.add_row(f"  {measure.key}", Text(f"{words.measure_label(measure)}: {measure.help}"))
    return Group(table)


def find(name: str) -> Measure:
    """The measure of that key, or of that label in any case.

    Raises:
        InputError: there is none; the message names those that are near.
    """
    by_name = {measure.label.lower(): measure for measure in MEASURES} | {m.key: m for m in MEASURES}
    wanted = name.strip().lower()
    if wanted in by_name:
        return by_name[wanted]
    near = [by_name[each].key for each in get_close_matches(wanted, by_name, n=4, cutoff=0.5)]
    near += [m.key for m in MEASURES if wanted and wanted in f"{m.key} {m.label.lower()}"]
    hint = f", such as {', '.join(list(dict.fromkeys(near))[:4])}" if near else ": breakwater explain lists them"
    raise InputError(file="explain", key="MEASURE", expected=f"the key of a measure{hint}", got=name)
