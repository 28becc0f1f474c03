"""What is measurable: a difference that is smaller than the rounding of floats is no difference."""

from __future__ import annotations

import numpy as np

#: Two numbers closer than this share of the largest of their sample are equal: sums of many floats in another order
#: differ by some 1e-12 of it, and what a reader could act on begins far above.
RELATIVE = 1e-9
#: Least distance that counts, by unit: money is accounted for to 1e-5 USD, ratios and counts come from few operations.
FLOORS = {"USD": 1e-4, "%": 1e-9, "pp": 1e-9, "bps": 1e-7, "count": 1e-6, "probability": 1e-6}
_OTHER_FLOOR = 1e-9


def resolution(unit: str, *samples: np.ndarray) -> float:
    """Least difference that is one, in the unit of the samples; infinite and missing numbers do not count."""
    sizes = [np.max(np.abs(sample), initial=0.0, where=np.isfinite(sample)) for sample in samples]
    return max(FLOORS.get(unit, _OTHER_FLOOR), RELATIVE * float(max(sizes, default=0.0)))


def settled(values: np.ndarray, least: float) -> np.ndarray:
    """The same values with zero where they are no larger than `least`, any shape."""
    return np.where(np.abs(values) <= least, 0.0, values)


def is_constant(values: np.ndarray, least: float) -> np.ndarray:
    """Whether all of the last axis are the same number, (..., n) -> (...)."""
    return np.ptp(values, axis=-1) <= least


def apart(values: np.ndarray, least: float) -> np.ndarray:
    """How many of the last axis differ from its most frequent value, (..., n) -> (...).

    The most frequent value is where most of them lie within `least`.
    """
    n = values.shape[-1]
    place = np.arange(n)
    alike = [
        np.max(np.searchsorted(row, row + least, side="right") - place)
        for row in np.sort(values, axis=-1).reshape(-1, n)
    ]
    return n - np.array(alike, dtype=np.int64).reshape(values.shape[:-1])
