"""The properties of the machine: an id, one sentence, and a function that judges one step.

A judge returns whether the step put the property to the test at all (a hit), and raises `Broken` where
it does not hold. Every property is judged after every step. The judges live in `judge_*.py` by subject;
this file holds what they share and the table of all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from sim.fuzz.arena import Call
from sim.fuzz.facts import Facts
from sim.fuzz.snapshot import Price, Snapshot


@dataclass(frozen=True, slots=True)
class Step:
    """What happened between two snapshots: a call, or (None) time. A report comes with the block that it begins."""

    call: Call | None
    before: Snapshot
    after: Snapshot
    facts: Facts
    prices: tuple[Price, ...]  # what the oracle has to say after it
    survivors: tuple[int, ...]  # venues behind each feed's last price

    def accepted(self, *verbs: str) -> Call | None:
        """The call, if it is one of these verbs (any verb of value, if none is named) and was accepted."""
        call = self.call
        if call is None or not call.accepted or call.verb == "report":
            return None
        return call if not verbs or call.verb in verbs else None


class Broken(Exception):
    """A judge's finding: the numbers that do not fit."""


class Violation(AssertionError):
    """A property does not hold. Each property has its own class, so that a search never mixes two."""

    property_id = ""


@dataclass(frozen=True, slots=True)
class Property:
    """One statement that must hold."""

    id: str
    kind: str  # I invariant, P of one call, M of two futures of one state
    statement: str
    judge: Callable[[Step], bool]


PROPERTIES: dict[str, Property] = {}


def holds(id_: str, kind: str, statement: str) -> Callable[[Callable[[Step], bool]], Callable[[Step], bool]]:
    """Enter a judge into the table."""

    def enter(judge: Callable[[Step], bool]) -> Callable[[Step], bool]:
        PROPERTIES[id_] = Property(id_, kind, statement, judge)
        return judge

    return enter


def expect(ok: bool, text: str, *numbers: object) -> None:
    """Raise `Broken` unless `ok`; `text` takes the numbers in braces."""
    if not ok:
        raise Broken(text.format(*numbers))


@cache
def violation_class(id_: str) -> type[Violation]:
    """The class of one property's violations."""
    return type(f"Violated_{id_.replace('-', '_').replace('.', '_')}", (Violation,), {"property_id": id_})


def violation(id_: str, statement: str, detail: str, call: object = None) -> Violation:
    """The error that names a property, its sentence and the numbers."""
    where = "" if call is None else f" [{call}]"
    return violation_class(id_)(f"{id_}: {statement}: {detail}{where}")
