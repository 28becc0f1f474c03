"""What a difference becomes where the scenario is a little different, from few paths.

A neighbour runs a few of the comparison's paths with the same draws, so what it changes on a path is known better than
what it shows by itself: the comparison's difference over all paths is a control variate, with a coefficient of one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from sim.risk import intervals, resolution
from sim.risk.intervals import CONFIDENCE

HOLDS, UNSURE, TURNS, SHOWN = "holds", "not shown", "turns", "shown"


@dataclass(frozen=True, slots=True)
class Shift:
    """The difference of one design from the baseline in one neighbour, with its 95 % interval."""

    design: str
    mean: float
    low: float
    high: float
    n: int  # of the neighbour's paths, those with a number here and in the comparison
    verdict: str  # HOLDS, UNSURE or TURNS where the comparison shows a difference, else SHOWN or UNSURE


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One neighbour of the scenario."""

    name: str
    n: int  # paths
    leverage: float  # notional over margin of the baseline's opening book; NaN where nobody is in it
    shifts: tuple[Shift, ...]


def shifted(base: np.ndarray, few: np.ndarray, rows: np.ndarray) -> tuple[float, float, float]:
    """Mean difference in a neighbour with its 95 % interval; NaN ends where there is no spread to judge by.

    Where it is the same on each of enough paths both ends are the mean: enough of the neighbour's paths, or, where the
    neighbour changes nothing on any of them, of the comparison's.

    The estimate is mean(base) + mean(few - base[rows]). Its variance is s_b^2 / N + s_c^2 / n + 2 cov(b, c) / N, since
    the n paths are among the N; Student's t has n - 1 degrees of freedom, which is the cautious choice.

    Args:
        base: (N,) differences of the comparison, path by path.
        few: (n,) those of the neighbour.
        rows: (n,) where the neighbour's paths are among the comparison's.
    """
    least = resolution.resolution("pp", base, few)
    base, few = resolution.settled(base, least), resolution.settled(few, least)
    is_there = np.isfinite(few) & np.isfinite(base[rows])
    few, rows = few[is_there], rows[is_there]
    known = base[np.isfinite(base)]
    n = len(few)
    if n == 0 or len(known) == 0:
        return np.nan, np.nan, np.nan
    change = resolution.settled(few - base[rows], least)
    mean = float(known.mean() + change.mean())
    if n < 2:
        return mean, np.nan, np.nan
    if resolution.is_constant(known, least) and resolution.is_constant(change, least):
        paths = n if np.any(change) else len(known)
        is_shown = abs(mean) > least and float(intervals.sign_p_value(paths, 0)) < 1.0 - CONFIDENCE
        return (mean, mean, mean) if is_shown else (mean, np.nan, np.nan)
    shared = np.cov(base[rows], change)
    variance = known.var(ddof=1) / len(known) + shared[1, 1] / n + 2.0 * shared[0, 1] / len(known)
    half = float(stats.t.ppf(0.5 + CONFIDENCE / 2, n - 1) * np.sqrt(max(variance, 0.0)))
    return mean, mean - half, mean + half


def judge(low: float, high: float, sign: int) -> str:
    """What a neighbour says of a difference that the comparison shows with a sign, or does not show (0)."""
    seen = 1 if low > 0 else -1 if high < 0 else 0
    if sign == 0:
        return SHOWN if seen else UNSURE
    return HOLDS if seen == sign else TURNS if seen == -sign else UNSURE


def neighbour(
    name: str,
    leverage: float,
    base: Mapping[str, np.ndarray],
    few: Mapping[str, np.ndarray],
    rows: np.ndarray,
    signs: Mapping[str, int],
) -> Neighbour:
    """One neighbour.

    Args:
        base: the headline's values of each design in the comparison, (N,); the baseline first.
        few: those in the neighbour, (n,).
        rows: (n,) its paths among the comparison's.
        signs: of each other design's difference that the comparison shows, 0 where it shows none.
    """
    names: Sequence[str] = list(base)
    shifts = []
    for design in names[1:]:
        here, there = base[design] - base[names[0]], few[design] - few[names[0]]
        mean, low, high = shifted(here, there, rows)
        n = int(np.count_nonzero(np.isfinite(there) & np.isfinite(here[rows])))
        shifts.append(Shift(design, mean, low, high, n, judge(low, high, signs[design])))
    return Neighbour(name, len(rows), leverage, tuple(shifts))
