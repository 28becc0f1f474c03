"""Two designs side by side: what differs, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sim.design.model import PLAIN, SLOTS, Design
from sim.design.parameters import Parameter, parameters_of
from sim.workbench.looks import NONE, add, table
from sim.workbench.show import policy_name
from sim.workbench.units import shown

SAME = "no difference in behaviour"

#: A key, and what it is in the first and in the second design.
Row = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two designs; empty rows where nothing does."""

    names: tuple[str, str]
    is_same_behaviour: bool
    members: tuple[Row, ...]  # assets, markets and feeds that only one has, and their order
    policies: tuple[Row, ...]  # by slot
    values: tuple[Row, ...]  # numbers and names, by key
    rules: tuple[Row, ...]  # how far each holds a rule of its protocol, and its note
    breaks: tuple[Row, ...]  # properties that are known to break


def difference(first: Design, second: Design) -> Difference:
    """Compare two designs; defaults count as if they were written out."""
    same = first.fingerprint == second.fingerprint
    policies = [slot for slot in SLOTS if _code(first, slot) != _code(second, slot)]
    return Difference(
        names=(str(first), str(second)),
        is_same_behaviour=same,
        members=() if same else tuple(_members(first, second)),
        policies=tuple(_policy(first, second, slot) for slot in policies),
        values=() if same else _by_table(_unequal(_values(first, second), _values(second, first))),
        rules=tuple(_unequal(*(_rules(design) for design in (first, second)))),
        breaks=tuple(_unequal(*({b.property: b.reason for b in design.breaks} for design in (first, second)))),
    )


def side_by_side(found: Difference) -> Group:
    """Tables of a difference."""
    parts: list[RenderableType] = [Text(SAME, style="bold")] if found.is_same_behaviour else []
    for title, head, rows, folds in (
        ("Assets, markets and feeds", "", found.members, ()),
        ("Policies", "slot", found.policies, ()),
        ("Numbers", "key", found.values, ()),
        ("Rules of the protocol", "rule", found.rules, ("rule", *found.names)),
        ("Properties that it is known to break", "property", found.breaks, found.names),
    ):
        if rows:
            parts += [Text()] if parts else []
            parts += [Text(title, style="bold"), _table(head, found.names, rows, folds)]
    return Group(*parts)


def _table(head: str, names: tuple[str, str], rows: Sequence[Row], folds: Sequence[str]) -> Table:
    made = table(head, *names, folds=folds)
    for row in rows:
        add(made, *row)
    return made


def _members(first: Design, second: Design) -> Iterator[Row]:
    """Items that one lacks; where both have the same ones, their order, which is that of the contracts' ids."""
    kinds: tuple[tuple[str, Callable[[Design], Sequence[Any]]], ...] = (
        ("asset", lambda design: design.assets),
        ("market", lambda design: design.markets),
        ("oracle.feed", lambda design: design.oracle.feeds),
    )
    for kind, items in kinds:
        ours, theirs = ([item.symbol for item in items(design)] for design in (first, second))
        for symbol in dict.fromkeys((*ours, *theirs)):
            if (symbol in ours) != (symbol in theirs):
                yield f"{kind}[{symbol}]", _yes_or_no(symbol in ours), _yes_or_no(symbol in theirs)
        if sorted(ours) == sorted(theirs) and ours != theirs:
            yield f"order of {kind}", ", ".join(ours), ", ".join(theirs)


def _yes_or_no(is_there: bool) -> str:
    return "yes" if is_there else "no"


def _policy(first: Design, second: Design, slot: str) -> Row:
    names = [policy_name(design, slot) for design in (first, second)]
    if names[0] == names[1]:
        names = [f"{name}, code {_code(d, slot)[:12]}" for name, d in zip(names, (first, second), strict=True)]
    return slot, names[0], names[1]


def _code(design: Design, slot: str) -> str:
    return design.policies[slot].code_sha256


def _values(design: Design, other: Design) -> dict[str, str]:
    """Everything but texts, by its key; of items, those that both designs have."""
    values = {key: shown(getattr(design, key)) for key in PLAIN if key != "sale_order"}
    if design.sale_order or other.sale_order:
        values["sale_order"] = shown(design.sale_order) or "as listed"
    values |= _fields("oracle", design.oracle) | _fields("pool", design.pool) | _fields("losses", design.losses)
    for kind, ours, theirs in (
        ("asset", design.assets, other.assets),
        ("market", design.markets, other.markets),
        ("oracle.feed", design.oracle.feeds, other.oracle.feeds),
    ):
        shared = {item.symbol for item in theirs}
        for item in ours:
            if item.symbol in shared:
                values |= _fields(f"{kind}[{item.symbol}]", item)
    for slot in SLOTS:
        for parameter in parameters_of(design.policies[slot].source):
            values |= _parameter(design, slot, parameter)
    return values


def _by_table(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Order rows as a design is read: its tables, then its slots."""
    tables = (*PLAIN[:-1], "asset", "market", "oracle", "pool", "losses", "sale_order", *SLOTS)
    return tuple(sorted(rows, key=lambda row: tables.index(re.split(r"[.\[]", row[0])[0])))


def _fields(key: str, model: BaseModel) -> dict[str, str]:
    names = [name for name in type(model).model_fields if name not in ("symbol", "feeds")]
    return {f"{key}.{name}": shown(getattr(model, name)) for name in names}


def _parameter(design: Design, slot: str, parameter: Parameter) -> dict[str, str]:
    """A parameter; one by market as one value where all are equal, however the file says it."""
    key, value = f"{slot}.{parameter.key}", design.policies[slot].parameters[parameter.key]
    if not isinstance(value, Mapping):
        return {key: shown(value)}
    by_market = {market: shown(inner) for market, inner in value.items()}
    if len(set(by_market.values())) == 1:
        return {key: next(iter(by_market.values()))}
    return {key: ", ".join(f"{market} {inner}" for market, inner in by_market.items())}


def _rules(design: Design) -> dict[str, str]:
    return {rule.rule: f"{rule.held}: {rule.note}" if rule.note else rule.held for rule in design.rules}


def _unequal(ours: Mapping[str, str], theirs: Mapping[str, str]) -> Iterator[Row]:
    for key in dict.fromkeys((*ours, *theirs)):
        if ours.get(key) != theirs.get(key):
            yield key, ours.get(key, NONE), theirs.get(key, NONE)
