"""Four limbs divided by two, with products in place of divisions.

After N. Moller and T. Granlund, "Improved division by invariant integers" (IEEE Transactions on Computers, 2011). Limbs
are digits in base B = 2**64. A divisor is *normal* when its highest bit is set; numerator and divisor are shifted left
together until it is, which leaves the quotient as it was. The reciprocal of a normal divisor of two limbs d is
floor((B**3 - 1) / d) - B. With it, each limb of a quotient is one product that is too small by at most a little,
corrected twice. Sums and products of limbs below wrap around as the paper wants them to.
"""

from __future__ import annotations

from llvmlite import ir

from sim.native.kernel.emitting import (
    LIMB,
    NEVER,
    TWO_LIMBS,
    WORD,
    helper,
    high_limb,
    joined,
    limbs_of,
    low_limb,
)
from sim.native.kernel.emitting import full_product as product

_SEEDS = "reciprocal_seeds"
_SEED = ir.IntType(16)
_ONE, _ZERO = LIMB(1), LIMB(0)


def short_quotient(b: ir.IRBuilder, numerator: ir.Value, divisor: ir.Value) -> ir.Value:
    """floor(numerator / divisor): 256 bits by 128 bits to 128 bits.

    The caller makes sure that the divisor is not 0 and exceeds the upper half of the numerator: the quotient fits.
    """
    signature = ir.FunctionType(TWO_LIMBS, [WORD, TWO_LIMBS])
    return b.call(helper(b.module, "short_quotient", signature, ("noinline",), _short_quotient), [numerator, divisor])


def _short_quotient(b: ir.IRBuilder, numerator: ir.Value, divisor: ir.Value) -> None:
    n3, n2, n1, n0, d1, d0 = _normal(b, numerator, divisor)
    pair = joined(b, d1, d0)
    reciprocal = _reciprocal_of_two(b, d1, d0, _reciprocal_of_one(b, d1))
    upper, rest = _digit(b, joined(b, n3, n2), n1, pair, reciprocal)
    lower, _ = _digit(b, rest, n0, pair, reciprocal)
    b.ret(joined(b, upper, lower))


def _normal(b: ir.IRBuilder, numerator: ir.Value, divisor: ir.Value) -> list[ir.Value]:
    """Limbs of the numerator and of the divisor, highest first, shifted left until the divisor is normal."""
    n0, n1, n2, n3 = limbs_of(b, numerator)
    d0, d1 = limbs_of(b, divisor)
    # A divisor of one limb moves up by a limb. The highest limb of its numerator is 0, or the quotient would not fit.
    is_one_limb = b.icmp_unsigned("==", d1, _ZERO)
    shifted, unshifted = (n2, n1, n0, _ZERO, d0, _ZERO), (n3, n2, n1, n0, d1, d0)
    n3, n2, n1, n0, d1, d0 = (b.select(is_one_limb, *pair) for pair in zip(shifted, unshifted, strict=True))
    bits = b.ctlz(d1, NEVER)
    numerator_limbs = zip((n3, n2, n1, n0), (n2, n1, n0, _ZERO), strict=True)
    divisor_limbs = zip((d1, d0), (d0, _ZERO), strict=True)
    return [_funnel_left(b, high, low, bits) for high, low in (*numerator_limbs, *divisor_limbs)]


def _funnel_left(b: ir.IRBuilder, high: ir.Value, low: ir.Value, bits: ir.Value) -> ir.Value:
    """The upper limb of two limbs shifted left by 0 .. 63 bits."""
    shift = b.module.declare_intrinsic("llvm.fshl", (LIMB,), ir.FunctionType(LIMB, [LIMB] * 3))
    return b.call(shift, [high, low, bits])


