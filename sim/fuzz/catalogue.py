"""Every property of the machine in one table: importing this module enters the judges."""

from __future__ import annotations

from sim.fuzz import judge_liquidation, judge_oracle, judge_pool, judge_positions
from sim.fuzz.probes import STATEMENTS
from sim.fuzz.properties import PROPERTIES

JUDGES = (judge_pool, judge_positions, judge_liquidation, judge_oracle)


def statements() -> dict[str, str]:
    """Id and sentence of every property, probes included."""
    told = {entry.id: entry.statement for entry in PROPERTIES.values()}
    return dict(sorted((told | STATEMENTS).items()))
