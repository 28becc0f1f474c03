"""Kernels with one planted fault each: a grid that misses one of them is no evidence."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from llvmlite.ir import Constant, Value
from llvmlite.ir import IRBuilder as Builder

from sim.native.kernel.division import Division, Magic
from sim.native.kernel.emitting import LIMB, NEVER, TWO_LIMBS, WORD, word
from sim.native.kernel.integers import WORD_BITS, Integer
from sim.native.kernel.multiplication import Multiplication
from sim.native.kernel.narrowing import Why, narrow
from sim.native.kernel.operations import Checked, Kernel
from sim.native.kernel.ranges import bits_of, known

_UNSIGNED = Integer(WORD_BITS, False)


class BrokenKernel(Kernel):
    """A kernel that is wrong in the operators (methods of the kernel) that it names."""

    breaks: ClassVar[tuple[str, ...]]


class _AddsSilently(BrokenKernel):
    breaks = ("add",)

    def add(self, b: Builder, x: Value, y: Value, kind: Integer) -> Checked:
        return self._within(b, b.add(x, y), NEVER, kind)


class _AddsUnsigned(BrokenKernel):
    breaks = ("add",)

    def add(self, b: Builder, x: Value, y: Value, kind: Integer) -> Checked:
        return super().add(b, x, y, Integer(kind.bits, False) if kind.bits == WORD_BITS else kind)


class _SumsAsShortAsTerms(BrokenKernel):
    breaks = ("add",)

    def add(self, b: Builder, x: Value, y: Value, kind: Integer) -> Checked:
        value, failed = super().add(b, x, y, kind)
        return (value if kind.is_signed else known(value, max(bits_of(x), bits_of(y)))), failed


class _ComparesOneLimb(BrokenKernel):
    breaks = ("compare",)

    def compare(self, b: Builder, operator: str, x: Value, y: Value, kind: Integer) -> Value:
        if kind.is_signed or min(bits_of(x), bits_of(y)) > LIMB.width:
            return super().compare(b, operator, x, y, kind)
        return b.icmp_unsigned(operator, narrow(b, x, LIMB.width, Why.LOW), narrow(b, y, LIMB.width, Why.LOW))


class _SwapsSubtraction(BrokenKernel):
    breaks = ("sub",)

    def sub(self, b: Builder, x: Value, y: Value, kind: Integer) -> Checked:
        return super().sub(b, y, x, kind)


class _WideShortProduct(BrokenKernel):
    class multiplication(Multiplication):
        def is_short(self, b: Builder, x: Value, y: Value, is_signed: bool) -> Value:
            if is_signed:
                return super().is_short(b, x, y, is_signed)
            return b.icmp_unsigned("<=", b.or_(x, y), word(1 << TWO_LIMBS.width))

    breaks = ("mul",)


class _UnsignedShortProduct(BrokenKernel):
    class multiplication(Multiplication):
        def is_short(self, b: Builder, x: Value, y: Value, is_signed: bool) -> Value:
            return super().is_short(b, x, y, False)

    breaks = ("mul",)


class _ShorterProduct(BrokenKernel):
    class multiplication(Multiplication):
        def short(self, b: Builder, x: Value, y: Value) -> Value:
            return super().short(b, x, b.and_(y, word((1 << LIMB.width) - 1)))

    breaks = ("mul",)


class _WideShortQuotient(BrokenKernel):
    class division(Division):
        def is_short(self, b: Builder, x: Value, y: Value) -> Value:
            is_divisor_short = b.icmp_unsigned("<", y, word(1 << TWO_LIMBS.width))
            return b.and_(is_divisor_short, b.icmp_unsigned("<=", b.lshr(x, word(TWO_LIMBS.width)), y))

    breaks = ("div", "mod", "unsafe_div")


class _WideTier(BrokenKernel):
    class division(Division):
        def fits(self, b: Builder, x: Value, bits: int) -> Value:
            return b.icmp_unsigned("<=", x, word(1 << bits))

    breaks = ("div", "mod")


class _SmallMagic(BrokenKernel):
    class division(Division):
        def magic(self, divisor: int, bits: int) -> Magic:
            right = super().magic(divisor, bits)
            return replace(right, factor=right.factor - 1)

    breaks = ("div", "mod")


class _GreatMagic(BrokenKernel):
    class division(Division):
        def magic(self, divisor: int, bits: int) -> Magic:
            right = super().magic(divisor, bits)
            return replace(right, factor=right.factor + 1)

    breaks = ("div", "mod")


class _RoundsDown(BrokenKernel):
    breaks = ("div",)

    def div(self, b: Builder, x: Value, y: Value, kind: Integer) -> Checked:
        quotient, failed = super().div(b, x, y, kind)
        if not kind.is_signed:
            return quotient, failed
        rest = b.sub(x, b.mul(quotient, y))
        is_rounded_up = b.and_(b.icmp_signed("<", b.xor(x, y), word(0)), b.icmp_signed("!=", rest, word(0)))
        return b.sub(quotient, b.zext(is_rounded_up, WORD)), failed


class _DividesByZero(BrokenKernel):
    breaks = ("div",)

    def div(self, b: Builder, x: Value, y: Value, kind: Integer) -> Checked:
        quotient, _ = self._quotient_or_zero(b, x, y, kind)
        return quotient, self._has_no_room(b, x, y, quotient, kind)


class _LeastByMinusOne(BrokenKernel):
    breaks = ("div",)

    def _has_no_room(self, b: Builder, x: Value, y: Value, quotient: Value, kind: Integer) -> Value:
        return NEVER


class _RemainderOfDivisorsSign(BrokenKernel):
    breaks = ("mod",)

    def mod(self, b: Builder, x: Value, y: Value, kind: Integer) -> Checked:
        rest, failed = super().mod(b, x, y, kind)
        is_other = b.and_(b.icmp_signed("<", b.xor(rest, y), word(0)), b.icmp_signed("!=", rest, word(0)))
        return (b.select(is_other, b.add(rest, y), rest) if kind.is_signed else rest), failed


class _NoClamp(BrokenKernel):
    breaks = ("add", "sub", "mul")

    def _is_outside(self, b: Builder, value: Value, kind: Integer) -> Value:
        return NEVER


class _ShiftsModulo256(BrokenKernel):
    breaks = ("shift_left", "shift_right")

    def _shift(self, b: Builder, y: Value) -> Checked:
        return super()._shift(b, y)[0], NEVER


class _ShiftsWithoutSign(BrokenKernel):
    breaks = ("shift_right",)

    def shift_right(self, b: Builder, x: Value, y: Value, kind: Integer) -> Value:
        return super().shift_right(b, x, y, _UNSIGNED)


class _ComparesUnsigned(BrokenKernel):
    breaks = ("compare", "minimum", "maximum")

    def compare(self, b: Builder, operator: str, x: Value, y: Value, kind: Integer) -> Value:
        return super().compare(b, operator, x, y, _UNSIGNED)


class _RootOneTooLarge(BrokenKernel):
    breaks = ("isqrt",)

    def isqrt(self, b: Builder, x: Value) -> Value:
        root = super().isqrt(b, x)
        return b.add(root, b.zext(b.icmp_unsigned("<", b.mul(root, root), x), WORD))


class _NegatesLeast(BrokenKernel):
    breaks = ("negate", "absolute")

    def negate(self, b: Builder, x: Value, kind: Integer) -> Checked:
        return b.neg(x), NEVER

    def absolute(self, b: Builder, x: Value, kind: Integer) -> Checked:
        return super().absolute(b, x, kind)[0], NEVER


class _ConvertsByWidth(BrokenKernel):
    breaks = ("convert",)

    def convert(self, b: Builder, x: Value, source: Integer, target: Integer) -> Checked:
        return (x, NEVER) if source.bits <= target.bits else super().convert(b, x, source, target)


class _PowerOneMore(BrokenKernel):
    breaks = ("power",)

    def power(self, b: Builder, x: Value, y: Value, kind: Integer) -> Checked:
        one = word(1)
        before = (x, b.sub(y, one)) if isinstance(x, Constant) else (b.sub(x, one), y)
        value, failed = super().power(b, x, y, kind)
        return value, b.and_(failed, super().power(b, *before, kind)[1])


class _KeepsHighBits(BrokenKernel):
    breaks = ("unsafe_add", "unsafe_sub", "unsafe_mul")

    def unsafe_add(self, b: Builder, x: Value, y: Value, kind: Integer) -> Value:
        return b.add(x, y)

    def unsafe_sub(self, b: Builder, x: Value, y: Value, kind: Integer) -> Value:
        return b.sub(x, y)

    def unsafe_mul(self, b: Builder, x: Value, y: Value, kind: Integer) -> Value:
        return b.mul(x, y)


class _UnsafeByZero(BrokenKernel):
    breaks = ("unsafe_div",)

    def unsafe_div(self, b: Builder, x: Value, y: Value, kind: Integer) -> Value:
        return self._wrapped(b, self._quotient_or_zero(b, x, y, kind)[0], kind)


BROKEN_KERNELS: dict[str, type[BrokenKernel]] = {
    "a sum that overflows 256 bits passes": _AddsSilently,
    "signed sums overflow like unsigned ones": _AddsUnsigned,
    "a sum is as short as its terms": _SumsAsShortAsTerms,
    "a comparison with a short number takes one limb": _ComparesOneLimb,
    "subtraction swaps its operands": _SwapsSubtraction,
    "the short product takes 2**128": _WideShortProduct,
    "the short product takes signed factors as unsigned": _UnsignedShortProduct,
    "the short product takes one limb of a factor": _ShorterProduct,
    "the short quotient takes a quotient of 2**128": _WideShortQuotient,
    "a tier of literal division takes one numerator too many": _WideTier,
    "the magic number is one too small": _SmallMagic,
    "the magic number is one too large": _GreatMagic,
    "signed division rounds down": _RoundsDown,
    "division by zero passes": _DividesByZero,
    "the least value by -1 passes": _LeastByMinusOne,
    "a remainder has the sign of its divisor": _RemainderOfDivisorsSign,
    "narrow types are not clamped": _NoClamp,
    "shifts of 256 and more start over": _ShiftsModulo256,
    "a shift to the right loses the sign": _ShiftsWithoutSign,
    "signed values are compared as unsigned": _ComparesUnsigned,
    "the square root rounds up": _RootOneTooLarge,
    "the least value has an opposite": _NegatesLeast,
    "a conversion looks at widths only": _ConvertsByWidth,
    "a power may exceed its bound by one": _PowerOneMore,
    "unsafe results of narrow types keep their high bits": _KeepsHighBits,
    "unsafe division by zero is division by one": _UnsafeByZero,
}
