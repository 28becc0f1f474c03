"""All recounts, by key: importing them is what registers them."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan, nan

from recount import of_fees, of_losses, of_market, of_providers, of_traders
from recount.account import SUMS, TOLERANCES, Account
from recount.of_providers import PARTS as PROVIDERS_PARTS

from sim.risk.measures import EXTERNALITY, MEASURES
from sim.risk.records import Records

#: All but those of what a pool does to its market: in a replay it does nothing.
REPLAYED = tuple(measure for measure in MEASURES if measure.group != EXTERNALITY)
FILES = (of_fees, of_losses, of_market, of_providers, of_traders)


def differences(records: Records, accounts: Sequence[Account]) -> dict[str, list[str]]:
    """Measures of a run that are on any path further from their recount than their tolerance, with both numbers."""
    found: dict[str, list[str]] = {}
    for measure in REPLAYED:
        for path, told, account in zip(records.paths, measure.per_path(records), accounts, strict=True):
            counted, tolerance = _counted(measure.key, account), TOLERANCES[measure.key]
            is_near = abs(told - counted) <= max(tolerance.absolute, tolerance.relative * abs(counted))
            if not is_near and not (isnan(told) and isnan(counted)):
                said = f"path {path}: the simulator says {float(told)!r}, its tape {counted!r}"
                found.setdefault(measure.key, []).append(said)
    return found


def _counted(key: str, account: Account) -> float:
    """Not a number where a path has no such number: a share of nothing."""
    try:
        return float(SUMS[key](account))
    except ZeroDivisionError:
        return nan


__all__ = ["FILES", "PROVIDERS_PARTS", "SUMS", "TOLERANCES", "differences"]
