"""Scenarios and markets that extend others: what a file does not say, the one that it extends says.

A scenario may also have the `people` of another, whatever prices that has.

Tables are joined key by key. In a list of tables those of one name, or of one feed, are joined, too, and new ones are
added; every other list, such as news and events, is replaced.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sim.inputs.errors import InputError
from sim.inputs.tomlfile import read_toml

SCENARIOS = Path(__file__).resolve().parents[1] / "scenarios"
MARKETS = SCENARIOS / "markets"
#: What a scenario has of another one's `people`.
PEOPLE = ("traders", "arbitrageur", "liquidity_providers", "keepers", "blocks")
#: Keys that refer to another file: what it says stands where this one says nothing.
_REFERENCES = {"scenario": ("people", "extends"), "market": ("extends",)}
#: What tells the tables of a list apart.
_NAMES = ("name", "feed")


def shipped(folder: Path) -> list[str]:
    """Names of the files of a folder, sorted."""
    return sorted(path.stem for path in folder.glob("*.toml"))


def find(name: str, folder: Path, kind: str, beside: Path = Path(".")) -> Path:
    """The file of a shipped name, or of a path relative to a folder.

    Raises:
        InputError: neither.
    """
    if name in shipped(folder):
        return folder / f"{name}.toml"
    path = Path(name)
    if path.suffix == ".toml" or path.parent != Path(".") or (beside / path).exists():
        return beside / path
    expected = f"one of {', '.join(shipped(folder))}, or the path of a .toml file"
    raise InputError(file=kind, expected=expected, got=name)


def whole(document: Mapping[str, Any], file: str | Path) -> dict[str, Any]:
    """A scenario's document with all that it extends, its market's among it."""
    tables = _extended(document, Path(file), SCENARIOS, "scenario", ())
    market = tables.get("market")
    if isinstance(market, str):
        tables["market"] = {"extends": market}
    if isinstance(tables.get("market"), dict):
        tables["market"] = whole_market(tables["market"], file)
    return tables


def whole_market(document: Mapping[str, Any], file: str | Path) -> dict[str, Any]:
    """A market's document with all that it extends; paths in it are relative to the file that says them."""
    return _extended(document, Path(file), MARKETS, "market", ())


def _extended(document: Mapping[str, Any], file: Path, folder: Path, kind: str, before: tuple[Path, ...]) -> dict:
    found = {key: _copied(value) for key, value in document.items() if key not in _REFERENCES[kind]}
    place_files(found, file.parent, (str, Path))
    for key in _REFERENCES[kind]:
        if key not in document:
            continue
        base = _referred(document[key], key, file, folder, kind)
        if base in before:
            chain = " -> ".join(path.stem for path in (*before, base))
            raise InputError(file=file, key=key, expected=f"a {kind} that does not lead back to itself", got=chain)
        tables = _extended(read_toml(base, parse_float=float), base, folder, kind, (*before, base))
        if key == "people":
            tables = {name: table for name, table in tables.items() if name in PEOPLE}
        found = _joined(tables, found)
    return found


def _referred(name: object, key: str, file: Path, folder: Path, kind: str) -> Path:
    """The file that a key refers to."""
    expected = f"the name or the path of a {kind}"
    if isinstance(name, str):
        try:
            return find(name, folder, kind, file.parent)
        except InputError as error:
            expected = error.expected
    raise InputError(file=file, key=key, expected=expected, got=name)


def place_files(tables: dict[str, Any], folder: Path, kinds: tuple[type, ...] = (str,)) -> None:
    """Let paths of price files begin at a folder; those that are no text have done so before."""
    fundamental = tables.get("fundamental")
    actors = tables.get("actor")
    for owner in (
        *(actors if isinstance(actors, list) else ()),
        tables.get("prices"),
        fundamental.get("bootstrap") if isinstance(fundamental, dict) else None,
    ):
        if isinstance(owner, dict) and isinstance(owner.get("file"), kinds):
            owner["file"] = folder / owner["file"]


def _joined(base: Any, own: Any) -> Any:
    if isinstance(base, dict) and isinstance(own, dict):
        added = {key: _joined(base[key], value) if key in base else value for key, value in own.items()}
        return base | added
    if isinstance(base, list) and isinstance(own, list):
        name = next((key for key in _NAMES if _all_have(key, base) and _all_have(key, own)), None)
        if name is not None and own:
            first = {entry[name]: entry for entry in base}
            return list((first | {e[name]: _joined(first.get(e[name], {}), e) for e in own}).values())
    return own


def _all_have(key: str, entries: list[Any]) -> bool:
    return all(isinstance(entry, dict) and key in entry for entry in entries)


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value
