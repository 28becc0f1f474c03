"""Audit of a Monte Carlo run on native code: some of its paths are played again on bytecode, call by call.

Every status and returned word, and in the end every word of storage as the EVM has it, must be equal. A difference ends
the run and leaves the shortest tape that shows it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from math import ceil
from pathlib import Path

import numpy as np

from sim.chain.evm import EvmChain
from sim.chain.tape import SUFFIX, Tape, play
from sim.inputs.files import write_atomic
from sim.native.chain import NativeChain
from sim.native.storage import differences
from sim.risk.records import Records
from sim.runs.kinds import chain_maker

#: Seconds that the search for a shorter tape may take.
PATIENCE_S = 60.0
FOLDER = "audit"


@dataclass(frozen=True, slots=True)
class Audited:
    """One path that was played on both machines."""

    design: str
    path: int
    calls: int
    words: int  # of storage
    why: str  # sampled, or what made it the worst


class AuditError(Exception):
    """Native code and bytecode differ: nothing that native code said can be trusted."""

    def __init__(self, message: str, tape: Path) -> None:
        super().__init__(f"{message}; the tape {tape} shows it: breakwater replay {tape} --chain evm")
        self.message, self.tape = message, tape

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        """Survive the way back from a worker process."""
        return type(self), (self.message, self.tape)


def sample(seed: int, paths: int, share: float) -> frozenset[int]:
    """Which paths are audited: that share of them, rounded up, the same for every design."""
    wanted = min(paths, ceil(share * paths))
    rng = np.random.Generator(np.random.Philox(key=[seed, 0xA0D17]))
    return frozenset(rng.choice(paths, size=wanted, replace=False).tolist())


def worst_paths(found: Records) -> dict[int, str]:
    """The paths that a reader will look at first, and why."""
    price = found.series["share_price_usd"]
    grown = np.nan_to_num(price[:, -1] / price[:, 0], nan=np.inf)  # not a number: no provider is left to have a return
    worst = {int(found.paths[int(np.argmin(grown))]): "lowest return"}
    debts = found.series["bad_debt_usd"][:, -1]
    if debts.max() > 0:
        worst.setdefault(int(found.paths[int(np.argmax(debts))]), "largest bad debt")
    return worst


def audit_path(native: NativeChain, index: int, tape: Tape, *, path: int, why: str, folder: Path) -> Audited:
    """Play a path's tape on bytecode and compare every answer and every word.

    Raises:
        AuditError: something differs; `folder` holds a tape that shows it.
    """
    chain, found = play(tape, EvmChain)
    assert isinstance(chain, EvmChain)
    try:
        wrong = [f"row {d.row}, {d.verb}: native {d.expected}, bytecode {d.found}" for d in found]
        world, ledger = native.world, native.genesis.ledger
        wrong += differences(world, ledger, native.words[index], chain.evm(0))
    finally:
        chain.close()
    design = str(tape.head.design.get("label") or tape.head.design["name"])  # as the run calls it
    if wrong:
        short = shortest(tape)
        file = folder / f"difference-{design}-{path:05d}{SUFFIX}"
        replace(short, head=replace(short.head, note=wrong[0])).save(file)
        raise AuditError(f"{design}, path {path}: {wrong[0]}", file)
    return Audited(design, path, len(tape), len(ledger) + len(ledger.immutables), why)


def shortest(tape: Tape) -> Tape:
    """Leave rows out as long as the two machines still differ; the tape itself where they do not differ again."""
    if not _differs(tape):
        return tape
    deadline = time.monotonic() + PATIENCE_S
    rows = np.arange(len(tape))
    size = max(1, len(rows) // 2)
    while size >= 1 and time.monotonic() < deadline:
        start, shorter = 0, False
        while start < len(rows) and time.monotonic() < deadline:
            kept = np.delete(rows, slice(start, start + size))
            if _differs(_rows_of(tape, kept)):
                rows, shorter = kept, True
            else:
                start += size
        if size == 1 and not shorter:
            break
        size = max(1, size // 2)
    return _rows_of(tape, rows)


def _differs(tape: Tape) -> bool:
    """Whether the machines differ on a tape, whatever it says itself."""
    native, ours = play(tape, chain_maker("native"))
    evm, theirs = play(tape, EvmChain)
    assert isinstance(native, NativeChain) and isinstance(evm, EvmChain)
    try:
        if {d.row: d.found for d in ours} != {d.row: d.found for d in theirs}:
            return True
        return bool(differences(native.world, native.genesis.ledger, native.words[0], evm.evm(0), most=1))
    finally:
        native.close()
        evm.close()


def _rows_of(tape: Tape, rows: np.ndarray) -> Tape:
    columns = ("step", "time_s", "actor", "verb", "data", "status", "output")
    return replace(tape, **{name: getattr(tape, name)[rows] for name in columns})


def save(found: Sequence[Audited], file: Path) -> None:
    """Keep what was audited; the file appears whole or not at all."""
    text = json.dumps([asdict(item) for item in found])
    write_atomic(file, lambda handle: handle.write(text.encode()))


def load_all(folder: Path) -> list[Audited]:
    """Everything that was audited in a run."""
    found = {}
    for file in sorted((folder / FOLDER).glob("*.json")):
        for item in json.loads(file.read_text()):
            found[item["design"], item["path"]] = Audited(**item)
    return list(found.values())
