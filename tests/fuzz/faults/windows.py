"""Faults of the window in which shares leave."""

from __future__ import annotations

from fuzz.faults.fault import SIEGE, fault

FAULTS = [
    fault(
        "any number of shares may leave in a window",
        "Pool",
        "    err.check(self.redeemed <= self.window_shares + self.minted, err.POOL_REDEEM_LIMIT)",
        "    err.check(self.redeemed > 0 or supply > 0, err.POOL_REDEEM_LIMIT)",
        "LP-13",
        ("err.check(amount <= part or self._is_free(), err.POOL_REDEEM_LIMIT)", "part = max(part, amount)"),
        design=SIEGE,
    ),
    fault(
        "who comes first takes everybody's part of a window",
        "Pool",
        "    err.check(amount <= part or self._is_free(), err.POOL_REDEEM_LIMIT)",
        "    err.check(amount <= part or self._is_open(), err.POOL_REDEEM_LIMIT)",
        "LP-17",
        design=SIEGE,
    ),
]
