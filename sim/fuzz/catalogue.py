"""Every property of the machine in one table: importing this module enters judges and probes."""

from __future__ import annotations

from collections import Counter
from importlib import import_module

from sim.fuzz import judges, probes
from sim.fuzz.properties import PROPERTIES, Broken, Lab, Property, Step, violation

#: Modules whose import enters their properties, in the order in which they are asked.
JUDGES = (
    *("tokens", "shares", "exits", "entries", "swap", "reserves", "positions", "funding", "liquidation"),
    "restoring",
    *("losses", "cohorts", "orders", "gates", "group", "oracle"),
)
PROBES = (
    *("pool", "windows", "exits", "circles", "positions", "liquidation", "forced"),
    *("closing", "winners", "cohorts", "reward", "funding", "foreknown", "seen_price", "moved_price", "time"),
    *("oracle", "access", "privileges", "freedom", "failing", "endings", "end"),
)

for _package, _names in ((judges, JUDGES), (probes, PROBES)):
    for _name in _names:
        import_module(f"{_package.__name__}.{_name}")


def statements() -> dict[str, str]:
    """Id and sentence of every property."""
    return {entry.id: entry.statement for _, entry in sorted(PROPERTIES.items())}


def judge(entry: Property, step: Step, hits: Counter[str]) -> None:
    """Judge a step by one property and count the hit.

    Raises:
        Violation: the property does not hold.
    """
    assert entry.judge is not None
    try:
        if entry.judge(step):
            hits[entry.id] += 1
    except Broken as finding:
        raise violation(entry.id, entry.statement, str(finding), step.call) from finding


def look(entry: Property, lab: Lab, hits: Counter[str]) -> None:
    """Let one probe look into its future and count the hit.

    Raises:
        Violation: the property does not hold; the probe's calls are on the tape.
    """
    assert entry.probe is not None
    with lab.arena.probe():
        try:
            if entry.probe(lab):
                hits[entry.id] += 1
        except Broken as finding:
            raise violation(entry.id, entry.statement, str(finding)) from finding
