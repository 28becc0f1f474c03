"""Faults of sums and of money inside Market."""

from __future__ import annotations

from fuzz.faults.fault import fault

FAULTS = [
    fault(
        "the sums of a side are not updated when a position closes",
        "Market",
        "    self.sides[m][side] = s\n    self.positions",
        "    if new.size_wad != 0:\n        self.sides[m][side] = s\n    self.positions",
        "RO-02",
    ),
    fault(
        "what was kept for better prices stays when nobody is left",
        "Market",
        "        markets.clocks[m].impact_pool_usd_wad = 0\n",
        "        markets.clocks[m].impact_pool_usd_wad += 0\n",
        "RO-12",
    ),
    fault(
        "a debt is rounded down to whole tokens",
        "Market",
        "amount: uint256 = pricing.amount_up(left, scale, price.low)",
        "amount: uint256 = pricing.amount_down(left, scale, price.low)",
        "LP-04",
    ),
    fault(
        "funding is paid without leaving the pot",
        "Market",
        "funding_pot_usd_wad = pot - paid",
        "funding_pot_usd_wad = pot",
        "FF-03",
    ),
    fault(
        "a borrow fee is rounded down",
        "Market",
        "convert(fp.mul_up(pos.cost_usd_wad, side.borrow_index_wad), int256) - pos.borrow_debt_usd_wad",
        "convert(fp.mul_down(pos.cost_usd_wad, side.borrow_index_wad), int256) - pos.borrow_debt_usd_wad",
        "FF-06",
    ),
    fault(
        "unrealised profit counts on withdrawal and opening",
        "Market",
        "h.free += min(pnl, 0) - owed",
        "h.free += pnl - owed",
        "PO-08",
    ),
    fault(
        "a reserve is kept when its position shrinks",
        "Market",
        "    self.buckets[k].reserved = reserved",
        "    self.buckets[k].reserved = max(reserved, self.buckets[k].reserved)",
        "RO-02",
    ),
    fault(
        "the treasury takes its share twice",
        "Market",
        "share: uint256 = fp.mul_down(fee_usd_wad, assets.protocol_fee_wad)",
        "share: uint256 = 2 * fp.mul_down(fee_usd_wad, assets.protocol_fee_wad)",
        "TA-06",
    ),
    fault(
        "better prices are paid beyond what was collected for them",
        "Market",
        "    markets.clocks[m].impact_pool_usd_wad -= rebate",
        "    markets.clocks[m].impact_pool_usd_wad -= rebate // 2",
        "LP-05",
    ),
]
