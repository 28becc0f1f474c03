"""Liquidator.liquidate: what is refused."""

from __future__ import annotations

import pytest
from contracts.codes import refuses
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    BTC_1,
    ETH,
    INSURANCE,
    KEEPER,
    POOL,
    SOL,
    TREASURY,
    USDC,
    USDC_1,
    WAD,
    Stage,
)


@pytest.fixture
def stage() -> Stage:
    """Alice has 900 USD of equity behind 1 BTC at 45,900: below 2 %."""
    stage = Stage()
    stage.seed(10 * BTC_1, 0, 0, 500_000 * USDC_1)
    stage.deposit(ALICE, USDC, 5_000 * USDC_1)
    stage.trade(ALICE, BTC, WAD)
    stage.price(BTC, 45_900 * WAD)
    return stage


def refusal(stage: Stage, account: int = ALICE, keeper: int = KEEPER) -> str:
    return stage.liquidator.refusal("liquidate", account, keeper, by="stranger")


@refuses("liquidate", "ACCOUNT_UNKNOWN")
@pytest.mark.parametrize("account", [POOL, INSURANCE, TREASURY, KEEPER + 1])
def test_only_accounts_of_traders_are_liquidated(stage: Stage, account: int) -> None:
    assert refusal(stage, account) == "ACCOUNT_UNKNOWN"


@refuses("liquidate", "LIQUIDATION_KEEPER_UNKNOWN")
@pytest.mark.parametrize("keeper", [POOL, INSURANCE, TREASURY, KEEPER + 1])
def test_a_keeper_needs_an_account(stage: Stage, keeper: int) -> None:
    assert refusal(stage, keeper=keeper) == "LIQUIDATION_KEEPER_UNKNOWN"


@refuses("liquidate", "LIQUIDATION_HEALTHY")
def test_an_account_at_maintenance_is_left_alone(stage: Stage) -> None:
    """LQ-01: 5,000 - (50,000 - p) = 2 % of p."""
    price = -(-45_000 * WAD * 100 // 98)
    stage.price(BTC, price)
    assert refusal(stage) == "LIQUIDATION_HEALTHY"
    stage.price(BTC, price - 100)  # a few wei, for the roundings of equity and requirement
    assert refusal(stage) == "OK"


def test_an_account_without_positions_is_healthy(stage: Stage) -> None:
    assert refusal(stage, BOB) == "LIQUIDATION_HEALTHY"


@refuses("liquidate", "POLICY_BAD_PLAN")
@pytest.mark.parametrize(
    "plan",
    [
        (BTC, WAD + 1),  # closes more than all
        (8, WAD),  # no such market
        (ETH, WAD),  # a market without a position
        (BTC, 0),  # closes nothing
        (0, 0, 1, WAD // 10 + 1),  # charges above 10 %
        (0, 0, 1, WAD // 30, WAD // 30, WAD // 25),  # the same in three parts
        (0, 0, 1, 0, 0, 0, 100 * WAD + 1),  # a reward above 100 USD
    ],
)
def test_a_plan_out_of_bounds_is_refused(stage: Stage, plan: tuple[int, ...]) -> None:
    stage.rude("liquidation", *plan)
    assert refusal(stage) == "POLICY_BAD_PLAN"


@pytest.mark.parametrize(
    "plan", [(BTC, WAD), (BTC, 1), (99, 0, 1), (0, 0, 1, WAD // 10), (0, 0, 1, 0, 0, 0, 100 * WAD)]
)
def test_a_plan_at_its_bounds_is_followed(stage: Stage, plan: tuple[int, ...]) -> None:
    stage.rude("liquidation", *plan)
    assert refusal(stage) == "OK"


@refuses("liquidate", "POLICY_MARGIN_CROSSED")
def test_a_margin_policy_that_is_crossed_stops_liquidations(stage: Stage) -> None:
    stage.rude("margin", 1, 2)
    assert refusal(stage) == "POLICY_MARGIN_CROSSED"


def test_dust_of_a_cheap_asset_can_be_liquidated() -> None:
    """LV-05: a position of one wei at half a USD is worth half a wei."""
    stage = Stage("market.SOL.min_position_usd=0", "margin.minimum_usd=2")
    stage.seed(0, 0, 10**13, 500_000 * USDC_1)
    stage.price(SOL, WAD // 2)
    stage.deposit(ALICE, USDC, 3 * USDC_1)
    stage.trade(ALICE, SOL, 1)
    stage.price(USDC, WAD // 2)  # equity 1.50 of 2
    assert refusal(stage) == "OK"
