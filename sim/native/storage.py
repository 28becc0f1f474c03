"""The same storage in two places: words of a native path, and slots (and immutables) of contracts on the EVM.

Native worlds are not constructed: the bytecode's constructors and settings run once in an EVM, and the words are read
from there. The same table serves to compare the two later, word by word.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Protocol

import numpy as np
from eth_utils import keccak

from sim.inputs.compiler import CACHE
from sim.native.context import WORD_BYTES
from sim.native.layout import Cell
from sim.native.objects import write_atomic
from sim.native.types import Array, List, Row, Scalar, Struct, Text, Type
from sim.native.world import LIMBS, World


class Slots(Protocol):
    """What an EVM tells of a contract's state."""

    def storage(self, address: str, index: int) -> int: ...

    def get_code(self, address: str) -> bytes | None: ...


@dataclass(frozen=True, eq=False)
class Ledger:
    """Where every word of a world's path stands on the EVM."""

    names: tuple[str, ...]  # of each word, for people
    contract: tuple[str, ...]  # address
    slot: tuple[int, ...]
    word: np.ndarray  # (n,) index in the path
    is_address: np.ndarray  # (n,)
    immutables: tuple[tuple[str, str, int, int, bool], ...]  # name, address, byte offset in the code, word, is address

    def __len__(self) -> int:
        return len(self.slot)


def ledger_of(world: World, code_bytes: Mapping[str, int]) -> Ledger:
    """The storage of all contracts of a world, enumerated once and kept on disk: hashing slots takes a second.

    Args:
        code_bytes: length of each contract's runtime code; its immutables follow.
    """
    layouts = [(name, loaded.object.layout) for name, loaded in world.contracts.items()]
    content = (layouts, tuple(world.ids), world.sizes, sorted(code_bytes.items()))
    source = Path(__file__).read_bytes()
    kept = CACHE / f"ledger-{hashlib.sha256(source + pickle.dumps(content)).hexdigest()[:24]}.native"
    if kept.is_file():
        found: Ledger = pickle.loads(kept.read_bytes())
        return found
    made = enumerated(world, code_bytes)
    write_atomic(kept, pickle.dumps(made))
    return made


def enumerated(world: World, code_bytes: Mapping[str, int]) -> Ledger:
    """The same, computed now."""
    owners = {number: address for address, number in world.ids.items()}
    names, contracts, slots, words, flags, immutables = [], [], [], [], [], []
    for name, loaded in world.contracts.items():
        address, base = world.addresses[name], world.bases[name]
        layout = loaded.object.layout
        sized = layout.offsets(world.sizes)
        for cell in layout.cells:
            start = base + (cell.offset if cell.offset is not None else sized[cell.index or 0])
            if cell.place == "code":
                for i, is_address in enumerate(_flags(cell.item)):
                    place = code_bytes[name] + cell.position + i * WORD_BYTES
                    immutables.append((f"{name}.{cell.name}[{i}]", address, place, start + i, is_address))
                continue
            inner = _flags(cell.item)
            for keys, first in _entries(cell, world, owners):
                for i, is_address in enumerate(inner):
                    names.append(f"{name}.{cell.name}{list(keys)}+{i}")
                    contracts.append(address)
                    slots.append((first + i) % 2**256)
                    words.append(start)
                    flags.append(is_address)
                    start += 1
    return Ledger(
        tuple(names), tuple(contracts), tuple(slots), np.array(words), np.array(flags, dtype=bool), tuple(immutables)
    )


def settle(
    world: World, code_bytes: Mapping[str, int], evm: Slots, *, is_kept: bool = True
) -> tuple[World, Ledger, np.ndarray]:
    """A world with all addresses that its contracts' storage holds, its ledger, and the words of a path of it.

    A contract may keep whose address it likes: such a stranger has an id like everybody. What a mapping holds for it
    may be the address of another one.

    Args:
        is_kept: the ledger is kept on disk, or taken from there.
    """
    while True:
        ledger = ledger_of(world, code_bytes) if is_kept else enumerated(world, code_bytes)
        kept = set(_addresses(ledger, evm)) - {int(address, 16) for address in world.ids}
        if not kept:
            return world, ledger, read_words(world, ledger, evm)
        world = world.joined_by(sorted(kept))


