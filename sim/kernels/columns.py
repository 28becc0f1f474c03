"""Named tuples of arrays, whose shapes stand in their annotations: what a kernel reads and writes.

    class Books(NamedTuple):
        displacement: Annotated[np.ndarray, "P V F"]  # log
        depth_usd: Annotated[np.ndarray, "V F"]
        exponent: float

`P` is the axis of paths: a compiled loop hands each path its own slice. A shape without `P` is shared by all paths. A
letter is a length that is known when arrays are made; `1` is one.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

PATHS = "P"


@dataclass(frozen=True, slots=True)
class Field:
    """One argument of a compiled loop."""

    name: str
    shape: tuple[str, ...] | None  # its axes; None: a number
    is_whole: bool = False  # a number without fraction

    @property
    def has_paths(self) -> bool:
        """Whether each path has its own."""
        return self.shape is not None and self.shape[0] == PATHS


def fields(kind: type[Any]) -> tuple[Field, ...]:
    """What a named tuple holds, in its order."""
    hints = typing.get_type_hints(kind, include_extras=True)
    return tuple(_field(name, hints[name]) for name in kind._fields)


def parameters(function: Any) -> tuple[Any, ...]:
    """The kinds that a kernel takes, in the order of its arguments: named tuples, `float` or `int`."""
    hints = typing.get_type_hints(getattr(function, "py_func", function))
    return tuple(kind for name, kind in hints.items() if name != "return")


def arguments(function: Any) -> tuple[Field, ...]:
    """The fields of all its arguments, one after the other."""
    found: list[Field] = []
    for kind in parameters(function):
        found += [Field("", None, kind is int)] if kind in (int, float) else fields(kind)
    return tuple(found)


def axes(function: Any) -> tuple[str, ...]:
    """The letters of all axes, paths first, then sorted."""
    letters = {axis for field in arguments(function) for axis in field.shape or () if not axis.isdigit()}
    return (PATHS, *sorted(letters - {PATHS}))


def zeros(kind: type[Any], sizes: Mapping[str, int]) -> Any:
    """A named tuple of arrays that hold 0."""
    made = [np.zeros([_length(axis, sizes) for axis in field.shape or ()]) for field in fields(kind)]
    return kind(*made)


def one_path(whole: Any, path: int) -> Any:
    """The same named tuple as a kernel sees it: views of one path, and what all share."""
    kinds = fields(type(whole))
    return type(whole)(*(part[path] if field.has_paths else part for field, part in zip(kinds, whole, strict=True)))


def _length(axis: str, sizes: Mapping[str, int]) -> int:
    return int(axis) if axis.isdigit() else sizes[axis]


def _field(name: str, hint: Any) -> Field:
    if hint in (int, float):
        return Field(name, None, hint is int)
    return Field(name, tuple(hint.__metadata__[0].split()))
