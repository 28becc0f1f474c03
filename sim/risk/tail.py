"""Value-at-risk and expected shortfall across paths, with intervals where there are paths enough for one.

The difference of two designs' tails is a number without an interval: it hangs on the few paths that are in one tail and
not in the other, and no interval that was tried covers it at the number of paths of a comparison (docs/coverage.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.risk import intervals, resolution
from sim.risk.intervals import CONFIDENCE

LEVEL = 0.95
BASELINE, IDENTICAL, NO_TEST, NO_DATA = "baseline", "identical", "no test", "no data"
#: Fewest paths beyond the level of which the interval of their mean covers: 512 paths at 95 %.
FEWEST_BEYOND = 25.6
_UNIT = "%"


@dataclass(frozen=True, slots=True)
class Tail:
    """Tail of one design's loss at one level; an interval is NaN where `note` says that it needs more paths."""

    design: str
    level: float
    n: int
    value_at_risk: float
    value_at_risk_low: float
    value_at_risk_high: float
    expected_shortfall: float
    expected_shortfall_low: float
    expected_shortfall_high: float
    difference: float  # expected shortfall minus the baseline's on the same paths; NaN for the baseline
    verdict: str  # never whether the difference is one: see above
    note: str


def value_at_risk(losses: np.ndarray, level: float) -> np.ndarray:
    """Least loss that a share `level` of the last axis does not exceed, (..., n) -> (...)."""
    ordered = np.sort(losses, axis=-1)
    return ordered[..., _rank(ordered.shape[-1], level)]


def expected_shortfall(losses: np.ndarray, level: float) -> np.ndarray:
    """Mean of the worst (1 - level) n losses of the last axis, (..., n) -> (...).

    The boundary loss enters with its fraction, which keeps the measure coherent (Acerbi and
    Tasche 2002).
    """
    ordered = np.sort(losses, axis=-1)
    n = ordered.shape[-1]
    count = max(1.0, round(n * (1.0 - level), 9))
    weights = np.clip(count - np.arange(n)[::-1], 0.0, 1.0)
    return ordered @ weights / count


def value_at_risk_interval(losses: np.ndarray, level: float, confidence: float = CONFIDENCE) -> intervals.Interval:
    """Between which two of the (..., n) losses the value-at-risk lies; NaN where n is too small for any two."""
    ranks = intervals.quantile_ranks(losses.shape[-1], level, confidence)
    if ranks is None:
        nothing = np.full(losses.shape[:-1], np.nan)
        return nothing, nothing
    ordered = np.sort(losses, axis=-1)
    return ordered[..., ranks[0]], ordered[..., ranks[1]]


def shortfall_interval(losses: np.ndarray, level: float, confidence: float = CONFIDENCE) -> intervals.Interval:
    """Interval of the expected shortfall of (..., n) losses; NaN below `paths_needed`.

    To the first order the shortfall is the mean of q + max(loss - q, 0) / (1 - level) with q the value-at-risk, whose
    own error does not count there (Rockafellar and Uryasev 2000): an interval of a mean that is very skewed.
    """
    n = losses.shape[-1]
    if n < paths_needed(level):
        nothing = np.full(losses.shape[:-1], np.nan)
        return nothing, nothing
    quantile = value_at_risk(losses, level)[..., None]
    parts = quantile + np.maximum(losses - quantile, 0.0) / (1.0 - level)
    centre = np.mean(parts, axis=-1) - expected_shortfall(losses, level)
    low, high = intervals.mean_interval(parts, confidence)
    return low - centre, high - centre


def _rank(n: int, level: float) -> int:
    return max(0, int(np.ceil(round(n * level, 9))) - 1)


def paths_needed(level: float) -> int:
    """Fewest paths at which the expected shortfall has an interval (512 at 95 %)."""
    return int(np.ceil(round(FEWEST_BEYOND / (1.0 - level), 9)))


def note(n: int, level: float, confidence: float = CONFIDENCE) -> str:
    """What a reader must know about a tail of n paths; empty when there is nothing to warn of."""
    beyond = n * (1.0 - level)
    found = []
    if n < (least := intervals.quantile_paths(level, confidence)):
        found.append(f"an interval of the value-at-risk needs {least} paths")
    if n < paths_needed(level):
        found.append(f"an interval of the expected shortfall needs {paths_needed(level)}")
    if beyond < 1.0:
        found.append("with so few both are the worst path")
    if not found:
        return ""
    return f"{n} path{'' if n == 1 else 's'}: {', '.join(found)}"


def tails(
    losses: Mapping[str, np.ndarray],
    baseline: str,
    level: float = LEVEL,
    confidence: float = CONFIDENCE,
    same: frozenset[str] = frozenset(),
) -> tuple[Tail, ...]:
    """Tail of each design's (P,) losses, rows matched by path.

    A path on which any design has no finite loss is left out of all.

    Args:
        same: designs that are the deployed design of the baseline.
    """
    table = np.stack([np.asarray(values, dtype=float) for values in losses.values()])
    table = table[:, np.isfinite(table).all(axis=0)]
    names, n = list(losses), table.shape[1]
    if n == 0:
        return tuple(_empty(name, level) for name in names)
    least = resolution.resolution(_UNIT, table)
    at_risk, shortfall = value_at_risk(table, level), expected_shortfall(table, level)
    risk_ends = _where_spread(least, value_at_risk_interval(table, level, confidence))
    shortfall_ends = _where_spread(least, shortfall_interval(table, level, confidence))
    base = names.index(baseline)
    away = resolution.settled(shortfall - shortfall[base], least)
    return tuple(
        Tail(
            design=name,
            level=level,
            n=n,
            value_at_risk=float(at_risk[i]),
            value_at_risk_low=float(risk_ends[0][i]),
            value_at_risk_high=float(risk_ends[1][i]),
            expected_shortfall=float(shortfall[i]),
            expected_shortfall_low=float(shortfall_ends[0][i]),
            expected_shortfall_high=float(shortfall_ends[1][i]),
            difference=np.nan if i == base else float(away[i]),
            verdict=BASELINE if i == base else IDENTICAL if name in same and away[i] == 0.0 else NO_TEST,
            note=note(n, level, confidence),
        )
        for i, name in enumerate(names)
    )


def _where_spread(least: float, ends: intervals.Interval) -> intervals.Interval:
    """The interval, but none of zero width: losses that are all the same tell nothing of others."""
    is_spread = ends[1] - ends[0] > least
    return np.where(is_spread, ends[0], np.nan), np.where(is_spread, ends[1], np.nan)


def _empty(name: str, level: float) -> Tail:
    nan = np.nan
    return Tail(name, level, 0, nan, nan, nan, nan, nan, nan, nan, NO_DATA, NO_DATA)
