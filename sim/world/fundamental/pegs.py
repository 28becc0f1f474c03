"""Feeds that stay near something: stables near a peg, wrapped tokens near a multiple of what they can be redeemed for.

The log deviation is a stationary OU process: over dt it keeps e^(-k dt) = 2^(-dt / half-life) of itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.scenario.tables import Stable, Wrapped
from sim.world.fundamental.process import CELLS
from sim.world.paths import BPS
from sim.world.streams import Streams


class Deviations:
    """The OU parts of tied feeds; what a wrapped token's base does is added by `Tied`."""

    def __init__(
        self, tied: Sequence[Stable | Wrapped], places: Sequence[int], feeds: int, shock_s: int, streams: Streams
    ) -> None:
        """places: of each tied feed among all `feeds`."""
        self._names, self._places, self._feeds = [item.feed for item in tied], list(places), feeds
        self._sd = np.array([item.sd_bps * BPS for item in tied])
        self._kept = 0.5 ** (shock_s / np.array([item.half_life_s for item in tied]))
        self._streams = streams
        self._deviation = np.zeros((len(streams.paths), len(tied)))  # at the peg at the start

    def increments(self, block: int, end_s: np.ndarray) -> np.ndarray:
        """See `Process`."""
        shocks = self._streams.normals_of("peg", self._names, block, (CELLS,))
        shocks *= self._sd * np.sqrt(1.0 - self._kept**2)
        moved = np.zeros((*shocks.shape[:2], self._feeds))
        for i in range(CELLS):
            after = self._kept * self._deviation + shocks[:, i]
            moved[:, i, self._places] = after - self._deviation
            self._deviation = after
        return moved
