"""What is known of a word while compiling: an unsigned number of at most so many bits.

Contracts compute everything in 256 bits, counters and time stamps too. Where the operands are known to be short, a
processor's own integers do, and a sum or product that cannot overflow needs no check.
"""

from __future__ import annotations

from llvmlite import ir

from sim.native.kernel.emitting import LIMB, TWO_LIMBS, WORD
from sim.native.kernel.integers import MODULUS, WORD_BITS
from sim.native.kernel.narrowing import Why, narrow

#: Widths that short numbers are computed in.
WIDTHS = (LIMB.width, TWO_LIMBS.width)


def known(value: ir.Value, bits: int) -> ir.Value:
    """The same word; from now on it is known to be below 2**bits."""
    value.known_bits = min(bits, bits_of(value))
    return value


def bits_of(value: ir.Value) -> int:
    """The least number of bits that is known to hold a word."""
    if isinstance(value, ir.Constant):
        return int(value.constant % MODULUS).bit_length() if isinstance(value.constant, int) else WORD_BITS
    found = WORD_BITS
    if isinstance(value, ir.CastInstr) and value.opname == "zext":
        found = value.operands[0].type.width
    return int(min(found, getattr(value, "known_bits", WORD_BITS)))


def width_for(bits: int) -> int | None:
    """The least of the widths that holds so many bits."""
    return next((width for width in WIDTHS if bits <= width), None)


def cut(b: ir.IRBuilder, value: ir.Value, width: int, why: Why = Why.KNOWN) -> ir.Value:
    """A word that is known to fit, or whose lower bits are meant, as an integer of this width."""
    if why is Why.KNOWN and bits_of(value) > width:
        raise ValueError(f"a word of {bits_of(value)} bits is not known to fit {width}")
    kind = ir.IntType(width)
    if isinstance(value, ir.CastInstr) and value.opname == "zext":
        inner = value.operands[0]
        if inner.type.width <= width:
            return inner if inner.type.width == width else b.zext(inner, kind)
    return narrow(b, value, width, why)


def word_of(b: ir.IRBuilder, value: ir.Value, bits: int) -> ir.Value:
    """A short integer as a word that is known to be below 2**bits."""
    return known(b.zext(value, WORD), bits)
