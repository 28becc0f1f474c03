"""Faults of trades that are requested, and executed at the first price after that."""

from __future__ import annotations

from pathlib import Path

from fuzz.faults.fault import fault

_WAITS = str(Path(__file__).parents[1] / "waiting.toml")

FAULTS = [
    fault(
        "where trades are requested they are made at once, too",
        "Desk",
        "    err.check(not AFTER_REQUEST, err.TRADE_BY_ORDER_ONLY)\n",
        "",
        "PO-18",
        design=_WAITS,
    ),
    fault(
        "who executes an order chooses its price",
        "OrderBook",
        "staticcall ORACLE.first_price_after(params.feed, order.placed_at_s)",
        "staticcall ORACLE.first_price_after(params.feed, max(order.placed_at_s, block.timestamp - 2))",
        "PO-18",
        design=_WAITS,
    ),
    fault(
        "a market order is cancelled when its price is known",
        "OrderBook",
        "block.timestamp >= order.placed_at_s + MIN_WAIT_S",
        "block.timestamp >= order.placed_at_s",
        "AC-13",
        design=_WAITS,
    ),
    fault(
        "an order executes at a price that was there when it was placed",
        "OrderBook",
        "staticcall ORACLE.first_price_after(params.feed, order.placed_at_s)",
        "staticcall ORACLE.first_price_after(params.feed, order.placed_at_s - 26)",
        "PO-19",
        design=_WAITS,
    ),
]
