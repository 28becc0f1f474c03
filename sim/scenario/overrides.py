"""Single values put into a scenario's document: `traders.count`, `venue[0].weight`, `market.venue[spot].depth[BTC]`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from sim.inputs.errors import InputError
from sim.inputs.tomlfile import parse_value

FLAG = "--set"
PREFIX = "scenario."
#: What an entry of a list is called by, besides its number.
_NAMES = ("name", "feed")
_KEY = re.compile(r"[^.\[\]]+(\.[^.\[\]]+|\[[^.\[\]]+\])*")


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
    if not _KEY.fullmatch(key):
        raise InputError(file=file, key=key, expected="a dotted key, such as traders.count or market.venue[spot].lag_s")
    parts = re.findall(r"\[?[^.\[\]]+", key)
    place: Any = document
    for part, after in pairwise(parts):
        name, has = _found(place, part, key, file), place
        if isinstance(has, dict) and name not in has:
            if after.startswith("["):
                expected = "an entry that the scenario has (a new key stands after a dot)"
                raise InputError(file=file, key=key, expected=expected, got=after.strip("["))
            has[name] = {}
        place = has[name]
    place[_found(place, parts[-1], key, file)] = value


def _found(place: Any, part: str, key: str, file: str | Path) -> Any:
    """The key in a table, whether it is there or not, or the index of an entry of a list."""
    name = part.removeprefix("[")
    if isinstance(place, dict):
        return name
    if not isinstance(place, list):
        raise InputError(file=file, key=key, expected="a table or a list before it", got=name)
    names = [_name(entry) for entry in place]
    if names.count(name) == 1:
        return names.index(name)
    if name.isascii() and name.isdigit() and int(name) < len(place):
        return int(name)
    known = [each if names.count(each) == 1 else str(i) for i, each in enumerate(names)]
    expected = f"one of {', '.join(known)}" if known else "an entry, of which the scenario has none here"
    raise InputError(file=file, key=key, expected=expected, got=name)


def _name(entry: Any) -> str:
    """What an entry of a list is called; empty where it has no name."""
    if not isinstance(entry, Mapping):
        return ""
    return next((str(entry[name]) for name in _NAMES if name in entry), "")
