"""What Vyper 0.4.3 answers, in integers of Python, which have no width. None: it reverts."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable

from sim.native.kernel.integers import Integer

#: The answer to two operands; a comparison answers 0 or 1.
Answer = Callable[[int, int], int | None]
COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


def quotient(x: int, y: int) -> int | None:
    """x over y, rounded toward zero; Python rounds down."""
    if y == 0:
        return None
    magnitude = abs(x) // abs(y)
    return magnitude if (x < 0) == (y < 0) else -magnitude


def remainder(x: int, y: int) -> int | None:
    """What is left of x, with its sign; Python gives it the sign of y."""
    if y == 0:
        return None
    magnitude = abs(x) % abs(y)
    return -magnitude if x < 0 else magnitude


def power(x: int, y: int) -> int | None:
    """x to the y. Beyond 256, whether y is odd is all that counts: 2**256 is too large, and so are its powers."""
    if y < 0:
        return None
    small = y if y <= 256 else 256 + y % 2
    result: int = x**small
    return result


def shift_right(x: int, y: int) -> int:
    """x over 2**y, rounded down; Python would build 2**y."""
    return x >> min(y, 600)


def shift_left(x: int, y: int) -> int:
    """x times 2**y, modulo 2**256."""
    return x << y if y < 256 else 0


#: Vyper reverts where the exact result is no value of the type.
CHECKED: dict[str, Answer] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": quotient,
    "mod": remainder,
    "power": power,
    "negate": lambda x, y: -x,
    "absolute": lambda x, y: abs(x),
    "convert": lambda x, y: x,
}
#: The low bits of the exact result, read as a value of the type.
WRAPPING: dict[str, Callable[[int, int], int]] = {
    "unsafe_add": operator.add,
    "unsafe_sub": operator.sub,
    "unsafe_mul": operator.mul,
    "unsafe_div": lambda x, y: quotient(x, y) or 0,
    "shift_left": shift_left,
    "shift_right": shift_right,
    "bit_and": operator.and_,
    "bit_or": operator.or_,
    "bit_xor": operator.xor,
    "bit_not": lambda x, y: ~x,
    "minimum": min,
    "maximum": max,
    "isqrt": lambda x, y: math.isqrt(x),
}


def wrapped(value: int, kind: Integer) -> int:
    """The value of a type that has the same low bits."""
    bits = value % (1 << kind.bits)
    return bits - (1 << kind.bits) if kind.is_signed and bits >> (kind.bits - 1) else bits


def answer(name: str, kind: Integer) -> Answer:
    """What an operation answers with a result of this type."""
    if name in COMPARISONS:
        return lambda x, y: int(COMPARISONS[name](x, y))
    if name in WRAPPING:
        return lambda x, y: wrapped(WRAPPING[name](x, y), kind)
    exact = CHECKED[name]

    def checked(x: int, y: int) -> int | None:
        result = exact(x, y)
        return result if result is not None and kind.low <= result <= kind.high else None

    return checked
