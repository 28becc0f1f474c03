"""Overrides from the command line: `--set liquidation.close_factor=0.2`.

An override may be addressed to one design by its label (`glp#2:margin.minimum_usd=5`). One that is
not applies to every design that has the key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.design.layers import Layers, key_of
from sim.design.model import PLAIN, SLOTS, Design
from sim.design.oracle import Feed
from sim.design.parameters import parameters_of, policy_source
from sim.design.tables import Asset, Market, is_number
from sim.inputs.errors import InputError
from sim.inputs.tomlfile import keys_at, parse_value

FILE = "--set"
_PLAIN = tuple((key,) for key in PLAIN)
_TABLES = ("oracle", "pool", "losses")
_ITEMS = {("asset",): Asset, ("market",): Market, ("oracle", "feed"): Feed}


@dataclass(frozen=True, slots=True)
class Override:
    """One value to put into a design."""

    label: str | None  # of the design that it is for; None: any
    place: tuple[str, ...]
    value: Any
    text: str  # without the label

    @property
    def key(self) -> str:
        """Key as a file's message would write it."""
        return key_of(self.place)

    @property
    def chooses_policy(self) -> bool:
        """Say whether it changes a policy, and with it which parameters there are."""
        return self.place[1:] == ("policy",)

    def table(self) -> dict[str, Any]:
        """Write the override as a layer; a number that was set is no longer the source's."""
        value = self.value
        for part in reversed(self.place):
            value = {part: value}
        items = self.value if isinstance(self.value, list) else [self.value]
        if any(is_number(item) for item in items):
            value["sources"] = {self.key: "set on the command line"}
        return value


def parse_override(text: str) -> Override:
    """Read `KEY=VALUE` or `DESIGN:KEY=VALUE`; the value is TOML, or a bare word."""
    target, equals, value_text = text.partition("=")
    label, colon, key = target.rpartition(":")
    place = tuple(key.strip().replace("[", ".").replace("]", "").split("."))
    if not equals or not all(place) or (colon and not label):
        raise InputError(file=FILE, key=text, expected="KEY=VALUE or DESIGN:KEY=VALUE")
    value = parse_value(value_text.strip(), file=FILE, key=key.strip())
    if place[1:] == ("policy",) and isinstance(value, str) and value.endswith(".vy"):
        value = str(Path(value).resolve())
    return Override(
        label=label.strip() or None,
        place=place,
        value=value,
        text=f"{key.strip()}={value_text.strip()}",
    )


def override_fits(table: Mapping[str, Any], override: Override | str) -> bool:
    """Say whether a merged design has the key that an override sets."""
    if isinstance(override, str):
        override = parse_override(override)
    return _misfit(table, override.place) is None


def apply_overrides(layers: Layers, overrides: Sequence[Override]) -> Layers:
    """Put overrides on top of a design.

    Raises:
        InputError: the design has no such key.
    """
    for override in policies_first(overrides):
        misfit = _misfit(layers.merged(), override.place)
        if misfit is not None:
            raise _misfit_error(override, misfit)
        layers = Layers(((FILE, override.table()), *layers.tables))
    return layers


def unfit_error(tables: Mapping[str, Mapping[str, Any]], override: Override) -> InputError:
    """Explain an override that fits none of the designs (tables by label)."""
    misfits = {label: _misfit(table, override.place) for label, table in tables.items()}
    known = {label: misfit for label, misfit in misfits.items() if misfit is not None}
    first = next(iter(known.values()))
    if len(set(known.values())) == 1:
        return _misfit_error(override, first)
    expected = "; ".join(f"for {label} {misfit.expected}" for label, misfit in known.items())
    return _misfit_error(override, _Misfit(expected, first.got))


def policies_first(overrides: Iterable[Override]) -> list[Override]:
    """Order overrides so that each meets the parameters of the policy it is meant for."""
    return sorted(overrides, key=lambda override: not override.chooses_policy)


@dataclass(frozen=True, slots=True)
class _Misfit:
    """The part of a place that a design does not have, and what it has instead."""

    expected: str
    got: str


def _misfit_error(override: Override, misfit: _Misfit) -> InputError:
    return InputError(file=FILE, key=override.key, expected=misfit.expected, got=misfit.got)


def _misfit(table: Mapping[str, Any], place: tuple[str, ...]) -> _Misfit | None:
    """Compare a place with what a design has; None if it is there."""
    if place in _PLAIN:
        return None
    if place[0] in SLOTS:
        return _slot_misfit(table, place)
    for items, model in _ITEMS.items():
        if place[: len(items)] == items:
            return _item_misfit(_at(table, items), place[len(items) - 1 :], model)
    if place[0] in _TABLES:
        fields = keys_at(Design, (place[0],))
        fits = len(place) == 2 and place[1] in fields and (*place,) not in _ITEMS
        return None if fits else _Misfit(f"one of {', '.join(fields)}", place[-1])
    tables = dict.fromkeys((*(items[0] for items in _ITEMS), *_TABLES))
    known = (*(place[0] for place in _PLAIN), *tables, *SLOTS)
    return _Misfit(f"one of {', '.join(known)}", place[0])


def _slot_misfit(table: Mapping[str, Any], place: tuple[str, ...]) -> _Misfit | None:
    slot = place[0]
    if place[1:] == ("policy",):
        return None
    try:
        source = policy_source(slot, _at(table, (slot, "policy")), file=FILE)
    except InputError:
        return None  # not the override's fault: whoever resolves the policy complains
    known = {parameter.key: parameter for parameter in parameters_of(source)}
    if len(place) < 2 or place[1] not in known:
        return _Misfit(f"one of {', '.join(['policy', *known])}", place[-1])
    if len(place) == 2:
        return None
    if not known[place[1]].is_per_market or not isinstance(_at(table, place[:2]), Mapping):
        return _Misfit(f"one value for all of {slot}.{place[1]}", place[-1])
    markets = list(_at(table, ("market",)) or {})
    fits = len(place) == 3 and place[2] in markets
    return None if fits else _Misfit(f"one of the markets {', '.join(markets)}", place[-1])


def _item_misfit(items: Any, place: tuple[str, ...], model: type) -> _Misfit | None:
    """Compare (list, item, field) with the items that there are."""
    names = list(items) if isinstance(items, Mapping) else []
    if len(place) < 2 or place[1] not in names:
        return _Misfit(f"one of {', '.join(names)}", place[min(1, len(place) - 1)])
    fields = [key for key in keys_at(model, ()) if key != "symbol"]
    fits = len(place) == 3 and place[2] in fields
    return None if fits else _Misfit(f"one of {', '.join(fields)}", place[-1])


def _at(table: Any, place: Sequence[str]) -> Any:
    for part in place:
        table = table.get(part) if isinstance(table, Mapping) else None
    return table
