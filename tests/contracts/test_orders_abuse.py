"""What an order could be used for that it is not meant for: smuggling, counting twice, looking first."""

from __future__ import annotations

import pytest
from contracts.orders import (
    BLOCK_S,
    BOOK,
    STOP,
    block,
    open_stage,
    order,
    place,
    refusal_to_execute,
)
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    HALTED,
    KEEPER,
    MAX_UINT,
    SOL,
    SOL_1,
    USDC,
    USDC_1,
    WAD,
    Stage,
)

THOUSAND = 1_000 * USDC_1


@pytest.fixture
def stage() -> Stage:
    return open_stage()


def test_a_reward_without_a_price_does_not_enter_an_account_with_positions(stage: Stage) -> None:
    """Bob is below maintenance; what has just collapsed must not reach him as the reward of an order of his own."""
    stage.deposit(ALICE, SOL, 100 * SOL_1)
    place(stage, ALICE, order(WAD // 100, 60_000, asset=SOL, margin=100 * SOL_1, reward=100 * SOL_1))
    stage.deposit(BOB, USDC, 5 * THOUSAND)
    stage.trade(BOB, BTC, WAD)
    block(stage, {BTC: 45_900})
    stage.price(SOL, 100 * WAD, status=HALTED)
    assert stage.market.refusal("deposit_collateral", BOB, SOL, 1, by="trader") == "PRICE_HALTED"
    assert refusal_to_execute(stage, ALICE, 0, keeper=BOB) == "PRICE_HALTED"
    assert stage.collateral(BOB, SOL) == 0
    assert stage.liquidator.refusal("liquidate", BOB, KEEPER, by="keeper") == "OK"


def test_margin_without_a_price_does_not_hold_up_an_exit(stage: Stage) -> None:
    """It returns to whom it belongs; only a reward needs a price."""
    stage.deposit(ALICE, SOL, SOL_1)
    stage.trade(ALICE, BTC, WAD)
    place(stage, ALICE, order(-WAD, 60_000, kind=STOP, asset=SOL, margin=SOL_1, is_reduce_only=True))
    block(stage)
    stage.price(SOL, 100 * WAD, status=HALTED)
    assert refusal_to_execute(stage, ALICE, 0) == "OK"
    assert stage.collateral(ALICE, SOL) == SOL_1


def test_nobody_but_its_account_gets_margin_out_of_the_book(stage: Stage) -> None:
    place(stage, ALICE, order(WAD, 40_000, margin=5 * THOUSAND))
    receiver = stage.address("stranger")
    for role in ("stranger", "trader", "keeper", "admin"):
        taking = ("transfer_collateral", BOOK, USDC, 1, BOB)
        assert stage.market.refusal(*taking, by=role) == "ACCOUNT_NOT_AUTHORISED"
        withdrawing = ("withdraw_collateral", BOOK, USDC, 1, receiver)
        assert stage.market.refusal(*withdrawing, by=role) == "ACCOUNT_NOT_AUTHORISED"
        assert stage.desk.refusal("trade", BOOK, BTC, WAD, MAX_UINT, by=role) == "ACCOUNT_NOT_AUTHORISED"
        assert stage.market.refusal("set_operator", BOOK, receiver, True, by=role) == "ACCOUNT_NOT_OWNER"
    assert stage.collateral(BOOK) == 5 * THOUSAND


def test_the_book_s_account_cannot_be_liquidated(stage: Stage) -> None:
    """It has no position and never will: margin that is worth nothing is no reason."""
    place(stage, ALICE, order(WAD, 40_000, margin=5 * THOUSAND))
    stage.price(USDC, 1)
    assert stage.liquidator.refusal("liquidate", BOOK, KEEPER, by="keeper") == "LIQUIDATION_HEALTHY"


def test_a_new_order_waits_for_a_new_price_even_where_an_old_one_stood(stage: Stage) -> None:
    """A13, GMX H-15: an order that is placed again is a new order; there is no free look by updating one."""
    place(stage, ALICE, order(WAD // 10, 40_000))
    block(stage, {BTC: 50_000})
    stage.order_book.send("cancel", ALICE, 0, by="trader")
    assert place(stage, ALICE, order(WAD // 10, 60_000)) == 0  # at the price that everybody sees now
    assert refusal_to_execute(stage, ALICE, 0) == "ORDER_PRICE_TOO_OLD"


def test_two_orders_in_one_block_trade_at_one_price(stage: Stage) -> None:
    """OR-09: in and out at once earns nothing, however the orders stand."""
    stage.advance(BLOCK_S)
    place(stage, ALICE, order(WAD // 2, 60_000))
    place(stage, ALICE, order(-WAD // 2, 40_000))
    block(stage, {BTC: 51_000})
    for slot in (0, 1):
        assert refusal_to_execute(stage, ALICE, slot) == "OK"
    assert stage.market.read("positions", ALICE, BTC).size_wad == 0
    assert stage.collateral(ALICE) == 10 * THOUSAND


@pytest.mark.parametrize("role", ["stranger", "keeper"])
def test_whoever_executes_gains_no_right_in_the_account(stage: Stage, role: str) -> None:
    place(stage, ALICE, order(WAD // 10, 60_000, margin=THOUSAND, reward=USDC_1))
    block(stage)
    assert refusal_to_execute(stage, ALICE, 0) == "OK"
    assert stage.desk.refusal("trade", ALICE, BTC, 1, MAX_UINT, by=role) == "ACCOUNT_NOT_AUTHORISED"
    again = order(WAD // 10, 60_000)
    assert stage.order_book.refusal("place", ALICE, again, by=role) == "ACCOUNT_NOT_AUTHORISED"


def test_the_margin_of_an_order_never_carries_two_positions(stage: Stage) -> None:
    """A28, PO-10: neither before nor after its execution can the same dollars be borrowed against twice."""
    place(stage, ALICE, order(WAD, 60_000, margin=5 * THOUSAND))
    stage.trade(ALICE, BTC, WAD)  # the other 5,000
    assert stage.desk.refusal("trade", ALICE, BTC, WAD // 100, MAX_UINT, by="trader") == "MARGIN_BELOW_INITIAL"
    block(stage)
    assert refusal_to_execute(stage, ALICE, 0) == "OK"
    assert stage.desk.refusal("trade", ALICE, BTC, WAD // 100, MAX_UINT, by="trader") == "MARGIN_BELOW_INITIAL"
    health = stage.market.read("health", ALICE)
    assert health.free == health.initial == 10_000 * WAD
