"""Contracts as machine code, called as an EVM would be: bytes in; status, bytes and events out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from time import perf_counter

import numpy as np

from sim.native.context import WORD_BYTES, Call
from sim.native.translator.events import Event
from sim.native.types import scalars
from sim.native.world import World

#: Words of events that a batch may record, and bytes that a call may return.
EVENT_WORDS = 1 << 16
ANSWER_BYTES = 1 << 12


@dataclass(frozen=True, slots=True)
class Sent:
    """A call: names of sender and target, and call data."""

    sender: str
    target: str
    data: bytes


#: (address of the contract, topics and data as one row of words)
Log = tuple[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a call."""

    status: int
    output: bytes
    logs: tuple[Log, ...]


@dataclass(frozen=True, slots=True)
class _Shape:
    """How the words of an event are written: first the topic, then the arguments, the indexed ones first."""

    topic: int
    order: tuple[int, ...]
    addresses: tuple[int, ...]  # which of them are ids of addresses


class Machine:
    """The one path of a world that `words` holds, changed in place."""

    def __init__(self, world: World, words: np.ndarray) -> None:
        self.world, self.words = world, words
        self.seconds = 0.0  # inside compiled code
        self._thread = world.thread(events=EVENT_WORDS)
        self._ids = {name: world.id_of(name) for name in world.addresses}
        self._owners = {number: int(address, 16) for address, number in world.ids.items()}
        self._logged = _shapes(world)

    def run(self, calls: Sequence[Sent], time_s: int, number: int) -> list[Answer]:
        """Run calls in order in a block."""
        output = np.zeros((len(calls), ANSWER_BYTES), dtype=np.uint8)
        given = np.frombuffer(b"".join([call.data for call in calls]) or b"\0", dtype=np.uint8)
        rows = self._rows(calls, given, output)
        rows[:, Call.NOW_S] = time_s
        began = perf_counter()
        status = self._thread.run(self.words, rows, number)
        self.seconds += perf_counter() - began
        lengths = rows[:, Call.OUT_LENGTH].tolist()
        logs = self._logs(len(calls))
        return [
            Answer(code, output[i, : lengths[i]].tobytes(), tuple(logs[i])) for i, code in enumerate(status.tolist())
        ]

    def play(self, steps: Sequence[int | Sent], time_s: int, number: int) -> list[int]:
        """Run calls, and seconds until the next block, without events and answers.

        Returns:
            Status of each call.
        """
        calls = [step for step in steps if isinstance(step, Sent)]
        given = np.frombuffer(b"".join([call.data for call in calls]) or b"\0", dtype=np.uint8)
        output = np.zeros((1, ANSWER_BYTES), dtype=np.uint8)
        rows = self._rows(calls, given, output)
        rows[:, Call.OUT] = output.ctypes.data
        thread, found, at = self.world.thread(), [], 0
        for is_call, group in groupby(steps, lambda step: isinstance(step, Sent)):
            part = list(group)
            if not is_call:
                time_s, number = time_s + sum(part), number + len(part)  # type: ignore[arg-type]
                continue
            block = rows[at : at + len(part)]
            block[:, Call.NOW_S] = time_s
            began = perf_counter()
            status = thread.run(self.words, block, number)
            self.seconds += perf_counter() - began
            found += status.tolist()
            at += len(part)
        return found

    def _rows(self, calls: Sequence[Sent], given: np.ndarray, output: np.ndarray) -> np.ndarray:
        """Calls as the batch loop reads them."""
        lengths = np.array([len(call.data) for call in calls], dtype=np.int64)
        rows = np.zeros((len(calls), Call.SIZE), dtype=np.int64)
        rows[:, Call.FUNCTION] = [self._function(call) for call in calls]
        rows[:, Call.TARGET] = [self._ids[call.target] for call in calls]
        rows[:, Call.SENDER] = [self._ids[call.sender] for call in calls]
        rows[:, Call.DATA] = given.ctypes.data + np.cumsum(lengths) - lengths
        rows[:, Call.DATA_LENGTH] = lengths
        rows[:, Call.OUT] = output.ctypes.data + np.arange(len(calls)) * ANSWER_BYTES
        rows[:, Call.OUT_ROOM] = ANSWER_BYTES
        return rows

    def _function(self, call: Sent) -> int:
        """Address of the called function."""
        loaded = self.world.contracts[call.target]
        return loaded.encoded(loaded.by_selector[call.data[:4]].signature)

    def _logs(self, n: int) -> list[list[Log]]:
        """Events of each call of the last batch, written as the EVM writes them."""
        raw = self._thread.events().tobytes()
        logs: list[list[Log]] = [[] for _ in range(n)]
        at = 0
        while at < len(raw):
            header = _number(raw, at)
            count, event = header & 0xFFFFFFFF, header >> 32 & 0xFFFFFFFF
            contract, call = header >> 64 & (2**64 - 1), header >> 128
            address, shapes = self._logged[contract]
            shape = shapes[event]
            words = [_number(raw, at + WORD_BYTES * (1 + i)) for i in range(count)]
            for i in shape.addresses:
                words[i] = self._owners[words[i]]
            logs[call].append((address, (shape.topic, *(words[i] for i in shape.order))))
            at += WORD_BYTES * (1 + count)
        return logs


def _shapes(world: World) -> dict[int, tuple[str, list[_Shape]]]:
    """Address and events of each contract, by its id."""
    found = {}
    for name, loaded in world.contracts.items():
        found[world.id_of(name)] = (
            world.addresses[name].lower(),
            [_shape_of(event) for event in loaded.object.events],
        )
    return found


def _shape_of(event: Event) -> _Shape:
    indexed: list[int] = []
    others: list[int] = []
    addresses: list[int] = []
    at = 0
    for _, kind, is_indexed in event.arguments:
        for scalar in scalars(kind):
            (indexed if is_indexed else others).append(at)
            if scalar.is_address:
                addresses.append(at)
            at += 1
    return _Shape(event.topic, (*indexed, *others), tuple(addresses))


def _number(raw: bytes, at: int) -> int:
    return int.from_bytes(raw[at : at + WORD_BYTES], "little")
