"""Put calibrated values into the text of a market file, comments and order kept; each table's source says so."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from sim.validation.calibration.priors import Parameter
from sim.validation.calibration.record import Record

_HEADER = re.compile(r"^\[\[?([\w.]+)\]\]?")
_ENTRY = re.compile(r"^(\w+) = (.*?)(\s+#.*)?$")
_PART = re.compile(r"(\w+)(?:\[([^\]]+)\])?")
CALIBRATED = "calibrated: "


@dataclass(slots=True)
class _Table:
    """A table of the text: the names on the way to it, and where its entries stand."""

    path: tuple[str, ...]
    labels: dict[tuple[str, ...], str] = field(default_factory=dict)  # of each table on the way that has one
    lines: dict[str, int] = field(default_factory=dict)


def patched(text: str, parameters: Sequence[Parameter], values: Sequence[float]) -> str:
    """The text with parameters at values, put in turn."""
    lines = text.split("\n")
    tables = _tables(lines)
    changed: dict[int, list[str]] = {}
    for parameter, value in zip(parameters, values, strict=True):
        for key in parameter.keys:
            *names, last = key.split(".")
            for i, table in enumerate(tables):
                if last in table.lines and _fits(table, names):
                    _put(lines, table.lines[last], parameter, value)
                    changed.setdefault(i, []).append(last)
    for i, keys in changed.items():
        _tell(lines, tables[i], keys)
    return "\n".join(lines)


def undone(text: str, parameters: Sequence[Parameter], record: Record | None) -> str:
    """The text as it was before the calibration of a record, so that another begins where that one did."""
    if record is None or not record.is_taken:
        return text
    widths = {width.name: width for width in record.widths}
    known = [
        parameter for parameter in reversed(parameters) if parameter.name in widths
    ]  # the last put is undone first
    before = [widths[each.name].before if each.how == "set" else 1.0 / widths[each.name].after for each in known]
    return patched(text, known, before)


def _tables(lines: Sequence[str]) -> list[_Table]:
    tables, labels = [_Table(())], dict[tuple[str, ...], str]()
    for number, line in enumerate(lines):
        if header := _HEADER.match(line):
            path = tuple(header[1].split("."))
            labels = {own: label for own, label in labels.items() if len(own) < len(path) and path[: len(own)] == own}
            tables.append(_Table(path, labels))
        elif entry := _ENTRY.match(line):
            table = tables[-1]
            table.lines[entry[1]] = number
            if entry[1] in ("name", "feed") and table.path not in table.labels:
                labels = {**labels, table.path: entry[2].strip('"')}
                table.labels = labels
    return tables


def _fits(table: _Table, names: Sequence[str]) -> bool:
    """Whether a key's way leads to a table."""
    if len(names) != len(table.path):
        return False
    for depth, part in enumerate(names, start=1):
        match = _PART.fullmatch(part)
        if match is None or match[1] != table.path[depth - 1]:
            return False
        if match[2] not in (None, "*", table.labels.get(table.path[:depth])):
            return False
    return True


def _put(lines: list[str], number: int, parameter: Parameter, value: float) -> None:
    entry = _ENTRY.match(lines[number])
    assert entry is not None
    new = value if parameter.how == "set" else float(entry[2]) * value
    lines[number] = f"{entry[1]} = {_number(new)}{entry[3] or ''}"


def _number(value: float) -> str:
    """Four digits, whole where that is whole."""
    short = float(f"{value:.4g}")
    return str(int(short)) if abs(short) >= 1_000 and short == int(short) else repr(short)


def _tell(lines: list[str], table: _Table, keys: Sequence[str]) -> None:
    number = table.lines["source"]
    entry = _ENTRY.match(lines[number])
    assert entry is not None
    earlier, before = "", entry[2].strip('"')
    if before.startswith(CALIBRATED):
        earlier, _, before = before.removeprefix(CALIBRATED).partition("; ")
    told = dict.fromkeys([*filter(None, earlier.split(", ")), *keys])
    lines[number] = f'source = "{CALIBRATED}{", ".join(told)}; {before}"'
