"""When a number of paths is enough for an interval: what docs/coverage.md showed, by kind of measure."""

from __future__ import annotations

from math import ceil

import numpy as np

from sim.risk import resolution

#: Fewest paths at which the interval of a mean covers as often as it says. "loss" is zero on most paths and very large
#: on a few: bad debt, what insurance paid. An "uneven" one is close to symmetric with most designs and not with all.
FEWEST = {"mean": 16, "uneven": 64, "skewed": 128, "outlying": 512, "sum": 32, "count": 32, "loss": 256}
#: Where most paths show one and the same number (zero, as a rule), this many have to show another one.
FEWEST_APART = 20


def fewest(kind: str) -> int:
    """Fewest paths for an interval of the mean of a measure of that kind."""
    return FEWEST.get(kind, max(FEWEST.values()))


def is_enough(values: np.ndarray, kind: str, least: float) -> np.ndarray:
    """Whether an interval of the mean of (..., n) values is printed, (...)."""
    n = values.shape[-1]
    if n < fewest(kind):
        return np.zeros(values.shape[:-1], dtype=bool)
    apart = resolution.apart(values, least)
    return (2 * apart >= n) | (apart >= FEWEST_APART)


def needed(values: np.ndarray, kind: str, least: float) -> int:
    """About how many paths an interval of the mean of (n,) values needs; 0: it has enough, or nothing tells."""
    if bool(is_enough(values, kind, least)):
        return 0
    n, apart = len(values), int(resolution.apart(values, least))
    if 2 * apart >= n:
        return fewest(kind)
    return max(fewest(kind), _round_up(n * FEWEST_APART / apart)) if apart else 0


def _round_up(paths: float) -> int:
    """To two digits."""
    step = 10 ** max(0, len(str(int(paths))) - 2)
    return ceil(paths / step) * step
