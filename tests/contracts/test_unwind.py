"""Liquidator.unwind: insurance leaves what it took over, a tenth in a block."""

from __future__ import annotations

import pytest
from contracts.codes import happy, refuses
from contracts.ladders import BTC_USD, take_over_stage
from contracts.orders import Fill, block, moved, paid_in
from contracts.stage import (
    ALICE,
    BTC,
    ETH,
    HALTED,
    INSURANCE,
    LONG,
    MAX_UINT,
    PAUSED,
    REDUCE_ONLY,
    SHORT,
    USDC_1,
    WAD,
    WIDE,
    Stage,
    event,
)

from contracts import books


@pytest.fixture
def stage() -> Stage:
    """Insurance has 14,998 USDC and Alice's BTC, bought for 50,000 and worth 45,900."""
    stage = take_over_stage()
    stage.price(BTC, BTC_USD * WAD)
    stage.liquidate(ALICE)
    return stage


def unwind(stage: Stage, m: int = BTC) -> str:
    return stage.liquidator.refusal("unwind", m, by="stranger")


@happy("unwind")
def test_a_tenth_is_closed_at_the_oracle_s_price(stage: Stage) -> None:
    receipt = stage.liquidator.send("unwind", BTC, by="stranger")
    fill = Fill(-WAD // 10, BTC_USD * WAD, -410 * WAD)
    assert receipt.returned == 4_590 * WAD
    assert receipt.events == (
        event(
            "PositionChanged", account=INSURANCE, market=BTC, position=(9 * WAD // 10, 45_000 * WAD, 9 * 10**7, 0, 0)
        ),
        moved(INSURANCE, -410 * USDC_1),
        paid_in(410 * USDC_1),
        event("Traded", account=INSURANCE, market=BTC, fill=tuple(fill)),
        event("Unwound", market=BTC, closed_usd_wad=4_590 * WAD, bad_debt_usd_wad=0),
    )


@refuses("unwind", "UNWIND_NOTHING")
def test_insurance_leaves_once_in_a_block(stage: Stage) -> None:
    assert unwind(stage) == "OK"
    assert unwind(stage) == "UNWIND_NOTHING"
    block(stage, {BTC: BTC_USD}, seconds=1)
    assert unwind(stage) == "OK"


@pytest.mark.parametrize("m", [ETH, 3, MAX_UINT])
def test_there_is_nothing_to_unwind_where_insurance_holds_nothing(stage: Stage, m: int) -> None:
    assert unwind(stage, m) == "UNWIND_NOTHING"


def test_it_ends(stage: Stage) -> None:
    """The last step takes what would be too small to stand: 10 USD of 50,000 are 0.9 ** 80."""
    steps = 0
    while stage.market.read("positions", INSURANCE, BTC).size_wad:
        block(stage, {BTC: BTC_USD}, seconds=1)
        assert unwind(stage) == "OK"
        steps += 1
    assert steps == 81
    assert stage.market.read("markets_of", INSURANCE) == 0
    assert abs(stage.collateral(INSURANCE) - (14_998 - 4_100) * USDC_1) <= steps  # a unit in each
    books.check_tokens(stage)
    books.check_sides(stage)


def test_insurance_gains_when_the_price_comes_back(stage: Stage) -> None:
    """Profit is paid in what backs the side, as anybody's."""
    block(stage, {BTC: 62_500}, seconds=1)
    assert unwind(stage) == "OK"
    assert stage.collateral(INSURANCE, BTC) == 2_000_000  # 1,250 USD


def test_below_its_own_maintenance_insurance_leaves_at_once(stage: Stage) -> None:
    block(stage, {BTC: 35_600})  # 598 of 14,998 are left against 712
    stage.liquidator.send("unwind", BTC, by="stranger")
    assert stage.market.read("positions", INSURANCE, BTC).size_wad == 0
    assert stage.collateral(INSURANCE) == 598 * USDC_1


def test_at_its_maintenance_it_still_leaves_by_tenths(stage: Stage) -> None:
    block(stage, {BTC: 35_800})  # 798 against 716
    assert unwind(stage) == "OK"
    assert stage.market.read("positions", INSURANCE, BTC).size_wad == 9 * WAD // 10


def test_what_insurance_cannot_pay_is_the_pool_s_loss_and_the_winners_deficit(stage: Stage) -> None:
    block(stage, {BTC: 34_000})  # 16,000 of 14,998
    value = stage.market.read("aum").mid
    receipt = stage.liquidator.send("unwind", BTC, by="stranger")
    assert receipt.fields("Unwound")["bad_debt_usd_wad"] == 1_002 * WAD
    assert receipt.fields("DeficitChanged") == {"market": BTC, "side": SHORT, "usd_wad": 1_002 * WAD}
    assert stage.liquidator.read("deficits", BTC, SHORT) == 1_002 * WAD
    assert stage.liquidator.read("deficits", BTC, LONG) == 0
    assert stage.liquidator.read("epoch_loss_usd_wad") == 1_002 * WAD
    assert stage.market.read("aum").mid == value - 1_002 * WAD


@pytest.mark.parametrize(
    ("mode", "status", "answer"),
    [
        (REDUCE_ONLY, WIDE, "OK"),
        (PAUSED, 0, "ACCESS_CLOSED_BY_MODE"),
        (0, HALTED, "PRICE_HALTED"),
    ],
)
def test_it_is_open_where_liquidation_is(stage: Stage, mode: int, status: int, answer: str) -> None:
    stage.controller.send("set_mode", mode, by="admin")
    stage.price(BTC, BTC_USD * WAD, status=status)
    assert unwind(stage) == answer


def test_insurance_is_never_liquidated_by_a_keeper(stage: Stage) -> None:
    """It would pay itself; it unwinds."""
    block(stage, {BTC: 34_000})
    assert stage.liquidator.refusal("liquidate", INSURANCE, 8, by="keeper") == "ACCOUNT_UNKNOWN"
