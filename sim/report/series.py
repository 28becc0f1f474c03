"""Arrays ready to draw: fewer points, bands over paths, one clock."""

from __future__ import annotations

import numpy as np

MAX_POINTS = 600
BAND_PERCENT = (10.0, 50.0, 90.0)
_FIRST_DATE_S = 100_000_000  # earlier than 1973: a clock that starts at zero, not a date


def even_steps(steps: int, limit: int = MAX_POINTS) -> np.ndarray:
    """Indices of at most `limit` evenly spread steps, with the first and the last."""
    if steps <= limit:
        return np.arange(steps)
    return np.unique(np.linspace(0, steps - 1, limit).round().astype(int))


def extreme_steps(values: np.ndarray, limit: int = MAX_POINTS) -> np.ndarray:
    """Indices of at most `limit` steps of (T,) values that keep every bucket's low and high."""
    steps = len(values)
    if steps <= limit:
        return np.arange(steps)
    edges = np.linspace(0, steps, (limit - 2) // 2 + 1).astype(int)
    kept = [0, steps - 1]
    for start, stop in zip(edges[:-1], edges[1:], strict=True):
        bucket = values[start:stop]
        if np.isfinite(bucket).any():
            kept += [start + int(np.nanargmin(bucket)), start + int(np.nanargmax(bucket))]
    return np.unique(kept)


def band(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """10 %, median and 90 % over the paths that have a number, (P, T) -> three (T,) arrays; none: not a number."""
    has_any = np.isfinite(values).any(axis=0)
    low, middle, high = np.nanpercentile(np.where(has_any, values, 0.0), BAND_PERCENT, axis=0)
    low, middle, high = (np.where(has_any, edge, np.nan) for edge in (low, middle, high))
    return low, middle, high


def clock(time_s: np.ndarray) -> tuple[np.ndarray, str]:
    """Times to draw, and the axis title: dates for unix times, hours for a clock from zero."""
    if time_s[0] >= _FIRST_DATE_S:
        return time_s.astype("datetime64[s]"), "time (UTC)"
    return (time_s - time_s[0]) / 3_600.0, "hours from the start"
