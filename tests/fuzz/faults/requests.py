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
        "staticcall filling.ORACLE.first_price_after(params.feed, order.placed_at_s)",
        "staticcall filling.ORACLE.first_price_after(params.feed, max(order.placed_at_s, block.timestamp - 12))",
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
        "staticcall filling.ORACLE.first_price_after(params.feed, order.placed_at_s)",
        "staticcall filling.ORACLE.first_price_after(params.feed, order.placed_at_s - 26)",
        "PO-19",
        design=_WAITS,
    ),
    fault(
        "an order is left for so short that nobody but its owner executes it",
        "OrderBook",
        "    shortest_s: uint256 = MIN_WAIT_S if AFTER_REQUEST else 1\n",
        "    shortest_s: uint256 = 1\n",
        "AC-13",
        design=_WAITS,
    ),
    fault(
        "a market order whose price is there is withdrawn after five minutes",
        "OrderBook",
        "            if price.mid > 0:\n                ends",
        "            if price.mid > 0 and order.terms.kind != filling.AT_MARKET:\n                ends",
        "PO-21",
        design=_WAITS,
    ),
    fault(
        "an order ends unfilled where its owner takes the means away, and costs him nothing",
        "OrderBook",
        "            lost: uint256 = self._forfeit(t, shown)\n            left -= lost\n",
        "            left -= 0\n",
        "PO-21",
        design=_WAITS,
    ),
    fault(
        "an order ends unfilled where its owner takes the right back",
        "OrderBook",
        "    return q, q.size_delta_wad != 0 and",
        "    is_right: bool = staticcall MARKET.is_operator(account, self)\n"
        "    return q, is_right and q.size_delta_wad != 0 and",
        "PO-21",
        design=_WAITS,
    ),
    fault(
        "a close that nobody comes for has its price whenever its owner does",
        "OrderBook",
        "    if t.reward == 0 and (now",
        "    if t.reward > t.margin and (now",
        "PO-21",
        design=_WAITS,
    ),
    fault(
        "what an account does not carry costs its whole stake",
        "OrderBook",
        "min(pricing.amount_up(usd, asset.scale, max(px[asset.feed].low, 1)), t.margin - t.reward)",
        "t.margin - t.reward",
        "PO-22",
        design=_WAITS,
    ),
    fault(
        "who falls below maintenance margin is released from a price that he has seen",
        "OrderBook",
        "            lost = filling._forfeit(order.terms, price)\n",
        "            lost = 0\n",
        "PO-22",
        design="breakwater",
    ),
    fault(
        "a release takes a stake for a fill that could not have been",
        "OrderBook",
        "        if price.mid > 0 and filling._could_fill(account, order.terms, h, mode, price):\n",
        "        if price.mid > 0:\n",
        "PO-22",
        design=_WAITS,
    ),
]
