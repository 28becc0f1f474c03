"""News: a move of all assets by their betas, even over a window in logs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.scenario.market_tables import News
from sim.scenario.tables import unix_s
from sim.world.paths import BPS


class NewsTable:
    """The news of a scenario; the same in every path."""

    def __init__(self, news: Sequence[News], beta: np.ndarray, start_s: int, shock_s: int) -> None:
        """beta: (F,) move of a feed per move of the reference; start_s: Unix time of the start."""
        self._news, self._beta, self._start_s, self._shock_s = tuple(news), beta, start_s, shock_s

    def so_far(self, after_s: float) -> np.ndarray:
        """What news has moved each feed by so long after the start, log, (F,)."""
        total = 0.0
        for item in self._news:
            begin, until = unix_s(item.begin) - self._start_s, unix_s(item.until) - self._start_s
            total += item.size_bps * BPS * min(max((after_s - begin) / (until - begin), 0.0), 1.0)
        return total * self._beta

    def increments(self, block: int, end_s: np.ndarray) -> np.ndarray:
        """See `Process`; (1, CELLS, F), for any number of paths."""
        total = np.zeros(len(end_s))
        for item in self._news:
            begin, until = unix_s(item.begin) - self._start_s, unix_s(item.until) - self._start_s
            share = np.clip((np.stack([end_s - self._shock_s, end_s]) - begin) / (until - begin), 0.0, 1.0)
            total += item.size_bps * BPS * (share[1] - share[0])
        return (total[:, None] * self._beta)[None]
