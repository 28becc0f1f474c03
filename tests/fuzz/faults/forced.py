"""Faults of fills that nobody's owner asked for."""

from __future__ import annotations

from fuzz.faults.fault import fault

#: A forced fill at the oracle's price, whatever a close would cost.
WITHOUT_IMPACT = (
    "        price_wad, memo = fills._fill_price(m, size_delta_wad, False, price, t)\n        policies._remember",
    "        price_wad = base\n        memo = policies.memo_of[c.PRICE_IMPACT][m]\n        policies._remember",
)

FAULTS = [
    fault("a liquidation is cheaper than a close", "Desk", *WITHOUT_IMPACT, "LQ-17", design="hlp"),
    fault(
        "who cannot pay the whole cost of a close has to wait for the liquidator",
        "Desk",
        "    if extra <= kept:\n",
        "    if kept >= 0:\n",
        "LQ-17",
    ),
    fault(
        "earned funding pays for no close",
        "Desk",
        "    usd: uint256 = fp.mul_div_down(earned_usd_wad, px[feed].low, max(px[feed].high, 1))\n",
        "    usd: uint256 = fp.mul_div_down(0, px[feed].low, max(px[feed].high, 1))\n",
        "PO-17",
    ),
    fault(
        "below zero by a haircut alone the parts of a close are free",
        "Desk",
        "        if owned <= 0:\n",
        "        if owned <= 2**127:\n",
        "PO-17",
    ),
    fault(
        "below maintenance a part of a close costs what the haircut leaves",
        "Desk",
        "    if equity < h.maintenance and owned > 0:\n",
        "    if equity < 0 and owned > 0:\n",
        "PO-17",
    ),
    fault(
        "one position without a price keeps an account from being liquidated",
        "Liquidator",
        "        if max(px[params.feed].status, px[payer.feed].status) < c.HALTED:\n",
        "        if max(px[params.feed].status, px[payer.feed].status) < c.OK:\n",
        "LQ-18",
    ),
]
