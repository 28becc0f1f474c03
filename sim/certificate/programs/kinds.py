"""Types as a random program writes them, and values at which arithmetic goes wrong.

They are told apart from the translator's own types on purpose: what is wrong there must not be wrong here as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from sim.native.kernel.integers import Integer


@dataclass(frozen=True)
class Kind:
    """Any type; `text` is how the source names it."""

    text: str


@dataclass(frozen=True)
class Number(Kind):
    """An integer."""

    integer: Integer

    @property
    def low(self) -> int:
        return self.integer.low

    @property
    def high(self) -> int:
        return self.integer.high


@dataclass(frozen=True)
class Flag(Kind):
    """A set of members."""

    members: tuple[str, ...]


@dataclass(frozen=True)
class Record(Kind):
    """A struct."""

    members: tuple[tuple[str, Kind], ...]


@dataclass(frozen=True)
class Fixed(Kind):
    """So many items."""

    item: Kind
    length: int


@dataclass(frozen=True)
class Listing(Kind):
    """At most so many items."""

    item: Kind
    capacity: int


@dataclass(frozen=True)
class Keyed(Kind):
    """A mapping; a key that is a number stays below `extent`, or native storage has no room for it."""

    key: Kind
    item: Kind
    extent: int = 0  # 0: the keys are addresses


TRUTH = Kind("bool")
PERSON = Kind("address")


def number(bits: int, is_signed: bool = False) -> Number:
    """An integer type."""
    return Number(f"{'' if is_signed else 'u'}int{bits}", Integer(bits, is_signed))


UINT256, INT256 = number(256), number(256, True)
UINT8 = number(8)
#: How often each type of number is drawn.
NUMBERS: dict[Number, int] = {
    UINT256: 14,
    INT256: 4,
    number(128): 2,
    number(128, True): 2,
    number(64): 2,
    number(64, True): 1,
    UINT8: 2,
    number(8, True): 1,
    number(96): 1,
    number(24, True): 1,
}


def fixed(item: Kind, length: int) -> Fixed:
    """An array type."""
    return Fixed(f"{item.text}[{length}]", item, length)


def listing(item: Kind, capacity: int) -> Listing:
    """A list type."""
    return Listing(f"DynArray[{item.text}, {capacity}]", item, capacity)


def keyed(key: Kind, item: Kind, extent: int = 0) -> Keyed:
    """A mapping type."""
    return Keyed(f"HashMap[{key.text}, {item.text}]", key, item, extent)


def is_scalar(kind: Kind) -> bool:
    """One word."""
    return not isinstance(kind, (Record, Fixed, Listing, Keyed))


def is_static(kind: Kind) -> bool:
    """The ABI writes it in place."""
    if isinstance(kind, Record):
        return all(is_static(member) for _, member in kind.members)
    return is_static(kind.item) if isinstance(kind, Fixed) else is_scalar(kind)


def is_open(kind: Kind) -> bool:
    """Users may be given it: static, or a list of what is static."""
    return is_static(kind.item if isinstance(kind, Listing) else kind)


def words(kind: Kind) -> int:
    """Size in storage; that of one entry of a mapping."""
    if isinstance(kind, Record):
        return sum(words(member) for _, member in kind.members)
    if isinstance(kind, Fixed):
        return kind.length * words(kind.item)
    if isinstance(kind, Listing):
        return 1 + kind.capacity * words(kind.item)
    return words(kind.item) if isinstance(kind, Keyed) else 1


def scalars(kind: Kind) -> list[Kind]:
    """The type of each word of a static type."""
    if isinstance(kind, Record):
        return [each for _, member in kind.members for each in scalars(member)]
    return scalars(kind.item) * kind.length if isinstance(kind, Fixed) else [kind]


def edge(kind: Number, random: Random) -> int:
    """A value of a type: small, at a bound of the type or of a limb, or of any length."""
    choice = random.random()
    if choice < 0.5:
        return max(kind.low, random.randint(-4, 6)) if kind.integer.is_signed else random.randint(0, 8)
    if choice < 0.68:
        return random.choice((kind.low, kind.low + 1, kind.high, kind.high - 1, kind.high // 2, kind.high // 2 + 1))
    if choice < 0.84:
        found = (1 << random.choice((31, 32, 48, 63, 64, 96, 127, 128, 160, 192, 255))) + random.randint(-1, 1)
    else:
        found = random.getrandbits(random.randint(1, kind.integer.bits))
    if kind.integer.is_signed and random.random() < 0.4:
        found = -found
    return found if found in kind.integer else found % (kind.high + 1)
