"""The mark of a kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

#: What the mark does to a function: nothing, but in the process that compiles.
_workshop: list[Callable[[Any], Any]] = []


def kernel(function: F) -> F:
    """Mark a function that may be compiled: it calls nothing but kernels, `math` and elements of arrays."""
    made: F = _workshop[0](function) if _workshop else function
    return made


def compile_with(make: Callable[[Any], Any]) -> None:
    """Let kernels that are imported from now on be made by `make`: for `sim.kernels.compiling` alone."""
    _workshop.append(make)
