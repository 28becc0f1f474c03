"""Operands at which integer arithmetic goes wrong: bounds of types, of limbs, of fast ways, and their neighbours."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property

from sim.certificate.columns import Words, words_of
from sim.native.kernel.integers import MODULUS, Integer

#: Bits of types and limbs, of the operands of fast ways, and one less or more.
EDGE_BITS = (7, 8, 32, 63, 64, 65, 96, 127, 128, 129, 160, 191, 192, 193, 254, 255, 256)
#: Scales: basis points, WAD and its powers, tokens of 6 decimals, and the greatest that fits.
DECIMALS = (4, 6, 9, 18, 27, 36, 45, 54, 72, 77)
_SMALL = (0, 1, 2, 3, 5, 7, 10, 100, 181)


@dataclass(frozen=True)
class Operands:
    """Pairs of operands, also as two columns of words."""

    pairs: tuple[tuple[int, int], ...]

    @cached_property
    def columns(self) -> tuple[Words, Words]:
        """The first operands and the second ones."""
        return words_of(x for x, _ in self.pairs), words_of(y for _, y in self.pairs)


@cache
def edges(kind: Integer) -> tuple[int, ...]:
    """Values of a type, in order; those of a signed type with their opposites."""
    positive = {*_SMALL, *(10**power for power in DECIMALS)}
    positive |= {(1 << bits) + offset for bits in EDGE_BITS for offset in (-1, 0, 1)}
    values = positive | {-value for value in positive} | {kind.low, kind.low + 1, kind.high - 1, kind.high}
    return tuple(sorted(value for value in values if value in kind))


@cache
def all_pairs(kind: Integer) -> Operands:
    """Every pair of edges."""
    return Operands(tuple((x, y) for x in edges(kind) for y in edges(kind)))


@cache
def factors(kind: Integer) -> Operands:
    """Every pair of edges, and factors whose product is just inside or outside a bound."""
    limits = (kind.low, kind.high, 1 << 128, 1 << 255, MODULUS)
    pairs = ((x, limit // x + offset) for x in edges(kind) if x for limit in limits for offset in (-1, 0, 1, 2))
    return Operands(all_pairs(kind).pairs + tuple(pair for pair in pairs if pair[1] in kind))


@cache
def numerators(kind: Integer) -> Operands:
    """Every pair of edges, numerators just below, at and above a multiple of the divisor, and patternless pairs."""
    divisors = (*edges(kind), *(_digits(69, bits) for bits in range(5, 257, 7)))
    multiples = (
        (quotient * y + rest, y) for quotient in edges(kind) for y in divisors for rest in (-1, 0, y // 2, y - 1)
    )
    added = (pair for pair in (*multiples, *_patternless()) if pair[0] in kind and pair[1] in kind)
    return Operands((*all_pairs(kind).pairs, *added))


@cache
def _patternless() -> tuple[tuple[int, int], ...]:
    """Numerators and divisors of many lengths, digits of square roots.

    Edges have long runs of equal bits, at which some corrections of a reciprocal and of its digits never happen. These
    radicands reach all of them: the root of 65 begins with 1000, and that of 69 makes the reciprocal carry each time.
    """
    return tuple(
        (_digits(numerator, bits), _digits(divisor, divisor_bits))
        for numerator in (2, 3)
        for divisor in (65, 69)
        for bits in range(8, 257, 8)
        for divisor_bits in range(5, bits, 7)
    )


def _digits(radicand: int, bits: int) -> int:
    """The first bits of a square root."""
    root = math.isqrt(radicand << 600)
    return root >> (root.bit_length() - bits)


@cache
def multiples(divisor: int, kind: Integer) -> Operands:
    """Edges, and numerators around multiples of a literal divisor: also the last ones below each power of two."""
    quotients = {*edges(kind), *((1 << bits) // divisor + offset for bits in EDGE_BITS for offset in (-1, 0, 1))}
    around = {quotient * divisor + offset for quotient in quotients for offset in (-1, 0, 1)}
    return singles(sorted(value for value in around | set(edges(kind)) if value in kind))


@cache
def squares() -> Operands:
    """Numbers just below, at and above squares, and edges."""
    kind = Integer(256, False)
    roots = {*edges(kind), *map(math.isqrt, edges(kind)), *range(300)}
    around = {root * root + offset for root in roots for offset in (-1, 0, 1)} | set(edges(kind))
    return singles(sorted(value for value in around if value in kind))


@cache
def shifts(kind: Integer) -> Operands:
    """Edges, each by numbers of bits within a word and beyond it."""
    bits = (
        *(near + offset for near in EDGE_BITS for offset in (-1, 0, 1)),
        0,
        1,
        2,
        1 << 64,
        MODULUS // 2,
        MODULUS - 1,
    )
    return Operands(tuple((x, shift) for x in edges(kind) for shift in sorted(set(bits))))


def within(chosen: Operands, bits: tuple[int, int]) -> Operands:
    """Those of the pairs whose numbers have no more bits than these."""
    return Operands(tuple(pair for pair in chosen.pairs if pair[0] >> bits[0] == 0 == pair[1] >> bits[1]))


def singles(values: Iterable[int]) -> Operands:
    """Operands of an operation of one: the second is 0."""
    return Operands(tuple((value, 0) for value in values))


def near(values: Iterable[int], kind: Integer) -> Iterator[int]:
    """Each edge and each of these values with its neighbours, as far as the type holds them."""
    around = {value + offset for value in values for offset in (-1, 0, 1)} | set(edges(kind))
    return (value for value in sorted(around) if value in kind)
