"""Stationary bootstrap (Politis and Romano 1994) of returns from a file: blocks of geometric length.

A cell takes the return after the one that the cell before took, or, with probability 1 / mean block, one drawn at
random; the file is a circle. Rows are vectors of all feeds, so what happened together stays together.
"""

from __future__ import annotations

import numpy as np

from sim.world.fundamental.process import CELLS
from sim.world.streams import Streams


class Bootstrap:
    """Returns of the past, in another order."""

    def __init__(self, returns_log: np.ndarray, mean_block_cells: float, streams: Streams) -> None:
        """returns_log: (N, F) on the grid of shocks; mean_block_cells: at least 1."""
        self._returns, self._restart, self._streams = returns_log, 1.0 / max(mean_block_cells, 1.0), streams
        self._row = np.full(len(streams.paths), -1)

    def increments(self, block: int, end_s: np.ndarray) -> np.ndarray:
        """See `Process`."""
        drawn = self._streams.uniform("bootstrap", block, (CELLS, 2))
        rows = np.empty(drawn.shape[:2], dtype=np.int64)
        for i in range(CELLS):
            starts = (drawn[:, i, 0] < self._restart) | (self._row < 0)
            fresh = (drawn[:, i, 1] * len(self._returns)).astype(np.int64)
            self._row = np.where(starts, fresh, (self._row + 1) % len(self._returns))
            rows[:, i] = self._row
        return self._returns[rows]
