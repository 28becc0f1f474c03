"""The contracts as machine code: a third chain, equal to the bytecode to the last bit, about a hundred times faster.

A path is one flat array of words; all calls of a batch run, over all paths, without going back to Python.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.chain.actions import VERBS
from sim.chain.deployment import FIRST_ACCOUNT, RAW, Cast, Deployment, simulation_plan
from sim.chain.evm import EvmChain
from sim.chain.failures import OK
from sim.chain.plan import Create
from sim.chain.protocol import Calls, Read, Receipts
from sim.chain.settings import Venue
from sim.design import Design
from sim.inputs.compiler import CONTRACTS
from sim.inputs.errors import InputError
from sim.native.context import LIMIT, Call, Context
from sim.native.objects import Loaded, load
from sim.native.storage import settle
from sim.native.views import View
from sim.native.world import World

#: Account ids beyond those in use that mappings have room for: a call may name one that does not exist.
SPARE_ACCOUNTS = 4
#: Room for an answer: of any view, and of all but a few.
_ANSWER_BYTES, _READ_BYTES = 1 << 18, 1 << 11


class NativeLimit(InputError):
    """A call needed more room than native storage has; the bytecode would have answered."""

    def __init__(self, what: str) -> None:
        super().__init__(file="--chain native", expected="calls that it has room for; --chain evm has room", got=what)
        self.what = what

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        """Survive the way back from a worker process."""
        return type(self), (self.what,)


class Genesis:
    """A design deployed once, on bytecode, and its state as native words."""

    def __init__(self, design: Design, venues: Sequence[Venue], cast: Cast, time_s: int, *, counts: bool) -> None:
        chain = EvmChain(design, venues, cast, paths=1, time_s=time_s)
        self.deployment: Deployment = chain.deployment
        plan = simulation_plan(design, venues, cast, time_s)
        created = [step for step in plan if isinstance(step, Create) and step.name not in RAW]
        contracts: dict[str, Loaded] = {step.name: load(_source(design, step), counts) for step in created}
        accounts = FIRST_ACCOUNT + cast.accounts + SPARE_ACCOUNTS
        world = World(contracts, self.deployment.addresses, accounts)
        code_bytes = {step.name: len(step.artifact.runtime) for step in created}
        self.world, self.ledger, self.words = settle(world, code_bytes, chain.evm(0))
        chain.close()


#: The last few geneses of this process: tasks of one comparison share designs, venues and casts.
_RECENT: dict[tuple[object, ...], Genesis] = {}
_MOST_RECENT = 8


def genesis(design: Design, venues: Sequence[Venue], cast: Cast, time_s: int, *, counts: bool = False) -> Genesis:
    """Deploy a design, or return what the same arguments gave before."""
    key = (json.dumps(design.to_dict(), sort_keys=True), tuple(venues), cast, time_s, counts)
    found = _RECENT.pop(key, None)
    if found is None:
        found = Genesis(design, venues, cast, time_s, counts=counts)
    _RECENT[key] = found
    while len(_RECENT) > _MOST_RECENT:
        _RECENT.pop(next(iter(_RECENT)))
    return found


@dataclass(frozen=True, eq=False)
class Prepared:
    """A batch that is ready to run."""

    rows: np.ndarray  # (n, Call.SIZE)
    buffers: tuple[np.ndarray, ...]  # that the rows point into

    def __len__(self) -> int:
        return len(self.rows)


class NativeChain:
    """See `sim.chain.protocol.Chain`."""

    def __init__(
        self, design: Design, venues: Sequence[Venue], cast: Cast, *, paths: int, time_s: int, counts: bool = False
    ) -> None:
        self.genesis = genesis(design, venues, cast, time_s, counts=counts)
        self.world = self.genesis.world
        self.deployment = self.genesis.deployment
        self.paths = paths
        self.words = np.broadcast_to(self.genesis.words, (paths, *self.genesis.words.shape)).copy()
        self._thread = self.world.thread()
        self._time_s = time_s
        self._number = 1
        self._names = {address.lower(): name for name, address in self.world.addresses.items()}
        self._tried: dict[str, View] = {}
        self._actors = np.array([self.world.id_of(name) for name in cast.actors])

    def advance(self, time_s: int) -> None:
        """Begin a block at a time, on every path."""
        if time_s < self._time_s:
            raise ValueError(f"time cannot go back from {self._time_s} to {time_s}")
        self._time_s = time_s
        self._number += 1

    def apply(self, calls: Calls) -> Receipts:
        """Run calls in order inside the current block."""
        output = np.zeros((len(calls.path), len(VERBS[calls.verb].returns), 32), dtype=np.uint8)
        if len(calls.path) == 0:
            return Receipts(np.zeros(0, dtype=np.int32), output)
        rows, _ = self._rows_of(calls, output)
        return Receipts(self._run(rows, calls.verb), output)

    def foretell(self, calls: Calls) -> Receipts:
        """What each of the calls would answer now, were it the only one."""
        words = calls.data[:, 4:].reshape(len(calls.path), calls.data.shape[1] // 32, 32)
        limbs = words.view(">u8")[:, :, ::-1].astype(np.uint64)
        for i, (_, kind) in enumerate(VERBS[calls.verb].arguments):
            if kind == "actor":  # compiled code knows addresses by their ids
                limbs[:, i] = 0
                limbs[:, i, 0] = [self.world.ids["0x" + row.tobytes().hex()] for row in words[:, i, 12:]]
        if calls.verb not in self._tried:
            self._tried[calls.verb] = self.view(VERBS[calls.verb].contract, calls.verb)
        view = self._tried[calls.verb]
        found, status = view.attempt(calls.path, *limbs.transpose(1, 0, 2))
        if (status == LIMIT).any():
            raise NativeLimit(f"{calls.verb}, tried")
        output = np.ascontiguousarray(found[:, :, ::-1].astype(">u8")).view(np.uint8)
        output[status != OK] = 0
        return Receipts(status, output)

    def prepare(self, steps: Sequence[tuple[int, Calls]]) -> Prepared:
        """Calls of many verbs and blocks, (time of the block, calls), as one batch for `play`."""
        parts, kept = [], []
        for time_s, calls in steps:
            if len(calls.path):
                output = np.zeros((len(calls.path), len(VERBS[calls.verb].returns), 32), dtype=np.uint8)
                rows, data = self._rows_of(calls, output)
                rows[:, Call.NOW_S] = time_s
                parts.append(rows)
                kept += [data, output]
        return Prepared(np.concatenate(parts), tuple(kept))

    def play(self, prepared: Prepared) -> np.ndarray:
        """Run a prepared batch without returning to Python in between; (n,) status of each call."""
        return self._run(prepared.rows, "a prepared batch")

    def ask(self, path: np.ndarray, target: str, data: Sequence[bytes], words: int) -> np.ndarray:
        """Answers of a view, one row per call: (n, words, 32), zero where an answer is shorter."""
        n = len(path)
        output = np.zeros((n, words, 32), dtype=np.uint8)
        if n == 0:
            return output
        lengths = np.array([len(d) for d in data])
        joined = np.frombuffer(b"".join(data), dtype=np.uint8)
        rows = self._rows(path, target, data[0][:4], joined[None], output.reshape(n, -1))
        starts = np.cumsum(lengths) - lengths
        rows[:, Call.DATA] = joined.ctypes.data + (starts if len(data) > 1 else starts[0])
        rows[:, Call.DATA_LENGTH] = lengths if len(data) > 1 else lengths[0]
        rows[:, Call.SENDER] = self.world.id_of("admin")
        if len({each[:4] for each in data}) > 1:
            rows[:, Call.FUNCTION] = [self._function(target, each[:4]) for each in data]
        status = self._run(rows, target)
        if status.any():
            raise RuntimeError(f"a view of {target} was refused with status {status[status != 0][0]}")
        return output

    def read(self, path: int, reads: Sequence[Read]) -> list[bytes]:
        """Answers of views on one path."""
        found = self._one_by_one(
            path, [r.target for r in reads], ["admin"] * len(reads), [r.data for r in reads], _READ_BYTES
        )
        answers = []
        for read, (status, answer) in zip(reads, found, strict=True):
            if status != OK:  # refused, or longer than most
                ((status, answer),) = self._one_by_one(path, [read.target], ["admin"], [read.data], _ANSWER_BYTES)
            if status == LIMIT:
                raise NativeLimit(f"a view of {read.target}")
            if status != OK:
                raise RuntimeError(f"a view of {read.target} was refused with status {status}")
            answers.append(answer)
        return answers

    def send(self, path: int, sender: str, target: str, data: bytes) -> tuple[int, bytes]:
        """Any call by anybody whose address the world knows: (status, output). For tests and tools."""
        names = [self._names[target.lower()]], [self._names[sender.lower()]]
        ((status, answer),) = self._one_by_one(path, *names, [data], _ANSWER_BYTES)
        if status == LIMIT:
            raise NativeLimit(f"a call of {names[0][0]} needs more room than the native chain has")
        return status, answer

    def _one_by_one(
        self, path: int, targets: Sequence[str], senders: Sequence[str], data: Sequence[bytes], room: int
    ) -> list[tuple[int, bytes]]:
        """Calls of any kind on one path, in order: (status, output) of each."""
        try:
            batch = self.world.batch(targets, senders, data, room)
        except KeyError as error:
            raise NativeLimit(f"no compiled function with selector {error} among {sorted(set(targets))}") from error
        batch.rows[:, Call.PATH] = path
        batch.rows[:, Call.NOW_S] = self._time_s
        status = self._thread.run(self.words, batch.rows, self._number)
        return [(code, batch.answer(i)) for i, code in enumerate(status.tolist())]

    def view(self, target: str, function: str) -> View:
        """A function of a contract, to be asked for arrays of paths and arguments."""
        return View(self, target, function)

    def context(self) -> np.ndarray:
        """The numbers that compiled code runs with, set to the current block."""
        context = self._thread.context
        context[Context.NOW_S], context[Context.NUMBER] = self._time_s, self._number
        return context

    def snapshot(self, path: int) -> np.ndarray:
        """Remember the state of a path."""
        return self.words[path].copy()

    def revert(self, path: int, mark: np.ndarray) -> None:
        """Return a path to a remembered state."""
        self.words[path] = mark

    def close(self) -> None:
        """Drop every path."""
        self.words = self.words[:0]

    def _rows_of(self, calls: Calls, output: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Calls of one verb as rows, and the call data that these point into; output (n, words, 32)."""
        data = np.ascontiguousarray(calls.data)
        target = VERBS[calls.verb].contract
        rows = self._rows(calls.path, target, data[0, :4].tobytes(), data, output.reshape(len(data), -1))
        rows[:, Call.SENDER] = self._actors[calls.actor]
        return rows, data

    def _rows(self, path: np.ndarray, target: str, selector: bytes, data: np.ndarray, output: np.ndarray) -> np.ndarray:
        """Calls of one function: data (n or 1, bytes), output (n, bytes)."""
        n = len(path)
        rows = np.empty((n, Call.SIZE), dtype=np.int64)
        rows[:, Call.PATH] = path
        rows[:, Call.NOW_S] = self._time_s
        rows[:, Call.TARGET] = self.world.id_of(target)
        rows[:, Call.FUNCTION] = self._function(target, selector)
        rows[:, Call.DATA] = data.ctypes.data + np.arange(n) * data.shape[1]
        rows[:, Call.DATA_LENGTH] = data.shape[1]
        rows[:, Call.OUT] = output.ctypes.data + np.arange(n) * output.shape[1]
        rows[:, Call.OUT_ROOM] = output.shape[1]
        return rows

    def _function(self, target: str, selector: bytes) -> int:
        """Address of a function that takes call data."""
        try:
            return self.world.function(target, selector)
        except KeyError as error:
            raise NativeLimit(f"{target} has no compiled function with selector {selector.hex()}") from error

    def _run(self, rows: np.ndarray, what: str) -> np.ndarray:
        if rows[:, Call.PATH].max() >= self.paths or rows[:, Call.PATH].min() < 0:
            raise IndexError(f"a path outside 0..{self.paths - 1}")
        status = self._thread.run(self.words, rows, self._number)
        if (status == LIMIT).any():
            row = int(np.argmax(status == LIMIT))
            raise NativeLimit(f"{what}: call {row} of the batch needs more room than the native chain has")
        return status


def _source(design: Design, step: Create) -> Path:
    """The file that a contract of the plan is compiled from; a policy may be the user's own."""
    slot = step.name.removeprefix("policy:")
    path = Path(design.policies[slot].source if slot in design.policies else step.artifact.source)
    return CONTRACTS / path if (CONTRACTS / path).is_file() else path
