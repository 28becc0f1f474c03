"""The median of the venues that nothing is known against: what prices are judged by."""

from __future__ import annotations

import numpy as np

FRESH_S = 60  # a quote older than this cannot be traded on
HINDSIGHT_S = 300  # how far ahead the honest median is looked up to judge a price


def honest_median(prices: np.ndarray, weights: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
    """Weighted median over the last axis, venues; where no venue has weight, `otherwise`."""
    median = _weighted_median(prices, np.broadcast_to(weights, prices.shape))
    return np.where(np.isfinite(median), median, otherwise)


def ahead(medians: np.ndarray, times_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least and largest of medians (P, T, F) from each moment (T,) to HINDSIGHT_S later, as far as there are any."""
    until = np.searchsorted(times_s, times_s + HINDSIGHT_S, side="right")
    spans = [medians[:, step:end] for step, end in enumerate(until.tolist())]
    low = np.stack([np.nanmin(span, axis=1) for span in spans], axis=1)
    high = np.stack([np.nanmax(span, axis=1) for span in spans], axis=1)
    return low, high


def _weighted_median(prices: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Smallest price whose cumulative weight reaches half, over the last axis; not a number without any weight."""
    order = np.argsort(prices, axis=-1, kind="stable")
    ranked = np.take_along_axis(prices, order, axis=-1)
    reached = np.cumsum(np.take_along_axis(weights, order, axis=-1), axis=-1)
    total = reached[..., -1:]
    first = (2.0 * reached >= total).argmax(axis=-1)
    median = np.take_along_axis(ranked, first[..., None], axis=-1)[..., 0]
    return np.where(total[..., 0] > 0, median, np.nan)
