"""Insurance in full: what it opened with, received, paid, and what became of the positions that it took over."""

from __future__ import annotations

import numpy as np

from sim.engine.observation import Observation

PARTS = (
    "insurance_opening_usd",
    "insurance_received_usd",
    "insurance_used_usd",
    "insurance_positions_usd",
    "insurance_prices_usd",
    "insurance_result_usd",
)


class Insurance:
    """result = received - used + positions + prices, all at mid; what is not told by calls is among the positions."""

    def __init__(self, asset_feeds: np.ndarray, paths: int) -> None:
        self._feeds = asset_feeds
        self._received = np.zeros(paths)
        self._used = np.zeros(paths)
        self._moved = np.zeros(paths)  # tokens that came less those that went, at mid of the moment
        self._prices = np.zeros(paths)
        self._opening: np.ndarray | None = None
        self._tokens = self._mid = np.zeros(0)

    def observe(self, seen: Observation) -> None:
        """Note the state at the beginning of a step, or once more after the last."""
        tokens, mid = seen.pool.insurance, seen.prices.mid[:, self._feeds]
        if self._opening is None:
            self._opening = (tokens * mid).sum(axis=1)
        else:
            self._moved += ((tokens - self._tokens) * self._mid).sum(axis=1)
            self._prices += (tokens * (mid - self._mid)).sum(axis=1)
        self._tokens, self._mid = tokens, mid

    def note(self, path: np.ndarray, received: np.ndarray, used: np.ndarray) -> None:
        """Note what calls say that it received and paid, USD."""
        np.add.at(self._received, path, received)
        np.add.at(self._used, path, used)

    def close(self, positions_usd: np.ndarray) -> dict[str, np.ndarray]:
        """Totals by name, given what its open positions are worth more than those that it opened with."""
        assert self._opening is not None
        positions = self._moved - self._received + self._used + positions_usd
        result = self._moved + self._prices + positions_usd
        values = (self._opening, self._received, self._used, positions, self._prices, result)
        return dict(zip(PARTS, values, strict=True))
