"""Intervals that a report does not print, for the table that says why: what was printed before, what else was tried.

All work on the last axis of many samples at once. Resamples are the same for every sample of a size.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from sim.risk import tail
from sim.risk.intervals import Interval
from sim.world import streams

RESAMPLES = 1_000
TAIL_RESAMPLES = 400
_TAILS = (0.025, 0.975)


def wald_share(values: np.ndarray) -> Interval:
    """Student's t on indicators or on their paired differences, of zero width where all are the same."""
    n = values.shape[-1]
    mean = np.mean(values, axis=-1)
    half = stats.t.ppf(_TAILS[1], n - 1) * np.std(values, axis=-1, ddof=1) / np.sqrt(n)
    return mean - half, mean + half


def bca(values: np.ndarray) -> Interval:
    """Bias-corrected and accelerated bootstrap of the mean (Efron 1987), (R, n) -> two (R,)."""
    mean, spread, means, _ = _resampled(values)
    below = np.mean(means < 0.0, axis=1) + 0.5 * np.mean(means == 0.0, axis=1)
    bias = stats.norm.ppf(np.clip(below, 0.5 / RESAMPLES, 1 - 0.5 / RESAMPLES))
    cubes = np.mean(((values - mean[:, None]) / spread[:, None]) ** 3, axis=1)
    acceleration = cubes / (6 * np.sqrt(values.shape[1]))
    ordered = np.sort(means, axis=1)
    ends = []
    for share in _TAILS:
        shifted = bias + stats.norm.ppf(share)
        level = stats.norm.cdf(bias + shifted / (1 - acceleration * shifted))
        rank = np.clip((level * RESAMPLES).astype(int), 0, RESAMPLES - 1)
        ends.append(mean + spread * np.take_along_axis(ordered, rank[:, None], axis=1)[:, 0])
    return ends[0], ends[1]


def studentised(values: np.ndarray) -> Interval:
    """Studentised bootstrap of the mean (Hall 1988), (R, n) -> two (R,)."""
    n = values.shape[1]
    mean, spread, means, variances = _resampled(values)
    safe = np.sqrt(np.where(variances > 1e-9, variances, 1.0) / n)
    t = np.where(variances > 1e-9, means / safe, np.where(np.abs(means) < 1e-6, 0.0, np.copysign(1e6, means)))
    low, high = np.quantile(t, _TAILS, axis=1)
    error = spread * np.sqrt(n / (n - 1)) / np.sqrt(n)
    return mean - high * error, mean - low * error


def _resampled(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Mean and spread (R,) of the samples; means and variances (R, RESAMPLES) of resamples in units of the spread."""
    n = values.shape[1]
    index = streams.generator(0, n, 0, "resamples of a mean").integers(0, n, (RESAMPLES, n))
    weights = np.zeros((RESAMPLES, n), np.float32)
    np.add.at(weights, (np.arange(RESAMPLES)[:, None], index), 1.0)
    mean, spread = np.mean(values, axis=1), np.std(values, axis=1)
    scaled = ((values - mean[:, None]) / np.where(spread > 0.0, spread, 1.0)[:, None]).astype(np.float32)
    means = scaled @ weights.T / n
    variances = (scaled**2 @ weights.T / n - means**2) * n / (n - 1)
    return mean, np.where(spread > 0.0, spread, 1.0), means, variances


def bootstrap_tails(losses: np.ndarray, baseline: np.ndarray, level: float) -> tuple[Interval, Interval, Interval]:
    """Percentile bootstrap of value-at-risk, expected shortfall and the latter's paired difference, (R, n) each."""
    repeats, n = losses.shape
    rng = streams.generator(0, n, 0, "resamples of a tail")
    draws = np.empty((3, repeats, TAIL_RESAMPLES))
    for i in range(TAIL_RESAMPLES):
        index = rng.integers(0, n, n)
        mine, other = losses[:, index], baseline[:, index]
        shortfall = tail.expected_shortfall(mine, level)
        draws[:, :, i] = (
            tail.value_at_risk(mine, level),
            shortfall,
            shortfall - tail.expected_shortfall(other, level),
        )
    low, high = np.quantile(draws, _TAILS, axis=-1)
    return (low[0], high[0]), (low[1], high[1]), (low[2], high[2])
