"""The integer kernel computes what Vyper computes, and the grid that says so would say otherwise."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llvmlite import ir
from vyper.codegen import arithmetic as vyper_arithmetic

from sim.certificate import grid
from sim.certificate.broken_kernels import BROKEN_KERNELS
from sim.certificate.columns import Columns, Emit, word_at, words_of
from sim.certificate.reference import CHECKED, COMPARISONS, WRAPPING, answer
from sim.native.kernel import powers
from sim.native.kernel.emitting import WORD
from sim.native.kernel.integers import MODULUS, Integer
from sim.native.kernel.operations import Kernel

UINT256, INT256 = Integer(256, False), Integer(256, True)
#: Also widths between 128 and 256 bits, whose products may overflow the type, the word or both.
KINDS = (UINT256, INT256, Integer(248, True), Integer(160, False), Integer(128, True), Integer(64, False))
OF_TWO = (
    *("add", "sub", "mul", "div", "mod", "unsafe_add", "unsafe_sub", "unsafe_mul", "unsafe_div"),
    *("bit_and", "bit_or", "bit_xor", "minimum", "maximum"),
)
SHIFTS = ("shift_left", "shift_right")
CASES_PROMISED = 370_000


def test_the_grid_finds_no_difference():
    result = grid.run()
    assert result.differences == ()
    assert result.cases >= CASES_PROMISED
    assert set(result.by_operator) == {*CHECKED, *WRAPPING, "compare"}


@pytest.mark.parametrize("name", BROKEN_KERNELS)
def test_the_grid_catches_a_broken_kernel(name: str):
    broken = BROKEN_KERNELS[name]
    for operator in broken.breaks:
        assert grid.run(broken, (operator,)).differences, f"{operator} is not seen to be wrong"


@pytest.fixture(scope="module", autouse=True)
def _compile_first() -> None:
    """Compiling takes longer than an example may."""
    compiled()


@cache
def compiled() -> Columns:
    """Operations by name and type."""
    named = [(name, kind) for name in OF_TWO for kind in KINDS]
    named += [(name, kind) for name in SHIFTS for kind in (UINT256, INT256)]
    operations: dict[str, Emit] = {
        f"{name} {kind}": lambda kernel, b, x, y, name=name, kind=kind: getattr(kernel, name)(b, x, y, kind)
        for name, kind in named
    }
    operations |= {
        f"{sign} {kind}": lambda kernel, b, x, y, sign=sign, kind=kind: kernel.compare(b, sign, x, y, kind)
        for sign in COMPARISONS
        for kind in KINDS
    }
    operations["isqrt"] = lambda kernel, b, x, y: kernel.isqrt(b, x)
    return Columns(Kernel, operations)


def computed(operation: str, x: int, y: int) -> int | None:
    """The word that native code computes, or None if it fails."""
    values, failures = compiled().run(operation, words_of([x]), words_of([y]))
    return None if failures[0] else word_at(values, 0)


def in_words(value: int | None) -> int | None:
    return None if value is None else value % MODULUS


@st.composite
def values(draw: st.DrawFn, kind: Integer) -> int:
    """Any value of a type, of any length: plain draws of 256 bits are nearly all long."""
    bits = draw(st.integers(0, kind.high.bit_length()))
    magnitude = draw(st.integers(0, (1 << bits) - 1))
    return ~magnitude if kind.is_signed and draw(st.booleans()) else magnitude


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Integer, int, int]:
    kind = draw(st.sampled_from(KINDS))
    return kind, draw(values(kind)), draw(values(kind))


@pytest.mark.parametrize("name", [*OF_TWO, *COMPARISONS])
@given(case=pairs())
def test_operations_of_two_are_exact(name: str, case: tuple[Integer, int, int]):
    kind, x, y = case
    assert computed(f"{name} {kind}", x, y) == in_words(answer(name, kind)(x, y))


@given(values(UINT256), values(UINT256), values(UINT256))
def test_a_quotient_is_found_again(quotient: int, divisor: int, rest: int):
    divisor = divisor % (MODULUS // (quotient + 1)) or 1
    numerator = quotient * divisor + rest % divisor
    assert computed(f"div {UINT256}", numerator, divisor) == quotient
    assert computed(f"mod {UINT256}", numerator, divisor) == rest % divisor


@pytest.mark.parametrize("name", SHIFTS)
@given(x=values(INT256), shift=st.one_of(st.integers(0, 300), values(UINT256)))
def test_shifts_are_exact(name: str, x: int, shift: int):
    for kind in (UINT256, INT256):
        value = kind.value_of(x)
        assert computed(f"{name} {kind}", value, shift) == in_words(answer(name, kind)(value, shift))


@given(values(UINT256))
def test_a_square_root_is_the_floor(x: int):
    root = computed("isqrt", x, 0)
    assert root is not None
    assert root * root <= x < (root + 1) ** 2


@pytest.mark.parametrize("bits", [8, 64, 128, 248, 256])
@pytest.mark.parametrize("is_signed", [False, True])
def test_the_bounds_of_powers_are_those_of_vyper(bits: int, is_signed: bool):
    kind = Integer(bits, is_signed)
    for base in (*range(-20, -1), *range(2, 40), 10**18, kind.high // 2, kind.high, kind.low + 1, kind.low):
        if base in kind and base not in (-1, 0, 1):
            theirs = vyper_arithmetic.calculate_largest_power(base, bits, is_signed)
            assert powers.greatest_exponent(base, kind) == theirs, base
    for exponent in range(2, kind.high.bit_length() + 1):
        theirs = vyper_arithmetic.calculate_largest_base(exponent, bits, is_signed)
        assert powers.base_bounds(exponent, kind) == theirs, exponent


@pytest.mark.parametrize(
    ("name", "operands", "kind"),
    [
        ("shift_left", 2, Integer(128, True)),
        ("shift_right", 2, Integer(64, False)),
        ("bit_not", 1, INT256),
        ("negate", 1, UINT256),
        ("absolute", 1, Integer(128, True)),
        ("power", 2, UINT256),
    ],
)
def test_what_vyper_refuses_is_refused(name: str, operands: int, kind: Integer):
    module = ir.Module()
    unknown = ir.Function(module, ir.FunctionType(ir.VoidType(), [WORD] * operands), "f").args
    with pytest.raises(ValueError, match="Vyper"):
        getattr(Kernel(module), name)(ir.IRBuilder(), *unknown, kind)
