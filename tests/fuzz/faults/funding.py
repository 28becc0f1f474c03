"""Faults of funding: who pays whom."""

from __future__ import annotations

from fuzz.faults.fault import SIEGE, fault

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
        "what an account has earned survives its bankruptcy",
        "Market",
        "        missed = trading._set_off(source, missed, True, px)",
        "        pass",
        "AD-13",
        design=SIEGE,
    ),
    fault(
        "a share's value does not know of funding that is pending",
        "Market",
        "        net += pot - funding",
        "        net += pot",
        "LP-03",
    ),
    fault(
        "what was collected may be less than what the pool owes",
        "Market",
        "        markets.clocks[m].funding_pot_usd_wad += earned",
        "        markets.clocks[m].funding_pot_usd_wad += fp.unsigned_or_zero(fill.funding_usd_wad)",
        "FF-03",
    ),
]
IN_THE_LADDER = [
    fault(
        "funding that is paid late stays with the pool",
        "Liquidator",
        "    losses._pay_late(done.arrears, r.bad_debt_usd_wad)\n",
        "",
        "FF-03",
        design=SIEGE,
    ),
]
