"""Counter-based random streams: the same draw for the same (seed, path, step, purpose), wherever it is made.

Two designs that are compared see the same shocks and the same arrivals, because every consumer asks for its whole array at
every step, whatever happened before (common random numbers). Splitting paths over processes changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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

    def _stack(
        self, purpose: str, step: int, draw: Callable[[np.random.Generator], np.ndarray]
    ) -> np.ndarray:
        return np.stack([draw(generator(self.seed, path, step, purpose)) for path in self.paths])


def generator(seed: int, path: int, step: int, purpose: str) -> np.random.Generator:
    """The generator that (seed, path, step, purpose) alone determine."""
    key = np.array([seed, crc32(purpose.encode())], dtype=np.uint64)
    counter = np.array([0, 0, step, path], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=counter))
