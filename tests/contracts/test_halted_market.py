"""What has a price is liquidated; what has none counts at its last one, and waits."""

from __future__ import annotations

import pytest
from contracts.orders import FULL
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    BTC_1,
    FINE,
    HALTED,
    INSURANCE,
    KEEPER,
    SOL,
    SOL_1,
    USDC,
    USDC_1,
    WAD,
    Stage,
)

CLOSE_FACTOR = ("policies/liquidation/CloseFactor.vy", WAD // 2, 0, 0, 0, 10, 5, 0, 0, False)


@pytest.fixture
def stage() -> Stage:
    """Alice holds 1 BTC and 11 USD of SOL, whose price is then lost."""
    stage = Stage()
    stage.seed(10 * BTC_1, 0, 5_000 * SOL_1, 500_000 * USDC_1)
    stage.deposit(INSURANCE, USDC, 50_000 * USDC_1)
    stage.deposit(ALICE, USDC, 5_010 * USDC_1)
    stage.trade(ALICE, BTC, WAD)
    stage.trade(ALICE, SOL, WAD * 11 // 100)
    stage.price(SOL, 100 * WAD, status=HALTED)
    return stage


def refusal(stage: Stage, account: int = ALICE) -> str:
    return stage.liquidator.refusal("liquidate", account, KEEPER, by="keeper")


def sizes(stage: Stage) -> tuple[int, int]:
    return tuple(stage.market.read("positions", ALICE, m).size_wad for m in (BTC, SOL))


def test_the_position_with_a_price_is_closed_and_the_other_waits(stage: Stage) -> None:
    assert refusal(stage) == "LIQUIDATION_HEALTHY"
    stage.price(BTC, 45_800 * WAD)
    result = stage.liquidate(ALICE)
    assert (result.is_full, result.bad_debt_usd_wad) == (True, 0)
    assert sizes(stage) == (0, WAD * 11 // 100)
    assert refusal(stage) == "PRICE_HALTED"


def test_what_is_left_without_a_price_waits_for_it(stage: Stage) -> None:
    stage.price(BTC, 44_000 * WAD)
    result = stage.liquidate(ALICE)
    assert result.insured_usd_wad == 990 * WAD
    assert refusal(stage) == "PRICE_HALTED"
    stage.price(SOL, 60 * WAD, status=FINE)
    result = stage.liquidate(ALICE)
    assert result.insured_usd_wad == WAD * 11 // 100 * 40
    assert sizes(stage) == (0, 0)


def test_a_partial_plan_is_made_of_what_has_a_price(stage: Stage) -> None:
    """The larger position is the one without."""
    stage.fill("liquidation", *CLOSE_FACTOR)
    stage.price(SOL, 100 * WAD)
    stage.deposit(ALICE, USDC, 20_000 * USDC_1)
    stage.trade(ALICE, SOL, 600 * WAD)
    stage.price(SOL, 100 * WAD, status=HALTED)
    stage.price(BTC, 26_700 * WAD)
    before = sizes(stage)
    result = stage.liquidate(ALICE)
    after = sizes(stage)
    assert not result.is_full
    assert (0 < after[0] < before[0], after[1]) == (True, before[1])


@pytest.mark.parametrize(("forfeits", "takes_over"), [(True, False), (False, True)])
def test_nothing_is_forfeited_or_taken_over_before_everything_has_a_price(
    stage: Stage, forfeits: bool, takes_over: bool
) -> None:
    stage.fill("liquidation", FULL, 0, 0, 0, 0, forfeits, takes_over, False)
    stage.price(BTC, 45_800 * WAD)
    result = stage.liquidate(ALICE)
    assert (result.assigned_usd_wad, result.forfeited_usd_wad) == (0, 0)
    assert sizes(stage) == (0, WAD * 11 // 100)
    assert stage.collateral(ALICE) == 810 * USDC_1


def test_what_pays_a_profit_counts_like_the_price_of_the_market(stage: Stage) -> None:
    """A short is paid in USDC: without a price of that it waits too."""
    stage.price(SOL, 100 * WAD)
    stage.deposit(BOB, BTC, BTC_1 // 10)
    stage.trade(BOB, BTC, -WAD)
    stage.price(BTC, 56_000 * WAD)
    stage.price(USDC, WAD, status=HALTED)
    assert refusal(stage, BOB) == "PRICE_HALTED"


def test_insurance_unwinds_where_there_is_a_price(stage: Stage) -> None:
    stage.market.send("assign", ALICE, INSURANCE, BTC, by="liquidator")
    stage.market.send("assign", ALICE, INSURANCE, SOL, by="liquidator")
    assert stage.liquidator.refusal("unwind", SOL, by="keeper") == "PRICE_HALTED"
    assert stage.liquidator.refusal("unwind", BTC, by="keeper") == "OK"
