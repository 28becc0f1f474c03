"""What the desk answers the order book: an order has one price, and what does not bear it ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from contracts.codes import refuses
from contracts.orders import (
    BLOCK_S,
    BOOK,
    block,
    execute,
    order,
    place,
    refusal_to_execute,
)
from contracts.requests import (
    MARKET,
    REWARD,
    THOUSAND,
    UNFILLED,
    entered,
    opened,
    request,
    stake,
)
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    ETH,
    HALTED,
    KEEPER,
    LONG,
    MAX_UINT,
    SHORT,
    TREASURY,
    USDC,
    WAD,
    WIDE,
    Contract,
    Stage,
    event,
)


@pytest.fixture
def stage() -> Stage:
    return opened()


# ------------------------------------------------------------------ what the desk asks of the book


def quote(stage: Stage, account: int, m: int, size_wad: int, usd: int = 50_000) -> tuple[str, Any]:
    """What the desk answers the book."""
    shown = (usd * WAD, usd * WAD, usd * WAD, usd * WAD, stage.time_s, 0, stage.time_s, usd * WAD)
    desk: Contract = stage.desk
    answer, told = desk.attempt("quote", account, m, size_wad, MAX_UINT if size_wad > 0 else 0, shown, by="order_book")
    return answer, told


@refuses("fill", "TRADE_PRICE_UNKNOWN")
@refuses("fill", "TRADE_LOSS_UNPAID")
def test_the_desk_asks_for_an_account_a_size_and_a_price_that_was_shown(stage: Stage) -> None:
    assert quote(stage, ALICE, BTC, 0)[0] == "TRADE_NOTHING"
    assert quote(stage, TREASURY, BTC, WAD)[0] == "ACCOUNT_UNKNOWN"
    told = tuple(vars(quote(stage, ALICE, BTC, WAD)[1]).values())
    assert told == (WAD, 50_000 * WAD, 50_000 * WAD, False, 0)
    for base_usd, answer in ((49_999, "TRADE_PRICE_UNKNOWN"), (50_000, "OK")):
        said = (WAD, base_usd * WAD, base_usd * WAD, False, 0)
        assert stage.desk.refusal("fill", ALICE, BTC, said, by="order_book") == answer
    stage.desk.send("fill", ALICE, BTC, told, by="order_book")
    stage.market.send("seize", ALICE, BOOK, 10**9 * WAD, False, by="liquidator")
    stage.price(BTC, 49_000 * WAD)
    forced = (-WAD, 49_000 * WAD, 49_000 * WAD, True, 0)
    assert stage.desk.refusal("fill", ALICE, BTC, forced, by="order_book") == "TRADE_LOSS_UNPAID"


# ------------------------------------------------------------------ no second look


def _stop_the_market(stage: Stage) -> None:
    stage.change_market(BTC, is_reduce_only=True)


def _reduce_only(stage: Stage) -> None:
    stage.govern("market", "set_mode", 1)


def _close_by_circuit(stage: Stage) -> None:
    stage.rude("circuit", 1 << 3)
    block(stage)


def _widen(stage: Stage) -> None:
    stage.price(BTC, 50_000 * WAD, status=WIDE)


def _lose_the_payer_s_price(stage: Stage) -> None:
    stage.price(USDC, WAD, status=WIDE)


def _use_up_the_side(stage: Stage) -> None:
    stage.change_market(BTC, max_open_interest_usd_wad=49_999 * WAD)


def _use_up_the_account(stage: Stage) -> None:
    stage.change_market(BTC, max_open_interest_usd_wad=80_000 * WAD, max_account_share_wad=WAD // 2)


def _reserve(stage: Stage) -> None:
    """Another account of the same owner reserves all but half a BTC; it may close at any time."""
    stage.deposit(BOB, USDC, 100 * THOUSAND)
    entered(stage, BOB, 19 * WAD // 2)


def _move_the_impact(stage: Stage) -> None:
    stage.rude("price_impact", 60_000 * WAD, 0)


def _raise_the_minimum(stage: Stage) -> None:
    stage.change_market(BTC, min_position_usd_wad=50_001 * WAD)


OBSTACLES = (
    *(_stop_the_market, _reduce_only, _close_by_circuit, _widen, _lose_the_payer_s_price),
    *(_use_up_the_side, _use_up_the_account, _reserve, _move_the_impact, _raise_the_minimum),
)


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_what_keeps_a_request_from_being_filled_ends_it(stage: Stage, obstacle: Callable[[Stage], None]) -> None:
    """Many of these its owner can bring about and end: he would look at the next price, and then choose the first."""
    place(stage, ALICE, request(WAD))
    stage.advance(BLOCK_S)
    stage.price(BTC, 50_000 * WAD)
    block(stage)
    mark = stage.chain.snapshot(0)
    assert execute(stage, ALICE, 0).returned.size_delta_wad == WAD  # without it
    stage.chain.revert(0, mark)
    obstacle(stage)
    receipt = execute(stage, ALICE, 0)
    assert receipt.returned.size_delta_wad == 0
    assert receipt.events[-1] == event("OrderClosed", account=ALICE, slot=0, outcome=UNFILLED)
    assert stage.collateral(KEEPER) >= REWARD
    assert stage.collateral(ALICE) == 10 * THOUSAND - REWARD
    assert refusal_to_execute(stage, ALICE, 0) == "ORDER_UNKNOWN"


def test_a_price_that_nobody_stands_behind_is_waited_for(stage: Stage) -> None:
    place(stage, ALICE, request(WAD))
    block(stage)
    stage.price(BTC, 50_000 * WAD, status=HALTED)
    assert quote(stage, ALICE, BTC, WAD)[0] == "PRICE_HALTED"
    assert refusal_to_execute(stage, ALICE, 0) == "PRICE_HALTED"


def test_another_position_at_an_unsure_price_ends_it_too(stage: Stage) -> None:
    """Its owner could close that one."""
    stage.seed(0, 200 * WAD, 0, 0)
    entered(stage, ALICE, WAD // 10)
    place(stage, ALICE, order(-WAD, 0, m=ETH, kind=MARKET, margin=stake(WAD, 2_500) + REWARD, reward=REWARD))
    block(stage)
    stage.price(BTC, 50_000 * WAD, status=HALTED)
    assert execute(stage, ALICE, 0).returned.size_delta_wad == 0


@pytest.mark.parametrize("part_wad", [WAD, WAD // 2])
def test_a_close_whose_loss_is_not_there_ends_and_is_left_to_the_liquidator(stage: Stage, part_wad: int) -> None:
    """Whoever would add the collateral later would know whether it is worth while."""
    entered(stage, ALICE, WAD)
    place(stage, ALICE, request(-part_wad, closes=True))
    stage.market.send("seize", ALICE, BOOK, 10**9 * WAD, False, by="liquidator")
    block(stage, {BTC: 49_000})
    assert execute(stage, ALICE, 0).returned.size_delta_wad == 0
    assert stage.market.read("positions", ALICE, BTC).size_wad == WAD
    stage.deposit(ALICE, USDC, THOUSAND)
    assert refusal_to_execute(stage, ALICE, 0) == "ORDER_UNKNOWN"


def test_a_close_whose_loss_is_just_there_is_made(stage: Stage) -> None:
    entered(stage, ALICE, WAD)
    place(stage, ALICE, request(-WAD, closes=True))
    stage.market.send("seize", ALICE, BOOK, 10**9 * WAD, False, by="liquidator")
    stage.deposit(ALICE, USDC, THOUSAND)
    block(stage, {BTC: 49_000})
    assert execute(stage, ALICE, 0).returned.size_delta_wad == -WAD
    assert stage.collateral(ALICE) == 0


def test_what_is_left_of_a_position_is_no_dust(stage: Stage) -> None:
    entered(stage, ALICE, WAD)
    least = stage.market.read("market_params", BTC).min_position_usd_wad
    place(stage, ALICE, request(-WAD + least // 50_001, closes=True))
    block(stage)
    assert execute(stage, ALICE, 0).returned.size_delta_wad == 0


def test_both_sides_find_the_margin_rule_what_they_would_find_at_once() -> None:
    """The desk's own judgement is never milder than the market's, nor stricter at one and the same price."""
    for side, sign in ((LONG, 1), (SHORT, -1)):
        stage = opened("market.BTC.trade_fee_bps=10")
        size = 10_000 * WAD * WAD // (5_050 * WAD)  # 10 % of margin and 0.1 % of fee
        place(stage, ALICE, request(sign * (size + WAD // 1_000)))
        place(stage, ALICE, request(sign * (size - WAD // 1_000)))
        block(stage)
        assert [execute(stage, ALICE, slot).returned.size_delta_wad != 0 for slot in range(2)] == [False, True]
        assert stage.market.read("sides", BTC, side).size_wad == size - WAD // 1_000
