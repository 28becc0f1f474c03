"""Faults of fills that nobody's owner asked for."""

from __future__ import annotations

from fuzz.faults.fault import fault

#: A forced fill at the oracle's price, whatever a close would cost.
WITHOUT_IMPACT = (
    "    price_wad, memo = self._fill_price(m, size_delta_wad, False, price, t)\n    policies._remember",
    "    price_wad = base\n    memo = policies.memo_of[c.PRICE_IMPACT][m]\n    policies._remember",
)

FAULTS = [
    fault("a liquidation is cheaper than a close", "Desk", *WITHOUT_IMPACT, "LQ-17", design="hlp"),
    fault(
        "who cannot pay the whole cost of a close has to wait for the liquidator",
        "Desk",
        "    if convert(extra, uint256) <= means:\n",
        "    if means > 0:\n",
        "LQ-17",
    ),
]
