"""Faults of liquidation, losses and deleveraging."""

from __future__ import annotations

from fuzz.faults.fault import fault

FAULTS = [
    fault(
        "a liquidation takes healthy accounts",
        "Liquidator",
        "mode, 0)\n    err.check(h.equity < convert(h.maintenance, int256), err.LIQUIDATION_HEALTHY)",
        "mode, 0)\n    err.check(h.equity < convert(h.initial, int256), err.LIQUIDATION_HEALTHY)",
        "LQ-01",
    ),
    fault(
        "a liquidation leaves orders open",
        "Liquidator",
        "(account)\n        err.check(orders == 0, err.LIQUIDATION_ORDERS_FIRST)",
        "(account)\n        err.check(orders < 9, err.LIQUIDATION_ORDERS_FIRST)",
        "LQ-01",
    ),
    fault(
        "a margin below the charges is closed in parts",
        "Liquidator",
        "r.is_full = plan.is_full or not closing._heals",
        "r.is_full = plan.is_full and not closing._heals",
        "LQ-06",
        design="post_reform",
    ),
    fault(
        "bad debt goes to the pool before insurance",
        "Liquidator",
        "r.bad_debt_usd_wad = extcall losses.MARKET.seize(c.INSURANCE, c.POOL, unpaid, False)",
        "r.bad_debt_usd_wad = unpaid",
        "AD-01",
    ),
    fault(
        "a keeper has its flat reward twice",
        "Liquidator",
        "owed: uint256 = dues.keeper_usd_wad(plan, r.closed_usd_wad)",
        "owed: uint256 = dues.keeper_usd_wad(plan, r.closed_usd_wad) + plan.keeper_usd_wad",
        "LQ-13",
    ),
    fault(
        "the penalty goes to the keeper",
        "Liquidator",
        "missed = extcall losses.MARKET.seize(account, c.INSURANCE, owed, False)\n    r.penalty_usd_wad",
        "missed = extcall losses.MARKET.seize(account, keeper, owed, False)\n    r.penalty_usd_wad",
        "TA-07",
    ),
    fault(
        "the losses of an epoch are not added up",
        "Liquidator",
        "self.epoch_loss_usd_wad += usd_wad",
        "self.epoch_loss_usd_wad = usd_wad",
        "AD-03",
    ),
    fault(
        "what winners gave is not taken off the deficit",
        "Liquidator",
        "    self.deficits[m][side] = left\n",
        "    self.deficits[m][side] = max(left, self.deficits[m][side])\n",
        "AD-10",
    ),
    fault(
        "losers are deleveraged instead of winners",
        "Liquidator",
        "        pricing.pnl_down(size, position.cost_usd_wad, ask.price_wad, ask.side == c.LONG)\n    )\n"
        "    if profit == 0:",
        "        -pricing.pnl_down(size, position.cost_usd_wad, ask.price_wad, ask.side == c.LONG)\n    )\n"
        "    if profit == 0:",
        "AD-07",
    ),
    fault(
        "the lowest rank gives first",
        "Liquidator",
        "            if roll.winners[i].score > roll.winners[best].score:",
        "            if unsafe_sub(roll.winners[i].score, 1) < unsafe_sub(roll.winners[best].score, 1):",  # 0 is none
        "AD-07",
    ),
]
