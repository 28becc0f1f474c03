"""Every property of the machine in one table: importing this module enters the judges."""

from __future__ import annotations

from collections import Counter

from sim.fuzz import judge_liquidation, judge_oracle, judge_pool, judge_positions
from sim.fuzz.probes import STATEMENTS
from sim.fuzz.properties import PROPERTIES, Broken, Step, violation

#: Modules whose import enters their judges.
SUBJECTS = (judge_pool, judge_positions, judge_liquidation, judge_oracle)


def statements() -> dict[str, str]:
    """Id and sentence of every property, probes included."""
    told = {entry.id: entry.statement for entry in PROPERTIES.values()}
    return dict(sorted((told | STATEMENTS).items()))


def judge_all(step: Step, hits: Counter[str]) -> None:
    """Judge a step by every property and count the hits.

    Raises:
        Violation: of the first property that does not hold.
    """
    for entry in PROPERTIES.values():
        try:
            if entry.judge(step):
                hits[entry.id] += 1
        except Broken as finding:
            raise violation(entry.id, entry.statement, str(finding), step.call) from finding
