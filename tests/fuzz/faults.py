"""Faults to plant, as data: what each stands for, what text it changes, and which property has to catch it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fuzz.patched import Patch

STRESS = str(Path(__file__).with_name("stress.toml"))
SIEGE = str(Path(__file__).with_name("siege.toml"))


@dataclass(frozen=True, slots=True)
class Fault:
    """One planted fault."""

    name: str
    shell: str  # the contract that it is compiled into
    patch: Patch
    caught_by: str
    design: str = STRESS


def fault(name: str, shell: str, old: str, new: str, caught_by: str, *, design: str = STRESS) -> Fault:
    return Fault(name, f"{shell}.vy", Patch(old, new), caught_by, design)


ACCOUNTING = [
    fault(
        "the sums of a side are not updated when the liquidator closes",
        "Market",
        "    self.sides[m][side] = s\n    self.positions",
        "    if msg.sender != policies.policy_of[c.LIQUIDATOR]:\n        self.sides[m][side] = s\n    self.positions",
        "RO-02",
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
        "fp.mul_up(pos.cost_usd_wad, side.borrow_index_wad) - pos.borrow_debt_usd_wad",
        "fp.mul_down(pos.cost_usd_wad, side.borrow_index_wad) - pos.borrow_debt_usd_wad",
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

TRADING = [
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
        "kept: uint256 = assets.buckets[k_out].reserved + assets.asset_params[k_out].buffer",
        "kept: uint256 = assets.buckets[k_out].reserved",
        "SW-06",
        design=SIEGE,
    ),
]

POOL = [
    fault(
        "mint pays the low value of the pool",
        "Pool",
        "fp.mul_div_down(minted, shares.totalSupply, desk.aum.high)",
        "fp.mul_div_down(minted, shares.totalSupply, desk.aum.low)",
        "LP-02",
    ),
    fault(
        "a rebate is paid beyond what was set aside",
        "Pool",
        "return usd_wad + convert(-rebate, uint256), rebate",
        "return usd_wad + fp.mul_down(usd_wad, convert(-fee_wad, uint256)), rebate",
        "LP-04",
    ),
    fault(
        "the least result that a caller names is forgotten",
        "Pool",
        "err.check(minted > 0 and minted >= min_shares, err.SHARES_TOO_FEW)",
        "err.check(minted > 0, err.SHARES_TOO_FEW)",
        "LP-12",
    ),
    fault(
        "a swap takes the middle price of what comes in",
        "Pool",
        "usd: uint256 = pricing.value_down(amount, given.scale, price_in.low)",
        "usd: uint256 = pricing.value_down(amount, given.scale, price_in.mid)",
        "SW-09",
    ),
    fault(
        "the circuit breaker is not asked",
        "Pool",
        "err.check((closed >> verb) & 1 == 0, err.ACCESS_CLOSED_BY_CIRCUIT)",
        "err.check(closed >> verb < max_value(uint256), err.ACCESS_CLOSED_BY_CIRCUIT)",
        "AC-08",
        design=SIEGE,
    ),
    fault(
        "the mode is not looked at",
        "Pool",
        "err.check(mode <= (WORST_MODE >> (2 * verb)) & 3, err.ACCESS_CLOSED_BY_MODE)",
        "err.check(mode <= 3, err.ACCESS_CLOSED_BY_MODE)",
        "AC-08",
    ),
    fault(
        "shares do not wait",
        "Pool",
        "err.check(self.locked_until_s[owner] <= block.timestamp, err.SHARES_LOCKED)",
        "err.check(self.locked_until_s[owner] < max_value(uint256), err.SHARES_LOCKED)",
        "LP-07",
        design=SIEGE,
    ),
    fault(
        "any number of shares may leave in a window",
        "Pool",
        "err.check(self.redeemed <= fp.mul_down(self.window_supply, limit), err.POOL_REDEEM_LIMIT)",
        "err.check(self.redeemed > 0 or limit > 0, err.POOL_REDEEM_LIMIT)",
        "LP-13",
        design=SIEGE,
    ),
    fault(
        "there are no dead shares",
        "Pool",
        "        shares._mint(self, DEAD_SHARES)",
        "        shares._mint(receiver, DEAD_SHARES)",
        "LP-09",
    ),
]

LADDER = [
    fault(
        "a liquidation takes healthy accounts",
        "Liquidator",
        "err.check(h.equity < convert(h.maintenance, int256), err.LIQUIDATION_HEALTHY)",
        "err.check(h.equity < convert(h.initial, int256), err.LIQUIDATION_HEALTHY)",
        "LQ-01",
    ),
    fault(
        "a liquidation leaves orders open",
        "Liquidator",
        "err.check(orders == 0, err.LIQUIDATION_ORDERS_FIRST)",
        "err.check(orders < 9, err.LIQUIDATION_ORDERS_FIRST)",
        "LQ-01",
    ),
    fault(
        "a margin below the charges is closed in parts",
        "Liquidator",
        "r.is_full = plan.is_full or not self._heals",
        "r.is_full = plan.is_full and not self._heals",
        "LQ-06",
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
        "owed: uint256 = fp.mul_down(r.closed_usd_wad, plan.keeper_wad) + plan.keeper_usd_wad",
        "owed: uint256 = fp.mul_down(r.closed_usd_wad, plan.keeper_wad) + 2 * plan.keeper_usd_wad",
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
        "losers are deleveraged like winners",
        "Liquidator",
        "if position.size_wad == 0 or (position.size_wad > 0) != is_long:",
        "if position.size_wad == 0:",
        "AD-07",
    ),
    fault(
        "the lowest rank gives first",
        "Liquidator",
        "            if scores[i] > scores[best]:",
        "            if scores[best] == 0 or (scores[i] > 0 and scores[i] < scores[best]):",
        "AD-07",
    ),
]

OTHERS = [
    fault(
        "the margin of an order stays with the account",
        "OrderBook",
        "extcall MARKET.transfer_collateral(account, terms.asset, terms.margin, OWN_ACCOUNT)\n    log OrderPlaced",
        "extcall MARKET.transfer_collateral(account, terms.asset, terms.margin, account)\n    log OrderPlaced",
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
        "err.check(reached, err.ORDER_NOT_TRIGGERED)",
        "err.check(reached or t.size_delta_wad != 0, err.ORDER_NOT_TRIGGERED)",
        "OR-08",
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
        "err.check(msg.sender == self.guardian and mode > current, err.ACCESS_NOT_GUARDIAN)",
        "err.check(mode >= current, err.ACCESS_NOT_GUARDIAN)",
        "AC-04",
    ),
    fault(
        "any weight is enough",
        "Oracle",
        "        and total >= self.feeds[f].min_weight\n",
        "        and total >= 1\n",
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
        "OR-02",
    ),
]

IN_MARKET = [*ACCOUNTING, *TRADING]
ELSEWHERE = [*POOL, *LADDER, *OTHERS]


def named(name: str) -> Fault:
    """The fault of a name."""
    return next(each for each in (*IN_MARKET, *ELSEWHERE) if each.name == name)
