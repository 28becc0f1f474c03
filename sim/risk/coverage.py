"""How often the intervals that a report prints contain the truth, on samples of paths of which all are known.

A population is thousands of paths of our own runs. Samples of n of them are drawn again and again, with replacement,
and each is given to the functions that a report calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.risk import alternatives, intervals, resolution, rules, tail
from sim.risk.intervals import Interval
from sim.risk.looks import Looks
from sim.risk.measures import Measure
from sim.world import streams

SIZES = (16, 32, 64, 256, 512, 1024)
REPEATS = 2_000
LOWEST, HIGHEST = 0.93, 0.97
SELDOM = 0.05  # of the samples: what is printed less often is not judged
RARE_SHARE = 0.05
ALTERNATIVES: dict[str, Callable[[np.ndarray], Interval]] = {
    "t": intervals.t_interval,
    "BCa": alternatives.bca,
    "studentised": alternatives.studentised,
}
_COMPARED = (16, 64, 256)  # sizes at which the alternatives are measured as well


@dataclass(frozen=True, slots=True)
class Population:
    """One number per path, or a pair of them: of a design and of the baseline on the same path."""

    name: str
    kind: str
    unit: str
    values: np.ndarray  # (N,)
    baseline: np.ndarray | None = None  # (N,)
    is_signed: bool = True


@dataclass(frozen=True, slots=True)
class Cell:
    """One population at one number of paths."""

    kind: str
    is_difference: bool
    n: int
    name: str
    printed: float  # share of the samples with an interval
    covered: float  # share of those that contain the truth; NaN where hardly any is printed
    low: float  # its 99 % interval
    high: float
    others: dict[str, float]  # what alternatives cover, of all samples that are not constant

    @property
    def is_printed(self) -> bool:
        """Whether there are intervals to judge."""
        return self.printed >= SELDOM

    @property
    def is_short(self) -> bool:
        """Covers less than it says, surely."""
        return self.is_printed and self.high < LOWEST

    @property
    def is_wide(self) -> bool:
        """Covers more than it says, surely."""
        return self.is_printed and self.low > HIGHEST


def populations(measures: Sequence[Measure], paths: Mapping[str, Mapping[str, np.ndarray]]) -> list[Population]:
    """What is sampled: every measure of every design that varies, and its differences from the first design's.

    Shares are those of the paths on which a loss or a count is not zero; tails are those of the LPs' loss.

    Args:
        paths: by design, by measure: (N,) numbers, the same paths in the same order.
    """
    first, *others = paths
    found: list[Population] = []
    for measure in measures:
        table = {design: _finite(paths[design][measure.key]) for design in paths}
        found += _pairs(measure.label, measure.kind, measure.unit, table, first, others, measure.is_signed)
        if measure.kind in ("loss", "count"):
            shares = {design: (values > 0.0).astype(float) for design, values in table.items()}
            found += _pairs(f"any of: {measure.label}", "probability", "probability", shares, first, others, False)
    for key in ("lp_return_pct", "lp_excess_pct"):
        table = {design: -_finite(paths[design][key]) for design in paths}
        for kind in ("value-at-risk", "expected shortfall"):
            found += _pairs(f"of {key}", kind, "%", table, first, others, True)
    return [population for population in found if _varies(population)]


def _pairs(
    name: str, kind: str, unit: str, table: Mapping[str, np.ndarray], first: str, others: Sequence[str], is_signed: bool
) -> Iterator[Population]:
    for design, values in table.items():
        yield Population(f"{name}, {design}", _split(kind, values), unit, values, None, is_signed)
    for design in others:
        pairs = table[design] - table[first]
        yield Population(
            f"{name}, {design} - {first}", _split(kind, pairs), unit, table[design], table[first], is_signed
        )


def _split(kind: str, values: np.ndarray) -> str:
    """Rare shares are a kind of their own."""
    if kind != "probability":
        return kind
    share = np.mean(values != 0.0)
    return "rare share" if min(share, 1.0 - share) < RARE_SHARE else "share"


def _finite(values: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(values), values, 0.0)


def _varies(population: Population) -> bool:
    pairs = population.values if population.baseline is None else population.values - population.baseline
    least = resolution.resolution(population.unit, population.values)
    return not bool(resolution.is_constant(pairs, least))


def measure(population: Population, n: int, repeats: int = REPEATS, compare: bool = True) -> Cell:
    """Cover one population by samples of n paths; the samples depend on its name and n alone."""
    rng = streams.generator(0, n, 0, f"coverage of {population.name}, {population.kind}")
    index = rng.integers(0, len(population.values), (repeats, n))
    values = population.values[index]
    baseline = None if population.baseline is None else population.baseline[index]
    truth = _truth(population)
    low, high = printed(population, values, baseline)
    is_printed = np.isfinite(low)
    slack = 1e-9 * max(1.0, abs(truth))  # a share of whole paths is not a float
    hits = int(np.count_nonzero((low - slack <= truth) & (truth <= high + slack) & is_printed))
    total = int(np.count_nonzero(is_printed))
    is_judged = total >= SELDOM * repeats
    ends = intervals.exact_share_interval(hits, total, 0.99) if is_judged else (np.nan, np.nan)
    return Cell(
        kind=population.kind,
        is_difference=baseline is not None,
        n=n,
        name=population.name,
        printed=total / repeats,
        covered=hits / total if is_judged else np.nan,
        low=float(ends[0]),
        high=float(ends[1]),
        others=_others(population, values, baseline, truth) if compare and n in _COMPARED else {},
    )


def _truth(population: Population) -> float:
    values, baseline = population.values, population.baseline
    if population.kind == "value-at-risk":
        return float(tail.value_at_risk(values, tail.LEVEL))
    if population.kind == "expected shortfall":
        mine = float(tail.expected_shortfall(values, tail.LEVEL))
        return mine if baseline is None else mine - float(tail.expected_shortfall(baseline, tail.LEVEL))
    return float(np.mean(values if baseline is None else values - baseline))


def printed(population: Population, values: np.ndarray, baseline: np.ndarray | None) -> Interval:
    """What a report prints of (R, n) samples, NaN where it prints no interval."""
    n = values.shape[-1]
    nothing = np.full(len(values), np.nan)
    if population.kind in ("value-at-risk", "expected shortfall"):
        if baseline is not None:
            return nothing, nothing
        interval = tail.value_at_risk_interval if population.kind == "value-at-risk" else tail.shortfall_interval
        return interval(values, tail.LEVEL)
    if population.kind in ("share", "rare share"):
        if baseline is None:
            return intervals.share_interval(np.sum(values, axis=1), n)
        more, less = np.sum(values > baseline, axis=1), np.sum(values < baseline, axis=1)
        return intervals.paired_share_interval(more, less, n)
    least = resolution.resolution(population.unit, population.values)
    pairs = values if baseline is None else resolution.settled(values - baseline, least)
    is_there = rules.is_enough(pairs, population.kind, least) & ~resolution.is_constant(pairs, least)
    low, high = intervals.mean_interval(pairs)
    if baseline is None and not population.is_signed:
        low = np.maximum(low, 0.0)
    return np.where(is_there, low, np.nan), np.where(is_there, high, np.nan)


def _others(population: Population, values: np.ndarray, baseline: np.ndarray | None, truth: float) -> dict[str, float]:
    def covered(interval: Interval, is_judged: np.ndarray) -> float:
        hits = (interval[0] <= truth) & (truth <= interval[1]) & is_judged
        return float(np.count_nonzero(hits) / max(1, np.count_nonzero(is_judged)))

    everything = np.ones(len(values), dtype=bool)
    if population.kind in ("value-at-risk", "expected shortfall"):
        found = alternatives.bootstrap_tails(values, values if baseline is None else baseline, tail.LEVEL)
        chosen = found[0] if population.kind == "value-at-risk" else found[1 if baseline is None else 2]
        return {"percentile bootstrap": covered(chosen, everything)}
    pairs = values if baseline is None else values - baseline
    if population.kind in ("share", "rare share"):
        if baseline is None:
            return {"Wilson": covered(intervals.wilson_interval(np.sum(pairs, axis=1), values.shape[1]), everything)}
        return {"t": covered(alternatives.wald_share(pairs), everything)}
    varies = np.ptp(pairs, axis=1) > 0.0
    return {name: covered(interval(pairs), varies) for name, interval in ALTERNATIVES.items()}


@dataclass(frozen=True, slots=True)
class Stopped:
    """Adding paths until an interval is narrow enough, many times."""

    name: str
    is_null: bool  # the differences were shifted to have the mean zero
    width: float
    planned: tuple[int, ...]
    mean_paths: float  # where it stopped
    reached: float  # share that was narrow enough at the end
    covered: float  # share of the last intervals that contain the truth
    low: float  # its 99 % interval
    high: float


def stopped(population: Population, width: float, paths: int, is_null: bool, repeats: int = REPEATS) -> Stopped:
    """Look at a difference after 64, 128, ... paths until its interval is at most so wide; it has one at each look."""
    assert population.baseline is not None
    least = resolution.resolution(population.unit, population.values)
    pairs = resolution.settled(population.values - population.baseline, least)
    pairs = pairs - np.mean(pairs) if is_null else pairs
    truth = float(np.mean(pairs))
    looks = Looks.of(width, paths)
    rng = streams.generator(0, paths, int(is_null), f"stopping of {population.name}")
    sample = pairs[rng.integers(0, len(pairs), (repeats, paths))]
    at, covered = np.full(repeats, paths), np.zeros(repeats, dtype=bool)
    reached = np.zeros(repeats, dtype=bool)
    for n in looks.planned:
        low, high = intervals.mean_interval(sample[:, :n], looks.confidence)
        is_open = ~reached
        covered = np.where(is_open, (low <= truth) & (truth <= high), covered)
        at = np.where(is_open, n, at)
        reached |= high - low <= width
    ends = intervals.exact_share_interval(int(np.sum(covered)), repeats, 0.99)
    return Stopped(
        name=population.name,
        is_null=is_null,
        width=width,
        planned=looks.planned,
        mean_paths=float(np.mean(at)),
        reached=float(np.mean(reached)),
        covered=float(np.mean(covered)),
        low=float(ends[0]),
        high=float(ends[1]),
    )
