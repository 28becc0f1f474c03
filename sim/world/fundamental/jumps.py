"""Jumps that come at a steady rate (Merton) or in clusters (Hawkes), in all assets at once.

Intensity lambda(t) = mu + sum_i n beta e^(-beta (t - t_i)): each jump causes n others on average, so the mean rate is
mu / (1 - n). On the grid, at most one jump in a cell, with probability 1 - e^(-lambda dt): the intensity is
exogenous, so arrivals are the same whatever a market makes of them. A jump adds N(mean, sd^2) beta[f] to each log
price.
"""

from __future__ import annotations

import numpy as np

from sim.scenario.market_tables import Jumps
from sim.world.fundamental.process import CELLS
from sim.world.paths import BPS
from sim.world.streams import Streams


class HawkesJumps:
    """Jumps of all paths."""

    def __init__(self, jumps: Jumps, beta: np.ndarray, shock_s: int, streams: Streams) -> None:
        """beta: (F,) move of a feed per jump of the reference."""
        self._jumps, self._beta, self._shock_s, self._streams = jumps, beta, shock_s, streams
        self._excited = np.zeros(len(streams.paths))  # part of the intensity that jumps have caused, 1/s

    def increments(self, block: int, end_s: np.ndarray) -> np.ndarray:
        """See `Process`."""
        sizes = self._streams.normal("jump size", block, (CELLS,))
        sizes = (self._jumps.mean_bps + self._jumps.sd_bps * sizes) * BPS * self.arrivals(block)
        return sizes[:, :, None] * self._beta

    def arrivals(self, block: int) -> np.ndarray:
        """Which cells have a jump, (P, CELLS) 0 or 1; asked once for each block, in turn."""
        drawn = self._streams.uniform("jump", block, (CELLS,))
        arrived = np.empty_like(drawn)
        base, decay = self._jumps.rate_per_hour / 3600.0, 1.0 / self._jumps.decay_s
        kept = np.exp(-decay * self._shock_s)
        # the mean of a decaying rate over a cell, as a share of its value at the cell's beginning
        over_cell = -np.expm1(-decay * self._shock_s) / (decay * self._shock_s)
        for i in range(CELLS):
            rate = base + self._excited * over_cell
            arrived[:, i] = drawn[:, i] < -np.expm1(-rate * self._shock_s)
            self._excited = self._excited * kept + self._jumps.branching * decay * arrived[:, i]
        return arrived
