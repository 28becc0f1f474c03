"""What a measure is, and what measures are made of: functions of records, one number per path.

Every function takes Records and returns (P,) floats in the order of `records.paths`. NaN means that a path has no such
number (no provider left to have a return, no open interest at all); it is never used for zero.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sim.risk.records import Records

GROUPS = (
    "Liquidity providers",
    "LP result by cause",
    "Solvency",
    "Insurance",
    "Liquidations",
    "Traders",
    "Market",
    "The pool and its market",
    "Actors",
    "Fees",
)
LP, LP_PARTS, SOLVENCY, INSURANCE, LIQUIDATIONS, TRADERS, MARKET, EXTERNALITY, ACTORS, FEES = GROUPS

Direction = Literal["higher", "lower", "neither"]
Kind = Literal["mean", "uneven", "skewed", "outlying", "probability", "sum", "count", "loss"]


@dataclass(frozen=True, slots=True)
class Measure:
    """A number per path, and how to read it.

    `kind` says how paths are spread, and so when their mean has an interval: "probability" for an indicator (0 or 1),
    "mean" for what is close to symmetric, "uneven" where it is not in every design, "skewed" for what is not, "sum" for
    amounts of USD, "count" for whole numbers, "loss" for what is zero on most paths and very large on a few, "outlying"
    for what a few paths have far away from all others (where providers leave).
    """

    key: str
    label: str
    unit: str
    group: str
    per_path: Callable[[Records], np.ndarray]
    help: str  # what it is, in a sentence or two
    formula: str  # in names of records: series[last], totals, sums over liquidations
    source: str  # where the numbers come from
    is_not: str  # what it is taken for and is not
    better: Direction = "neither"
    kind: Kind = "mean"
    is_signed: bool = False  # may be below zero, and so may the interval of its mean
    by_feed: bool = False  # an average over feeds: comparable over the feeds that all compared designs have

    @property
    def adds_up(self) -> bool:
        """Whether the sum over paths means something."""
        return self.unit in ("USD", "count")


def ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """Quotient, NaN where the bottom is not positive."""
    out = np.full(np.broadcast_shapes(np.shape(top), np.shape(bottom)), np.nan)
    return np.divide(top, bottom, out=out, where=np.asarray(bottom) > 0.0)


def change_pct(records: Records, series: str) -> np.ndarray:
    """Last over first, minus one."""
    values = records.series[series]
    return 100.0 * (ratio(values[:, -1], values[:, 0]) - 1.0)


def last(records: Records, series: str) -> np.ndarray:
    """The last column of a series."""
    return np.asarray(records.series[series][:, -1], dtype=float)


def peak(records: Records, series: str) -> np.ndarray:
    """The highest value of a series."""
    return np.max(records.series[series], axis=1)


def total(records: Records, name: str) -> np.ndarray:
    """A total."""
    return np.asarray(records.totals[name], dtype=float)


def rows_of(records: Records) -> np.ndarray:
    """Which path, by its place, each liquidation belongs to, (n,)."""
    order = np.argsort(records.paths, kind="stable")
    return order[np.searchsorted(records.paths, records.liquidations["path"], sorter=order)]


def liquidation_sum(records: Records, weights: np.ndarray) -> np.ndarray:
    """Sum of a liquidation column by path, (n,) -> (P,)."""
    return np.bincount(rows_of(records), np.asarray(weights, dtype=float), minlength=len(records.paths))
