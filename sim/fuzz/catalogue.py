"""Every property of the machine in one table: importing this module enters judges and probes."""

from __future__ import annotations

from collections import Counter

from sim.fuzz import (
    judge_funding,
    judge_gates,
    judge_group,
    judge_liquidation,
    judge_losses,
    judge_oracle,
    judge_orders,
    judge_positions,
    judge_reserves,
    judge_shares,
    judge_swap,
    judge_tokens,
    probe_access,
    probe_end,
    probe_liquidation,
    probe_oracle,
    probe_pool,
    probe_positions,
    probe_time,
)
from sim.fuzz.properties import PROPERTIES, Broken, Lab, Property, Step, violation

#: Modules whose import enters their properties.
SUBJECTS = (
    *(judge_tokens, judge_shares, judge_swap, judge_reserves, judge_positions, judge_funding, judge_liquidation),
    *(judge_losses, judge_orders, judge_gates, judge_group, judge_oracle),
    *(probe_pool, probe_positions, probe_liquidation, probe_time, probe_oracle, probe_access, probe_end),
)


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