def _reciprocal_of_one(b: ir.IRBuilder, d: ir.Value) -> ir.Value:
    """floor((B**2 - 1) / d) - B of one normal limb: 11 bits from a table, then 21, 34 and 64 by Newton's iteration."""
    seed_at = b.gep(_seeds(b.module), [_ZERO, b.and_(b.lshr(d, LIMB(55)), LIMB(255))], inbounds=True)
    v0 = b.zext(b.load(seed_at), LIMB)
    d40 = b.add(b.lshr(d, LIMB(24)), _ONE)
    v1 = b.sub(b.sub(b.shl(v0, LIMB(11)), b.lshr(b.mul(b.mul(v0, v0), d40), LIMB(40))), _ONE)
    error = b.sub(LIMB(1 << 60), b.mul(v1, d40))
    v2 = b.add(b.shl(v1, LIMB(13)), b.lshr(b.mul(v1, error), LIMB(47)))
    is_odd = b.and_(d, _ONE)
    d63 = b.add(b.lshr(d, _ONE), is_odd)  # half of d, rounded up
    error = b.sub(b.and_(b.lshr(v2, _ONE), b.neg(is_odd)), b.mul(v2, d63))
    v3 = b.add(b.shl(v2, LIMB(31)), b.lshr(high_limb(b, product(b, v2, error)), _ONE))
    carried = high_limb(b, b.add(product(b, v3, d), b.zext(d, TWO_LIMBS)))
    return b.sub(b.sub(v3, carried), d)


def _seeds(module: ir.Module) -> ir.GlobalVariable:
    """The first 11 bits of a reciprocal, by the 8 bits of the divisor below its highest."""
    if _SEEDS in module.globals:
        return module.globals[_SEEDS]
    values = [((1 << 19) - 3 * (1 << 8)) // (256 + below) for below in range(256)]
    table = ir.GlobalVariable(module, ir.ArrayType(_SEED, len(values)), _SEEDS)
    table.initializer, table.linkage, table.global_constant = ir.Constant(table.value_type, values), "internal", True
    return table


def _reciprocal_of_two(b: ir.IRBuilder, d1: ir.Value, d0: ir.Value, v: ir.Value) -> ir.Value:
    """floor((B**3 - 1) / (d1, d0)) - B, from the reciprocal v of d1 alone: each carry lowers it by one."""
    p = b.add(b.mul(d1, v), d0)
    carries = b.icmp_unsigned("<", p, d0)
    carries_twice = b.and_(carries, b.icmp_unsigned(">=", p, d1))
    v = b.sub(b.sub(v, b.zext(carries, LIMB)), b.zext(carries_twice, LIMB))
    p = b.sub(p, b.select(carries_twice, d1, _ZERO))
    p = b.sub(p, b.select(carries, d1, _ZERO))
    t = product(b, v, d0)
    p = b.add(p, high_limb(b, t))
    carries = b.icmp_unsigned("<", p, high_limb(b, t))
    reaches = b.icmp_unsigned(">=", joined(b, p, low_limb(b, t)), joined(b, d1, d0))
    return b.sub(b.sub(v, b.zext(carries, LIMB)), b.zext(b.and_(carries, reaches), LIMB))


def _digit(
    b: ir.IRBuilder, top: ir.Value, n0: ir.Value, divisor: ir.Value, reciprocal: ir.Value
) -> tuple[ir.Value, ir.Value]:
    """Quotient (a limb) and rest (two) of top * B + n0 by a normal divisor; `top`, two limbs, is below the divisor."""
    d1, d0 = high_limb(b, divisor), low_limb(b, divisor)
    guess = b.add(product(b, reciprocal, high_limb(b, top)), top)
    q, fraction = high_limb(b, guess), low_limb(b, guess)
    r1 = b.sub(low_limb(b, top), b.mul(q, d1))
    rest = b.sub(b.sub(joined(b, r1, n0), product(b, d0, q)), divisor)
    q = b.add(q, _ONE)
    is_above = b.icmp_unsigned(">=", high_limb(b, rest), fraction)
    q = b.sub(q, b.zext(is_above, LIMB))
    rest = b.add(rest, b.select(is_above, divisor, TWO_LIMBS(0)))
    is_below = b.icmp_unsigned(">=", rest, divisor)  # rare: about once in B
    q = b.add(q, b.zext(is_below, LIMB))
    return q, b.sub(rest, b.select(is_below, divisor, TWO_LIMBS(0)))
