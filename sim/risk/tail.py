"""Value-at-risk and expected shortfall across paths, with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.risk.intervals import CONFIDENCE

RESAMPLES = 2_000
FEW_TAIL_PATHS = 5  # with fewer paths beyond the level, a bootstrap interval is too narrow
_BLOCK_VALUES = 2_000_000  # resampled values held at once


@dataclass(frozen=True, slots=True)
class Tail:
    """Tail of one design's loss at one level, and its paired difference from the baseline."""

    design: str
    level: float
    n: int
    value_at_risk: float
    value_at_risk_low: float
    value_at_risk_high: float
    expected_shortfall: float
    expected_shortfall_low: float
    expected_shortfall_high: float
    difference: float  # expected shortfall minus the baseline's; NaN for the baseline
    difference_low: float
    difference_high: float
    verdict: str
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
    return _shortfall(np.sort(losses, axis=-1), level)


def _rank(n: int, level: float) -> int:
    return max(0, int(np.ceil(round(n * level, 9))) - 1)


def _shortfall(ordered: np.ndarray, level: float) -> np.ndarray:
    n = ordered.shape[-1]
    count = max(1.0, round(n * (1.0 - level), 9))
    weights = np.clip(count - np.arange(n)[::-1], 0.0, 1.0)
    return ordered @ weights / count


def paths_needed(level: float) -> int:
    """Fewest paths of which one lies beyond the level (20 at 95 %)."""
    return int(np.ceil(round(1.0 / (1.0 - level), 9)))


def note(n: int, level: float) -> str:
    """What a reader must know about a tail of n paths; empty when there is nothing to warn of."""
    needed = paths_needed(level)
    if n < needed:
        return f"{n} paths: the {level:.0%} tail needs at least {needed}; this is the worst path"
    if n * (1.0 - level) < FEW_TAIL_PATHS:
        inside = int(round(n * (1.0 - level), 9))
        return f"only {inside} of {n} paths in the tail: the interval is too narrow"
    return ""


def tails(
    losses: Mapping[str, np.ndarray],
    baseline: str,
    rng: np.random.Generator,
    level: float = CONFIDENCE,
    resamples: int = RESAMPLES,
) -> tuple[Tail, ...]:
    """Tail of each design's (P,) losses, rows matched by path.

    Percentile bootstrap over paths. One resample serves all designs, so differences stay paired and
    a design that equals the baseline differs by exactly zero. A path on which any design has no
    finite loss is left out of all.
    """
    table = np.stack([np.asarray(values, dtype=float) for values in losses.values()])
    table = table[:, np.isfinite(table).all(axis=0)]
    names, n = list(losses), table.shape[1]
    if n == 0:
        return tuple(_empty(name, level) for name in names)
    at_risk, shortfall = value_at_risk(table, level), expected_shortfall(table, level)
    risk_draws, shortfall_draws = _bootstrap(table, level, rng, resamples)
    base = names.index(baseline)
    edges = [50.0 * (1.0 - CONFIDENCE), 50.0 * (1.0 + CONFIDENCE)]
    rows = []
    for i, name in enumerate(names):
        var_low, var_high = _edges(risk_draws[i], edges, n)
        es_low, es_high = _edges(shortfall_draws[i], edges, n)
        low, high = _edges(shortfall_draws[i] - shortfall_draws[base], edges, n)
        is_same = np.array_equal(table[i], table[base])
        rows.append(
            Tail(
                design=name,
                level=level,
                n=n,
                value_at_risk=float(at_risk[i]),
                value_at_risk_low=var_low,
                value_at_risk_high=var_high,
                expected_shortfall=float(shortfall[i]),
                expected_shortfall_low=es_low,
                expected_shortfall_high=es_high,
                difference=np.nan if i == base else float(shortfall[i] - shortfall[base]),
                difference_low=np.nan if i == base else low,
                difference_high=np.nan if i == base else high,
                verdict="baseline" if i == base else _verdict(low, high, n, level, is_same),
                note=note(n, level),
            )
        )
    return tuple(rows)


def _bootstrap(
    table: np.ndarray, level: float, rng: np.random.Generator, resamples: int
) -> tuple[np.ndarray, np.ndarray]:
    """Value-at-risk and expected shortfall of resampled paths, two (designs, resamples) arrays."""
    designs, n = table.shape
    block = max(1, _BLOCK_VALUES // (designs * n))
    at_risk, shortfall = [], []
    for start in range(0, resamples, block):
        index = rng.integers(0, n, size=(min(block, resamples - start), n))
        ordered = np.sort(table[:, index], axis=-1)  # (designs, block, n)
        at_risk.append(ordered[..., _rank(n, level)])
        shortfall.append(_shortfall(ordered, level))
    return np.concatenate(at_risk, axis=1), np.concatenate(shortfall, axis=1)


def _edges(draws: np.ndarray, percent: list[float], n: int) -> tuple[float, float]:
    if n < 2:
        return np.nan, np.nan
    low, high = np.percentile(draws, percent)
    return float(low), float(high)


def _verdict(low: float, high: float, n: int, level: float, is_same: bool) -> str:
    if n == 1:
        return "one path: no interval"
    if is_same:
        return "identical"
    if n < paths_needed(level) or low <= 0.0 <= high:
        return "no difference shown"
    return "higher" if low > 0.0 else "lower"


def _empty(name: str, level: float) -> Tail:
    nan = np.nan
    return Tail(name, level, 0, nan, nan, nan, nan, nan, nan, nan, nan, nan, "no data", "no data")
