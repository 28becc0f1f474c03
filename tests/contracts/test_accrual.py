"""What is owed for the past is fixed: nothing done now changes the rate of yesterday."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    BTC_1,
    CAROL,
    ETH,
    INSURANCE,
    KEEPER,
    LONG,
    SHORT,
    USDC,
    USDC_1,
    WAD,
    YEAR_S,
    Stage,
)

DAY_S = 86_400
LINEAR = "policies/borrow_rate/LinearBorrow.vy"


@pytest.fixture
def stage() -> Stage:
    """Alice is long 5 of 10 BTC and owes a day of fees; Bob and Carol are short ETH."""
    stage = Stage()
    stage.fill("borrow_rate", LINEAR, 5 * WAD // YEAR_S)
    stage.seed(10 * BTC_1, 200 * WAD, 0, 500_000 * USDC_1)
    for account in (ALICE, BOB, CAROL):
        stage.deposit(account, USDC, 50_000 * USDC_1)
    stage.trade(ALICE, BTC, 5 * WAD)
    stage.trade(BOB, ETH, -40 * WAD)
    stage.trade(CAROL, ETH, -20 * WAD)
    stage.advance(DAY_S)
    return stage


def swap_in(stage: Stage) -> None:
    """More BTC in the pool: half the utilisation."""
    receiver = stage.address("stranger")
    stage.pool.send("swap", BTC, USDC, 5 * BTC_1, 0, receiver, by="stranger")


def mint(stage: Stage) -> None:
    stage.pool.send("mint", BTC, 10 * BTC_1, 0, stage.address("lp"), by="lp")


def redeem(stage: Stage) -> None:
    stage.pool.send("redeem", BTC, 200_000 * WAD, 0, stage.address("lp"), by="lp")


def trade_elsewhere(stage: Stage) -> None:
    """A short of ETH gives its USDC back."""
    stage.trade(BOB, ETH, 40 * WAD)


def liquidate_elsewhere(stage: Stage) -> None:
    """A loss of 50,000 moves USDC into the pool."""
    stage.price(ETH, 3_700 * WAD)
    stage.liquidate(BOB)


@pytest.mark.parametrize("deed", [swap_in, mint, redeem, trade_elsewhere])
def test_nobody_changes_what_others_owe_for_the_past(stage: Stage, deed: Callable[[Stage], None]) -> None:
    """FF-08, LQ-04"""
    before = [stage.market.read("health", account).equity for account in (ALICE, CAROL)]
    deed(stage)
    after = [stage.market.read("health", account).equity for account in (ALICE, CAROL)]
    assert after == before


@pytest.mark.parametrize("deed", [trade_elsewhere, liquidate_elsewhere])
def test_a_market_that_shares_an_asset_is_not_repriced_for_the_past(
    stage: Stage, deed: Callable[[Stage], None]
) -> None:
    stage.trade(ALICE, BTC, -5 * WAD)
    stage.trade(ALICE, BTC, -WAD)  # short, on the same USDC as the shorts of ETH
    stage.advance(DAY_S)
    before = stage.market.read("health", ALICE).equity
    deed(stage)
    assert stage.market.read("health", ALICE).equity == before


def test_a_swap_there_and_back_does_not_dodge_the_borrow_fee(stage: Stage) -> None:
    """The trader swaps BTC in before closing, and out again after it."""
    owed = 50_000 * WAD - stage.market.read("health", ALICE).equity
    swap_in(stage)
    assert stage.trade(ALICE, BTC, -5 * WAD).returned.borrow_usd_wad == owed


def test_a_new_borrow_rate_is_not_charged_for_the_past(stage: Stage) -> None:
    """FF-08: a parameter changes after accrual at the old one."""
    before = stage.market.read("health", ALICE).equity
    stage.fill("borrow_rate", LINEAR, 9 * WAD // YEAR_S)
    assert stage.market.read("health", ALICE).equity == before


def test_a_new_funding_rate_is_not_charged_for_the_past(stage: Stage) -> None:
    """FF-08"""
    stage.trade(BOB, BTC, -WAD)
    stage.advance(DAY_S)
    before = stage.market.read("health", ALICE).equity
    skew_linear = "policies/funding_rate/SkewLinearFunding.vy"
    stage.fill("funding_rate", skew_linear, 5 * WAD // YEAR_S)
    assert stage.market.read("health", ALICE).equity == before


def test_the_borrow_index_never_falls(stage: Stage) -> None:
    """FF-01"""
    seen = [0, 0]
    for _ in range(5):
        stage.advance(DAY_S)
        stage.market.send("assess", ALICE, by="stranger")
        now = [stage.market.read("sides", BTC, side).borrow_index_wad for side in (LONG, SHORT)]
        assert now[LONG] > seen[LONG]
        assert now[SHORT] >= seen[SHORT]
        seen = now


@pytest.mark.parametrize("seconds", [1, DAY_S, 10 * YEAR_S])
def test_any_gap_can_be_liquidated(stage: Stage, seconds: int) -> None:
    """LV-07: ten years of fees at a high rate end in a liquidation, not in an overflow."""
    stage.deposit(INSURANCE, USDC, USDC_1)
    stage.advance(seconds)
    stage.price(BTC, 39_000 * WAD)
    assert stage.liquidator.refusal("liquidate", ALICE, KEEPER, by="keeper") == "OK"
