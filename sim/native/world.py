"""A world: compiled contracts at their addresses, linked with each other, and the words of their storage.

A path of a world is one flat array of words. All paths share the tables here, which calls only read.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from sim.native.context import (
    HASH_MULTIPLIER,
    JOURNAL_ENTRY_BYTES,
    LIMIT,
    WORD_BYTES,
    Call,
    Context,
    Instance,
)
from sim.native.objects import Loaded, load_runner

JOURNAL_ROOM = 1 << 16
LIMBS = 4  # 64-bit numbers of a word
_RUN = ctypes.CFUNCTYPE(
    None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_void_p
)


@ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p)
def _not_linked(context: int, target: int, sender: int, arguments: int, results: int) -> int:
    """Stands where a contract has a function of that name, but as bytecode only or not as its caller declares it."""
    return LIMIT


@dataclass(frozen=True, eq=False)
class World:
    """Contracts by name, everybody's address by name, and how many accounts mappings have room for.

    Strangers are addresses without a name: such as a contract's source names, or its storage holds.
    """

    contracts: Mapping[str, Loaded]
    addresses: Mapping[str, str]
    accounts: int
    strangers: tuple[int, ...] = ()
    ids: dict[str, int] = field(init=False)  # by lower-case address
    bases: dict[str, int] = field(init=False)  # first word of each contract's storage
    words: int = field(init=False)  # of a path
    _tables: _Tables = field(init=False, repr=False)

    def __post_init__(self) -> None:
        others = [name for name in self.addresses if name not in self.contracts]
        order = [*self.contracts, *others]
        ids = {"0x" + "00" * 20: 0}
        for name in order:
            ids.setdefault(self.addresses[name].lower(), len(ids))
        named = [each for loaded in self.contracts.values() for each in loaded.object.addresses]
        for each in (*named, *self.strangers):
            ids.setdefault(f"0x{each:040x}", len(ids))
        object.__setattr__(self, "ids", ids)
        at, bases = 0, {}
        for name, loaded in self.contracts.items():
            bases[name] = at
            at += loaded.object.layout.words(self.sizes)
        object.__setattr__(self, "bases", bases)
        object.__setattr__(self, "words", at)
        object.__setattr__(self, "_tables", _Tables(self))

    def joined_by(self, strangers: Iterable[int]) -> World:
        """The same world with more strangers."""
        return replace(self, strangers=(*self.strangers, *strangers))

    @property
    def sizes(self) -> dict[str, int]:
        """Extents that depend on the world."""
        return {"accounts": self.accounts, "addresses": len(self.ids)}

    def id_of(self, name: str) -> int:
        """Id of a named address."""
        return self.ids[self.addresses[name].lower()]

    def empty(self, paths: int) -> np.ndarray:
        """Words of some paths, all zero: (paths, words, 4) little-endian limbs."""
        return np.zeros((paths, self.words, LIMBS), dtype=np.uint64)

    def function(self, target: str, selector: bytes) -> int:
        """Address of a contract's function that takes call data.

        Raises:
            KeyError: the contract has none with that selector.
        """
        loaded = self.contracts[target]
        return loaded.encoded(loaded.by_selector[selector].signature)

    def batch(self, targets: Sequence[str], senders: Sequence[str], data: Sequence[bytes], room: int) -> Batch:
        """Calls one by one, each with `room` bytes for its answer. Path and time of the rows are still to be set."""
        n = len(data)
        lengths = np.array([len(each) for each in data], dtype=np.int64)
        given = np.frombuffer(b"".join(data) or b"\0", dtype=np.uint8)
        output = np.zeros((n, room), dtype=np.uint8)
        rows = np.zeros((n, Call.SIZE), dtype=np.int64)
        rows[:, Call.FUNCTION] = [self.function(t, each[:4]) for t, each in zip(targets, data, strict=True)]
        rows[:, Call.TARGET] = [self.id_of(name) for name in targets]
        rows[:, Call.SENDER] = [self.id_of(name) for name in senders]
        rows[:, Call.DATA] = given.ctypes.data + np.cumsum(lengths) - lengths
        rows[:, Call.DATA_LENGTH] = lengths
        rows[:, Call.OUT] = output.ctypes.data + np.arange(n) * room
        rows[:, Call.OUT_ROOM] = room
        return Batch(rows, given, output)

    def thread(self, *, events: int = 0) -> Thread:
        """A context for one thread of execution, with room for so many words of events."""
        return Thread(self, self._tables, events)


@dataclass(frozen=True, eq=False)
class Batch:
    """Calls as compiled code reads them, with the memory that their rows point into."""

    rows: np.ndarray  # (n, Call.SIZE)
    data: np.ndarray
    output: np.ndarray  # (n, room)

    def answer(self, i: int) -> bytes:
        """What a call returned, once it was run."""
        return self.output[i, : self.rows[i, Call.OUT_LENGTH]].tobytes()


class _Tables:
    """The arrays that compiled code reads; kept alive with the world."""

    def __init__(self, world: World) -> None:
        count = len(world.contracts) + 1
        self.count = count
        self._imports = [_import_table(world, loaded, count) for loaded in world.contracts.values()]
        self._rows = []
        self.instances = np.zeros(count, dtype=np.int64)
        for i, (name, loaded) in enumerate(world.contracts.items()):
            offsets = loaded.object.layout.offsets(world.sizes)
            addresses = [world.ids[f"0x{each:040x}"] for each in loaded.object.addresses]
            row = np.zeros(Instance.OFFSETS + len(offsets) + len(addresses), dtype=np.int64)
            row[Instance.BASE] = world.bases[name] * WORD_BYTES
            row[Instance.IMPORTS] = self._imports[i].ctypes.data
            row[Instance.OFFSETS :] = [*offsets, *addresses]
            self._rows.append(row)
            self.instances[world.id_of(name)] = row.ctypes.data
        self.address_words = _words([int(a, 16) for a in world.ids])
        self.address_table, self.address_mask = _hash_table(world.ids)


class Thread:
    """A context with its own journal and buffers. Not to be used by two threads at once."""

    def __init__(self, world: World, tables: _Tables, events: int) -> None:
        self._run = _RUN(load_runner().address("run"))
        self._journal = np.zeros(JOURNAL_ROOM * JOURNAL_ENTRY_BYTES, dtype=np.uint8)
        self._locks = np.zeros(tables.count, dtype=np.int64)
        self._events = np.zeros((max(events, 1), LIMBS), dtype=np.uint64)
        self._tables = tables
        self._world = world
        context = np.zeros(Context.SIZE, dtype=np.int64)
        context[Context.JOURNAL] = self._journal.ctypes.data
        context[Context.JOURNAL_ROOM] = JOURNAL_ROOM
        context[Context.INSTANCES] = tables.instances.ctypes.data
        context[Context.INSTANCE_COUNT] = tables.count
        context[Context.LOCKS] = self._locks.ctypes.data
        context[Context.ADDRESS_COUNT] = world.sizes["addresses"]
        context[Context.ACCOUNT_COUNT] = world.accounts
        context[Context.ADDRESS_WORDS] = tables.address_words.ctypes.data
        context[Context.ADDRESS_TABLE] = tables.address_table.ctypes.data
        context[Context.ADDRESS_MASK] = tables.address_mask
        context[Context.EVENTS] = self._events.ctypes.data if events else 0
        context[Context.EVENTS_ROOM] = events
        self.context = context

    def run(self, words: np.ndarray, calls: np.ndarray, number: int) -> np.ndarray:
        """Run calls on the paths of `words` in one go, without the interpreter's lock.

        Args:
            words: (paths, words, 4) uint64, changed in place.
            calls: (n, Call.SIZE) int64; OUT_LENGTH is filled in.
            number: of the block.

        Returns:
            (n,) int32 status of each call.
        """
        status = np.zeros(len(calls), dtype=np.int32)
        self.context[Context.NUMBER] = number
        self.context[Context.EVENTS_USED] = 0
        self._run(
            self.context.ctypes.data,
            words.ctypes.data,
            words.strides[0],
            calls.ctypes.data,
            len(calls),
            status.ctypes.data,
        )
        return status

    def runner(self, words: np.ndarray, most: int) -> Callable[[np.ndarray, int], list[int]]:
        """`run` for few calls at a time on words that stay where they are: (rows, number of the block) -> statuses."""
        status = np.zeros(most, dtype=np.int32)
        context, run = self.context, self._run
        fixed = context.ctypes.data, words.ctypes.data, words.strides[0]
        told = status.ctypes.data

        def call(rows: np.ndarray, number: int) -> list[int]:
            context[Context.NUMBER] = number
            count = len(rows)
            run(*fixed, rows.ctypes.data, count, told)
            return status[:count].tolist()

        return call

    def events(self) -> np.ndarray:
        """Words that the last run recorded, (n, 4)."""
        return self._events[: self.context[Context.EVENTS_USED]]


def _import_table(world: World, loaded: Loaded, count: int) -> np.ndarray:
    """(imports, ids) pointers to functions; 0 where a contract has no such function."""
    table = np.zeros((max(1, len(loaded.object.imports)), count), dtype=np.int64)
    refused = ctypes.cast(_not_linked, ctypes.c_void_p).value
    for i, wanted in enumerate(loaded.object.imports):
        for name, other in world.contracts.items():
            export = other.exports.get(wanted.signature)
            if export is None and wanted.signature not in other.object.hidden:
                continue
            fits = export is not None and export.shape == wanted.shape and (export.is_view or not wanted.is_static)
            table[i, world.id_of(name)] = other.words(wanted.signature) if fits else refused
    return table


def _words(values: Sequence[int]) -> np.ndarray:
    """Integers as little-endian words, (n, 4)."""
    raw = b"".join((value % 2**256).to_bytes(WORD_BYTES, "little") for value in values)
    return np.frombuffer(raw, dtype=np.uint64).reshape(-1, LIMBS).copy()


def _hash_table(ids: Mapping[str, int]) -> tuple[np.ndarray, int]:
    """Open addressing with linear probing; (size, 5) uint64: the address' limbs, and its id or -1."""
    size = 4
    while size < 4 * len(ids):
        size *= 2
    table = np.zeros((size, LIMBS + 1), dtype=np.uint64)
    table[:, LIMBS] = np.uint64(2**64 - 1)
    # A word that is no address, so that an empty entry is never mistaken for address zero.
    table[:, :LIMBS] = np.uint64(2**64 - 1)
    for address, number in ids.items():
        value = int(address, 16)
        place = ((value % 2**64) * HASH_MULTIPLIER % 2**64) >> 32
        while table[place % size, LIMBS] != np.uint64(2**64 - 1):
            place += 1
        table[place % size, :LIMBS] = _words([value])[0]
        table[place % size, LIMBS] = number
    return table, size - 1


__all__ = ["Call", "Thread", "World"]
