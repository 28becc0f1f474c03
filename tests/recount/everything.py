"""All recounts, by key: importing them is what registers them."""

from __future__ import annotations

from recount import of_fees, of_losses, of_market, of_providers, of_traders
from recount.account import SUMS, TOLERANCES, Account
from recount.of_providers import PARTS as PROVIDERS_PARTS

from sim.records import Records
from sim.risk.measures import MEASURES

FILES = (of_fees, of_losses, of_market, of_providers, of_traders)


def differences(records: Records, account: Account) -> dict[str, str]:
    """Measures of a run on one path that are further from their recount than their tolerance, with both numbers."""
    found = {}
    for measure in MEASURES:
        (told,), counted = measure.per_path(records), SUMS[measure.key](account)
        tolerance = TOLERANCES[measure.key]
        off = abs(float(told) - float(counted))
        if not off <= max(tolerance.absolute, tolerance.relative * abs(float(counted))):  # not a number is a difference
            found[measure.key] = f"{measure.key}: the simulator says {float(told)!r}, its tape {float(counted)!r}"
    return found


__all__ = ["FILES", "PROVIDERS_PARTS", "SUMS", "TOLERANCES", "differences"]
