"""The one place where a number loses its upper bits, and the reasons why none of them is missed.

A word that is cut to 64 bits unchecked is a wrong number that nobody sees: a loop that does not run, an index that
points elsewhere. So no other function of this package emits `trunc`, and each use of this one states its reason.
"""

from __future__ import annotations

from enum import Enum

from llvmlite import ir


class Why(Enum):
    """Why nothing is lost, or may be."""

    COMPARED = "compared just before with a bound that fits"
    KNOWN = "known while compiling to have no more bits"
    LENGTH = "the length of a list, which whoever writes one compares with a capacity that fits"
    ADDRESS = "the id of an address, which its world gave to it"
    TRUTH = "a truth value, which is 0 or 1"
    PROVEN = "shown to fit by the arithmetic beside it"
    UNUSED = "taken only where it fits; elsewhere another value is selected"
    LOW = "only the lower bits are meant"


#: Reasons for which bits may be lost.
LOSES = (Why.UNUSED, Why.LOW)


def narrow(b: ir.IRBuilder, value: ir.Value, width: int, why: Why) -> ir.Value:
    """The lower bits of a number, as an integer of that width.

    Raises:
        ValueError: a constant does not fit, although the reason says so.
    """
    kind = ir.IntType(width)
    if isinstance(value, ir.Constant) and isinstance(value.constant, int):
        if why not in LOSES and not 0 <= value.constant < 1 << width:
            raise ValueError(f"{value.constant} has more than {width} bits")
        return kind(value.constant % (1 << width))
    return _emit(b, value, kind, why)


def _emit(b: ir.IRBuilder, value: ir.Value, kind: ir.IntType, why: Why) -> ir.Value:
    return b.trunc(value, kind)
