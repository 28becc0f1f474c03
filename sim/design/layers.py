"""Design files as layers: the file, what it extends, and the overrides on top.

Lists of tables that have a name (assets by symbol, rules by their text) are kept as tables by that
name, so that a place in a design is the same tuple of names whatever layer it comes from:
("asset", "BTC", "haircut").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.design.model import SLOTS
from sim.inputs.errors import InputError
from sim.inputs.tomlfile import read_toml

DESIGNS = Path(__file__).resolve().parents[1] / "designs"

#: Lists of tables, and the key that names an item.
_NAMED = {
    ("asset",): "symbol",
    ("market",): "symbol",
    ("oracle", "feed"): "symbol",
    ("rule",): "rule",
    ("breaks",): "property",
}

Place = Sequence[str]


@dataclass(frozen=True, slots=True)
class Layers:
    """Tables on top of each other; the first one wins."""

    tables: tuple[tuple[str, Mapping[str, Any]], ...]  # (name of the file, its content)

    @property
    def label(self) -> str:
        """Name of the file that was asked for: the first that is no override."""
        return next(label for label, _ in self.tables if label != "--set")

    def merged(self) -> dict[str, Any]:
        """Merge from the bottom up."""
        result: dict[str, Any] = {}
        for _, table in reversed(self.tables):
            result = merge(result, table)
        return result

    def blame(self, *places: Place) -> str:
        """Name the file that set the first of the places that any file has set."""
        for label, table in self.tables:
            if any(_has(table, place) for place in places):
                return label
        return self.label


def key_of(place: Sequence[str | int]) -> str:
    """Write a place as the message does: the names of a list's items in brackets."""
    key = ""
    for i, part in enumerate(place):
        is_item = tuple(place[:i]) in _NAMED or isinstance(part, int)
        key += f"[{part}]" if is_item else f".{part}" if key else str(part)
    return key


def list_designs() -> list[str]:
    """Name the shipped designs."""
    return sorted(path.stem for path in DESIGNS.glob("*.toml"))


def read_layers(name_or_path: str, *, folder: Path | None = None) -> Layers:
    """Read a design and everything that it extends."""
    layers: list[tuple[str, Mapping[str, Any]]] = []
    seen: set[Path] = set()
    reference: str | None = name_or_path
    asked_by: str | None = None
    while reference is not None:
        path, label = _locate(reference, folder or Path(), asked_by=asked_by)
        if path.resolve() in seen:
            raise InputError(
                file=asked_by or label,
                key="extends",
                expected="a design that does not extend itself",
                got=reference,
            )
        seen.add(path.resolve())
        table = _named(read_toml(path, label=label), label=label)
        _anchor_policies(table, path.parent)
        reference = table.pop("extends", None)
        if reference is not None and not isinstance(reference, str):
            raise InputError(file=label, key="extends", expected="the name or path of a design", got=reference)
        if not layers:
            table.setdefault("name", path.stem)
        else:
            table.pop("name", None)
        layers.append((label, table))
        folder, asked_by = path.parent, label
    return Layers(tuple(layers))


def merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Put one design's tables on another's.

    A slot whose policy changes loses the parameters of the old one, and their sources.
    """
    result = dict(below)
    for slot in SLOTS:
        old, new = _policy(below, slot), _policy(above, slot)
        if old is not None and new is not None and new != old:
            result[slot] = {}
            result["sources"] = {
                key: source
                for key, source in _table(result, "sources").items()
                if key != slot and not key.startswith(f"{slot}.")
            }
    return _deep(result, above)


def _deep(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            value = _deep(old, value)
        result[key] = value
    return result


def _policy(table: Mapping[str, Any], slot: str) -> Any:
    return _table(table, slot).get("policy")


def _table(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    inner = table.get(key)
    return inner if isinstance(inner, Mapping) else {}


def _locate(reference: str, folder: Path, *, asked_by: str | None) -> tuple[Path, str]:
    """Find a design by name or path, and say what to call its file in a message."""
    if reference in list_designs():
        return DESIGNS / f"{reference}.toml", f"{reference}.toml"
    if reference.endswith(".toml") or "/" in reference:
        return folder / reference, str(folder / reference)
    expected = f"the path of a .toml file, or one of {', '.join(list_designs())}"
    if asked_by:
        raise InputError(file=asked_by, key="extends", expected=expected, got=reference)
    raise InputError(file=reference, expected=expected)


def _anchor_policies(table: dict[str, Any], folder: Path) -> None:
    """Make the paths of own policies independent of the file that names them."""
    for slot in SLOTS:
        name = _policy(table, slot)
        if isinstance(name, str) and name.endswith(".vy"):
            table[slot] = {**table[slot], "policy": str((folder / name).resolve())}


def _named(table: dict[str, Any], *, label: str) -> dict[str, Any]:
    """Turn the lists of named tables into tables by name."""
    result = dict(table)
    for place, key in _NAMED.items():
        *parents, last = place
        parent = result
        for part in parents:
            if not isinstance(parent.get(part), Mapping):
                break
            parent[part] = dict(parent[part])
            parent = parent[part]
        else:
            if last in parent:
                parent[last] = _by_name(parent[last], key, ".".join(place), label)
    return result


def _by_name(items: Any, key: str, place: str, label: str) -> dict[str, Any]:
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        raise InputError(file=label, key=place, expected=f"tables, each written as [[{place}]]", got=items)
    named: dict[str, Any] = {}
    for i, item in enumerate(items):
        name = item.get(key)
        if not isinstance(name, str) or name in named:
            expected = f"a {key} that no other [[{place}]] has"
            raise InputError(file=label, key=f"{place}[{i}].{key}", expected=expected, got=name)
        named[name] = dict(item)
    return named


def _has(table: Mapping[str, Any], place: Place) -> bool:
    value: Any = table
    for part in place:
        if not isinstance(value, Mapping) or part not in value:
            return False
        value = value[part]
    return True
