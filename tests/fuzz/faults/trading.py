"""Faults of what a trade or a withdrawal may do."""

from __future__ import annotations

from fuzz.faults.fault import SIEGE, fault

FAULTS = [
    fault(
        "collateral leaves without a look at the margin",
        "Market",
        "markets._closed())\n    margin._check_initial(h)",
        "markets._closed())",
        "PO-08",
    ),
    fault(
        "the cap on open interest is not looked at",
        "Market",
        "err.check(markets.sides[m][side].cost_usd_wad <= cap, err.TRADE_OPEN_INTEREST_CAP)",
        "err.check(markets.sides[m][side].cost_usd_wad > 0, err.TRADE_OPEN_INTEREST_CAP)",
        "RO-04",
        design=SIEGE,
    ),
    fault(
        "the worst price that a trade accepts is forgotten",
        "Market",
        "err.check(price_wad <= acceptable_price_wad, err.TRADE_PRICE_TOO_HIGH)",
        "err.check(price_wad > 0, err.TRADE_PRICE_TOO_HIGH)",
        "PO-14",
    ),
    fault(
        "what is left of a position may be dust",
        "Market",
        "err.check(delta == -size or cost >= markets.market_params[m].min_position_usd_wad,",
        "err.check(delta == -size or cost > 0,",
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
