"""One design on a page: what it holds, every rule with its numbers, units and sources, and what is open when."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from sim.design.model import PLAIN, SLOTS, Design
from sim.design.parameters import parameters_of
from sim.workbench.gates import always_open, gate_table
from sim.workbench.looks import NONE, add, table
from sim.workbench.natspec import natspec
from sim.workbench.units import shown, unit_of, unit_of_key

_INDENT = (0, 0, 0, 2)
_ITEM_KEY = re.compile(r"(.+)\[([^]]+)\]\.(\w+)")


def page(design: Design) -> Group:
    """The whole design, in reading order."""
    parts: list[RenderableType] = [
        Text.assemble((design.title, "bold"), f"  ({design})"),
        Text(" ".join(design.summary.split())),
        Text(f"fingerprint {design.fingerprint}", style="dim"),
    ]
    if design.changes:
        parts.append(Text(f"changed by --set: {', '.join(design.changes)}"))
    for title, body in _sections(design):
        parts += [Text(), Text(title, style="bold underline"), body]
    return Group(*parts)


def policy_name(design: Design, slot: str) -> str:
    """A shipped policy's name, or the file name of an own one."""
    policy = design.policies[slot].policy
    return Path(policy).name if policy.endswith(".vy") else policy


def gates() -> Group:
    """The table of verbs, as the compiled contracts answer it."""
    made = table("verb", "price status", "mode", "circuit breaker")
    for gate in gate_table():
        circuit = "may close it" if gate.circuit_may_close else NONE
        add(made, gate.verb, ", ".join(gate.statuses), ", ".join(gate.modes), circuit)
    return Group(made, *(Text(f"{verb}: always open") for verb in always_open()))


def _sections(design: Design) -> Iterator[tuple[str, RenderableType]]:
    yield "Assets", _items(design.assets)
    yield "Markets", _items(design.markets)
    yield "Fees and pool", _settings(design, {"": design, "pool": design.pool, "losses": design.losses})
    yield "Oracle", Group(_settings(design, {"oracle": design.oracle}), Text(), _items(design.oracle.feeds))
    for slot in SLOTS:
        yield f"{slot}: {policy_name(design, slot)}", _slot(design, slot)
    yield "What is open when", gates()
    if design.rules:
        yield "Rules of the protocol", _rules(design)
    if design.breaks:
        yield "Properties that it is known to break", _breaks(design)
    if found := _item_sources(design):
        yield "Sources of assets, markets and feeds", found


def _items(items: Sequence[BaseModel]) -> Table:
    """Items side by side, their fields below each other."""
    made = table("", *(str(vars(item)["symbol"]) for item in items), "unit")
    for field in type(items[0]).model_fields:
        values = [getattr(item, field) for item in items]
        if field != "symbol" and any(value is not None for value in values):
            add(made, field, *(shown(value) for value in values), unit_of_key(field))
    return made


def _settings(design: Design, tables: Mapping[str, BaseModel]) -> Group:
    """Keys that stand in tables of their own, each with its source; what is not set and does nothing, by name only."""
    made = table("key", "value", "unit", "source", folds=("source",))
    absent = []
    for name, model in tables.items():
        for field in type(model).model_fields if name else PLAIN:
            key = f"{name}.{field}" if name else field
            value = getattr(model, field)
            if value is None or value == ():
                absent.append(key)
            elif field != "feeds":
                source = design.source_of(key) or NONE if field in model.model_fields_set else "default"
                add(made, key, shown(value), unit_of_key(field), source)
    return Group(made, *([Text(f"not set: {', '.join(absent)}", style="dim")] if absent else []))


def _slot(design: Design, slot: str) -> Group:
    choice = design.policies[slot]
    said = natspec(choice.source)
    parts: list[RenderableType] = [Text(said.title, style="italic")] if said.title else []
    if said.notice:
        parts.append(Padding(Text(said.notice, style="dim"), _INDENT))
    known = parameters_of(choice.source)
    if known:
        made = table("parameter", "value", "unit", "source", folds=("source",))
        for parameter in known:
            value = shown(choice.parameters[parameter.key])
            source = design.source_of(f"{slot}.{parameter.key}") or NONE
            add(made, parameter.key, value, unit_of(parameter), source)
        parts += [Text(), made] if parts else [made]
    return Group(*parts)


def _rules(design: Design) -> Table:
    made = table("held", "rule", "note", folds=("rule", "note"))
    for rule in design.rules:
        add(made, rule.held, rule.rule, rule.note)
    return made


def _breaks(design: Design) -> Table:
    made = table("property", "reason", folds=("reason",))
    for entry in design.breaks:
        add(made, entry.property, entry.reason)
    return made


def _item_sources(design: Design) -> Table | None:
    """Sources of what `_items` shows; items that share one stand together."""
    symbols: dict[tuple[str, str, str], list[str]] = {}
    for key, source in design.sources.items():
        if not key.startswith(("asset", "market", "oracle.feed")):
            continue
        found = _ITEM_KEY.fullmatch(key)
        kind, symbol, field = found.groups() if found else (key, "", "")
        symbols.setdefault((kind, field, source), []).append(symbol)
    made = table("key", "source", folds=("source",))
    for (kind, field, source), names in symbols.items():
        add(made, f"{kind}[{', '.join(names)}].{field}" if field else kind, source)
    return made if symbols else None
