"""Orders of an account below maintenance margin: they hold up no liquidation, and do not outlive what they reduce."""

from __future__ import annotations

import pytest
from contracts.codes import happy, refuses
from contracts.orders import MAX_ORDERS, STOP, TAKE_PROFIT, block, open_stage, order, place, refusal_to_execute
from contracts.stage import ALICE, BTC, KEEPER, PRICES_USD, USDC, USDC_1, WAD, Stage

THOUSAND = 1_000 * USDC_1
RESTING = order(WAD, 30_000)  # never triggers here


def in_trouble(*margins: int, btc_usd: int = 45_500) -> Stage:
    """Alice is 1 BTC long with 5,000 USDC, and these margins in orders; then BTC falls."""
    stage = open_stage()
    stage.trade(ALICE, BTC, WAD)
    for margin in margins:
        place(stage, ALICE, RESTING._replace(margin=margin))
    spare = 10 * THOUSAND - sum(margins) - 5 * THOUSAND
    stage.market.send("withdraw_collateral", ALICE, USDC, spare, stage.address("trader"), by="trader")
    block(stage, {BTC: btc_usd})
    return stage


def placing(stage: Stage, **changes: object) -> str:
    return stage.order_book.refusal("place", ALICE, RESTING._replace(**changes), by="trader")


def liquidating(stage: Stage, verb: str = "liquidate") -> str:
    return stage.liquidator.refusal(verb, ALICE, KEEPER, by="keeper")


@refuses("place", "ORDER_MUST_REDUCE")
def test_below_maintenance_only_what_reduces_may_be_left() -> None:
    stage = in_trouble()
    assert placing(stage) == "ORDER_MUST_REDUCE"
    assert placing(stage, margin=THOUSAND) == "MARGIN_BELOW_INITIAL"
    assert placing(stage, size_delta_wad=-WAD, kind=STOP, is_reduce_only=True) == "OK"
    assert placing(stage, size_delta_wad=-WAD, kind=TAKE_PROFIT) == "OK"


def test_whoever_is_above_maintenance_leaves_what_he_likes() -> None:
    assert placing(in_trouble(btc_usd=46_500)) == "OK"


@pytest.mark.parametrize("blocks", range(3))
def test_no_order_without_margin_holds_up_a_liquidation(blocks: int) -> None:
    """However many are left, and whenever: before the fall, or in each block after it."""
    stage = in_trouble()
    for _ in range(blocks):
        placing(stage)
        placing(stage, size_delta_wad=-WAD, kind=STOP, is_reduce_only=True)
        block(stage, {BTC: 45_500})
    for _ in range(MAX_ORDERS - blocks):
        assert placing(stage, size_delta_wad=-WAD, kind=TAKE_PROFIT) == "OK"
    assert placing(stage, size_delta_wad=-WAD, kind=TAKE_PROFIT) == "ORDER_TOO_MANY"
    assert liquidating(stage) == "OK"


@happy("release_and_liquidate")
def test_margin_in_orders_is_released_and_the_account_liquidated_in_one_call() -> None:
    stage = in_trouble(500 * USDC_1, btc_usd=45_000)
    assert liquidating(stage) == "LIQUIDATION_ORDERS_FIRST"
    told = stage.liquidator.send("release_and_liquidate", ALICE, KEEPER, by="stranger").returned
    assert told.equity_usd_wad == 500 * WAD
    assert told.is_full
    assert stage.market.read("markets_of", ALICE) == 0


def test_nothing_is_released_of_whom_the_margin_of_his_orders_saves() -> None:
    stage = in_trouble(4 * THOUSAND)
    assert liquidating(stage, "release_and_liquidate") in ("LIQUIDATION_HEALTHY", "ORDER_ACCOUNT_HEALTHY")
    assert stage.order_book.read("orders_with_margin", ALICE) == 1


@refuses("release_and_liquidate", "LIQUIDATION_HEALTHY")
def test_without_orders_it_is_a_liquidation() -> None:
    assert liquidating(in_trouble(), "release_and_liquidate") == "OK"
    assert liquidating(in_trouble(btc_usd=46_500), "release_and_liquidate") == "LIQUIDATION_HEALTHY"


@refuses("release_and_liquidate", "ACCOUNT_UNKNOWN")
@refuses("release_and_liquidate", "LIQUIDATION_KEEPER_UNKNOWN")
@refuses("release_and_liquidate", "POLICY_BAD_PLAN")
def test_it_refuses_what_a_liquidation_refuses() -> None:
    stage = in_trouble()
    attempt = stage.liquidator.refusal
    assert attempt("release_and_liquidate", 2, KEEPER, by="keeper") == "ACCOUNT_UNKNOWN"
    assert attempt("release_and_liquidate", ALICE, 2, by="keeper") == "LIQUIDATION_KEEPER_UNKNOWN"
    stage.rude("liquidation", 0, 2 * WAD)
    assert liquidating(stage, "release_and_liquidate") == "POLICY_BAD_PLAN"


@pytest.mark.parametrize("kind", [STOP, TAKE_PROFIT])
def test_an_order_that_only_reduces_ends_with_the_positions_it_was_left_for(kind: int) -> None:
    stage = open_stage()
    stage.trade(ALICE, BTC, WAD)
    trigger = 60_000 if kind == STOP else 40_000
    slot = place(stage, ALICE, order(-WAD, trigger, kind=kind, is_reduce_only=True))
    stage.trade(ALICE, BTC, -WAD)
    stage.trade(ALICE, BTC, WAD)  # another life
    block(stage, dict(enumerate(PRICES_USD)))
    assert refusal_to_execute(stage, ALICE, slot) == "ORDER_NOTHING_TO_REDUCE"
    assert stage.market.read("positions", ALICE, BTC).size_wad == WAD
