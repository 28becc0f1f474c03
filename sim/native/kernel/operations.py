"""The integer kernel: every integer operation of Vyper 0.4.3, exact, as LLVM IR.

Operands and results are words of 256 bits in two's complement; values of narrower types are kept sign- or
zero-extended. An operation that can fail returns its value and a bit that says whether Vyper would revert; the value
then means nothing. Operands that are constants of LLVM count as literals.
"""

from __future__ import annotations

from typing import ClassVar

from llvmlite import ir

from sim.native.kernel import powers, short
from sim.native.kernel.division import Division
from sim.native.kernel.emitting import ALWAYS, NEVER, TWO_LIMBS, WORD, literal_of, word
from sim.native.kernel.integers import WORD_BITS, Integer
from sim.native.kernel.multiplication import Multiplication
from sim.native.kernel.narrowing import Why, narrow
from sim.native.kernel.ranges import bits_of, known

#: A word, and a bit: whether the operation failed.
Checked = short.Checked
_UNSIGNED = Integer(WORD_BITS, False)


class Kernel:
    """Emits operations at a builder `b`; the functions that they call are added to the module on first use."""

    multiplication: ClassVar[type[Multiplication]] = Multiplication
    division: ClassVar[type[Division]] = Division

    def __init__(self, module: ir.Module) -> None:
        self._products = self.multiplication(module)
        self._quotients = self.division(module)

    # Checked operations

    def add(self, b: ir.IRBuilder, x: ir.Value, y: ir.Value, kind: Integer) -> Checked:
        """x + y."""
        if not kind.is_signed and (found := short.add(b, x, y)):
            return self._within(b, *found, kind)
        pair = b.sadd_with_overflow(x, y) if kind.is_signed else b.uadd_with_overflow(x, y)
        return self._within(b, b.extract_value(pair, 0), b.extract_value(pair, 1), kind)

    def sub(self, b: ir.IRBuilder, x: ir.Value, y: ir.Value, kind: Integer) -> Checked:
        """x - y."""
        if not kind.is_signed and (found := short.sub(b, x, y)):
            return self._within(b, *found, kind)
        pair = b.ssub_with_overflow(x, y) if kind.is_signed else b.usub_with_overflow(x, y)
        return self._within(b, b.extract_value(pair, 0), b.extract_value(pair, 1), kind)

    def mul(self, b: ir.IRBuilder, x: ir.Value, y: ir.Value, kind: Integer) -> Checked:
        """x * y."""
        if not kind.is_signed and (found := short.mul(b, x, y)):
            return self._within(b, *found, kind)
        bits = bits_of(x) + bits_of(y)
        if not kind.is_signed and max(bits_of(x), bits_of(y)) <= TWO_LIMBS.width:
            return self._within(b, known(self._products.short(b, x, y), bits), NEVER, kind)
        value, overflows = self._products.product(b, x, y, kind.is_signed)
        return self._within(b, value, overflows, kind)

    def div(self, b: ir.IRBuilder, x: ir.Value, y: ir.Value, kind: Integer) -> Checked:
        """x // y, rounded toward zero. Fails for y = 0, and where the quotient of the least value by -1 has no room."""
        quotient, is_zero = self._quotient_or_zero(b, x, y, kind)
        return quotient, b.or_(is_zero, self._has_no_room(b, x, y, quotient, kind))

    def mod(self, b: ir.IRBuilder, x: ir.Value, y: ir.Value, kind: Integer) -> Checked:
        """x % y with the sign of x. Fails for y = 0 only: the least value leaves no rest by -1."""
        quotient, is_zero = self._quotient_or_zero(b, x, y, kind)
        rest = b.sub(x, b.mul(quotient, y))
        return (rest if kind.is_signed else known(rest, min(bits_of(x), bits_of(y)))), is_zero

    def power(self, b: ir.IRBuilder, x: ir.Value, y: ir.Value, kind: Integer) -> Checked:
        """x ** y, one of them a literal. Fails for a negative exponent and for a result outside the type."""
        base, exponent = literal_of(x, kind), literal_of(y, kind)
        if base is not None:
            return powers.power_of_literal(b, base, y, kind)
        if exponent is not None:
            return powers.power_by_literal(b, x, exponent, kind)
        raise ValueError("Vyper refuses a power without a literal base or exponent")

    def negate(self, b: ir.IRBuilder, x: ir.Value, kind: Integer) -> Checked:
        """-x of a signed type. The least value has no opposite."""
        _require(kind.is_signed, "-", kind)
        return b.neg(x), b.icmp_signed("==", x, word(kind.low))

    def absolute(self, b: ir.IRBuilder, x: ir.Value, kind: Integer) -> Checked:
        """The magnitude of an int256. The least value has none."""
        _require(kind == Integer(WORD_BITS, True), "abs", kind)
        _, magnitude = self._sign_and_magnitude(b, x, kind)
        return magnitude, b.icmp_signed("==", x, word(kind.low))

    def convert(self, b: ir.IRBuilder, x: ir.Value, source: Integer, target: Integer) -> Checked:
        """The same value as another type. Fails where that type does not hold it."""
        outside = []
        if source.low < target.low:
            outside.append(self.compare(b, "<", x, word(target.low), source))
        if source.high > target.high:
            outside.append(self.compare(b, ">", x, word(target.high), source))
        if not outside:
            return x, NEVER
        return x, (b.or_(*outside) if len(outside) == 2 else outside[0])

    # Operations that cannot fail

    def shift_left(self, b: ir.IRBuilder, x: ir.Value, y: ir.Value, kind: Integer) -> ir.Value:
        """x << y modulo 2**256. `y` is unsigned; 256 and more leave nothing."""
        _require(kind.bits == WORD_BITS, "<<", kind)
        literal = literal_of(y, _UNSIGNED)
        if literal is not None and not kind.is_signed and (found := short.shift_left(b, x, literal)):
            return found
        shift, is_whole = self._shift(b, y)
        return b.select(is_whole, word(0), b.shl(x, shift))

    def shift_right(self, b: ir.IRBuilder, x: ir.Value, y: ir.Value, kind: Integer) -> ir.Value:
        """x >> y, rounded down. `y` is unsigned; 256 and more leave nothing but the sign."""
        _require(kind.bits == WORD_BITS, ">>", kind)
        literal = literal_of(y, _UNSIGNED)
        if literal is not None and literal < WORD_BITS and not kind.is_signed:
            return short.shift_right(b, x, literal)
        shift, is_whole = self._shift(b, y)
        if kind.is_signed:
            return b.ashr(x, b.select(is_whole, word(WORD_BITS - 1), shift))
        return b.select(is_whole, word(0), b.lshr(x, shift))

    def bit_and(self, b: ir.IRBuilder, x: ir.Value, y: ir.Value, kind: Integer) -> ir.Value:
        """x & y."""
        return short.bit_and(b, x, y) or known(b.and_(x, y), min(bits_of(x), bits_of(y)))

    def bit_or(self, b: ir.IRBuilder, x: ir.Value, y: ir.Value, kind: Integer) -> ir.Value:
        """x | y."""
        return known(b.or_(x, y), max(bits_of(x), bits_of(y)))

    def bit_xor(self, b: ir.IRBuilder, x: ir.Value, y: ir.Value, kind: Integer) -> ir.Value:
        """x ^ y."""
        return known(b.xor(x, y), max(bits_of(x), bits_of(y)))

    def bit_not(self, b: ir.IRBuilder, x: ir.Value, kind: Integer) -> ir.Value:
        """~x of a uint256."""
        _require(kind == Integer(WORD_BITS, False), "~", kind)
        return b.not_(x)

    def compare(self, b: ir.IRBuilder, operator: str, x: ir.Value, y: ir.Value, kind: Integer) -> ir.Value:
        """Whether `x operator y` holds: one bit. The operator is <, <=, >, >=, == or !=."""
        if kind.is_signed:
            return b.icmp_signed(operator, x, y)
        return short.compare(b, operator, x, y) or b.icmp_unsigned(operator, x, y)

    def minimum(self, b: ir.IRBuilder, x: ir.Value, y: ir.Value, kind: Integer) -> ir.Value:
        """The lesser of two."""
        return self._extreme(b, "<", x, y, kind, min(bits_of(x), bits_of(y)))

    def maximum(self, b: ir.IRBuilder, x: ir.Value, y: ir.Value, kind: Integer) -> ir.Value:
        """The greater of two."""
        return self._extreme(b, ">", x, y, kind, max(bits_of(x), bits_of(y)))

    def isqrt(self, b: ir.IRBuilder, x: ir.Value) -> ir.Value:
        """The floor of the square root of a uint256."""
        return powers.square_root(b, x, self._quotients)

    def unsafe_add(self, b: ir.IRBuilder, x: ir.Value, y: ir.Value, kind: Integer) -> ir.Value:
        """x + y modulo the width of the type."""
        return self._wrapped(b, b.add(x, y), kind)

    def unsafe_sub(self, b: ir.IRBuilder, x: ir.Value, y: ir.Value, kind: Integer) -> ir.Value:
        """x - y modulo the width of the type."""
        return self._wrapped(b, b.sub(x, y), kind)

    def unsafe_mul(self, b: ir.IRBuilder, x: ir.Value, y: ir.Value, kind: Integer) -> ir.Value:
        """x * y modulo the width of the type."""
        return self._wrapped(b, b.mul(x, y), kind)

    def unsafe_div(self, b: ir.IRBuilder, x: ir.Value, y: ir.Value, kind: Integer) -> ir.Value:
        """x // y rounded toward zero, and 0 for y = 0; the least value by -1 is itself."""
        quotient, is_zero = self._quotient_or_zero(b, x, y, kind)
        return self._wrapped(b, b.select(is_zero, word(0), quotient), kind)

    # What they share

    def _extreme(self, b: ir.IRBuilder, operator: str, x: ir.Value, y: ir.Value, kind: Integer, bits: int) -> ir.Value:
        if kind.is_signed:
            return b.select(self.compare(b, operator, x, y, kind), x, y)
        found = short.extreme(b, operator, x, y, bits)
        return found or known(b.select(self.compare(b, operator, x, y, kind), x, y), bits)

    def _within(self, b: ir.IRBuilder, value: ir.Value, overflows: ir.Value, kind: Integer) -> Checked:
        """A result that may have overflowed 256 bits, checked against its type too."""
        return value, b.or_(overflows, self._is_outside(b, value, kind))

    def _is_outside(self, b: ir.IRBuilder, value: ir.Value, kind: Integer) -> ir.Value:
        """Whether a word is no value of a type."""
        if kind.bits == WORD_BITS or (not kind.is_signed and bits_of(value) <= kind.bits):
            return NEVER
        return b.icmp_unsigned("!=", self._wrapped(b, value, kind), value)

    def _wrapped(self, b: ir.IRBuilder, value: ir.Value, kind: Integer) -> ir.Value:
        """The low bits of a word, as a value of the type."""
        if kind.bits == WORD_BITS:
            return value
        low_bits = narrow(b, value, kind.bits, Why.LOW)
        return b.sext(low_bits, WORD) if kind.is_signed else b.zext(low_bits, WORD)

    def _quotient_or_zero(self, b: ir.IRBuilder, x: ir.Value, y: ir.Value, kind: Integer) -> Checked:
        """x // y rounded toward zero, and whether y is 0: then the quotient means nothing."""
        divisor = literal_of(y, kind)
        if divisor is not None:
            return (self._quotient_by(b, x, divisor, kind), NEVER) if divisor else (word(0), ALWAYS)
        is_zero = b.icmp_unsigned("==", y, word(0))
        is_negative, magnitude = self._sign_and_magnitude(b, x, kind)
        is_divisor_negative, divisor_magnitude = self._sign_and_magnitude(b, y, kind)
        # division by zero is not even defined in LLVM: divide by one instead
        quotient = self._quotients.quotient(b, magnitude, b.or_(divisor_magnitude, b.zext(is_zero, WORD)))
        if not kind.is_signed:
            return known(quotient, bits_of(x)), is_zero
        return self._signed(b, b.xor(is_negative, is_divisor_negative), quotient, kind), is_zero

    def _quotient_by(self, b: ir.IRBuilder, x: ir.Value, divisor: int, kind: Integer) -> ir.Value:
        """x // divisor rounded toward zero."""
        is_negative, magnitude = self._sign_and_magnitude(b, x, kind)
        quotient = self._quotients.quotient_by(b, magnitude, abs(divisor))
        return self._signed(b, b.not_(is_negative) if divisor < 0 else is_negative, quotient, kind)

    def _sign_and_magnitude(self, b: ir.IRBuilder, x: ir.Value, kind: Integer) -> Checked:
        """Whether x is negative, and its magnitude as an unsigned word: 2**255 for the least int256."""
        if not kind.is_signed:
            return NEVER, x
        is_negative = b.icmp_signed("<", x, word(0))
        return is_negative, b.select(is_negative, b.neg(x), x)

    def _signed(self, b: ir.IRBuilder, is_negative: ir.Value, magnitude: ir.Value, kind: Integer) -> ir.Value:
        """The word of a sign and a magnitude."""
        return b.select(is_negative, b.neg(magnitude), magnitude) if kind.is_signed else magnitude

    def _has_no_room(self, b: ir.IRBuilder, x: ir.Value, y: ir.Value, quotient: ir.Value, kind: Integer) -> ir.Value:
        """Whether the least value was divided by -1: the quotient would be one more than the greatest value."""
        if not kind.is_signed or literal_of(y, kind) not in (None, -1):
            return NEVER
        if kind.bits < WORD_BITS:
            return b.icmp_signed(">", quotient, word(kind.high))
        # Two negative numbers had a negative quotient: it wrapped. To compare x and y with constants instead costs
        # 40 ns: LLVM moves two equalities of 256 bits that meet to the vector unit, byte by byte.
        return b.icmp_signed("<", b.and_(b.and_(x, y), quotient), word(0))

    def _shift(self, b: ir.IRBuilder, y: ir.Value) -> Checked:
        """The number of bits to shift by, below 256 as LLVM demands, and whether the whole word goes."""
        is_whole = b.icmp_unsigned(">=", y, word(WORD_BITS))
        return b.and_(y, word(WORD_BITS - 1)), is_whole


def _require(is_allowed: bool, operator: str, kind: Integer) -> None:
    """Vyper's type checker refuses what is not allowed; so this is a fault of the caller."""
    if not is_allowed:
        raise ValueError(f"Vyper has no {operator} for {kind}")
