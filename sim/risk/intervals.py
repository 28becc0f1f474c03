"""Intervals and tests for means, shares, paired shares and quantiles.

Everything works on the last axis, so that what prints a report and what measures coverage (`sim.risk.coverage`) are the
same code. Nothing is drawn at random.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

CONFIDENCE = 0.95
RARE = 5  # fewer paths than this with an event, or without one: only an exact interval covers

Interval = tuple[np.ndarray, np.ndarray]


def t_interval(values: np.ndarray, confidence: float = CONFIDENCE) -> Interval:
    """Student's t for the mean of (..., n) values, n > 1: two (...) arrays."""
    mean, error, _ = _moments(values)
    half = stats.t.ppf(0.5 + confidence / 2, values.shape[-1] - 1) * error
    return mean - half, mean + half


def skewed_interval(values: np.ndarray, confidence: float = CONFIDENCE) -> Interval:
    """Interval of the mean that allows for skewness, (..., n) -> two (...): Hall's transformed t.

    Hall (1992), On the removal of skewness by transformation, J. R. Statist. Soc. B 54: the cubic
    g(t) = t + s t^2 / 3 + s^2 t^3 / 27 + s / 6 of the t statistic, with s the sample's skewness over the root of n, is
    close to symmetric, and it can be inverted. The studentised bootstrap without the bootstrap.
    """
    mean, error, skew = _moments(values)
    quantile = stats.t.ppf(0.5 + confidence / 2, values.shape[-1] - 1)
    return mean - _inverse(quantile, skew) * error, mean - _inverse(-quantile, skew) * error


def mean_interval(values: np.ndarray, confidence: float = CONFIDENCE) -> Interval:
    """Interval of the mean of (..., n) values: from the lower of both lower ends to the higher of both upper ends.

    t is right where the distribution is symmetric, however heavy its tails, and misses where it is skewed; the
    transformed t the other way round. docs/coverage.md has what each of them covers, and what both do.
    """
    symmetric, skewed = t_interval(values, confidence), skewed_interval(values, confidence)
    return np.minimum(symmetric[0], skewed[0]), np.maximum(symmetric[1], skewed[1])


def mean_p_value(values: np.ndarray) -> np.ndarray:
    """Two-sided p-value that the mean of (..., n) values is zero: below 5 % where `mean_interval` excludes zero."""
    mean, error, skew = _moments(values)
    t = mean / error
    transformed = t + skew * t**2 / 3 + skew**2 * t**3 / 27 + skew / 6
    least = np.minimum(np.abs(t), np.abs(transformed))
    return 2.0 * stats.t.sf(least, values.shape[-1] - 1)


