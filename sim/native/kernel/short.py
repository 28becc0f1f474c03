"""Unsigned operations on words that are known to be short. None stands for: too little is known for a shorter way."""

from __future__ import annotations

from llvmlite import ir

from sim.native.kernel.emitting import NEVER, WORD
from sim.native.kernel.integers import WORD_BITS
from sim.native.kernel.narrowing import Why
from sim.native.kernel.ranges import bits_of, cut, known, width_for, word_of

#: A word, and a bit: whether the operation failed.
Checked = tuple[ir.Value, ir.Value]


def add(b: ir.IRBuilder, x: ir.Value, y: ir.Value) -> Checked | None:
    """x + y, which cannot overflow."""
    bits = max(bits_of(x), bits_of(y)) + 1
    width = width_for(bits)
    if width is not None:
        return word_of(b, b.add(cut(b, x, width), cut(b, y, width)), bits), NEVER
    return (known(b.add(x, y), bits), NEVER) if bits <= WORD_BITS else None


def sub(b: ir.IRBuilder, x: ir.Value, y: ir.Value) -> Checked | None:
    """x - y; fails below zero."""
    width = width_for(max(bits_of(x), bits_of(y)))
    if width is None:
        return None
    pair = b.usub_with_overflow(cut(b, x, width), cut(b, y, width))
    return word_of(b, b.extract_value(pair, 0), bits_of(x)), b.extract_value(pair, 1)


def mul(b: ir.IRBuilder, x: ir.Value, y: ir.Value) -> Checked | None:
    """x * y of at most two limbs, which cannot overflow."""
    bits = bits_of(x) + bits_of(y)
    width = width_for(bits)
    if width is None:
        return None
    return word_of(b, b.mul(cut(b, x, width), cut(b, y, width)), bits), NEVER


def compare(b: ir.IRBuilder, operator: str, x: ir.Value, y: ir.Value) -> ir.Value | None:
    """Whether `x operator y` holds."""
    width = width_for(max(bits_of(x), bits_of(y)))
    return None if width is None else b.icmp_unsigned(operator, cut(b, x, width), cut(b, y, width))


def extreme(b: ir.IRBuilder, operator: str, x: ir.Value, y: ir.Value, bits: int) -> ir.Value | None:
    """The one of the two of which `operator` holds against the other."""
    width = width_for(max(bits_of(x), bits_of(y)))
    if width is None:
        return None
    left, right = cut(b, x, width), cut(b, y, width)
    return word_of(b, b.select(b.icmp_unsigned(operator, left, right), left, right), bits)


def bit_and(b: ir.IRBuilder, x: ir.Value, y: ir.Value) -> ir.Value | None:
    """x & y: as short as the shorter one."""
    bits = min(bits_of(x), bits_of(y))
    width = width_for(bits)
    if width is None:
        return None
    return word_of(b, b.and_(cut(b, x, width, Why.LOW), cut(b, y, width, Why.LOW)), bits)


def shift_left(b: ir.IRBuilder, x: ir.Value, shift: int) -> ir.Value | None:
    """x << shift, of which no bit is lost."""
    bits = bits_of(x) + shift
    width = width_for(bits)
    if width is not None:
        kind = ir.IntType(width)
        return word_of(b, b.shl(cut(b, x, width), kind(shift)), bits) if shift < width else word_of(b, kind(0), 0)
    return known(b.shl(x, WORD(shift)), bits) if bits <= WORD_BITS else None


def shift_right(b: ir.IRBuilder, x: ir.Value, shift: int) -> ir.Value:
    """x >> shift, of fewer than 256 bits."""
    return known(b.lshr(x, WORD(shift)), max(0, bits_of(x) - shift))
