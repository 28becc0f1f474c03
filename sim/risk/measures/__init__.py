"""The measures of a run, one number per path each, and their registry."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.risk.measures import externality, fees, liquidations, liquidity, market, solvency, traders
from sim.risk.measures.liquidity import lp_loss_pct, lp_return_pct
from sim.risk.measures.model import EXTERNALITY, GROUPS, Direction, Kind, Measure
from sim.risk.records import Records

MEASURES: tuple[Measure, ...] = tuple(
    measure
    for part in (liquidity, solvency, liquidations, traders, market, externality, fees)
    for measure in part.MEASURES
)


def suited(records: Sequence[Records]) -> tuple[Measure, ...]:
    """All measures but those of what a pool does to its market, where no pool did anything to it."""
    is_moved = any(
        not np.array_equal(each.series["basket_price_usd"], each.series["twin_basket_price_usd"]) for each in records
    )
    return tuple(measure for measure in MEASURES if is_moved or measure.group != EXTERNALITY)


def by_key(key: str) -> Measure:
    """The registered measure of that key."""
    return next(measure for measure in MEASURES if measure.key == key)


__all__ = [
    "EXTERNALITY",
    "GROUPS",
    "MEASURES",
    "Direction",
    "Kind",
    "Measure",
    "by_key",
    "lp_loss_pct",
    "lp_return_pct",
    "suited",
]
