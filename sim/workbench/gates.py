"""Which verb is open at which price status and in which mode, as the compiled contracts say.

The table is the one in `contracts/lib/gates.vy`: its names are read from there, its answers from the bytecode of the
Lens, which compiles the same constants in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sim.inputs.compiler import CONTRACTS
from sim.workbench.bench import Bench

#: In the order of the ids in contracts/lib/constants.vy, from open to closed.
STATUSES = ("OK", "WIDE", "HALTED")
MODES = ("normal", "reduce-only", "paused")


@dataclass(frozen=True, slots=True)
class Gate:
    """One verb: open at any of the statuses in any of the modes, unless a circuit breaker closes it."""

    verb: str
    statuses: tuple[str, ...]
    modes: tuple[str, ...]
    circuit_may_close: bool


def gate_table() -> tuple[Gate, ...]:
    """Ask the contracts."""
    worst_status, worst_mode, closable = Bench("Lens.vy").call("gate_table")
    return tuple(
        Gate(
            verb=name,
            statuses=STATUSES[: (worst_status >> 2 * verb & 3) + 1],
            modes=MODES[: (worst_mode >> 2 * verb & 3) + 1],
            circuit_may_close=bool(closable >> verb & 1),
        )
        for verb, name in verb_names().items()
    )


def verb_names() -> dict[int, str]:
    """Ids and names of the verbs, in the words of the table that heads the source."""
    text = (CONTRACTS / "lib" / "gates.vy").read_text()
    ids = [int(number) for number in re.findall(r"^[A-Z_]+: constant\(uint256\) = (\d+)$", text, re.MULTILINE)]
    rows = re.findall(rf"^ +(\d+) (.+?) +(?:{'|'.join(STATUSES)}) ", text, re.MULTILINE)
    words = {int(number): name for number, name in rows}
    return {number: words[number] for number in ids}


def always_open() -> tuple[str, ...]:
    """Verbs that the contracts never ask the table about."""
    text = (CONTRACTS / "lib" / "gates.vy").read_text()
    return tuple(re.findall(r"^ +- (.+?) +always open$", text, re.MULTILINE))
