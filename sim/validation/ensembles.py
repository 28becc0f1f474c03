"""Paths of a study: as tasks of a few paths each, and put together again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.risk.intervals import mean_interval
from sim.validation.checks import Results, Task
from sim.validation.studies import CHUNK, Numbers, Study, measured


def chunks(study: Study, seed: int, paths: int, size: int = CHUNK) -> list[Task]:
    """The tasks of paths 0 to `paths` - 1."""
    return [Task(measured, (study, seed, tuple(range(i, min(i + size, paths))))) for i in range(0, paths, size)]


def together(results: Results, study: Study, seed: int, paths: int, size: int = CHUNK) -> Numbers:
    """Every number of all paths, (P, ...)."""
    parts = [results[task] for task in chunks(study, seed, paths, size)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def spread(values: np.ndarray) -> tuple[float, float, float]:
    """Median, and 10 and 90 % of the paths; what is no number is left out."""
    known = values[np.isfinite(values)]
    if len(known) == 0:
        return (float("nan"),) * 3
    low, median, high = np.percentile(known, [10, 50, 90])
    return float(median), float(low), float(high)


def words(values: np.ndarray) -> str:
    """`spread` in words."""
    median, low, high = spread(values)
    return "none" if np.isnan(median) else f"{median:.4g} [{low:.4g}, {high:.4g}]"


def paired(after: np.ndarray, before: np.ndarray) -> tuple[float, float, float]:
    """Mean difference of the paths that have both, and its 95 % interval."""
    difference = (after - before)[np.isfinite(after) & np.isfinite(before)]
    if len(difference) < 2:
        return (float("nan"),) * 3
    if np.ptp(difference) == 0.0:
        return (float(difference[0]),) * 3
    low, high = mean_interval(difference)
    return float(difference.mean()), float(low), float(high)


def half_width(values: np.ndarray) -> float:
    """Half of the 95 % interval of the mean."""
    low, high = mean_interval(values[np.isfinite(values)])
    return float(high - low) / 2.0


def early(numbers: Numbers) -> str:
    """How many paths cascaded before the storm."""
    return f"{int(numbers['is_early'].sum())} of {len(numbers['is_early'])} early"


def both_late(worlds: Sequence[Numbers]) -> np.ndarray:
    """Paths that cascaded in no world before the storm, (P,) bool."""
    return ~np.any([numbers["is_early"] for numbers in worlds], axis=0)
