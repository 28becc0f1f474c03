"""Faults of liquidations toward a target."""

from __future__ import annotations

from fuzz.faults.fault import fault

#: Drift's closed form: requirement and charges in proportion to what is closed, nothing of impact and haircuts.
CLOSED_FORM = (
    "        restored: Close = self._least(a, best, plan)\n        best = restored\n",
    """        notional: uint256 = 0
        for each: uint256 in a.health.notionals:
            notional += each
        short: uint256 = fp.unsigned_or_zero(-a.gap)
        rate: uint256 = fp.sub_or_zero(
            fp.mul_div_down(goal, c.WAD, notional), plan.fee_wad + plan.penalty_wad + plan.keeper_wad
        )
        usd: uint256 = fp.mul_div_up(short + plan.keeper_usd_wad, c.WAD, max(rate, 1))
        of: uint256 = a.health.notionals[best.holding.m]
        best.moved = fp.mul_div_up(best.holding.size, min(usd, of), of)
""",
)

FAULTS = [
    fault("a target is reckoned by the closed form", "Desk", *CLOSED_FORM, "LQ-19", design="breakwater"),
    fault(
        "a target closes all of a position that is enough",
        "Desk",
        "        best = restored\n",
        "        best.moved = best.holding.size\n",
        "LQ-19",
        design="glp_partial",
    ),
    fault(
        "a target is left to the largest position alone",
        "Liquidator",
        "        if not is_enough and plan.close_wad < c.WAD:\n",
        "        if True:\n            return done, False\n        if not is_enough:\n",
        "LQ-19",
        ("            if gain > most:\n", "            if a.health.notionals[m] > most:\n"),
        ("                most = gain\n", "                most = a.health.notionals[m]\n"),
        design="glp_partial",
    ),
    fault(
        "the least close of a margin below the charges is looked for, too",
        "Liquidator",
        "        r.is_full = r.equity_usd_wad <= convert(r.full_charges_usd_wad, int256)\n",
        "        r.is_full = r.equity_usd_wad <= 0\n",
        "LQ-06",
    ),
]
