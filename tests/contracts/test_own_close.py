"""Closing oneself costs no more than being liquidated, and is open to whoever can pay for what was lost."""

from __future__ import annotations

import pytest
from contracts.orders import FULL
from contracts.stage import ALICE, BOB, BTC, BTC_1, CAROL, ETH, KEEPER, LONG, MAX_UINT, SHORT, USDC, USDC_1, WAD, Stage

MILLION = 10**6
#: Price impact as the designs have it, at sides of some ten millions.
IMPACTS = {
    "skew scale": ("policies/price_impact/SkewScaleImpact.vy", [2 * 10**9 * WAD] * 8, 300),
    "power": ("policies/price_impact/PowerImpact.vy", [3 * 10**8] * 8, [9 * 10**8] * 8, 2, 2, 40, 300),
    "window": ("policies/price_impact/LinearWindowImpact.vy", [10**9 * WAD] * 8, [750_000 * WAD] * 8, 1, 1, 100),
}
CLOSE_FACTOR = ("policies/liquidation/CloseFactor.vy", WAD // 2, 0, 0, 0)
CHARGES = (10, 5, 0, 0, False)
CENT = 10**16


def skewed(impact: str, side: int, *, fee_bps: int = 5, settlement: str = "per_unit") -> Stage:
    """Carol weighs forty millions on the other side; maintenance is half a percent."""
    fees = (f"market.{symbol}.trade_fee_bps={fee_bps}" for symbol in ("BTC", "ETH"))
    stage = Stage(f"funding_settlement={settlement}", *fees)
    stage.seed(4_000 * BTC_1, 80_000 * WAD, 0, 500 * MILLION * USDC_1)
    stage.fill("margin", "policies/margin/FlatMargin.vy", [200] * 8, [50] * 8, 0)
    stage.fill("liquidation", FULL, *CHARGES[:4], False, False, False)
    stage.deposit(CAROL, USDC, 20 * MILLION * USDC_1)
    sign = 1 if side == LONG else -1
    for m, usd in ((BTC, 50_000), (ETH, 2_500)):
        stage.trade(CAROL, m, -sign * 40 * MILLION * WAD // usd)
    stage.fill("price_impact", *IMPACTS[impact])
    return stage


def opened(stage: Stage, side: int, equity_bps: int, markets: tuple[int, ...] = (BTC,), asset: int = USDC) -> None:
    """Alice holds a million in each market; her equity comes to so many basis points of it. Opening had no impact."""
    sign = 1 if side == LONG else -1
    stage.deposit(ALICE, USDC, 10 * MILLION * USDC_1)
    for m in markets:
        stage.trade(ALICE, m, sign * MILLION * WAD // (50_000, 2_500)[m])
    left = stage.market.read("health", ALICE).equity - len(markets) * MILLION * WAD * equity_bps // 10_000
    if asset != USDC:
        left = stage.collateral(ALICE) * 10**12
    # Out past the margin rule: what a fall of the price does as well, without moving the size of everything.
    stage.market.send("seize", ALICE, BOB, left, False, by="liquidator")
    if asset != USDC:
        stage.deposit(ALICE, asset, len(markets) * 30_000 * BTC_1 // 50_000)


def close(stage: Stage, m: int = BTC) -> str:
    """Close all of Alice's position; the answer."""
    size = stage.market.read("positions", ALICE, m).size_wad
    limit = MAX_UINT if size < 0 else 0
    return stage.desk.refusal("trade", ALICE, m, -size, limit, by="trader")


def kept(stage: Stage, *accounts: int) -> int:
    """What accounts own, haircuts left out, USD WAD."""
    return sum(stage.collateral(a) * 10**12 + stage.collateral(a, BTC) * 50_000 * 10**10 for a in accounts)


@pytest.mark.parametrize("equity_bps", [49, 20, 3, 1])
@pytest.mark.parametrize("side", [LONG, SHORT])
@pytest.mark.parametrize("impact", IMPACTS)
def test_being_liquidated_costs_no_less_than_closing(impact: str, side: int, equity_bps: int) -> None:
    stage = skewed(impact, side)
    opened(stage, side, equity_bps)
    mark = stage.chain.snapshot(0)
    assert close(stage) == "OK"
    by_closing = kept(stage, ALICE)
    stage.chain.revert(0, mark)
    result = stage.liquidate(ALICE)
    assert (result.is_full, result.bad_debt_usd_wad + result.insured_usd_wad) == (True, 0)
    assert kept(stage, ALICE, KEEPER) <= by_closing + CENT


@pytest.mark.parametrize("order", [(BTC, ETH), (ETH, BTC)])
@pytest.mark.parametrize("equity_bps", [49, 3])
def test_nor_with_several_positions_in_any_order(equity_bps: int, order: tuple[int, int]) -> None:
    stage = skewed("skew scale", LONG)
    opened(stage, LONG, equity_bps, (BTC, ETH))
    mark = stage.chain.snapshot(0)
    assert [close(stage, m) for m in order] == ["OK", "OK"]
    by_closing = kept(stage, ALICE)
    stage.chain.revert(0, mark)
    stage.liquidate(ALICE)
    assert kept(stage, ALICE, KEEPER) <= by_closing + 2 * CENT


@pytest.mark.parametrize("equity_bps", [49, 3])
def test_nor_in_parts(equity_bps: int) -> None:
    """A half is liquidated; its owner closes as much."""
    stage = skewed("skew scale", LONG)
    stage.fill("liquidation", *CLOSE_FACTOR, *CHARGES)
    opened(stage, LONG, equity_bps)
    mark = stage.chain.snapshot(0)
    result = stage.liquidate(ALICE)
    left = stage.market.read("positions", ALICE, BTC).size_wad
    liquidated = kept(stage, ALICE, KEEPER)
    stage.chain.revert(0, mark)
    size = stage.market.read("positions", ALICE, BTC).size_wad
    assert result.bad_debt_usd_wad == 0
    assert stage.desk.refusal("trade", ALICE, BTC, left - size, 0, by="trader") == "OK"
    assert liquidated <= kept(stage, ALICE) + CENT


def test_who_is_below_zero_may_close_what_earns_a_rebate() -> None:
    """She is on the heavier side, and closing pays her more than its fee: a part of what she lacks on ETH."""
    stage = skewed("skew scale", LONG)
    stage.change_market(BTC, impact_pool_share_wad=WAD)
    stage.trade(CAROL, BTC, -20 * WAD)  # fills the pool of which rebates are paid
    opened(stage, SHORT, 0, (BTC, ETH), asset=BTC)
    stage.price(ETH, 2_700 * WAD)
    before = stage.market.read("health", ALICE)
    assert before.equity < 0
    assert close(stage) == "OK"
    assert stage.market.read("health", ALICE).equity >= before.equity
    assert stage.market.read("positions", ALICE, BTC).size_wad == 0


def test_nor_where_haircuts_make_the_margin() -> None:
    """All her collateral is BTC of which 95 % count: the haircut is hers when nothing stays open."""
    stage = skewed("skew scale", LONG)
    stage.change_asset(BTC, haircut_wad=WAD // 20)
    opened(stage, LONG, 0, asset=BTC)
    price = 50_000
    while stage.market.read("health", ALICE).equity >= stage.market.read("health", ALICE).maintenance:
        price -= 10
        stage.price(BTC, price * WAD)
    mark = stage.chain.snapshot(0)
    assert close(stage) == "OK"
    by_closing = stage.collateral(ALICE, BTC)
    assert by_closing > 0
    stage.chain.revert(0, mark)
    stage.liquidate(ALICE)
    assert stage.collateral(ALICE, BTC) <= by_closing


@pytest.mark.parametrize("fee_bps", [5, 40])
def test_a_rule_with_low_charges_takes_the_fee_of_a_close(fee_bps: int) -> None:
    stage = skewed("skew scale", LONG, fee_bps=fee_bps)
    stage.fill("liquidation", FULL, 0, 10, 0, 0, False, False, False)
    opened(stage, LONG, 49)
    result = stage.liquidate(ALICE)
    fee = max(result.closed_usd_wad * fee_bps // 10_000 - result.penalty_usd_wad, 0)
    assert abs(result.fee_usd_wad - fee) <= CENT


def test_a_healthy_account_may_leave_too_whatever_it_costs() -> None:
    """Its equity is more than maintenance and less than the impact of its close: the pool has all of it."""
    stage = skewed("power", LONG)
    opened(stage, LONG, 60)
    assert stage.liquidator.refusal("liquidate", ALICE, KEEPER, by="keeper") == "LIQUIDATION_HEALTHY"
    assert close(stage) == "OK"
    assert kept(stage, ALICE) <= CENT


def test_who_cannot_pay_the_loss_itself_is_left_to_the_liquidator() -> None:
    stage = skewed("power", LONG)
    opened(stage, LONG, 10)
    stage.price(BTC, 49_900 * WAD)
    assert close(stage) == "TRADE_LOSS_UNPAID"
    result = stage.liquidate(ALICE)
    assert abs(result.bad_debt_usd_wad - 1_000 * WAD) <= CENT  # the loss, and not a cent of impact


def test_impact_never_takes_what_charges_need() -> None:
    """Of 20 bps the charges are 15: five are left for impact."""
    stage = skewed("power", LONG)
    opened(stage, LONG, 20)
    result = stage.liquidate(ALICE)
    assert abs(result.fee_usd_wad + result.penalty_usd_wad - result.closed_usd_wad * 15 // 10_000) <= CENT
    assert kept(stage, ALICE) <= 2 * CENT


def test_what_a_close_costs_is_told_beforehand() -> None:
    stage = skewed("power", LONG)
    opened(stage, LONG, 4_000)
    told = stage.desk.read("impact_of", BTC, -20 * WAD)
    fill = stage.trade(ALICE, BTC, -20 * WAD).returned
    assert told == fill.impact_usd_wad > 0
