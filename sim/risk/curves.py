"""What designs come to over the size of a storm, and from where on each makes bad debt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.risk import intervals
from sim.risk.comparison import Comparison

#: Measures that are followed over sizes, as far as a comparison has them.
FOLLOWED = ("lp_excess_pct", "bad_debt_probability", "bad_debt_usd", "liquidated_usd", "worst_pull_pct")
CHANCE = "bad_debt_probability"
HEADLINE = FOLLOWED[0]


@dataclass(frozen=True, slots=True)
class Point:
    """One measure of one design at one size."""

    size: float
    mean: float
    low: float  # of the 95 % interval at this size alone; NaN where it has none
    high: float


@dataclass(frozen=True, slots=True)
class First:
    """The smallest size at which a design made bad debt on any path; NaN: at none that was tried."""

    size: float
    paths: int  # of all, on which it did
    of: int
    low: float  # exact 95 % interval of the share of paths
    high: float


@dataclass(frozen=True, slots=True)
class Curve:
    """Designs over sizes, from small to large."""

    sizes: tuple[float, ...]
    designs: tuple[str, ...]
    points: dict[tuple[str, str], tuple[Point, ...]]  # by measure and design
    first: dict[str, First]
    n_tests: int  # of the headline, over all sizes and designs
    survive: frozenset[
        tuple[str, float]
    ]  # design and size of the differences that hold after correction for all of them


def curve(found: Sequence[tuple[float, Comparison]]) -> Curve:
    """Put comparisons of the same designs at several sizes together."""
    designs = found[0][1].designs
    keys = [key for key in FOLLOWED if all((key, designs[0]) in each.estimates for _, each in found)]
    points = {}
    for key in keys:
        for design in designs:
            estimates = [(size, each.estimates[key, design]) for size, each in found]
            points[key, design] = tuple(Point(size, e.mean, e.low, e.high) for size, e in estimates)
    tests = {
        (design, size): each.differences[HEADLINE, design]
        for size, each in found
        for design in designs[1:]
        if (HEADLINE, design) in each.differences
    }
    adjusted = intervals.holm([test.p_value for test in tests.values()])
    survive = [
        place
        for (place, test), p in zip(tests.items(), adjusted, strict=True)
        if test.effect and p < 1.0 - intervals.CONFIDENCE
    ]
    return Curve(
        sizes=tuple(size for size, _ in found),
        designs=designs,
        points=points,
        first={design: _first(design, found) for design in designs},
        n_tests=int(np.isfinite(adjusted).sum()),
        survive=frozenset(survive),
    )


def _first(design: str, found: Sequence[tuple[float, Comparison]]) -> First:
    for size, each in found:
        chance = each.estimates[CHANCE, design]
        made = round(chance.mean * chance.n)
        if made > 0:
            low, high = intervals.exact_share_interval(made, chance.n)
            return First(size, made, chance.n, float(low), float(high))
    paths = min(each.n_paths for _, each in found)
    return First(np.nan, 0, paths, 0.0, float(intervals.exact_share_interval(0, paths)[1]))
