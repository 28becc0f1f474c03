"""A check: what was to be found, what was found, and how near that is near enough; a miss is a result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

#: holds: within the tolerance. reached: not so, but the real day lies within what paths show (10 to 90 %).
#: missed: neither. shown: nothing to hold it against.
Verdict = Literal["holds", "reached", "missed", "shown"]


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the table; numbers are already words."""

    name: str
    target: str
    measured: str
    tolerance: str
    verdict: Verdict
    note: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """A call that can be made in any process; equal calls are made once."""

    call: Callable[..., Any]
    arguments: tuple[Any, ...] = ()

    def __call__(self) -> Any:
        """Do it."""
        return self.call(*self.arguments)


Results = Mapping[Task, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is asked for."""

    market: str
    seed: int
    paths: int
    is_full: bool


@dataclass(frozen=True, slots=True)
class Part:
    """Checks of one kind: what has to be run for them, and what they make of it."""

    title: str
    about: str
    tasks: Callable[[Plan], Sequence[Task]]
    checks: Callable[[Plan, Results], Sequence[Check]]
    is_quick: bool = True  # also without --full


def near(name: str, target: float, measured: float, tolerance: float, unit: str = "", note: str = "") -> Check:
    """A number within a tolerance of another."""
    verdict: Verdict = "holds" if abs(measured - target) <= tolerance else "missed"
    return Check(name, f"{target:.4g}{unit}", f"{measured:.4g}{unit}", f"{tolerance:.2g}{unit}", verdict, note)


def within(name: str, low: float, high: float, measured: float, unit: str = "", note: str = "") -> Check:
    """A number between two others."""
    verdict: Verdict = "holds" if low <= measured <= high else "missed"
    return Check(name, f"{low:g} to {high:g}{unit}", f"{measured:.4g}{unit}", "", verdict, note)


def at_most(name: str, bound: float, measured: float, unit: str = "", note: str = "") -> Check:
    """A number that must not be larger."""
    return Check(
        name, f"at most {bound:g}{unit}", f"{measured:.2g}{unit}", "", "holds" if measured <= bound else "missed", note
    )


def equal(name: str, is_equal: bool, note: str = "") -> Check:
    """Something that must be the same to the bit."""
    return Check(
        name, "the same bits", "the same bits" if is_equal else "differs", "0", "holds" if is_equal else "missed", note
    )
