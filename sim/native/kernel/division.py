"""Quotients of unsigned 256-bit words.

A literal divisor becomes a product: floor(n / d) is floor(n * m / 2**s) with a magic number m that is found while
compiling (T. Granlund and P. Montgomery, "Division by invariant integers using multiplication", 1994). The smaller the
numerator, the smaller the product; hence tiers. A divisor that is not known is divided by through its reciprocal.
"""

from __future__ import annotations

from dataclasses import dataclass

from llvmlite import ir

from sim.native.kernel.emitting import (
    FAST,
    LIMB,
    NEVER,
    SLOW,
    TWO_LIMBS,
    WORD,
    full_product,
    helper,
    word,
)
from sim.native.kernel.integers import WORD_BITS
from sim.native.kernel.narrowing import Why, narrow
from sim.native.kernel.ranges import bits_of, known
from sim.native.kernel.reciprocal import short_quotient
from sim.native.kernel.short import shift_right

#: Widths, in bits, of the numerators that get a product of their own: prices and amounts in WAD, their products, any.
TIERS = (128, 192, WORD_BITS)
_LIMBS = ir.FunctionType(LIMB, [LIMB, LIMB])
_UNARY = ir.FunctionType(WORD, [WORD])
_BINARY = ir.FunctionType(WORD, [WORD, WORD])


@dataclass(frozen=True, slots=True)
class Magic:
    """floor(n / d) = floor((n >> before) * factor / 2**after) for every n of so many bits.

    The factor has at most one bit more than that.
    """

    before: int
    factor: int
    after: int