def _addresses(ledger: Ledger, evm: Slots) -> Iterator[int]:
    """Every address that is stored."""
    for address, slot, is_address in zip(ledger.contract, ledger.slot, ledger.is_address.tolist(), strict=True):
        if is_address:
            yield evm.storage(address, slot)
    codes: dict[str, bytes] = {}
    for _, address, place, _, is_address in ledger.immutables:
        if is_address:
            code = codes.setdefault(address, bytes(evm.get_code(address) or b""))
            yield int.from_bytes(code[place : place + WORD_BYTES], "big")


def read_words(world: World, ledger: Ledger, evm: Slots) -> np.ndarray:
    """Words of one path as an EVM has them, (words, 4)."""
    values = [0] * world.words
    found = [evm.storage(address, slot) for address, slot in zip(ledger.contract, ledger.slot, strict=True)]
    for index, value, is_address in zip(ledger.word.tolist(), found, ledger.is_address.tolist(), strict=True):
        values[index] = _id(world, value) if is_address else value
    codes: dict[str, bytes] = {}
    for _, address, place, index, is_address in ledger.immutables:
        code = codes.setdefault(address, bytes(evm.get_code(address) or b""))
        value = int.from_bytes(code[place : place + WORD_BYTES], "big")
        values[index] = _id(world, value) if is_address else value
    raw = b"".join(value.to_bytes(WORD_BYTES, "little") for value in values)
    return np.frombuffer(raw, dtype=np.uint64).reshape(world.words, LIMBS).copy()


def differences(world: World, ledger: Ledger, words: np.ndarray, evm: Slots, *, most: int = 10) -> list[str]:
    """Words of one path, (words, 4), that differ from what an EVM has, by name."""
    expected = read_words(world, ledger, evm)
    wrong = np.nonzero((expected != words).any(axis=1))[0]
    named = dict(zip(ledger.word.tolist(), ledger.names, strict=True)) | {w: n for n, _, _, w, _ in ledger.immutables}
    return [
        f"{named.get(index, f'word {index}')}: bytecode {_value(expected[index])}, native {_value(words[index])}"
        for index in wrong[:most].tolist()
    ] + ([f"and {len(wrong) - most} more"] if len(wrong) > most else [])


def _entries(cell: Cell, world: World, owners: dict[int, str]) -> Iterator[tuple[tuple[int, ...], int]]:
    """Keys in the order in which native storage has them, and the first slot behind them."""
    extents = [world.sizes[e] if isinstance(e, str) else e for e in cell.extents]
    bases: dict[tuple[int, ...], int] = {(): cell.position}
    for keys in product(*(range(extent) for extent in extents)):
        yield keys, _slot(cell, keys, bases, owners)


def _slot(cell: Cell, keys: tuple[int, ...], known: dict[tuple[int, ...], int], owners: dict[int, str]) -> int:
    """Slot of a mapping's entry: the hash of the mapping's slot and the key, key by key."""
    if keys in known:
        return known[keys]
    outer = _slot(cell, keys[:-1], known, owners)
    key = int(owners[keys[-1]], 16) if cell.keys[len(keys) - 1].is_address else keys[-1]
    slot = int.from_bytes(keccak(outer.to_bytes(32, "big") + key.to_bytes(32, "big")), "big")
    if len(keys) < len(cell.keys):
        known[keys] = slot
    return slot


def _flags(kind: Type) -> list[bool]:
    """Whether each word of a type is an address."""
    if isinstance(kind, Scalar):
        return [kind.is_address]
    if isinstance(kind, Struct):
        return [flag for _, member in kind.members for flag in _flags(member)]
    if isinstance(kind, Row):
        return [flag for item in kind.items for flag in _flags(item)]
    if isinstance(kind, Array):
        return _flags(kind.item) * kind.length
    if isinstance(kind, List):
        return [False] + _flags(kind.item) * kind.capacity
    if isinstance(kind, Text):
        return [False] * kind.words
    raise TypeError(f"{kind} is not stored in a row")


def _id(world: World, value: int) -> int:
    """Id of an address on the EVM; of one that only came there later, a number that no id is."""
    return world.ids.get(f"0x{value:040x}", 2**256 - 1)


def _value(limbs: np.ndarray) -> str:
    return hex(int.from_bytes(limbs.tobytes(), "little"))
