"""Faults of funding: who pays whom."""

from __future__ import annotations

from fuzz.faults.fault import fault

IN_RATES = [
    fault(
        "what both sides should share with the pool goes to the other side alone",
        "Rates",
        "    if not FUNDING_PER_UNIT:\n        return paid",
        "    if payers > 0 and earners > 0:\n        return paid",
        "FF-10",
    ),
    fault(
        "the pool pays for the skew what it was never owed",
        "Rates",
        "earned = min(earned, fp.mul_div_down(owed, c.WAD, earners))",
        "owed = max(owed, fp.mul_up(earners, earned))",
        "FF-03",
        design="hlp",  # its interest runs for shorts, also where there are more of them
    ),
    fault(
        "a side that stands alone pays nobody",
        "Rates",
        "    if not FUNDING_PER_UNIT and (look.sizes_wad",
        "    if (look.sizes_wad",
        "FF-11",
    ),
]
IN_MARKET = [
    fault(
        "a share's value does not know of funding that is pending",
        "Market",
        "    if FUNDING_PER_UNIT:\n        net -= funding",
        "    if FUNDING_PER_UNIT:\n        net -= 0",
        "LP-03",
    ),
    fault(
        "what was collected may be less than what the pool owes",
        "Market",
        "earned if markets.FUNDING_PER_UNIT else fp.sub_or_zero(funding, fill.unpaid_usd_wad)",
        "fp.sub_or_zero(funding, fill.unpaid_usd_wad)",
        "FF-03",
    ),
]
