"""Diffusion: correlated Brownian motion of log prices (GBM), wilder and more alike in a crisis.

Exact on the grid: an increment over dt is drift dt + sd sqrt(dt) z, z with the correlation of the assets.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.scenario.market_tables import Asset, Crisis
from sim.scenario.tables import unix_s
from sim.world.fundamental.process import CELLS
from sim.world.paths import BPS, VOLATILITY_WINDOW_S, square_root
from sim.world.streams import Streams

YEAR_S = 365.0 * 86_400.0


class Diffusion:
    """GBM of the floating assets."""

    def __init__(
        self,
        assets: Sequence[Asset],
        places: Sequence[int],
        feeds: int,
        correlation: np.ndarray,
        crises: Sequence[Crisis],
        start_s: int,
        shock_s: int,
        streams: Streams,
    ) -> None:
        """places: of each asset among all `feeds`."""
        self._names, self._places, self._feeds = [asset.feed for asset in assets], list(places), feeds
        self._sd = np.array([asset.sd_bps_per_5min * BPS for asset in assets]) * np.sqrt(shock_s / VOLATILITY_WINDOW_S)
        self._drift = np.array([asset.drift_log_per_year for asset in assets]) * shock_s / YEAR_S
        self._root = square_root(correlation)
        self._crises, self._start_s, self._streams = tuple(crises), start_s, streams

    def increments(self, block: int, end_s: np.ndarray) -> np.ndarray:
        """See `Process`."""
        free = self._streams.normals_of("price", self._names, block, (CELLS,))
        alike = free @ self._root.T
        for crisis in self._crises:
            begin, until = unix_s(crisis.begin) - self._start_s, unix_s(crisis.until) - self._start_s
            cells = np.flatnonzero((end_s > begin) & (end_s <= until))
            if crisis.correlation is not None:
                matrix = np.full((len(self._names),) * 2, crisis.correlation)
                np.fill_diagonal(matrix, 1.0)
                alike[:, cells] = free[:, cells] @ square_root(matrix).T
            alike[:, cells] *= [crisis.factors.get(name, crisis.factor) for name in self._names]
        moved = np.zeros((*free.shape[:2], self._feeds))
        moved[:, :, self._places] = alike * self._sd + self._drift
        return moved
