"""One measure of one design over paths, and its paired difference from the baseline's."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.risk import intervals, resolution, rules
from sim.risk.measures import Measure

IDENTICAL = "identical"  # equal by construction: the same deployed design
EQUAL = "equal on all paths"
NONE_SEEN = "none seen"  # zero on all paths, of both designs
NO_DIFFERENCE = "no difference shown"
HIGHER, LOWER = "higher", "lower"
NEEDS_PATHS = "needs more paths"
ONE_PATH = "one path: no interval"
NO_DATA = "no data"


@dataclass(frozen=True, slots=True)
class Estimate:
    """Mean of a measure over paths with its interval, NaN where it has none (`sim.risk.rules`)."""

    measure: str
    design: str
    mean: float
    low: float
    high: float
    sd: float  # over paths; NaN below two
    total: float  # over all paths; NaN unless the measure adds up
    n: int  # paths with a number
    n_missing: int
    n_apart: int  # paths that show something else than the most frequent number
    n_needed: int  # about how many paths an interval needs; 0 where there is one, or where all paths agree


@dataclass(frozen=True, slots=True)
class Difference:
    """Mean of (design - baseline), path by path, with its interval.

    `effect` is "better" or "worse" where the difference is shown and the measure has a direction. Without spread (the
    same difference on every path) there is a verdict by the sign test, and no interval.
    """

    measure: str
    design: str
    mean: float
    low: float
    high: float
    p_value: float
    p_holm: float
    survives_holm: bool
    verdict: str
    effect: str
    n: int  # pairs of which both have a number
    n_missing: int
    n_apart: int  # pairs that differ
    n_needed: int


def estimate(measure: Measure, design: str, values: np.ndarray, confidence: float = intervals.CONFIDENCE) -> Estimate:
    """Mean and interval of the finite ones of (P,) values."""
    found = values[np.isfinite(values)]
    n = len(found)
    least = resolution.resolution(measure.unit, found)
    low = high = np.nan
    n_apart = int(resolution.apart(found, least)) if n else 0
    n_needed = 0
    if measure.kind == "probability":
        if n:
            low, high = (float(end) for end in intervals.share_interval(np.sum(found), n, confidence))
    elif n > 1:
        n_needed = rules.needed(found, measure.kind, least)
        if rules.is_enough(found, measure.kind, least) and not resolution.is_constant(found, least):
            low, high = (float(end) for end in intervals.mean_interval(found, confidence))
            if not measure.is_signed and np.min(found) >= -least:
                low = max(low, 0.0)
    return Estimate(
        measure=measure.key,
        design=design,
        mean=float(np.mean(found)) if n else np.nan,
        low=low,
        high=high,
        sd=float(np.std(found, ddof=1)) if n > 1 else np.nan,
        total=float(np.sum(found)) if measure.adds_up else np.nan,
        n=n,
        n_missing=len(values) - n,
        n_apart=n_apart,
        n_needed=n_needed,
    )


def difference(
    measure: Measure,
    design: str,
    values: np.ndarray,
    baseline: np.ndarray,
    *,
    is_same: bool = False,
    confidence: float = intervals.CONFIDENCE,
) -> Difference:
    """Difference of (P,) values from the baseline's (P,), rows matched; not yet Holm's.

    Args:
        is_same: both are one deployed design, so that nothing can differ.
    """
    is_paired = np.isfinite(values) & np.isfinite(baseline)
    first, second = values[is_paired], baseline[is_paired]
    least = resolution.resolution(measure.unit, first, second)
    pairs = resolution.settled(first - second, least)
    n, n_apart = len(pairs), int(np.count_nonzero(pairs))
    low, high, p_value, verdict = _judged(measure, pairs, first, least, is_same, confidence)
    return Difference(
        measure=measure.key,
        design=design,
        mean=float(np.mean(pairs)) if n else np.nan,
        low=low,
        high=high,
        p_value=p_value,
        p_holm=np.nan,
        survives_holm=False,
        verdict=verdict,
        effect=_effect(measure, verdict),
        n=n,
        n_missing=len(values) - n,
        n_apart=n_apart,
        n_needed=rules.needed(pairs, measure.kind, least) if verdict == NEEDS_PATHS else 0,
    )


def _judged(
    measure: Measure, pairs: np.ndarray, first: np.ndarray, least: float, is_same: bool, confidence: float
) -> tuple[float, float, float, str]:
    """Interval, p-value and verdict of differences that are settled."""
    n, alpha = len(pairs), 1.0 - confidence
    if n < 2:
        return np.nan, np.nan, np.nan, ONE_PATH if n else NO_DATA
    has_none = not np.any(pairs)
    if is_same and has_none:
        return 0.0, 0.0, 1.0, IDENTICAL
    more, less = np.count_nonzero(pairs > 0.0), np.count_nonzero(pairs < 0.0)
    equal = NONE_SEEN if np.max(np.abs(first)) <= least else EQUAL
    if measure.kind == "probability":
        low, high = (float(end) for end in intervals.paired_share_interval(more, less, n, confidence))
        p_value = float(intervals.sign_p_value(more, less))
        return low, high, p_value, equal if has_none else _verdict(low, high)
    if has_none:
        return np.nan, np.nan, 1.0, equal
    if resolution.is_constant(pairs, least):
        p_value = float(intervals.sign_p_value(more, less))
        side = HIGHER if more else LOWER
        return np.nan, np.nan, p_value, side if p_value < alpha else NEEDS_PATHS
    if not rules.is_enough(pairs, measure.kind, least):
        return np.nan, np.nan, np.nan, NEEDS_PATHS
    low, high = (float(end) for end in intervals.mean_interval(pairs, confidence))
    return low, high, float(intervals.mean_p_value(pairs)), _verdict(low, high)


def _verdict(low: float, high: float) -> str:
    if low > 0.0:
        return HIGHER
    return LOWER if high < 0.0 else NO_DIFFERENCE


def _effect(measure: Measure, verdict: str) -> str:
    if measure.better == "neither" or verdict not in (HIGHER, LOWER):
        return ""
    return "better" if verdict == measure.better else "worse"


def adjust(
    differences: dict[tuple[str, str], Difference], confidence: float = intervals.CONFIDENCE
) -> dict[tuple[str, str], Difference]:
    """The same differences with Holm's correction over all of them."""
    adjusted = intervals.holm([difference.p_value for difference in differences.values()])
    return {
        key: replace(
            difference,
            p_holm=float(p),
            survives_holm=bool(p < 1.0 - confidence) and difference.verdict in (HIGHER, LOWER),
        )
        for (key, difference), p in zip(differences.items(), adjusted, strict=True)
    }
