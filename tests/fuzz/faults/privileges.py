"""Faults of those who govern, and of rewards."""

from __future__ import annotations

from fuzz.faults.fault import SIEGE, fault

FAULTS = [
    fault(
        "nothing is announced",
        "RiskController",
        "    if not self.is_sealed:\n        return\n    err.check(self._is_due",
        "    if kind != max_value(uint256):\n        return\n    err.check(self._is_due",
        "AC-07",
    ),
    fault(
        "a haircut moves as far as it likes",
        "RiskController",
        "    self.check(old.haircut_wad, params.haircut_wad, HAIRCUT_STEP_WAD)\n",
        "",
        "AC-07",
    ),
    fault(
        "a depth of one wei is a step",
        "RiskController",
        "    err.check(counted >= fp.mul_down(before, c.WAD - DEPTH_STEP_WAD), err.ACCESS_STEP_TOO_LARGE)\n",
        "    err.check(counted <= before or before == 0, err.ACCESS_STEP_TOO_LARGE)\n",
        "AC-07",
    ),
    fault(
        "a cut of a cap takes profits, too",
        "RiskController",
        "    params.max_open_interest_usd_wad = cap_usd_wad\n",
        "    params.max_open_interest_usd_wad = cap_usd_wad\n    params.max_profit_share_wad = 0\n",
        "AC-07",
    ),
    fault(
        "insurance makes up for all of a reward",
        "Liquidator",
        "    owed: uint256 = min(usd_wad, entry_fees_usd_wad)\n",
        "    owed: uint256 = usd_wad if entry_fees_usd_wad < max_value(uint256) else 0\n",
        "LQ-16",
        design=SIEGE,
    ),
]
