"""The marks of kernels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

#: What the marks do to a function: nothing, but in the process that compiles.
_workshop: list[Callable[[Any, bool], Any]] = []


def kernel(function: F) -> F:
    """Mark a function that may be compiled: it calls nothing but kernels, `math` and elements of arrays."""
    made: F = _workshop[0](function, False) if _workshop else function
    return made


def kernel_part(function: F) -> F:
    """Mark a kernel that becomes a part of whoever calls it, where handing over tuples of arrays would cost more."""
    made: F = _workshop[0](function, True) if _workshop else function
    return made


def compile_with(make: Callable[[Any, bool], Any]) -> None:
    """Let kernels that are imported from now on be made by `make`, told whether it becomes a part of its callers.

    For `sim.kernels.compiling` alone.
    """
    _workshop.append(make)
