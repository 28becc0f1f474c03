"""Where a contract's variables lie in the words of a path.

Variables of a known size come first, at fixed offsets. Mappings whose extent a world decides follow; their offsets
stand in the contract's instance row, so one compiled object serves worlds of any size.
"""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from math import prod
from pathlib import Path

from sim.inputs.compiler import CONTRACTS
from sim.native.extents import EXTENTS, Extent, Extents
from sim.native.translator.declarations import Variable
from sim.native.types import Mapping, Scalar, Type


class Unplaced(Exception):
    """A variable that cannot be laid out: nobody said how many keys it has, or it is too large."""

    def __init__(self, variable: Variable, text: str) -> None:
        super().__init__(text)
        self.variable = variable


#: Words of a contract's variables; of those that a world sizes, for one account or address. 32 MB in every path.
MOST_WORDS = 1 << 20


@dataclass(frozen=True)
class Cell:
    """A variable's place: `offset` words after the start, or in the instance row at `index`."""

    name: str
    keys: tuple[Scalar, ...]
    extents: tuple[Extent, ...]
    item: Type  # behind all keys
    place: str  # storage or code, as the EVM keeps it
    position: int
    offset: int | None
    index: int | None

    def words(self, sizes: Dictionary[str, int]) -> int:
        """Size in a world."""
        return prod(sizes[e] if isinstance(e, str) else e for e in self.extents) * self.item.words


@dataclass(frozen=True)
class Layout:
    """All variables of one contract."""

    cells: tuple[Cell, ...]
    fixed_words: int

    def words(self, sizes: Dictionary[str, int]) -> int:
        """Storage of one instance."""
        return self.fixed_words + sum(cell.words(sizes) for cell in self.cells if cell.index is not None)

    def offsets(self, sizes: Dictionary[str, int]) -> list[int]:
        """Offsets in words of the mappings that a world sizes, in the order of their indices."""
        found, at = [], self.fixed_words
        for cell in self.cells:
            if cell.index is not None:
                found.append(at)
                at += cell.words(sizes)
        return found


def layout_of(variables: tuple[Variable, ...], known: Extents = EXTENTS) -> Layout:
    """Place variables in the order of their declaration.

    Raises:
        Unplaced: a mapping by number has no entry in `known`, or the variables take more than `MOST_WORDS`.
    """
    cells: list[Cell] = []
    fixed = sized = 0
    for variable in variables:
        keys, item = _unfold(variable.kind)
        extents = _extents(variable, keys, known)
        is_fixed = not any(isinstance(extent, str) for extent in extents)
        cell = Cell(
            name=variable.name,
            keys=keys,
            extents=extents,
            item=item,
            place=variable.place,
            position=variable.position,
            offset=fixed if is_fixed else None,
            index=None if is_fixed else sized,
        )
        if is_fixed:
            fixed += cell.words({})
        else:
            sized += 1
        cells.append(cell)
        if fixed > MOST_WORDS or cell.words(_ONE) > MOST_WORDS:
            raise Unplaced(variable, f"variables of at most {MOST_WORDS:,} words: give arrays and mappings fewer items")
    return Layout(tuple(cells), fixed)


#: Keys of so many bits need no extent: all of them have room.
MOST_KEY_BITS = 8
#: The least world.
_ONE = {"accounts": 1, "addresses": 1}


def _unfold(kind: Type) -> tuple[tuple[Scalar, ...], Type]:
    keys = []
    while isinstance(kind, Mapping):
        keys.append(kind.key)
        kind = kind.value
    return tuple(keys), kind


def _extents(variable: Variable, keys: tuple[Scalar, ...], table: Extents) -> tuple[Extent, ...]:
    """How many keys there are of each: its type says so, or the variable's line, or a table."""
    if not keys:
        return ()
    by_type = [_extent_of(key) for key in keys]
    if variable.extents is None:
        known = _of_table(variable, table)
        if known is not None and len(known) == len(keys):
            for key, extent in zip(keys, known, strict=True):
                if key.is_address != (extent == "addresses"):
                    raise Unplaced(variable, "keys as sim/native/extents.py has them")
            return known
    open_keys, said = by_type.count(None), variable.extents or ()
    if len(said) != open_keys:
        numbers = ", ".join(["8"] * open_keys)
        remedy = f"end its line with `# keys: {numbers}`" if open_keys else "its types say so: leave the comment away"
        raise Unplaced(variable, f"a mapping of which is known how many keys it has: {remedy}")
    left = iter(said)
    return tuple(next(left) if extent is None else extent for extent in by_type)


def _extent_of(key: Scalar) -> Extent | None:
    """How many keys a type has at all; None for one that has too many to keep them all."""
    if key.is_address:
        return "addresses"
    if key.is_bool:
        return 2
    return 1 << key.integer.bits if key.integer.bits <= MOST_KEY_BITS else None


def _of_table(variable: Variable, table: Extents) -> tuple[Extent, ...] | None:
    """What a table says of a variable. The package's own is about its own sources, not about names."""
    short = variable.name.rsplit(".", 1)[-1]
    found = table.get(short)
    is_own = Path(variable.where[0]).is_relative_to(CONTRACTS)
    return None if found is EXTENTS.get(short) and not is_own else found
