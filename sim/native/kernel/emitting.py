"""Small tools for emitting LLVM IR: words, limbs of 64 bits, and helper functions that a module holds once."""

from __future__ import annotations

from collections.abc import Callable

from llvmlite import ir

from sim.native.kernel.integers import MODULUS, WORD_BITS, Integer
from sim.native.kernel.narrowing import Why, narrow

BIT, LIMB, TWO_LIMBS, WORD = ir.IntType(1), ir.IntType(64), ir.IntType(128), ir.IntType(WORD_BITS)
NEVER, ALWAYS = BIT(0), BIT(1)
#: Worth a copy at every use, because most calls take a short way through it.
FAST = ("alwaysinline",)
#: Kept out of the way of the code that runs often.
SLOW = ("noinline", "cold")
#: Weights of a branch that most calls take.
USUALLY = (2_000, 1)


def word(value: int) -> ir.Constant:
    """A constant of 256 bits."""
    return WORD(value % MODULUS)


def literal_of(operand: ir.Value, kind: Integer) -> int | None:
    """The value of an operand that is known while compiling."""
    return kind.value_of(operand.constant) if isinstance(operand, ir.Constant) else None


def helper(
    module: ir.Module, name: str, signature: ir.FunctionType, attributes: tuple[str, ...], body: Callable[..., None]
) -> ir.Function:
    """The internal function `name` of this module; on first use, `body(builder, *arguments)` writes it."""
    if name in module.globals:
        return module.globals[name]
    function = ir.Function(module, signature, name)
    function.linkage = "internal"
    for attribute in attributes:
        function.attributes.add(attribute)
    body(ir.IRBuilder(function.append_basic_block()), *function.args)
    return function


def limbs_of(b: ir.IRBuilder, value: ir.Value) -> list[ir.Value]:
    """The limbs of a value, least first."""
    shifts = range(0, value.type.width, LIMB.width)
    return [narrow(b, b.lshr(value, value.type(shift)) if shift else value, LIMB.width, Why.LOW) for shift in shifts]


def joined(b: ir.IRBuilder, high: ir.Value, low: ir.Value) -> ir.Value:
    """Two limbs as one number."""
    return b.or_(b.shl(b.zext(high, TWO_LIMBS), TWO_LIMBS(LIMB.width)), b.zext(low, TWO_LIMBS))


def low_limb(b: ir.IRBuilder, pair: ir.Value) -> ir.Value:
    """The lower limb of two."""
    return narrow(b, pair, LIMB.width, Why.LOW)


def high_limb(b: ir.IRBuilder, pair: ir.Value) -> ir.Value:
    """The upper limb of two."""
    return narrow(b, b.lshr(pair, TWO_LIMBS(LIMB.width)), LIMB.width, Why.PROVEN)


def full_product(b: ir.IRBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    """The product of two numbers of one width, in twice that width: nothing is lost."""
    double = ir.IntType(2 * x.type.width)
    return b.mul(b.zext(x, double), b.zext(y, double))
