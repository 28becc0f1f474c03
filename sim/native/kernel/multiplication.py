"""Products of 256-bit words, and whether they overflow."""

from __future__ import annotations

from llvmlite import ir

from sim.native.kernel.emitting import BIT, FAST, NEVER, SLOW, TWO_LIMBS, WORD, helper, word

PRODUCT = ir.LiteralStructType([WORD, BIT])
_SIGNATURE = ir.FunctionType(PRODUCT, [WORD, WORD])


class Multiplication:
    """Emits products into one module. Factors of 128 bits, the usual case, need one product that cannot overflow."""

    def __init__(self, module: ir.Module) -> None:
        self._module = module

    def product(self, b: ir.IRBuilder, x: ir.Value, y: ir.Value, is_signed: bool) -> tuple[ir.Value, ir.Value]:
        """The word of x * y, and whether the product leaves 256 bits."""
        name = "product_signed" if is_signed else "product_unsigned"

        def body(b: ir.IRBuilder, x: ir.Value, y: ir.Value) -> None:
            extend = b.sext if is_signed else b.zext
            with b.if_then(self.is_short(b, x, y, is_signed), likely=True):
                x_short, y_short = (extend(b.trunc(factor, TWO_LIMBS), WORD) for factor in (x, y))
                _return(b, b.mul(x_short, y_short), NEVER)
            b.ret(b.call(self._long_product(is_signed), [x, y]))

        pair = b.call(helper(self._module, name, _SIGNATURE, FAST, body), [x, y])
        return b.extract_value(pair, 0), b.extract_value(pair, 1)

    def is_short(self, b: ir.IRBuilder, x: ir.Value, y: ir.Value, is_signed: bool) -> ir.Value:
        """Whether both factors fit 128 bits."""
        if not is_signed:
            return b.icmp_unsigned("<", b.or_(x, y), word(1 << TWO_LIMBS.width))
        fits = [b.icmp_signed("==", b.sext(b.trunc(factor, TWO_LIMBS), WORD), factor) for factor in (x, y)]
        return b.and_(*fits)

    def _long_product(self, is_signed: bool) -> ir.Function:
        def body(b: ir.IRBuilder, x: ir.Value, y: ir.Value) -> None:
            multiply = b.smul_with_overflow if is_signed else b.umul_with_overflow
            b.ret(multiply(x, y))

        name = "product_long_signed" if is_signed else "product_long_unsigned"
        return helper(self._module, name, _SIGNATURE, SLOW, body)


def _return(b: ir.IRBuilder, value: ir.Value, is_lost: ir.Value) -> None:
    b.ret(b.insert_value(b.insert_value(ir.Constant(PRODUCT, ir.Undefined), value, 0), is_lost, 1))
