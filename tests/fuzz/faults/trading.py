"""Faults of what a trade or a withdrawal may do."""

from __future__ import annotations

from fuzz.faults.fault import SHALLOW, SIEGE, fault

FAULTS = [
    fault(
        "collateral leaves without a look at the margin",
        "Market",
        "markets._closed(accounts.markets_of[account]))\n    margin._check_initial(h)",
        "markets._closed(accounts.markets_of[account]))",
        "PO-08",
    ),
    fault(
        "the cap on open interest is not looked at",
        "Desk",
        "    if side.cost_usd_wad + added > cap:\n        return err.TRADE_OPEN_INTEREST_CAP\n",
        "",
        "RO-04",
        design=SIEGE,
    ),
    fault(
        "open interest does not follow depth",
        "Desk",
        "    if depth_share_wad > 0:\n",
        "    if depth_share_wad > c.WAD:\n",
        "RO-04",
        design=SHALLOW,
    ),
    fault(
        "the worst price that a trade accepts is forgotten",
        "Desk",
        "return price_wad <= o.acceptable_price_wad if o.delta > 0 else price_wad >= o.acceptable_price_wad",
        "return price_wad > 0 or o.delta == 0",
        "PO-14",
    ),
    fault(
        "what is left of a position may be dust",
        "Desk",
        "        if moved < size and held.cost_usd_wad - out < params.min_position_usd_wad:\n",
        "        if moved < size and held.cost_usd_wad == out:\n",
        "PO-15",
    ),
    fault(
        "the buffer is given out",
        "Market",
        "if payer != empty(address):",
        "if payer == empty(address):",
        "SW-06",
        design=SIEGE,
    ),
]
