"""Faults of orders, roles and prices."""

from __future__ import annotations

from pathlib import Path

from fuzz.faults.fault import fault

WAITING = str(Path(__file__).parents[1] / "waiting.toml")

FAULTS = [
    fault(
        "the margin of an order stays with the account",
        "OrderBook",
        "transfer_collateral(account, terms.asset, terms.margin, filling.OWN_ACCOUNT)\n    log OrderPlaced",
        "transfer_collateral(account, terms.asset, terms.margin, account)\n    log OrderPlaced",
        "PO-10",
    ),
    fault(
        "an order executes at the price of its own time",
        "OrderBook",
        "err.check(price.published_at > order.placed_at_s, err.ORDER_PRICE_TOO_OLD)",
        "err.check(price.published_at >= order.placed_at_s, err.ORDER_PRICE_TOO_OLD)",
        "PO-11",
    ),
    fault(
        "an order executes before its trigger",
        "OrderBook",
        "    if not reached:",
        "    if not reached and t.size_delta_wad == 0:",
        "OR-08",
    ),
    fault(
        "an order waits until its account can pay for it",
        "OrderBook",
        "q.size_delta_wad != 0 and room.pays(MARKET, h, account, t.m, q, px)",
        "q.size_delta_wad != 0",
        "PO-20",
        design=WAITING,
    ),
    fault(
        "an order waits until the side has room",
        "Desk",
        "        if reason == 0:\n",
        "        err.check(reason != err.TRADE_OPEN_INTEREST_CAP and reason != err.POOL_RESERVED, err.POOL_RESERVED)\n"
        "        if reason == 0:\n",
        "PO-20",
        design=WAITING,
    ),
    fault(
        "a rule that fails is asked once more before it goes",
        "RiskController",
        "    if is_announced:\n        notice",
        "    self._accrue()\n    if is_announced:\n        notice",
        "LV-11",
    ),
    fault(
        "the rules for borrowing and for funding are not told apart",
        "Doctor",
        "        return self._rates(slot) and not self._rates(c.BORROW_RATE + c.FUNDING_RATE - slot)\n",
        "        return False\n",
        "LV-12",
    ),
    fault(
        "anybody places orders for anybody",
        "OrderBook",
        "    self._check_authorised(account)\n    is_operator",
        "    is_operator",
        "AC-05",
    ),
    fault(
        "anybody tightens the mode",
        "RiskController",
        "err.check(msg.sender == self.guardian and is_tighter, err.ACCESS_NOT_GUARDIAN)",
        "err.check(is_tighter, err.ACCESS_NOT_GUARDIAN)",
        "AC-04",
    ),
    fault(
        "any weight is enough",
        "Oracle",
        "        and alive.total >= self.feeds[f].min_weight\n",
        "        and alive.total >= 1\n",
        "OR-05",
    ),
    fault(
        "a stale venue counts",
        "Oracle",
        "if published_at + venues[v].max_age_s < block.timestamp or published_at > block.timestamp:",
        "if published_at > block.timestamp:",
        "OR-06",
    ),
    fault(
        "every venue has one vote",
        "Oracle",
        "        seen += ranked[i] & WEIGHT_MASK",
        "        seen += total // count",
        "OR-21",
    ),
]
