"""One measure of one design over paths, and its paired difference from the baseline's."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.risk import intervals
from sim.risk.measures import Measure

ALPHA = 1.0 - intervals.CONFIDENCE

IDENTICAL = "identical"
NO_DIFFERENCE = "no difference shown"
HIGHER, LOWER = "higher", "lower"
ONE_PATH = "one path: no interval"
NO_DATA = "no data"


@dataclass(frozen=True, slots=True)
class Estimate:
    """Mean of a measure over paths with its 95 % interval (Wilson for a probability, else t)."""

    measure: str
    design: str
    mean: float
    low: float
    high: float
    sd: float  # over paths; NaN below two
    total: float  # over all paths; NaN unless the measure adds up
    n: int  # paths with a number
    n_missing: int


@dataclass(frozen=True, slots=True)
class Difference:
    """Mean of (design - baseline), path by path, with its 95 % interval.

    `effect` is "better" or "worse" where the difference is shown and the measure has a direction.
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


def estimate(measure: Measure, design: str, values: np.ndarray) -> Estimate:
    """Mean and interval of the finite ones of (P,) values."""
    found = values[np.isfinite(values)]
    if measure.kind == "probability":
        mean, low, high = intervals.wilson_interval(float(np.sum(found)), len(found))
    else:
        mean, low, high = intervals.t_interval(found)
    n = len(found)
    return Estimate(
        measure=measure.key,
        design=design,
        mean=mean,
        low=low,
        high=high,
        sd=float(np.std(found, ddof=1)) if n > 1 else np.nan,
        total=float(np.sum(found)) if measure.adds_up else np.nan,
        n=n,
        n_missing=len(values) - n,
    )


def difference(measure: Measure, design: str, values: np.ndarray, baseline: np.ndarray) -> Difference:
    """Difference of (P,) values from the baseline's (P,), rows matched; not yet Holm's."""
    is_paired = np.isfinite(values) & np.isfinite(baseline)
    pairs = values[is_paired] - baseline[is_paired]
    mean, low, high = intervals.t_interval(pairs)
    p_value = intervals.paired_p_value(pairs)
    if low == high != 0.0 and p_value >= ALPHA:
        low = high = np.nan
    is_same = np.array_equal(values, baseline, equal_nan=True)
    verdict = _verdict(low, high, len(pairs), is_same)
    return Difference(
        measure=measure.key,
        design=design,
        mean=mean,
        low=low,
        high=high,
        p_value=p_value,
        p_holm=np.nan,
        survives_holm=False,
        verdict=verdict,
        effect=_effect(measure, verdict),
        n=len(pairs),
        n_missing=len(values) - len(pairs),
    )


def _verdict(low: float, high: float, n: int, is_same: bool) -> str:
    if n == 0:
        return NO_DATA
    if n == 1:
        return ONE_PATH
    if is_same:
        return IDENTICAL
    if low > 0.0:
        return HIGHER
    return LOWER if high < 0.0 else NO_DIFFERENCE


def _effect(measure: Measure, verdict: str) -> str:
    if measure.better == "neither" or verdict not in (HIGHER, LOWER):
        return ""
    return "better" if verdict == measure.better else "worse"


def adjust(
    differences: dict[tuple[str, str], Difference],
) -> dict[tuple[str, str], Difference]:
    """The same differences with Holm's correction over all of them."""
    adjusted = intervals.holm([difference.p_value for difference in differences.values()])
    return {
        key: replace(difference, p_holm=float(p), survives_holm=bool(p < ALPHA))
        for (key, difference), p in zip(differences.items(), adjusted, strict=True)
    }
