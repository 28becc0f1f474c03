"""From names of design files to checked designs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from sim.design import parameters
from sim.design.checks import complaints
from sim.design.layers import Layers, key_of, read_layers
from sim.design.model import SLOTS, Design
from sim.design.overrides import (
    FILE,
    Override,
    apply_overrides,
    override_fits,
    parse_override,
    policies_first,
    unfit_error,
)
from sim.inputs.errors import InputError
from sim.inputs.tomlfile import keys_at, validation_input_error

#: Keys of the model that no file sets.
_NOT_IN_FILE = ("label", "policies", "changes")


def load_design(name_or_path: str, overrides: Sequence[str] = ()) -> Design:
    """Load a shipped design by name, or a file by path.

    Overrides that are addressed to another design are left out.

    Raises:
        InputError: in one line, the file, the key, and what was expected there.
    """
    layers = read_layers(name_or_path)
    name = str(layers.merged()["name"])
    parsed = [parse_override(text) for text in overrides]
    return _build(layers, [o for o in parsed if o.label in (None, name)], label=name)


def load_designs(names: Sequence[str], overrides: Sequence[str] = ()) -> list[Design]:
    """Load designs to compare.

    A design that is named twice gets labels: `glp`, `glp#2`. An override without a label changes
    every design that has its key, and at least one must have it.

    Raises:
        InputError: as `load_design`; or an override that fits no design.
    """
    layers = dict(_labelled(names))
    parsed = [parse_override(text) for text in overrides]
    chosen: dict[str, list[Override]] = {label: [] for label in layers}
    for override in policies_first(parsed):
        if override.label is not None:
            if override.label not in layers:
                raise InputError(
                    file=FILE,
                    key=f"{override.label}:{override.text}",
                    expected=f"one of the designs {', '.join(layers)}",
                    got=override.label,
                )
            chosen[override.label].append(override)
            continue
        tables = {label: apply_overrides(layers[label], chosen[label]).merged() for label in layers}
        fitting = [label for label, table in tables.items() if override_fits(table, override)]
        if not fitting:
            raise unfit_error(tables, override)
        for label in fitting:
            chosen[label].append(override)
    return [_build(layers[label], chosen[label], label=label) for label in layers]


def _labelled(names: Sequence[str]) -> Iterator[tuple[str, Layers]]:
    seen: Counter[str] = Counter()
    for reference in names:
        layers = read_layers(reference)
        name = str(layers.merged()["name"])
        seen[name] += 1
        yield name if seen[name] == 1 else f"{name}#{seen[name]}", layers


def _build(layers: Layers, overrides: Sequence[Override], *, label: str) -> Design:
    """Validate the merged layers, then choose the policies, then check across tables."""
    layers = apply_overrides(layers, overrides)
    table = layers.merged()
    slots = {slot: table.pop(slot, None) for slot in SLOTS}
    for key in _NOT_IN_FILE:
        if key in table:
            raise _unknown_key(layers, key)
    changes = tuple(override.text for override in overrides)
    try:
        frame = Design.model_validate({**_as_lists(table), "label": label, "changes": changes, "policies": {}})
    except ValidationError as error:
        raise _explain(error, layers, _item_names(table)) from error
    policies = {}
    for slot, choice in slots.items():
        if not isinstance(choice, Mapping):
            raise InputError(
                file=layers.blame((slot,)),
                key=slot,
                expected=f"a table [{slot}] with a policy",
                got=choice,
            )
        policies[slot] = parameters.resolve(
            slot,
            choice,
            assets=[asset.symbol for asset in frame.assets],
            markets=[market.symbol for market in frame.markets],
            file=lambda place: layers.blame(tuple(place)),
        )
    design = frame.model_copy(update={"policies": policies})
    for wrong in complaints(design):
        file = layers.blame(*wrong.places)
        raise InputError(file=file, key=wrong.key, expected=wrong.expected, got=wrong.got)
    return design


def _as_lists(table: Mapping[str, Any]) -> dict[str, Any]:
    """Undo the naming of items, as the model wants lists."""
    result = {**table}
    for key in ("asset", "market", "rule", "breaks"):
        if key in result:
            result[key] = list(result[key].values())
    oracle = result.get("oracle")
    if isinstance(oracle, Mapping) and "feed" in oracle:
        result["oracle"] = {**oracle, "feed": list(oracle["feed"].values())}
    return result


def _item_names(table: Mapping[str, Any]) -> dict[tuple[str, ...], list[str]]:
    oracle = table.get("oracle")
    feeds = oracle.get("feed", {}) if isinstance(oracle, Mapping) else {}
    lists = {(key,): list(table.get(key, {})) for key in ("asset", "market", "rule", "breaks")}
    return lists | {("oracle", "feed"): list(feeds)}


def _explain(error: ValidationError, layers: Layers, names: Mapping[tuple[str, ...], list[str]]) -> InputError:
    """Convert pydantic's complaint; positions in lists become names."""

    def named(place: Sequence[str | int]) -> tuple[str, ...]:
        parts: tuple[str, ...] = ()
        for part in place:
            parts += (names[parts][part],) if isinstance(part, int) else (part,)
        return parts

    first = error.errors(include_url=False)[0]
    if first["type"] == "extra_forbidden" and len(first["loc"]) == 1:
        return _unknown_key(layers, str(first["loc"][0]))
    return validation_input_error(
        error,
        file=lambda place: layers.blame(named(place)),
        model=Design,
        key=lambda place: key_of(named(place)),
    )


def _unknown_key(layers: Layers, key: str) -> InputError:
    known = [name for name in keys_at(Design, ()) if name not in _NOT_IN_FILE]
    return InputError(
        file=layers.blame((key,)),
        key=key,
        expected=f"one of {', '.join(['extends', *known, *SLOTS])}",
        got=key,
    )