def _moments(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, standard error, and skewness over the root of n; without spread the last two are zero."""
    n = values.shape[-1]
    mean = np.mean(values, axis=-1)
    away = values - mean[..., None]
    spread = np.sqrt(np.mean(away**2, axis=-1))
    skew = np.mean((away / np.where(spread > 0.0, spread, 1.0)[..., None]) ** 3, axis=-1)
    return mean, spread / np.sqrt(n - 1), skew / np.sqrt(n)


def _inverse(x: float, skew: np.ndarray) -> np.ndarray:
    """The t whose transformed value is x."""
    is_skewed = np.abs(skew) > 1e-7
    s = np.where(is_skewed, skew, 1.0)
    return np.where(is_skewed, 3.0 / s * (np.cbrt(1.0 + s * (x - s / 6)) - 1.0), x)


def share_interval(successes: np.ndarray | float, n: int, confidence: float = CONFIDENCE) -> Interval:
    """Interval of a share, never of zero width: exact where it is nearly none or nearly all, else Wilson's score."""
    k = np.asarray(successes, dtype=float)
    is_rare = np.minimum(k, n - k) < RARE
    exact, score = exact_share_interval(k, n, confidence), wilson_interval(k, n, confidence)
    return np.where(is_rare, exact[0], score[0]), np.where(is_rare, exact[1], score[1])


def exact_share_interval(successes: np.ndarray | float, n: int, confidence: float = CONFIDENCE) -> Interval:
    """Clopper and Pearson (1934): covers at least as often as it says, whatever the share."""
    k = np.asarray(successes, dtype=float)
    tail = (1.0 - confidence) / 2
    low = np.where(k > 0, stats.beta.ppf(tail, np.maximum(k, 1), n - k + 1), 0.0)
    high = np.where(k < n, stats.beta.ppf(1.0 - tail, k + 1, np.maximum(n - k, 1)), 1.0)
    return low, high


def wilson_interval(successes: np.ndarray | float, n: int, confidence: float = CONFIDENCE) -> Interval:
    """Wilson's score interval of a share: covers as often as it says on the average over shares."""
    share = np.asarray(successes, dtype=float) / n
    z = stats.norm.ppf(0.5 + confidence / 2)
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return np.where(share == 0.0, 0.0, centre - half), np.where(share == 1.0, 1.0, centre + half)


def paired_share_interval(
    first: np.ndarray | int, second: np.ndarray | int, n: int, confidence: float = CONFIDENCE
) -> Interval:
    """Difference of two shares of the same n pairs, never of zero width.

    Tango's score, and zero inside it wherever McNemar's exact test does not reject: an interval says no more than the
    test whose p-value stands beside it.

    Args:
        first: pairs in which only the first happened; `second`: only the second.
    """
    low, high = tango_interval(first, second, n, confidence)
    is_open = sign_p_value(first, second) >= 1.0 - confidence
    return np.where(is_open, np.minimum(low, 0.0), low), np.where(is_open, np.maximum(high, 0.0), high)


def tango_interval(
    first: np.ndarray | int, second: np.ndarray | int, n: int, confidence: float = CONFIDENCE
) -> Interval:
    """Difference of two shares of the same n pairs, first minus second: Tango's score (1998), Statist. Med. 17.

    Args:
        first: pairs in which only the first happened; `second`: only the second.
    """
    b, c = np.broadcast_arrays(np.asarray(first, dtype=float), np.asarray(second, dtype=float))
    z = stats.norm.ppf(0.5 + confidence / 2)
    estimate = (b - c) / n
    return _bisect(b, c, n, z, -np.ones_like(estimate), estimate), _bisect(
        b, c, n, -z, np.ones_like(estimate), estimate
    )


def _bisect(b: np.ndarray, c: np.ndarray, n: int, z: float, outside: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Where the score equals z, between a difference that is rejected and one that is not."""
    for _ in range(50):
        middle = 0.5 * (outside + inside)
        quadratic = -b - c + (2 * n - b + c) * middle
        root = np.sqrt(np.maximum(quadratic**2 + 8 * n * c * middle * (1 - middle), 0.0))
        nuisance = (root - quadratic) / (4 * n)
        variance = n * (2 * nuisance + middle * (1 - middle))
        score = (b - c - n * middle) / np.sqrt(np.maximum(variance, 1e-300))
        is_outside = np.abs(score) > abs(z)
        outside, inside = np.where(is_outside, middle, outside), np.where(is_outside, inside, middle)
    return outside


def sign_p_value(more: np.ndarray | int, less: np.ndarray | int) -> np.ndarray:
    """Two-sided exact p-value that more and less are equally likely; for shares this is McNemar's exact test."""
    a, b = np.asarray(more), np.asarray(less)
    return np.minimum(1.0, 2.0 * stats.binom.cdf(np.minimum(a, b), a + b, 0.5))


def quantile_ranks(n: int, level: float, confidence: float = CONFIDENCE) -> tuple[int, int] | None:
    """The two of n ordered values between which the quantile lies with at least that confidence, ranks from 0.

    Whatever the (continuous) distribution: the number of values below the quantile is binomial. The pair with the
    fewest ranks between them, of those the surest. None where even all n values are too few.
    """
    below = stats.binom.cdf(np.arange(-1, n), n, level)  # P(fewer than 0, 1, ..., n values below)
    lows = np.arange(1, n + 1)
    # The interval from rank l to rank u (from 1) covers with P(l <= values below < u).
    highs = np.searchsorted(below, below[lows] + confidence - 1e-12)
    lows, highs = lows[highs <= n], highs[highs <= n]
    if len(lows) == 0:
        return None
    covered = below[highs] - below[lows]
    best = np.lexsort((-covered, highs - lows))[0]
    return int(lows[best]) - 1, int(highs[best]) - 1


def quantile_paths(level: float, confidence: float = CONFIDENCE) -> int:
    """Fewest values between which a quantile lies with that confidence."""
    n = 2
    while quantile_ranks(n, level, confidence) is None:
        n += 1
    return n


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