def magic_of(divisor: int, bits: int) -> Magic:
    """The magic number of a divisor that is no power of two, for numerators below 2**bits.

    With d = odd * 2**before, x = n >> before has at most N = bits - before bits, and floor(n / d) = floor(x / odd).
    Take 2**extra >= odd and factor = ceil(2**(N + extra) / odd). Rounding up adds less than 1 to the factor, hence less
    than x / 2**(N + extra) < 1 / 2**extra <= 1 / odd to the result: too little to reach the next integer.
    """
    before = (divisor & -divisor).bit_length() - 1
    odd, width = divisor >> before, bits - before
    after = width + (odd - 1).bit_length()
    return Magic(before, -(-(1 << after) // odd), after)


class Division:
    """Emits quotients into one module. No divisor here is 0: the kernel sees to that."""

    def __init__(self, module: ir.Module) -> None:
        self._module = module

    def quotient(self, b: ir.IRBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
        """floor(x / y)."""

        def body(b: ir.IRBuilder, x: ir.Value, y: ir.Value) -> None:
            with b.if_then(b.icmp_unsigned("<", b.or_(x, y), word(1 << LIMB.width))):
                limbs = helper(self._module, "quotient_of_limbs", _LIMBS, ("noinline",), _quotient_of_limbs)
                b.ret(
                    b.zext(
                        b.call(limbs, [narrow(b, x, LIMB.width, Why.COMPARED), narrow(b, y, LIMB.width, Why.COMPARED)]),
                        WORD,
                    )
                )
            with b.if_then(self.is_short(b, x, y), likely=True):
                b.ret(b.zext(short_quotient(b, x, narrow(b, y, TWO_LIMBS.width, Why.COMPARED)), WORD))
            b.ret(b.call(helper(self._module, "quotient_long", _BINARY, SLOW, _long_quotient), [x, y]))

        return b.call(helper(self._module, "quotient", _BINARY, FAST, body), [x, y])

    def is_short(self, b: ir.IRBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
        """Whether divisor and quotient both fit 128 bits."""
        is_divisor_short = b.icmp_unsigned("<", y, word(1 << TWO_LIMBS.width))
        return b.and_(is_divisor_short, b.icmp_unsigned("<", _upper(b, x), y))

    def quotient_by(self, b: ir.IRBuilder, x: ir.Value, divisor: int) -> ir.Value:
        """floor(x / divisor)."""
        if divisor & (divisor - 1) == 0:
            return shift_right(b, x, divisor.bit_length() - 1)
        needed = 1 + sum(bits < bits_of(x) for bits in TIERS)
        tiers = (LIMB.width,) if bits_of(x) <= LIMB.width else TIERS[:needed]
        quotient = b.call(self._by_magic(divisor, tiers), [x])
        return known(quotient, max(0, bits_of(x) - divisor.bit_length() + 1))

    def magic(self, divisor: int, bits: int) -> Magic:
        """The magic number of one tier."""
        return magic_of(divisor, bits)

    def fits(self, b: ir.IRBuilder, x: ir.Value, bits: int) -> ir.Value:
        """Whether a numerator is of a tier."""
        return b.icmp_unsigned("<", x, word(1 << bits))

    def _by_magic(self, divisor: int, tiers: tuple[int, ...]) -> ir.Function:
        """The quotient by a literal: the first tier is worth a copy at every use, the wider ones are called."""

        def body(b: ir.IRBuilder, x: ir.Value) -> None:
            bits, *wider = tiers
            if wider:
                with b.if_then(self.fits(b, x, bits), likely=True):
                    b.ret(self._magic_quotient(b, x, divisor, bits))
                b.ret(b.call(self._by_magic(divisor, tuple(wider)), [x]))
            else:
                b.ret(self._magic_quotient(b, x, divisor, bits))

        attributes = {TIERS[1]: ("noinline",), TIERS[2]: SLOW}.get(tiers[0], FAST)
        name = f"quotient_{'_'.join(map(str, tiers))}_by_{divisor}"
        return helper(self._module, name, _UNARY, attributes, body)

    def _magic_quotient(self, b: ir.IRBuilder, x: ir.Value, divisor: int, bits: int) -> ir.Value:
        """The quotient of a numerator of so many bits."""
        if divisor >> bits:
            return word(0)
        magic, width = self.magic(divisor, bits), ir.IntType(bits)
        short = b.lshr(narrow(b, x, bits, Why.PROVEN) if bits < WORD_BITS else x, width(magic.before))
        if magic.factor >> bits:
            quotient = _by_factor_of_one_more_bit(b, short, magic)
        else:
            quotient = b.lshr(full_product(b, short, width(magic.factor)), ir.IntType(2 * bits)(magic.after))
            quotient = narrow(b, quotient, bits, Why.PROVEN)
        return b.zext(quotient, WORD) if bits < WORD_BITS else quotient


def _by_factor_of_one_more_bit(b: ir.IRBuilder, x: ir.Value, magic: Magic) -> ir.Value:
    """floor(x * factor / 2**after) where the factor is 2**bits + m: x * m / 2**bits, and x, halved to leave room."""
    width = x.type
    upper = b.lshr(
        full_product(b, x, width(magic.factor % (1 << width.width))), ir.IntType(2 * width.width)(width.width)
    )
    upper = narrow(b, upper, width.width, Why.PROVEN)
    mean = b.add(upper, b.lshr(b.sub(x, upper), width(1)))
    return b.lshr(mean, width(magic.after - width.width - 1))


def _quotient_of_limbs(b: ir.IRBuilder, x: ir.Value, y: ir.Value) -> None:
    """The processor's own division. Inside a loop LLVM might widen it to 256 bits, for which there is no code."""
    b.ret(b.udiv(x, y))


def _upper(b: ir.IRBuilder, x: ir.Value) -> ir.Value:
    return b.lshr(x, word(TWO_LIMBS.width))


def _long_quotient(b: ir.IRBuilder, x: ir.Value, y: ir.Value) -> None:
    """Either the divisor has more than 128 bits, or the quotient has."""
    with b.if_then(b.icmp_unsigned("<", y, word(1 << TWO_LIMBS.width))):
        _in_two_steps(b, x, y)
    _by_upper_half(b, x, y)


def _in_two_steps(b: ir.IRBuilder, x: ir.Value, y: ir.Value) -> None:
    """Schoolbook, in digits of 128 bits: the rest of the upper digit goes before the lower one."""
    divisor, shift = narrow(b, y, TWO_LIMBS.width, Why.COMPARED), word(TWO_LIMBS.width)
    upper = b.zext(short_quotient(b, _upper(b, x), divisor), WORD)
    rest = b.sub(x, b.shl(b.mul(upper, y), shift))
    b.ret(b.or_(b.shl(upper, shift), b.zext(short_quotient(b, rest, divisor), WORD)))


def _by_upper_half(b: ir.IRBuilder, x: ir.Value, y: ir.Value) -> None:
    """The quotient by the upper half of a normal divisor, scaled back, is right or one too large; then corrected.

    After H. Warren, "Hacker's Delight" (2013), 9-5: half of x keeps the estimate within 128 bits, and one less than the
    estimate is right or one too small, which its rest shows.
    """
    bits = b.ctlz(y, NEVER)
    divisor = narrow(b, _upper(b, b.shl(y, bits)), TWO_LIMBS.width, Why.PROVEN)
    half = b.zext(short_quotient(b, b.lshr(x, word(1)), divisor), WORD)
    estimate = b.lshr(b.shl(half, bits), word(TWO_LIMBS.width - 1))
    less = b.sub(estimate, b.zext(b.icmp_unsigned("!=", estimate, word(0)), WORD))
    rest = b.sub(x, b.mul(less, y))
    b.ret(b.add(less, b.zext(b.icmp_unsigned(">=", rest, y), WORD)))
