"""Counter-based random streams: the same draw for the same (seed, path, step, purpose), wherever it is made.

Two designs that are compared see the same shocks and the same arrivals, because every consumer asks for its whole
array at every step, whatever happened before (common random numbers). Splitting paths over processes changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, Protocol
from zlib import crc32

import numpy as np


class _Seat:
    """One generator that is moved from stream to stream: making a new one costs ten times as much."""

    def __init__(self) -> None:
        self._bits = np.random.Philox(key=0)
        self._rng = np.random.Generator(self._bits)
        self._state: Any = dict(self._bits.state) | {"buffer": (0, 0, 0, 0)}  # and nothing taken from the buffer

    def at(self, key: tuple[int, int], path: int, step: int, blocks: int = 0) -> np.random.Generator:
        """The generator of a stream after so many blocks of four 64-bit numbers; good until the next call."""
        self._state["state"] = {"key": key, "counter": (blocks, 0, step, path)}
        self._bits.state = self._state
        return self._rng


@dataclass(frozen=True, slots=True)
class Streams:
    """Random numbers of a set of paths."""

    seed: int
    paths: tuple[int, ...]
    _seat: _Seat = field(default_factory=_Seat, init=False, repr=False, compare=False)

    def uniform(self, purpose: str, step: int, shape: Sequence[int] = ()) -> np.ndarray:
        """Uniforms on [0, 1), shape (paths, *shape)."""
        drawn, rows = self._empty(shape)
        key = _key(self.seed, purpose)
        for path, row in zip(self.paths, rows, strict=True):
            self._seat.at(key, path, step).random(out=row)
        return drawn

    def normal(self, purpose: str, step: int, shape: Sequence[int] = ()) -> np.ndarray:
        """Standard normals, shape (paths, *shape)."""
        drawn, rows = self._empty(shape)
        key = _key(self.seed, purpose)
        for path, row in zip(self.paths, rows, strict=True):
            self._seat.at(key, path, step).standard_normal(out=row)
        return drawn

    def normals_of(self, purpose: str, names: Sequence[str], step: int, shape: Sequence[int] = ()) -> np.ndarray:
        """Standard normals of things that have names, (paths, *shape, names): each has a stream that no other moves."""
        drawn = np.empty((len(self.paths), *shape, len(names)))
        for i, name in enumerate(names):
            drawn[..., i] = self.normal(f"{purpose} of {name}", step, shape)
        return drawn

    def uniform_at(
        self, purpose: str, step: int, shape: Sequence[int], path: np.ndarray, item: np.ndarray
    ) -> np.ndarray:
        """`uniform(purpose, step, shape)[path, item]` without drawing the rest; (path, item) are sorted."""
        width = prod(shape[1:])
        rows = np.bincount(path, minlength=len(self.paths))
        present = np.flatnonzero(rows)
        rows = rows[present]
        ends = np.cumsum(rows)
        blocks = item[ends - rows] * width // 4  # a counter yields four numbers
        lengths = (item[ends - 1] + 1) * width - 4 * blocks  # of a path, all from the first to the last are drawn
        key, runs = _key(self.seed, purpose), [np.empty(0)]
        for p, block, length in zip(present.tolist(), blocks.tolist(), lengths.tolist(), strict=True):
            runs.append(self._seat.at(key, self.paths[p], step, block).random(length))
        begins = np.cumsum(lengths) - lengths - 4 * blocks  # where the path's first number would stand
        place = np.repeat(begins, rows) + item * width
        drawn = np.concatenate(runs)[place[:, None] + np.arange(width)]
        return drawn.reshape(len(path), *shape[1:])

    def _empty(self, shape: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """An array to fill, (paths, *shape), and the same as one row per path."""
        drawn = np.empty((len(self.paths), *shape))
        return drawn, drawn.reshape(len(self.paths), -1)


#: Steps that one generator of `Blocks` serves.
BLOCK_STEPS = 64


class Draws(Protocol):
    """Random numbers by purpose and step."""

    def uniform(self, purpose: str, step: int, shape: Sequence[int] = ()) -> np.ndarray:
        """Uniforms on [0, 1), shape (paths, *shape)."""

    def normal(self, purpose: str, step: int, shape: Sequence[int] = ()) -> np.ndarray:
        """Standard normals, shape (paths, *shape)."""

    def uniform_at(
        self, purpose: str, step: int, shape: Sequence[int], path: np.ndarray, item: np.ndarray
    ) -> np.ndarray:
        """`uniform(purpose, step, shape)[path, item]` without drawing the rest; (path, item) are sorted."""


class Blocks:
    """Draws for many steps at a time: what agents use, whose arrays are small and wanted at every step.

    Still a function of (seed, path, step, purpose) alone: a block begins at a multiple of `BLOCK_STEPS`.
    """

    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        self._held: dict[tuple[str, str, tuple[int, ...]], tuple[int, np.ndarray]] = {}

    def uniform(self, purpose: str, step: int, shape: Sequence[int] = ()) -> np.ndarray:
        """Uniforms on [0, 1), shape (paths, *shape)."""
        return self._of_step("uniform", purpose, step, tuple(shape))

    def normal(self, purpose: str, step: int, shape: Sequence[int] = ()) -> np.ndarray:
        """Standard normals, shape (paths, *shape)."""
        return self._of_step("normal", purpose, step, tuple(shape))

    def uniform_at(
        self, purpose: str, step: int, shape: Sequence[int], path: np.ndarray, item: np.ndarray
    ) -> np.ndarray:
        """`uniform(purpose, step, shape)[path, item]` without drawing the rest; (path, item) are sorted."""
        block, offset = divmod(step, BLOCK_STEPS)
        items, *rest = shape
        place = offset * items + item  # the steps of a block follow one another
        return self._streams.uniform_at(f"{purpose}/{BLOCK_STEPS}", block, (BLOCK_STEPS * items, *rest), path, place)

    def _of_step(self, kind: str, purpose: str, step: int, shape: tuple[int, ...]) -> np.ndarray:
        block, offset = divmod(step, BLOCK_STEPS)
        held = self._held.get((kind, purpose, shape))
        if held is None or held[0] != block:
            draw = getattr(self._streams, kind)
            held = (block, draw(f"{purpose}/{BLOCK_STEPS}", block, (BLOCK_STEPS, *shape)))
            self._held[kind, purpose, shape] = held
        return held[1][:, offset]


def generator(seed: int, path: int, step: int, purpose: str) -> np.random.Generator:
    """The generator that (seed, path, step, purpose) alone determine."""
    key = np.array(_key(seed, purpose), dtype=np.uint64)
    counter = np.array([0, 0, step, path], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=counter))


def _key(seed: int, purpose: str) -> tuple[int, int]:
    return seed, crc32(purpose.encode())
