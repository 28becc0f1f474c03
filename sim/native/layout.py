"""Where a contract's variables lie in the words of a path.

Variables of a known size come first, at fixed offsets. Mappings whose extent a world decides follow; their offsets
stand in the contract's instance row, so one compiled object serves worlds of any size.
"""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from math import prod

from sim.native.extents import EXTENTS, Extent, Extents
from sim.native.translator.adapter import Variable
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


#: The least world.
_ONE = {"accounts": 1, "addresses": 1}


def _unfold(kind: Type) -> tuple[tuple[Scalar, ...], Type]:
    keys = []
    while isinstance(kind, Mapping):
        keys.append(kind.key)
        kind = kind.value
    return tuple(keys), kind


def _extents(variable: Variable, keys: tuple[Scalar, ...], table: Extents) -> tuple[Extent, ...]:
    short = variable.name.rsplit(".", 1)[-1]
    if all(key.is_address for key in keys):
        return tuple("addresses" for _ in keys)
    known = table.get(short)
    if known is None or len(known) != len(keys):
        raise Unplaced(variable, "say in sim/native/extents.py how many keys it has")
    for key, extent in zip(keys, known, strict=True):
        if key.is_address != (extent == "addresses"):
            raise Unplaced(variable, "its keys are not what sim/native/extents.py says")
    return known
