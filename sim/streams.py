"""Counter-based random streams: the same draw for the same (seed, path, step, purpose), wherever it is made.

Two designs that are compared see the same shocks and the same arrivals, because every consumer asks for its whole
array at every step, whatever happened before (common random numbers). Splitting paths over processes changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol
from zlib import crc32

import numpy as np


@dataclass(frozen=True, slots=True)
class Streams:
    """Random numbers of a set of paths."""

    seed: int
    paths: tuple[int, ...]

    def uniform(self, purpose: str, step: int, shape: Sequence[int] = ()) -> np.ndarray:
        """Uniforms on [0, 1), shape (paths, *shape)."""
        return self._stack(purpose, step, lambda rng: rng.random(tuple(shape)))

    def normal(self, purpose: str, step: int, shape: Sequence[int] = ()) -> np.ndarray:
        """Standard normals, shape (paths, *shape)."""
        return self._stack(purpose, step, lambda rng: rng.standard_normal(tuple(shape)))

    def _stack(self, purpose: str, step: int, draw: Callable[[np.random.Generator], np.ndarray]) -> np.ndarray:
        return np.stack([draw(generator(self.seed, path, step, purpose)) for path in self.paths])


#: Steps that one generator of `Blocks` serves.
BLOCK_STEPS = 64


class Draws(Protocol):
    """Random numbers by purpose and step."""

    def uniform(self, purpose: str, step: int, shape: Sequence[int] = ()) -> np.ndarray:
        """Uniforms on [0, 1), shape (paths, *shape)."""

    def normal(self, purpose: str, step: int, shape: Sequence[int] = ()) -> np.ndarray:
        """Standard normals, shape (paths, *shape)."""


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
    key = np.array([seed, crc32(purpose.encode())], dtype=np.uint64)
    counter = np.array([0, 0, step, path], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=counter))
