"""The face of a fundamental process, and the grid that its shocks are drawn on.

Shocks are increments of log prices on a grid of `shock_s` seconds that has nothing to do with the steps of a run: a
step takes what of the grid lies in it, so runs with other steps see the same shocks. They are drawn in blocks of
cells, one after another.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

#: Cells of a block.
CELLS = 128


class Process(Protocol):
    """Part of the fundamental."""

    def increments(self, block: int, end_s: np.ndarray) -> np.ndarray:
        """Log increments (P, CELLS, F) of the cells of a block; called for block 0, 1, 2 ... in turn.

        end_s: (CELLS,) seconds since the start at which each cell ends.
        """


class Grid:
    """The sum of processes, cut to the steps of a run."""

    def __init__(self, processes: Sequence[Process], shock_s: int, shape: tuple[int, ...]) -> None:
        """`shape`: of one cell's shocks, paths first."""
        self._processes, self._shock_s = tuple(processes), shock_s
        self._block, self._held = -1, np.zeros((CELLS, *shape))  # a cell's lie together
        self._shape = shape

    def between(self, begin_s: int, end_s: int) -> np.ndarray:
        """Increments over [begin_s, end_s), seconds since the start; spans follow one another in time."""
        total = np.zeros(self._shape)
        cell, now = begin_s // self._shock_s, begin_s
        while now < end_s:
            until = min((cell + 1) * self._shock_s, end_s)
            shocks = self._cell(cell)
            total += shocks if until - now == self._shock_s else shocks * ((until - now) / self._shock_s)
            cell, now = cell + 1, until
        return total

    def landing(self, begin_s: int, end_s: int) -> np.ndarray:
        """Whole shocks of the cells that begin in [begin_s, end_s): of what does not take time, like a jump."""
        total = np.zeros(self._shape)
        for cell in range(-(-begin_s // self._shock_s), -(-end_s // self._shock_s)):
            total += self._cell(cell)
        return total

    def _cell(self, cell: int) -> np.ndarray:
        block, offset = divmod(cell, CELLS)
        while self._block < block:
            self._block += 1
            ends_s = (self._block * CELLS + 1 + np.arange(CELLS)) * float(self._shock_s)
            self._held[:] = 0.0
            for process in self._processes:
                self._held += process.increments(self._block, ends_s).swapaxes(0, 1)
        return self._held[offset]
