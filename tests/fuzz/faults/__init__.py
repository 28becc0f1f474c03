"""Faults to plant in the contracts, by subject. Each has to be caught by the property that was predicted."""

from __future__ import annotations

from fuzz.faults import accounting, fees, ladder, periphery, pool, prices, trading, windows, winners
from fuzz.faults.fault import Fault

IN_MARKET = [*accounting.FAULTS, *trading.FAULTS]
ELSEWHERE = [*pool.FAULTS, *fees.FAULTS, *ladder.FAULTS, *periphery.FAULTS, *windows.FAULTS, *prices.FAULTS, *winners.FAULTS]


def named(name: str) -> Fault:
    """The fault of a name."""
    return next(each for each in (*IN_MARKET, *ELSEWHERE) if each.name == name)
