"""Intervals and tests for means, proportions and paired differences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

CONFIDENCE = 0.95


def t_interval(values: np.ndarray, confidence: float = CONFIDENCE) -> tuple[float, float, float]:
    """Mean of (n,) finite values with its Student-t interval; (mean, nan, nan) below two values.

    Values without spread give an interval of width zero.
    """
    n = len(values)
    if n == 0:
        return np.nan, np.nan, np.nan
    mean = float(values[0]) if np.all(values == values[0]) else float(np.mean(values))
    if n == 1:
        return mean, np.nan, np.nan
    if np.all(values == values[0]):
        return mean, mean, mean
    half = stats.t.ppf(0.5 + confidence / 2, n - 1) * np.std(values, ddof=1) / np.sqrt(n)
    return mean, mean - float(half), mean + float(half)


def wilson_interval(successes: float, n: int, confidence: float = CONFIDENCE) -> tuple[float, float, float]:
    """Share of successes with Wilson's score interval, which does not collapse at 0 of n."""
    if n == 0:
        return np.nan, np.nan, np.nan
    share = successes / n
    z = stats.norm.ppf(0.5 + confidence / 2)
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return share, max(0.0, float(centre - half)), min(1.0, float(centre + half))


def paired_p_value(differences: np.ndarray) -> float:
    """Two-sided p-value that the mean of (n,) paired differences is zero.

    Paired t. All zero: 1. Equal and not zero: t has no spread to judge by, so the sign test's
    2 / 2^n.
    """
    n = len(differences)
    if n < 2:
        return np.nan
    if np.all(differences == differences[0]):
        return 1.0 if differences[0] == 0.0 else float(2.0 ** (1 - n))
    t = np.mean(differences) / (np.std(differences, ddof=1) / np.sqrt(n))
    return float(2.0 * stats.t.sf(abs(t), n - 1))


def holm(p_values: Sequence[float] | np.ndarray) -> np.ndarray:
    """Holm's step-down adjusted p-values, same shape; NaN is no test and stays NaN.

    Controls the chance of any false claim in the family, whatever the dependence (Holm 1979).
    """
    p = np.asarray(p_values, dtype=float)
    adjusted = np.full(p.shape, np.nan)
    tested = np.flatnonzero(np.isfinite(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    steps = len(order) - np.arange(len(order))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(steps * p[order]))
    return adjusted
