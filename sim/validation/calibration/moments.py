"""Simulated moments: medians of the facts that may be fitted, and how far they are from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.scenario.extending import MARKETS as FOLDER
from sim.scenario.market import parse_market
from sim.validation.facts import Fact, Facts
from sim.validation.measures import MEASURES
from sim.validation.studies import simulate

#: A factor from a standard error of a mean to one of a median, of normal numbers.
OF_MEDIAN = float(np.sqrt(np.pi / 2.0))


@dataclass(frozen=True, slots=True)
class Moments:
    """Of one market: medians of the paths, and their sampling errors."""

    medians: np.ndarray  # (facts,)
    errors: np.ndarray  # (facts,)


def moments_of(document: dict[str, Any], facts: Facts, marked: Sequence[Fact], seed: int, paths: int) -> Moments:
    """Run a market on paths 0 to `paths` - 1."""
    market = parse_market(document, FOLDER / f"{facts.scenario}.toml")
    day = simulate(market, facts, seed, range(paths))
    values = np.stack([np.asarray(MEASURES[fact.name](day), dtype=float) for fact in marked])
    return Moments(np.median(values, axis=1), OF_MEDIAN * _spread(values) / np.sqrt(paths))


def _spread(values: np.ndarray) -> np.ndarray:
    """A deviation that one path in a dozen that went another way does not make."""
    low, high = np.percentile(values, [15.9, 84.1], axis=1)
    return 0.5 * (high - low)


def scale_of(fact: Fact) -> float:
    """What counts as one unit of a miss: the tolerance; where there is none, a quarter of the range."""
    low, high = fact.range
    return fact.tolerance or 0.25 * (high - low)


def misses(marked: Sequence[Fact], medians: np.ndarray) -> np.ndarray:
    """Signed misses in units of `scale_of`, (..., facts); 0 within what was published."""
    low, high = np.array([fact.range for fact in marked]).T
    return (medians - np.clip(medians, low, high)) / np.array([scale_of(fact) for fact in marked])


def distance(marked: Sequence[Fact], medians: np.ndarray) -> float:
    """Root of the mean square miss."""
    return float(np.sqrt(np.mean(misses(marked, medians) ** 2)))
