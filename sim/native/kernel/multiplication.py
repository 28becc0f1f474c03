"""Products of 256-bit words, and whether they overflow."""

from __future__ import annotations

from llvmlite import ir

from sim.native.kernel.emitting import (
    BIT,
    LIMB,
    NEVER,
    SLOW,
    TWO_LIMBS,
    USUALLY,
    WORD,
    full_product,
    helper,
    limbs_of,
    word,
)
from sim.native.kernel.narrowing import Why, narrow

PRODUCT = ir.LiteralStructType([WORD, BIT])
_SIGNATURE = ir.FunctionType(PRODUCT, [WORD, WORD])


class Multiplication:
    """Emits products into one module. Factors of 128 bits, the usual case, need one product that cannot overflow."""

    def __init__(self, module: ir.Module) -> None:
        self._module = module

    def product(self, b: ir.IRBuilder, x: ir.Value, y: ir.Value, is_signed: bool) -> tuple[ir.Value, ir.Value]:
        """The word of x * y, and whether the product leaves 256 bits."""
        short, long, end = (b.append_basic_block(name) for name in ("short", "long", "product"))
        b.cbranch(self.is_short(b, x, y, is_signed), short, long).set_weights(list(USUALLY))
        b.position_at_end(short)
        short_product = self.signed_short(b, x, y) if is_signed else self.short(b, x, y)
        b.branch(end)
        b.position_at_end(long)
        pair = b.call(self._long_product(is_signed), [x, y])
        long_product, overflows = b.extract_value(pair, 0), b.extract_value(pair, 1)
        b.branch(end)
        b.position_at_end(end)
        product, is_lost = b.phi(WORD), b.phi(BIT)
        for block, value, lost in ((short, short_product, NEVER), (long, long_product, overflows)):
            product.add_incoming(value, block)
            is_lost.add_incoming(lost, block)
        return product, is_lost

    def short(self, b: ir.IRBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
        """x * y of factors below 2**128, from the four products of their limbs.

        To cut the factors down to 128 bits and multiply those would say the same, but LLVM knows by then that the cut
        changes nothing, undoes it, and multiplies all limbs: ten products.
        """
        (x0, x1, *_), (y0, y1, *_) = limbs_of(b, x), limbs_of(b, y)
        upper = b.shl(b.zext(full_product(b, x1, y1), WORD), word(TWO_LIMBS.width))
        total = b.or_(upper, b.zext(full_product(b, x0, y0), WORD))
        for middle in (full_product(b, x1, y0), full_product(b, x0, y1)):
            total = b.add(total, b.shl(b.zext(middle, WORD), word(LIMB.width)))
        return total

    def signed_short(self, b: ir.IRBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
        """x * y of factors that fit an int128."""
        x_short, y_short = (b.sext(narrow(b, factor, TWO_LIMBS.width, Why.LOW), WORD) for factor in (x, y))
        return b.mul(x_short, y_short)

    def is_short(self, b: ir.IRBuilder, x: ir.Value, y: ir.Value, is_signed: bool) -> ir.Value:
        """Whether both factors fit 128 bits."""
        if not is_signed:
            return b.icmp_unsigned("<", b.or_(x, y), word(1 << TWO_LIMBS.width))
        fits = [
            b.icmp_signed("==", b.sext(narrow(b, factor, TWO_LIMBS.width, Why.LOW), WORD), factor) for factor in (x, y)
        ]
        return b.and_(*fits)

    def _long_product(self, is_signed: bool) -> ir.Function:
        def body(b: ir.IRBuilder, x: ir.Value, y: ir.Value) -> None:
            multiply = b.smul_with_overflow if is_signed else b.umul_with_overflow
            b.ret(multiply(x, y))

        name = "product_long_signed" if is_signed else "product_long_unsigned"
        return helper(self._module, name, _SIGNATURE, SLOW, body)
