"""The questions of the kernel grid: which operation, of which types, on which operands, and the right answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from llvmlite import ir

from sim.certificate import operands, reference
from sim.certificate.columns import Emit
from sim.certificate.operands import Operands
from sim.certificate.reference import Answer, answer
from sim.native.kernel.emitting import WORD, word
from sim.native.kernel.integers import Integer
from sim.native.kernel.operations import Checked
from sim.native.kernel.powers import base_bounds, greatest_exponent
from sim.native.kernel.ranges import bits_of, known

UINT256, INT256 = Integer(256, False), Integer(256, True)
KINDS = (UINT256, INT256, Integer(128, True), Integer(64, False), Integer(8, False))
#: Types that are only converted from and to; an address is a uint160.
MORE_KINDS = (Integer(160, False), Integer(248, False), Integer(248, True), Integer(8, True))
DIVISORS = (
    *(1, 2, 3, 7, 10, 10**4, 10**6, 31_536_000, 10**18, 10**27, 10**36, 10**54, 2**64 - 59),
    *(2**64, 2**64 + 1, 2**127 + 1, 2**128 - 1, 2**128, 2**128 + 1, 2**192 - 1, 3 * 2**190, 2**200 + 1),
    *(2**254 + 3, 2**255 - 1, 2**255, 2**255 + 1, 2**256 - 1, -1, -2, -3, -7, -(10**18), -(2**127) - 1, -(2**255)),
)
BASES = (-(2**255), -(10**18), -10, -8, -4, -3, -2, -1, 0, 1, 2, 3, 4, 7, 10, 16, 10**18, 2**128 - 1, 2**256 - 1)
EXPONENTS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 18, 27, 63, 64, 85, 127, 128, 254, 255, 256)
OPERANDS_OF = {
    **dict.fromkeys(("add", "sub", "unsafe_add", "unsafe_sub"), operands.all_pairs),
    **dict.fromkeys(("bit_and", "bit_or", "bit_xor", "minimum", "maximum"), operands.all_pairs),
    **dict.fromkeys(("mul", "unsafe_mul"), operands.factors),
    **dict.fromkeys(("div", "mod", "unsafe_div"), operands.numerators),
}


#: Widths that two operands are known to have: around one limb and two, and of sums and products that just fit.
KNOWN_BITS = ((8, 8), (32, 96), (63, 63), (64, 1), (64, 64), (64, 65), (127, 127), (128, 128), (129, 64), (255, 255))
KNOWN_DIVISORS = (3, 10, 256, 10**9, 10**18, 2**64 - 59, 2**64, 2**64 + 1, 10**36, 2**128 - 1)
KNOWN_SHIFTS = (0, 1, 8, 63, 64, 65, 127, 128, 192, 255, 256, 300)


@dataclass(frozen=True, slots=True)
class Question:
    """One operation on many operands."""

    operator: str  # the method of the kernel
    text: str  # for people, and unique: "div of int256 by 7"
    emit: Emit
    answer: Answer
    operands: Operands


def questions() -> Iterator[Question]:
    """All of them."""
    for kind in KINDS:
        for name, chosen in OPERANDS_OF.items():
            yield Question(name, f"{name} of {kind}", _binary(name, kind), answer(name, kind), chosen(kind))
        yield from (_comparison(sign, kind) for sign in reference.COMPARISONS)
        yield from (
            _by_literal(name, divisor, kind) for name in ("div", "mod") for divisor in DIVISORS if divisor in kind
        )
        yield from (_power_of(base, kind) for base in BASES if base in kind)
        yield from (_power_by(exponent, kind) for exponent in EXPONENTS if exponent <= kind.high.bit_length())
        yield from (_conversion(kind, target) for target in (*KINDS, *MORE_KINDS))
        yield from (_conversion(source, kind) for source in MORE_KINDS)
        if kind.is_signed:
            yield _unary("negate", kind)
    yield from (_shift(name, kind) for name in ("shift_left", "shift_right") for kind in (UINT256, INT256))
    yield from (_unary("absolute", INT256), _unary("bit_not", UINT256), _square_root())
    for kind in (UINT256, Integer(64, False)):
        for bits in KNOWN_BITS:
            yield from (_known(name, chosen(kind), bits, kind) for name, chosen in OPERANDS_OF.items())
            yield from (_known(sign, operands.all_pairs(kind), bits, kind) for sign in reference.COMPARISONS)
    for length in (1, 63, 64, 65, 128, 129, 192):
        for name in ("div", "mod", "bit_and"):
            yield from (_known_by_literal(name, divisor, length) for divisor in KNOWN_DIVISORS)
        for name in ("shift_left", "shift_right"):
            yield from (_known_by_literal(name, shift, length) for shift in KNOWN_SHIFTS)


def _binary(name: str, kind: Integer) -> Emit:
    return lambda kernel, b, x, y: getattr(kernel, name)(b, x, y, kind)


def _known(name: str, chosen: Operands, bits: tuple[int, int], kind: Integer) -> Question:
    """An operation on operands that are known to be short; its result has to be as short as it says."""
    operator = "compare" if name in reference.COMPARISONS else name
    emit = _compares(name, kind) if operator == "compare" else _binary(name, kind)
    return Question(
        operator,
        f"{name} of {kind}, of {bits[0]} and {bits[1]} bits",
        lambda kernel, b, x, y: _as_short_as_known(b, emit(kernel, b, known(x, bits[0]), known(y, bits[1]))),
        answer(name, kind),
        operands.within(chosen, bits),
    )


def _known_by_literal(name: str, number: int, bits: int) -> Question:
    right = answer(name, UINT256)
    operation = _binary(name, UINT256)
    return Question(
        name,
        f"{name} of {UINT256} of {bits} bits, by {number}",
        lambda kernel, b, x, y: _as_short_as_known(b, operation(kernel, b, known(x, bits), word(number))),
        lambda x, y: right(x, number),
        operands.within(operands.multiples(number or 1, UINT256), (bits, 1)),
    )


def _as_short_as_known(b: ir.IRBuilder, found: Checked | ir.Value) -> Checked | ir.Value:
    """What is left of a result if the bits go that it is known not to have."""
    value, failed = found if isinstance(found, tuple) else (found, None)
    if value.type == WORD:
        value = b.and_(value, word((1 << bits_of(value)) - 1))
    return value if failed is None else (value, failed)


def _compares(sign: str, kind: Integer) -> Emit:
    return lambda kernel, b, x, y: kernel.compare(b, sign, x, y, kind)


def _unary(name: str, kind: Integer) -> Question:
    return Question(
        name,
        f"{name} of {kind}",
        lambda kernel, b, x, y: getattr(kernel, name)(b, x, kind),
        answer(name, kind),
        operands.singles(operands.edges(kind)),
    )


def _square_root() -> Question:
    known = answer("isqrt", UINT256)
    return Question("isqrt", "isqrt", lambda kernel, b, x, y: kernel.isqrt(b, x), known, operands.squares())


def _shift(name: str, kind: Integer) -> Question:
    return Question(name, f"{name} of {kind}", _binary(name, kind), answer(name, kind), operands.shifts(kind))


def _comparison(sign: str, kind: Integer) -> Question:
    return Question(
        "compare",
        f"{sign} of {kind}",
        _compares(sign, kind),
        answer(sign, kind),
        operands.all_pairs(kind),
    )


def _conversion(source: Integer, target: Integer) -> Question:
    return Question(
        "convert",
        f"convert of {source} to {target}",
        lambda kernel, b, x, y: kernel.convert(b, x, source, target),
        answer("convert", target),
        operands.singles(operands.near((target.low, target.high), source)),
    )


def _by_literal(name: str, divisor: int, kind: Integer) -> Question:
    known = answer(name, kind)
    return Question(
        name,
        f"{name} of {kind} by {divisor}",
        lambda kernel, b, x, y: getattr(kernel, name)(b, x, word(divisor), kind),
        lambda x, y: known(x, divisor),
        operands.multiples(divisor, kind),
    )


def _power_of(base: int, kind: Integer) -> Question:
    known = answer("power", kind)
    limit = 1 if base in (-1, 0, 1) else greatest_exponent(base, kind)
    return Question(
        "power",
        f"power of {base} as {kind}",
        lambda kernel, b, x, y: kernel.power(b, word(base), x, kind),
        lambda x, y: known(base, x),
        operands.singles(operands.near((limit, *range(258)), kind)),
    )


def _power_by(exponent: int, kind: Integer) -> Question:
    known = answer("power", kind)
    limits = base_bounds(exponent, kind) if exponent > 1 else (0, 1)
    return Question(
        "power",
        f"power of {kind} by {exponent}",
        lambda kernel, b, x, y: kernel.power(b, x, word(exponent), kind),
        lambda x, y: known(x, exponent),
        operands.singles(operands.near((*limits, *range(-20, 20)), kind)),
    )
