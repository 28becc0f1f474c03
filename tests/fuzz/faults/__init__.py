"""Faults to plant in the contracts, by subject. Each has to be caught by the property that was predicted."""

from __future__ import annotations

from fuzz.faults import (
    accounting,
    cohorts,
    endings,
    entries,
    exits,
    fees,
    forced,
    freedom,
    funding,
    ladder,
    periphery,
    pool,
    prices,
    privileges,
    requests,
    restoring,
    trading,
    windows,
    winners,
)
from fuzz.faults.fault import Fault

IN_MARKET = [*accounting.FAULTS, *trading.FAULTS, *freedom.FAULTS, *funding.IN_MARKET, *cohorts.IN_MARKET]
_OF_THE_POOL = [*pool.FAULTS, *fees.FAULTS, *windows.FAULTS, *exits.FAULTS, *entries.FAULTS]
_OF_ROLES = [
    *(*funding.IN_RATES, *funding.IN_THE_LADDER, *periphery.FAULTS),
    *(*requests.FAULTS, *prices.FAULTS, *privileges.FAULTS, *endings.FAULTS),
]
ELSEWHERE = [
    *_OF_THE_POOL,
    *ladder.FAULTS,
    *restoring.FAULTS,
    *forced.FAULTS,
    *winners.FAULTS,
    *cohorts.FAULTS,
    *_OF_ROLES,
]


def named(name: str) -> Fault:
    """The fault of a name."""
    return next(each for each in (*IN_MARKET, *ELSEWHERE) if each.name == name)
