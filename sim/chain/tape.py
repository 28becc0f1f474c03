"""A tape: everything that happened on one path, as columns of actions and receipts, ready to be played again.

One file is one Parquet table (one row per call) with its head in the metadata: the design in full, the cast, the
venues, the first block's time. A Monte Carlo outlier, a fuzzing counterexample and a devnet demonstration are the
same kind of file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sim.chain.actions import VERBS
from sim.chain.deployment import Cast, Opening
from sim.chain.failures import name_of
from sim.chain.protocol import Calls, Chain, Receipts
from sim.chain.settings import Venue
from sim.design import Design
from sim.inputs.errors import InputError
from sim.inputs.files import write_atomic

FORMAT = 1
SUFFIX = ".tape"
_HEAD = b"breakwater"
_KINDS: Mapping[str, Any] = {
    "step": np.int32,
    "time_s": np.int64,
    "actor": np.int16,
    "verb": object,
    "data": object,
    "status": np.int32,
    "output": object,
}


@dataclass(frozen=True, slots=True)
class Head:
    """What a chain must be set up with before the first row."""

    design: dict[str, Any]  # Design.to_dict()
    venues: tuple[Venue, ...]
    cast: Cast
    start_s: int  # when it was deployed: before the first step
    digest: str = ""  # of the final state, when it was taken
    note: str = ""  # why the tape was kept: a violated property, a path of a run

    def noted(self, state: str, note: str) -> Head:
        """The same, with the digest of the final state and why the tape is kept."""
        return replace(self, digest=state, note=note)


@dataclass(frozen=True, slots=True)
class Tape:
    """Rows in order; those of one step share a block, which begins at the step's time."""

    head: Head
    step: np.ndarray  # (n,) int32
    time_s: np.ndarray  # (n,) int64
    actor: np.ndarray  # (n,) int16
    verb: np.ndarray  # (n,) object: name of the verb
    data: np.ndarray  # (n,) object: call data, bytes
    status: np.ndarray  # (n,) int32: failures.OK, a code, or failures.PANIC
    output: np.ndarray  # (n,) object: returned words, bytes; empty where refused

    def __len__(self) -> int:
        return len(self.step)

    def save(self, path: Path) -> None:
        """Write the tape; the file appears whole or not at all."""
        head = asdict(self.head)
        table = pa.table(
            {
                "step": pa.array(self.step, pa.int32()),
                "time_s": pa.array(self.time_s, pa.int64()),
                "actor": pa.array(self.actor, pa.int16()),
                "verb": pa.array(self.verb, pa.string()).dictionary_encode(),
                "data": pa.array(self.data, pa.binary()),
                "status": pa.array(self.status, pa.int32()),
                "output": pa.array(self.output, pa.binary()),
            },
            metadata={_HEAD: json.dumps({"format": FORMAT, **head}).encode()},
        )
        write_atomic(path, lambda handle: pq.write_table(table, handle, compression="zstd"))


