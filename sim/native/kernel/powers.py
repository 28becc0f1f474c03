"""Powers with a literal base or exponent, and integer square roots.

Vyper 0.4.3 checks a power before it computes it: while compiling it finds the greatest exponent of a literal base, or
the bounds of the base of a literal exponent.
"""

from __future__ import annotations

from llvmlite import ir

from sim.native.kernel.division import Division
from sim.native.kernel.emitting import ALWAYS, LIMB, NEVER, WORD, helper, word
from sim.native.kernel.integers import MODULUS, WORD_BITS, Integer
from sim.native.kernel.narrowing import Why, narrow

_SMALL_BASES = (-1, 0, 1)


def greatest_exponent(base: int, kind: Integer) -> int:
    """The last exponent at which a literal base, not -1, 0 or 1, stays within its type."""
    if base not in kind:
        raise ValueError(f"{base} is no {kind}: Vyper refuses it as a base")
    exponent = 1
    while base ** (exponent + 1) in kind:
        exponent += 1
    return exponent


def base_bounds(exponent: int, kind: Integer) -> tuple[int, int]:
    """Least and greatest base whose power by a literal exponent, at least 2, stays within its type."""
    if not 0 <= exponent <= kind.high.bit_length():
        raise ValueError(f"Vyper refuses {exponent} as an exponent of {kind}")
    high = _root(kind.high, exponent)
    # the least value of a signed type has one more than the greatest in magnitude, which an odd power may reach
    low = -_root(-kind.low if exponent % 2 else kind.high, exponent) if kind.is_signed else 0
    return low, high


def _root(number: int, degree: int) -> int:
    """The greatest integer whose power by `degree` is at most `number`."""
    low, high = 0, 1 << (number.bit_length() // degree + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**degree <= number else (low, middle)
    return low


def power_of_literal(b: ir.IRBuilder, base: int, exponent: ir.Value, kind: Integer) -> tuple[ir.Value, ir.Value]:
    """base ** exponent, and whether the exponent is too large or, read unsigned, negative."""
    if base in _SMALL_BASES:
        is_negative = b.icmp_signed("<", exponent, word(0)) if kind.is_signed else NEVER
        return _power_of_small(b, base, exponent), is_negative
    powers = [base**power % MODULUS for power in range(greatest_exponent(base, kind) + 1)]
    is_outside = b.icmp_unsigned(">=", exponent, word(len(powers)))
    index = b.select(is_outside, LIMB(0), narrow(b, exponent, LIMB.width, Why.UNUSED))
    table = _table(b.module, f"powers_of_{base}_{kind}", powers)
    return b.load(b.gep(table, [LIMB(0), index], inbounds=True)), is_outside


def _power_of_small(b: ir.IRBuilder, base: int, exponent: ir.Value) -> ir.Value:
    """1, 0 (whose power by 0 is 1) or an alternating sign."""
    if base == 1:
        return word(1)
    if base == 0:
        return b.zext(b.icmp_unsigned("==", exponent, word(0)), WORD)
    return b.select(narrow(b, exponent, 1, Why.LOW), word(-1), word(1))


def _table(module: ir.Module, name: str, words: list[int]) -> ir.GlobalVariable:
    if name in module.globals:
        return module.globals[name]
    table = ir.GlobalVariable(module, ir.ArrayType(WORD, len(words)), name)
    table.initializer, table.linkage, table.global_constant = ir.Constant(table.value_type, words), "internal", True
    return table


def power_by_literal(b: ir.IRBuilder, base: ir.Value, exponent: int, kind: Integer) -> tuple[ir.Value, ir.Value]:
    """base ** exponent by squaring, and whether the base is out of bounds."""
    if exponent in (0, 1):
        return (base if exponent else word(1)), NEVER
    low, high = base_bounds(exponent, kind)
    compare = b.icmp_signed if kind.is_signed else b.icmp_unsigned
    is_outside = b.or_(compare("<", base, word(low)), compare(">", base, word(high)))
    result = base
    for bit in f"{exponent:b}"[1:]:
        result = b.mul(result, result)
        result = b.mul(result, base) if bit == "1" else result
    return result, is_outside


def square_root(b: ir.IRBuilder, x: ir.Value, division: Division) -> ir.Value:
    """The floor of the square root of an unsigned word."""
    return b.call(helper(b.module, "square_root", ir.FunctionType(WORD, [WORD]), ("noinline",), _Root(division)), [x])


class _Root:
    """Newton's iteration from a power of two that is no less than the root: it falls until it is the floor of it."""

    def __init__(self, division: Division) -> None:
        self._division = division

    def __call__(self, b: ir.IRBuilder, x: ir.Value) -> None:
        with b.if_then(b.icmp_unsigned("<", x, word(2))):
            b.ret(x)
        start, loop, end = b.block, b.append_basic_block("loop"), b.append_basic_block("end")
        first = self._power_above(b, x)
        b.branch(loop)
        b.position_at_end(loop)
        root = b.phi(WORD)
        mean = b.lshr(b.add(root, self._division.quotient(b, x, root)), word(1))
        root.add_incoming(first, start)
        root.add_incoming(mean, b.block)
        b.cbranch(b.icmp_unsigned("<", mean, root), loop, end)
        b.position_at_end(end)
        b.ret(root)

    def _power_above(self, b: ir.IRBuilder, x: ir.Value) -> ir.Value:
        """2 to the half of the bits of x, rounded up."""
        bits = b.sub(word(WORD_BITS), b.ctlz(x, ALWAYS))
        return b.shl(word(1), b.lshr(b.add(bits, word(1)), word(1)))
