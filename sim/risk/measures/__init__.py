"""The measures of a run, one number per path each, and their registry."""

from __future__ import annotations

from sim.risk.measures import fees, liquidations, liquidity, market, solvency, traders
from sim.risk.measures.liquidity import lp_loss_pct, lp_return_pct
from sim.risk.measures.model import GROUPS, Direction, Kind, Measure

MEASURES: tuple[Measure, ...] = tuple(
    measure for part in (liquidity, solvency, liquidations, traders, market, fees) for measure in part.MEASURES
)


def by_key(key: str) -> Measure:
    """The registered measure of that key."""
    return next(measure for measure in MEASURES if measure.key == key)


__all__ = ["GROUPS", "MEASURES", "Direction", "Kind", "Measure", "by_key", "lp_loss_pct", "lp_return_pct"]