def load(path: str | Path) -> Tape:
    """Read a tape.

    Raises:
        InputError: the file is missing, or no tape of this format.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(file=path, expected="a tape", got="no such file")
    try:
        table = pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(file=path, expected="a tape (Parquet)", got=str(error)) from error
    raw = (table.schema.metadata or {}).get(_HEAD)
    if raw is None:
        raise InputError(file=path, expected="a tape", got="Parquet without the head of a tape")
    stored = json.loads(raw)
    if stored.pop("format") != FORMAT:
        raise InputError(file=path, key="format", expected=str(FORMAT))
    stored["venues"] = tuple(Venue(**venue) for venue in stored["venues"])
    stored["cast"] = _cast(stored["cast"])
    columns = {name: table.column(name) for name in table.column_names}
    return Tape(
        head=Head(**stored),
        step=columns["step"].to_numpy(),
        time_s=columns["time_s"].to_numpy(),
        actor=columns["actor"].to_numpy(),
        verb=np.array(columns["verb"].to_pylist(), dtype=object),
        data=np.array(columns["data"].to_pylist(), dtype=object),
        status=columns["status"].to_numpy(),
        output=np.array(columns["output"].to_pylist(), dtype=object),
    )


@dataclass(slots=True)
class Recorder:
    """Collects the calls of a run and cuts them into one tape per path."""

    steps: list[tuple[int, int, Calls, Receipts]] = field(default_factory=list)
    only: np.ndarray | None = None  # (paths,) bool: keep the calls of these alone

    def record(self, step: int, time_s: int, calls: Calls, receipts: Receipts) -> None:
        """Keep a batch and what became of it."""
        if self.only is not None:
            kept = self.only[calls.path]
            calls = replace(calls, path=calls.path[kept], actor=calls.actor[kept], data=calls.data[kept])
            receipts = Receipts(receipts.status[kept], receipts.output[kept])
        if len(calls.path):
            self.steps.append((step, time_s, calls, receipts))

    def tape(self, path: int, head: Head) -> Tape:
        """The rows of one path."""
        rows: dict[str, list[Any]] = {name: [] for name in _KINDS}
        for step, time_s, calls, receipts in self.steps:
            for i in np.flatnonzero(calls.path == path).tolist():
                status = int(receipts.status[i])
                rows["step"].append(step)
                rows["time_s"].append(time_s)
                rows["actor"].append(int(calls.actor[i]))
                rows["verb"].append(calls.verb)
                rows["data"].append(calls.data[i].tobytes())
                rows["status"].append(status)
                rows["output"].append(b"" if status else receipts.output[i].tobytes())
        return Tape(head=head, **{name: _column(values, _KINDS[name]) for name, values in rows.items()})


class MakeChain(Protocol):
    """How a replay gets its chain: `EvmChain`, `DevnetChain`, or a partial application of either."""

    def __call__(self, design: Design, venues: tuple[Venue, ...], cast: Cast, *, paths: int, time_s: int) -> Chain:
        """A chain with the design deployed."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that did not do again what the tape says."""

    row: int
    step: int
    verb: str
    expected: str
    found: str


def play(tape: Tape, make_chain: MakeChain) -> tuple[Chain, list[Difference]]:
    """Play a tape on a fresh chain and compare every receipt. The caller closes the chain."""
    head = tape.head
    design = Design.from_dict(head.design, file="tape")
    chain = make_chain(design, head.venues, head.cast, paths=1, time_s=head.start_s)
    differences: list[Difference] = []
    for (step, time_s), rows_of_block in groupby(
        range(len(tape)), key=lambda i: (int(tape.step[i]), int(tape.time_s[i]))
    ):
        rows = list(rows_of_block)
        chain.advance(time_s)
        for part in _batches(tape, rows):
            receipts = chain.apply(_calls(tape, part))
            differences += _compare(tape, part, step, receipts)
    return chain, differences


def _cast(stored: dict[str, Any]) -> Cast:
    opening = stored.pop("opening")
    if opening is not None:
        opening = Opening(tuple(opening["prices_usd"]), opening["seed_usd"], tuple(opening["providers"]))
    return Cast(**{**stored, "actors": tuple(stored["actors"])}, opening=opening)


def _batches(tape: Tape, rows: list[int]) -> list[list[int]]:
    """Runs of rows with the same verb and length: what one batch can hold."""
    return [list(part) for _, part in groupby(rows, key=lambda i: (tape.verb[i], len(tape.data[i])))]


def _calls(tape: Tape, rows: list[int]) -> Calls:
    data = np.frombuffer(b"".join(tape.data[i] for i in rows), dtype=np.uint8).reshape(len(rows), -1)
    return Calls(
        verb=str(tape.verb[rows[0]]),
        path=np.zeros(len(rows), dtype=np.int64),
        actor=tape.actor[rows].astype(np.int64),
        data=data,
    )


def _compare(tape: Tape, rows: list[int], step: int, receipts: Receipts) -> list[Difference]:
    differences = []
    for i, row in enumerate(rows):
        status = int(receipts.status[i])
        output = b"" if status else receipts.output[i].tobytes()
        if status == int(tape.status[row]) and output == tape.output[row]:
            continue
        verb = str(tape.verb[row])
        differences.append(
            Difference(
                row=row,
                step=step,
                verb=verb,
                expected=_told(verb, int(tape.status[row]), tape.output[row]),
                found=_told(verb, status, output),
            )
        )
    return differences


def _told(verb: str, status: int, output: bytes) -> str:
    if status:
        return name_of(status)
    words = [int.from_bytes(output[i : i + 32], "big") for i in range(0, len(output), 32)]
    named = zip((name for name, _ in VERBS[verb].returns), words, strict=True)
    return "OK " + ", ".join(f"{name}={word}" for name, word in named)


def _column(values: list[Any], kind: Any) -> np.ndarray:
    column = np.empty(len(values), dtype=kind)
    column[:] = values
    return column
