"""How the people of one path differ from the scenario's: factors, so that cells of a grid of runs share a chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np


@dataclass(frozen=True, slots=True)
class Variation:
    """Factors on what the scenario says; 1: as it says."""

    leverage: float = 1.0  # of every wish
    arrival: float = 1.0  # of people after the opening
    capacity: float = 1.0  # of keepers: liquidations in a step, and gas in the blocks
    latency: float = 1.0  # of keepers and arbitrageurs


@dataclass(frozen=True, slots=True)
class Factors:
    """The factors of every path, each (paths,)."""

    leverage: np.ndarray
    arrival: np.ndarray
    capacity: np.ndarray
    latency: np.ndarray

    @classmethod
    def of(cls, variations: Sequence[Variation], paths: int) -> Factors:
        """One variation for each path, or none for all of them."""
        each = variations or [Variation()] * paths
        return cls(**{field.name: np.array([getattr(one, field.name) for one in each]) for field in fields(Variation)})
