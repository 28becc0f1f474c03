"""Single values put into a scenario's document: `traders.count`, `venue[0].weight`, `market.venue[spot].depth[BTC]`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sim.inputs.errors import InputError
from sim.inputs.tomlfile import parse_value

FLAG = "--set"
PREFIX = "scenario."
#: What an entry of a list is called by, besides its number.
_NAMES = ("name", "feed")


def of_scenario(given: Sequence[str]) -> tuple[str, ...]:
    """What was given for a scenario alone, without the prefix.

    Raises:
        InputError: something is for no scenario.
    """
    for text in given:
        if not text.startswith(PREFIX):
            raise InputError(file=FLAG, key=text, expected=f"{PREFIX}KEY=VALUE")
    return tuple(text.removeprefix(PREFIX) for text in given)


def split(given: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What was given for the designs, and, without its prefix, for the scenario."""
    mine = [text for text in given if text.startswith(PREFIX)]
    return tuple(text for text in given if not text.startswith(PREFIX)), of_scenario(mine)


def read_override(text: str) -> tuple[str, Any]:
    """Key and value of `KEY=VALUE`; the value is TOML, or a bare word."""
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise InputError(file=FLAG, key=text, expected=f"{PREFIX}KEY=VALUE")
    return key.strip(), parse_value(value.strip(), file=FLAG, key=key.strip(), parse_float=float)


def override(document: dict[str, Any], key: str, value: Any, file: str | Path) -> None:
    """Put `value` at a dotted key; entries of lists on the way must exist."""
    parts = [int(part) if part.isdigit() else part for part in re.findall(r"[^.\[\]]+", key)]
    if not parts:
        raise InputError(file=file, key=key, expected="a dotted key, such as traders.count")
    place: Any = document
    for part in parts[:-1]:
        place = place[_found(place, part, key, file)]
    last = parts[-1]
    if isinstance(place, list):
        last = _found(place, last, key, file)
    elif not isinstance(place, dict):
        raise InputError(file=file, key=key, expected="a key of a table of the scenario")
    place[last] = value


def _found(place: Any, part: str | int, key: str, file: str | Path) -> str | int:
    """The key or the index of an entry; a table that is not there begins empty."""
    if isinstance(place, dict) and isinstance(part, str):
        place.setdefault(part, {})
        return part
    known: list[str] = []
    if isinstance(place, list):
        if isinstance(part, int) and part < len(place):
            return part
        names = [_name(entry) for entry in place]
        if part in names:
            return names.index(str(part))
        known = [name or str(i) for i, name in enumerate(names)]
    expected = f"one of {', '.join(known)}" if known else "a table before the dot"
    raise InputError(file=file, key=key, expected=expected, got=part)


def _name(entry: Any) -> str:
    """What an entry of a list is called."""
    if not isinstance(entry, Mapping):
        return ""
    return next((str(entry[name]) for name in _NAMES if name in entry), "")
