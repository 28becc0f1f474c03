"""Liquidator.liquidate: the ladder, step by step, to the unit."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import pytest
from contracts.codes import happy
from contracts.stage import (
    ALICE,
    BTC,
    BTC_1,
    ETH,
    INSURANCE,
    KEEPER,
    TREASURY,
    USDC,
    USDC_1,
    WAD,
    Stage,
    event,
    result_of,
)

BPS = WAD // 10_000
CENT = USDC_1 // 100
FULL = "policies/liquidation/FullLiquidation.vy"
RESTORE = "policies/liquidation/RestoreMargin.vy"


@pytest.fixture
def stage() -> Stage:
    """Alice has 5,000 USDC behind 1 BTC long at 50,000. Maintenance is 2 %."""
    stage = Stage()
    stage.seed(10 * BTC_1, 200 * WAD, 0, 500_000 * USDC_1)
    stage.deposit(ALICE, USDC, 5_000 * USDC_1)
    stage.trade(ALICE, BTC, WAD)
    return stage


@happy("liquidate")
def test_a_full_liquidation_charges_in_order_and_returns_the_rest(stage: Stage) -> None:
    # 10 bps to the pool (a fifth to the treasury), 5 to insurance, 5 and 2 USD to the keeper.
    stage.fill("liquidation", FULL, 10, 5, 5, 2 * WAD, False, False, False)
    stage.govern("market", "set_protocol_fee", WAD // 5)
    stage.price(BTC, 45_900 * WAD)  # equity 900 of 918
    receipt = stage.liquidator.send("liquidate", ALICE, KEEPER, by="stranger")
    result = result_of(
        "Liquidator.vy",
        "liquidate",
        is_full=True,
        closed_usd_wad=45_900 * WAD,
        equity_usd_wad=900 * WAD,
        maintenance_usd_wad=918 * WAD,
        notional_usd_wad=45_900 * WAD,
        full_charges_usd_wad=9_380 * WAD // 100,  # 20 bps of 45,900 and 2
        fee_usd_wad=4_590 * WAD // 100,
        penalty_usd_wad=2_295 * WAD // 100,
        reward_usd_wad=2_495 * WAD // 100,
    )
    fill = result_of("Desk.vy", "trade", size_delta_wad=-WAD, price_wad=45_900 * WAD, settled_usd_wad=-4_100 * WAD)

    def moved(account: int, delta: int):
        return event("CollateralMoved", account=account, asset=USDC, delta=delta)

    assert tuple(vars(receipt.returned).values()) == result
    assert receipt.events == (
        event("PositionChanged", account=ALICE, market=BTC, position=(0, 0, 0, 0, 0)),
        moved(ALICE, -4_100 * USDC_1),
        event("PoolMoved", asset=USDC, delta=4_100 * USDC_1),
        event(
            "Traded",
            account=ALICE,
            market=BTC,
            fill=fill,
        ),
        moved(ALICE, -2_495 * CENT),
        moved(KEEPER, 2_495 * CENT),
        moved(ALICE, -4_590 * CENT),
        event("PoolMoved", asset=USDC, delta=4_590 * CENT),
        event("PoolMoved", asset=USDC, delta=-918 * CENT),
        moved(TREASURY, 918 * CENT),
        moved(ALICE, -2_295 * CENT),
        moved(INSURANCE, 2_295 * CENT),
        event("Liquidated", account=ALICE, keeper=KEEPER, result=result),
    )
    assert stage.collateral(ALICE) == 80_620 * CENT  # 900 - 93.80


def test_a_partial_liquidation_restores_the_margin_and_its_buffer(stage: Stage) -> None:
    # equity 300, notional 10,000, maintenance 5 %, buffer 10 %, charges 1 %: close 5,555.56 USD.
    stage.fill("margin", "policies/margin/FlatMargin.vy", [1_000] * 8, [500] * 8, 0)
    stage.fill("liquidation", RESTORE, WAD // 10, WAD, 0, 100, 0, 0, 0, False)
    stage.trade(ALICE, BTC, -WAD)
    stage.price(BTC, 55_000 * WAD)
    stage.trade(ALICE, BTC, WAD // 5)
    receiver = stage.address("trader")
    excess = 3_700 * USDC_1
    stage.market.send("withdraw_collateral", ALICE, USDC, excess, receiver, by="trader")
    stage.price(BTC, 50_000 * WAD)  # 1,300 - 1,000
    result = stage.liquidate(ALICE)
    closed = ceil(Fraction(5, 9) * WAD)
    assert not result.is_full
    assert (result.equity_usd_wad, result.maintenance_usd_wad) == (300 * WAD, 500 * WAD)
    assert result.closed_usd_wad == pytest.approx(WAD // 5 * closed // WAD * 50_000, rel=1e-6)
    health = stage.market.read("health", ALICE)
    target = health.maintenance * Fraction(11, 10)
    # The search ends within a millionth of the target.
    assert 0 <= health.equity - target <= target / 10**6 + 2 * 10**12
    assert round(health.equity / WAD, 2) == 244.44


def test_below_all_charges_a_partial_liquidation_closes_whole(stage: Stage) -> None:
    stage.fill("liquidation", RESTORE, WAD // 10, WAD, 0, 100, 0, 0, 0, False)
    stage.price(BTC, 45_450 * WAD)  # equity 450, charges 454.50
    result = stage.liquidate(ALICE)
    assert result.is_full
    assert result.fee_usd_wad == 450 * WAD  # all there is
    assert stage.collateral(ALICE) == 0


def test_a_partial_close_that_leaves_dust_takes_the_whole_position(stage: Stage) -> None:
    stage.rude("liquidation", BTC, WAD - WAD // 10_000)  # 5 of 50,000 USD would remain
    stage.price(BTC, 45_900 * WAD)
    result = stage.liquidate(ALICE)
    assert (result.is_full, result.closed_usd_wad) == (False, 45_900 * WAD)
    assert stage.market.read("markets_of", ALICE) == 0


def test_a_partial_close_that_cannot_be_paid_closes_the_whole_account(stage: Stage) -> None:
    # BTC has lost 6,000 of 5,000 collateral, the ETH short has earned 1,500.
    stage.deposit(ALICE, USDC, 2_500 * USDC_1)
    stage.trade(ALICE, ETH, -10 * WAD)
    receiver = stage.address("trader")
    stage.price(ETH, 2_350 * WAD)
    stage.market.send("withdraw_collateral", ALICE, USDC, 150 * USDC_1, receiver, by="trader")
    stage.fill("liquidation", RESTORE, WAD // 10, WAD, 0, 10, 0, 0, 0, False)
    stage.price(BTC, 42_500 * WAD)
    assert stage.market.read("health", ALICE).equity == 1_350 * WAD  # 7,350 - 7,500 + 1,500
    stage.rude("liquidation", BTC, WAD)  # all of BTC
    stage.fill("margin", "policies/margin/FlatMargin.vy", [1_000] * 8, [300] * 8, 0)
    result = stage.liquidate(ALICE)
    assert result.is_full
    assert result.closed_usd_wad == (42_500 + 23_500) * WAD
    assert result.bad_debt_usd_wad == 0
    assert stage.collateral(ALICE) == 1_350 * USDC_1


def test_profits_of_one_market_pay_the_losses_of_another(stage: Stage) -> None:
    stage.deposit(ALICE, USDC, 2_500 * USDC_1)
    stage.trade(ALICE, ETH, -10 * WAD)
    stage.price(BTC, 41_000 * WAD)  # -9,000 of 7,500
    stage.price(ETH, 2_300 * WAD)  # +2,000
    result = stage.liquidate(ALICE)
    assert (result.equity_usd_wad, result.bad_debt_usd_wad) == (500 * WAD, 0)
    assert stage.collateral(ALICE) == 500 * USDC_1


def test_insurance_pays_before_the_pool(stage: Stage) -> None:
    stage.deposit(INSURANCE, USDC, 400 * USDC_1)
    stage.price(BTC, 44_000 * WAD)  # 1,000 more lost than there is
    aum = stage.market.read("aum").mid
    result = stage.liquidate(ALICE)
    assert (result.insured_usd_wad, result.bad_debt_usd_wad) == (400 * WAD, 600 * WAD)
    assert stage.collateral(INSURANCE) == 0
    assert stage.market.read("aum").mid == aum - 600 * WAD  # the loss counted in full before


def test_insurance_keeps_what_the_loss_does_not_need(stage: Stage) -> None:
    stage.deposit(INSURANCE, USDC, 1_500 * USDC_1)
    stage.price(BTC, 44_000 * WAD)
    result = stage.liquidate(ALICE)
    assert (result.insured_usd_wad, result.bad_debt_usd_wad) == (1_000 * WAD, 0)
    assert stage.collateral(INSURANCE) == 500 * USDC_1


@pytest.mark.parametrize(("pool_pays", "reward"), [(False, 0), (True, 2)])
def test_the_reward_for_an_empty_account_comes_from_insurance_or_by_design_from_the_pool(
    stage: Stage, pool_pays: bool, reward: int
) -> None:
    stage.fill("liquidation", FULL, 10, 0, 0, 2 * WAD, False, False, pool_pays)
    stage.price(BTC, 44_000 * WAD)
    assert stage.liquidate(ALICE).reward_usd_wad == reward * WAD
    assert stage.collateral(KEEPER) == reward * USDC_1


@pytest.mark.parametrize(("fee_bps", "reward"), [(0, 0), (1, 2)])
def test_insurance_makes_up_for_no_more_of_the_reward_than_the_account_paid_to_open(
    stage: Stage, fee_bps: int, reward: int
) -> None:
    """One bp of a cost of 100,000 USD is more than 2 USD."""
    stage.fill("liquidation", FULL, 10, 0, 0, 2 * WAD, False, False, False)
    stage.deposit(INSURANCE, USDC, 12 * USDC_1)
    stage.change_market(BTC, trade_fee_wad=fee_bps * WAD // 10_000)
    stage.price(BTC, 44_000 * WAD)
    assert stage.liquidate(ALICE).reward_usd_wad == reward * WAD


def test_insurance_pays_the_reward_first_and_then_the_loss(stage: Stage) -> None:
    stage.fill("liquidation", FULL, 10, 0, 0, 2 * WAD, False, False, False)
    stage.change_market(BTC, trade_fee_wad=WAD // 1_000)
    stage.deposit(INSURANCE, USDC, 12 * USDC_1)
    stage.price(BTC, 44_000 * WAD)
    result = stage.liquidate(ALICE)
    assert (result.reward_usd_wad, result.insured_usd_wad) == (2 * WAD, 10 * WAD)


def test_a_design_may_keep_what_is_left(stage: Stage) -> None:
    stage.fill("liquidation", FULL, 10, 0, 0, 0, True, False, False)
    stage.price(BTC, 45_900 * WAD)
    result = stage.liquidate(ALICE)
    assert result.forfeited_usd_wad == 900 * WAD - 4_590 * WAD // 100
    assert stage.collateral(ALICE) == 0


def test_charges_never_exceed_what_the_account_has(stage: Stage) -> None:
    stage.fill("liquidation", FULL, 10, 10, 10, 2 * WAD, False, False, False)
    stage.price(BTC, 45_050 * WAD)  # equity 50, charges 137.15
    result = stage.liquidate(ALICE)
    assert result.reward_usd_wad == 4_705 * WAD // 100
    assert result.fee_usd_wad == 295 * WAD // 100  # the rest of 50
    assert result.penalty_usd_wad == 0
    assert stage.collateral(ALICE) == 0


def test_the_policy_keeps_a_word_for_the_account(stage: Stage) -> None:
    stage.rude("liquidation", 0, 0, 1, 0, 0, 0, 0, 0, 0, 77)
    stage.price(BTC, 45_900 * WAD)
    stage.liquidate(ALICE)
    assert stage.liquidator.read("memo_of", ALICE) == 77


def test_repeated_partial_liquidations_end(stage: Stage) -> None:
    """LQ-09: a fifth at a time, at a fixed price."""
    stage.fill("liquidation", RESTORE, WAD // 10, WAD // 5, 50 * WAD, 10, 0, 0, 0, False)
    stage.price(BTC, 45_700 * WAD)
    steps = 0
    while stage.liquidator.refusal("liquidate", ALICE, KEEPER, by="keeper") == "OK":
        steps += 1
    health = stage.market.read("health", ALICE)
    assert health.equity >= health.maintenance
    assert 1 <= steps <= 8
