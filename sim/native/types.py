"""Types of the compilable subset, and how many 256-bit words each takes.

Native memory is made of words: a value of any type is a run of consecutive words, in calls, in locals and in storage.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from sim.native.kernel.integers import Integer

UINT256 = Integer(256, False)


class Type:
    """Any type."""

    @property
    def words(self) -> int:
        """Its size."""
        return _words(self)


@dataclass(frozen=True)
class Scalar(Type):
    """One word. An address is the small id that its world gives it; a flag is its bits."""

    name: str  # as Vyper and the ABI write it; flags and interfaces as what they are in the ABI
    integer: Integer

    @property
    def is_bool(self) -> bool:
        return self.name == "bool"

    @property
    def is_address(self) -> bool:
        return self.name == "address"


UINT256_SCALAR = Scalar("uint256", UINT256)
BOOL = Scalar("bool", Integer(8, False))
ADDRESS = Scalar("address", UINT256)


@dataclass(frozen=True)
class Struct(Type):
    """Named members, one after the other."""

    name: str
    members: tuple[tuple[str, Type], ...]

    def member(self, name: str) -> tuple[int, Type]:
        """Offset in words, and type."""
        offset = 0
        for other, kind in self.members:
            if other == name:
                return offset, kind
            offset += kind.words
        raise KeyError(name)


@dataclass(frozen=True)
class Row(Type):
    """What a function with several return values returns."""

    items: tuple[Type, ...]

    def offset(self, index: int) -> int:
        """Words before an item."""
        return sum(kind.words for kind in self.items[:index])


@dataclass(frozen=True)
class Array(Type):
    """A fixed number of items."""

    item: Type
    length: int


@dataclass(frozen=True)
class List(Type):
    """A length, and room for so many items (Vyper's DynArray)."""

    item: Type
    capacity: int


@dataclass(frozen=True)
class Text(Type):
    """Characters: they take room in storage and nothing computes with them."""

    capacity: int


@dataclass(frozen=True)
class Mapping(Type):
    """Keys to values. Storage only; the number of keys is an `Extent` (see `extents`)."""

    key: Scalar
    value: Type


@cache
def _words(kind: Type) -> int:
    if isinstance(kind, Scalar):
        return 1
    if isinstance(kind, Struct):
        return sum(member.words for _, member in kind.members)
    if isinstance(kind, Row):
        return sum(item.words for item in kind.items)
    if isinstance(kind, Array):
        return kind.length * kind.item.words
    if isinstance(kind, List):
        return 1 + kind.capacity * kind.item.words
    if isinstance(kind, Text):
        return 1 + -(-kind.capacity // 32)
    return 0  # a mapping: how much it takes is its extents' affair


def is_static(kind: Type) -> bool:
    """The ABI writes it in place."""
    if isinstance(kind, Struct):
        return all(is_static(member) for _, member in kind.members)
    if isinstance(kind, Row):
        return all(is_static(item) for item in kind.items)
    if isinstance(kind, Array):
        return is_static(kind.item)
    return isinstance(kind, Scalar)


def scalars(kind: Type) -> list[Scalar]:
    """The type of each word of a static type."""
    if isinstance(kind, Scalar):
        return [kind]
    if isinstance(kind, Struct):
        return [s for _, member in kind.members for s in scalars(member)]
    if isinstance(kind, Row):
        return [s for item in kind.items for s in scalars(item)]
    if isinstance(kind, Array):
        return scalars(kind.item) * kind.length
    raise TypeError(f"{kind} is not static")


def holds(target: Type, source: Type) -> bool:
    """A value of `source` may be copied into a place of `target` word by word: a longer list holds a shorter one."""
    if isinstance(target, List) and isinstance(source, List):
        return target.item == source.item and target.capacity >= source.capacity
    return target == source


def shape(kind: Type) -> str:
    """Like `signature`, but equal shapes mean equal words: with the capacity of lists and the width of flags."""
    if isinstance(kind, Struct):
        return f"({','.join(shape(member) for _, member in kind.members)})"
    if isinstance(kind, Row):
        return f"({','.join(shape(item) for item in kind.items)})"
    if isinstance(kind, Array):
        return f"{shape(kind.item)}[{kind.length}]"
    if isinstance(kind, List):
        return f"{shape(kind.item)}[<={kind.capacity}]"
    if isinstance(kind, Scalar):
        return f"{kind.name}:{kind.integer}"
    return signature(kind)


def signature(kind: Type) -> str:
    """The ABI's name of a type."""
    if isinstance(kind, Scalar):
        return kind.name
    if isinstance(kind, Struct):
        return f"({','.join(signature(member) for _, member in kind.members)})"
    if isinstance(kind, Row):
        return f"({','.join(signature(item) for item in kind.items)})"
    if isinstance(kind, Array):
        return f"{signature(kind.item)}[{kind.length}]"
    if isinstance(kind, List):
        return f"{signature(kind.item)}[]"
    if isinstance(kind, Text):
        return "string"
    raise TypeError(f"{kind} has no ABI")
