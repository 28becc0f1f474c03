"""Contracts as machine code, called as an EVM would be: bytes in; status, bytes and events out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from sim.native.context import WORD_BYTES, Call
from sim.native.translator.events import Event
from sim.native.types import scalars
from sim.native.world import Batch, World

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


#: Seconds until the next block, or a call.
Step = int | Sent


def blocks(steps: Sequence[Step]) -> Iterator[tuple[list[int], list[Sent]]]:
    """The seconds that pass, block after block, and the calls of the last of these blocks."""
    waits: list[int] = []
    calls: list[Sent] = []
    for step in steps:
        if isinstance(step, Sent):
            calls.append(step)
            continue
        if calls:
            yield waits, calls
            waits, calls = [], []
        waits.append(step)
    if waits or calls:
        yield waits, calls


class Machine:
    """The one path of a world that `words` holds, changed in place."""

    def __init__(self, world: World, words: np.ndarray) -> None:
        self.world, self.words = world, words
        self.seconds = 0.0  # inside compiled code
        self._thread = world.thread(events=EVENT_WORDS)
        self._owners = {number: int(address, 16) for address, number in world.ids.items()}
        self._logged = _shapes(world)

    def run(self, calls: Sequence[Sent], time_s: int, number: int) -> list[Answer]:
        """Run calls in order in a block."""
        batch = self._batch(calls)
        batch.rows[:, Call.NOW_S] = time_s
        began = perf_counter()
        status = self._thread.run(self.words, batch.rows, number)
        self.seconds += perf_counter() - began
        logs = self._logs(len(calls))
        return [Answer(code, batch.answer(i), tuple(logs[i])) for i, code in enumerate(status.tolist())]

    def play(self, steps: Sequence[Step], time_s: int, number: int) -> list[int]:
        """Run calls, and seconds until the next block, without events and answers.

        Returns:
            Status of each call.
        """
        thread, found = self.world.thread(), []
        for waits, calls in blocks(steps):
            time_s, number = time_s + sum(waits), number + len(waits)
            batch = self._batch(calls)
            batch.rows[:, Call.NOW_S] = time_s
            began = perf_counter()
            status = thread.run(self.words, batch.rows, number)
            self.seconds += perf_counter() - began
            found += status.tolist()
        return found

    def _batch(self, calls: Sequence[Sent]) -> Batch:
        return self.world.batch(
            [call.target for call in calls],
            [call.sender for call in calls],
            [call.data for call in calls],
            ANSWER_BYTES,
        )

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
