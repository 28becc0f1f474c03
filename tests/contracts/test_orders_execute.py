"""OrderBook.execute: at a price published after the order, by anybody, for a reward and nothing else."""

from __future__ import annotations

import pytest
from contracts.codes import happy, refuses
from contracts.orders import (
    BLOCK_S,
    BOOK,
    EXECUTED,
    LIMIT,
    STOP,
    TAKE_PROFIT,
    Fill,
    Terms,
    block,
    execute,
    holding,
    moved,
    open_stage,
    order,
    place,
    refusal_to_execute,
)
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    BTC_1,
    HALTED,
    INSURANCE,
    KEEPER,
    PAUSED,
    REDUCE_ONLY,
    T0,
    TREASURY,
    USDC,
    USDC_1,
    WAD,
    WIDE,
    Stage,
    event,
)

THOUSAND = 1_000 * USDC_1
BID = order(WAD // 5, 49_000, margin=THOUSAND, reward=5 * USDC_1)
EXIT = order(-WAD, 48_000, kind=STOP, is_reduce_only=True)


@pytest.fixture
def stage() -> Stage:
    return open_stage()


@happy("execute")
def test_a_limit_order_gives_its_margin_back_pays_the_reward_and_trades(stage: Stage) -> None:
    place(stage, ALICE, BID)
    block(stage, {BTC: 48_900})
    receipt = execute(stage, ALICE, 0)
    fill = tuple(Fill(WAD // 5, 48_900 * WAD))
    position = (WAD // 5, 9_780 * WAD, BTC_1 // 5, 0, 0)
    assert tuple(vars(receipt.returned).values()) == fill
    assert receipt.events == (
        moved(BOOK, -5 * USDC_1),
        moved(KEEPER, 5 * USDC_1),
        moved(BOOK, -995 * USDC_1),
        moved(ALICE, 995 * USDC_1),
        event("OrderClosed", account=ALICE, slot=0, outcome=EXECUTED),
        event("PositionChanged", account=ALICE, market=BTC, position=position),
        event("Traded", account=ALICE, market=BTC, fill=fill),
    )
    assert stage.order_book.read("open_orders", ALICE) == 0


#: (kind, buys, price that is one dollar short of the trigger of 50,000, and one that has just reached it)
TRIGGERS = {
    "limit buy": (LIMIT, True, 50_001, 50_000),
    "limit sell": (LIMIT, False, 49_999, 50_000),
    "stop buy": (STOP, True, 49_999, 50_000),
    "stop sell": (STOP, False, 50_001, 50_000),
    "take profit of a short": (TAKE_PROFIT, True, 50_001, 50_000),
    "take profit of a long": (TAKE_PROFIT, False, 49_999, 50_000),
}


@refuses("execute", "ORDER_NOT_TRIGGERED")
@pytest.mark.parametrize(("kind", "buys", "short_of_it", "reached"), TRIGGERS.values(), ids=TRIGGERS)
def test_a_limit_waits_for_a_better_price_and_a_stop_for_a_worse_one(
    stage: Stage, kind: int, buys: bool, short_of_it: int, reached: int
) -> None:
    sign = 1 if buys else -1
    if kind == TAKE_PROFIT:
        stage.trade(ALICE, BTC, -sign * WAD)
    place(stage, ALICE, order(sign * WAD // 2, 50_000, kind=kind))
    block(stage, {BTC: short_of_it})
    assert refusal_to_execute(stage, ALICE, 0) == "ORDER_NOT_TRIGGERED"
    block(stage, {BTC: reached})
    assert refusal_to_execute(stage, ALICE, 0) == "OK"


@pytest.mark.parametrize(
    ("kind", "buys", "mid_usd", "answer"),
    [
        (LIMIT, True, 49_990, "ORDER_NOT_TRIGGERED"),  # it would fill at 50,010
        (LIMIT, True, 49_980, "OK"),
        (LIMIT, False, 50_010, "ORDER_NOT_TRIGGERED"),
        (LIMIT, False, 50_020, "OK"),
        (STOP, True, 49_979, "ORDER_NOT_TRIGGERED"),
        (STOP, True, 49_980, "OK"),
        (STOP, False, 50_021, "ORDER_NOT_TRIGGERED"),
        (STOP, False, 50_020, "OK"),
    ],
)
def test_the_side_of_the_band_at_which_it_would_fill_is_what_triggers(
    stage: Stage, kind: int, buys: bool, mid_usd: int, answer: str
) -> None:
    place(stage, ALICE, order(WAD // 2 if buys else -WAD // 2, 50_000, kind=kind))
    block(stage)
    stage.price(BTC, mid_usd * WAD, spread=20 * WAD)
    assert refusal_to_execute(stage, ALICE, 0) == answer


@refuses("execute", "ORDER_PRICE_TOO_OLD")
def test_an_order_is_executed_only_at_a_price_that_was_published_after_it(stage: Stage) -> None:
    """OR-08: nobody orders at a price that he has seen."""
    stage.advance(BLOCK_S)
    place(stage, ALICE, order(WAD // 5, 60_000))  # the price of before would do
    assert refusal_to_execute(stage, ALICE, 0) == "ORDER_PRICE_TOO_OLD"
    stage.price(BTC, 50_000 * WAD)  # published in the order's own second
    assert refusal_to_execute(stage, ALICE, 0) == "ORDER_PRICE_TOO_OLD"
    stage.advance(BLOCK_S)
    stage.price(USDC, WAD)  # other feeds say nothing about this market
    assert refusal_to_execute(stage, ALICE, 0) == "ORDER_PRICE_TOO_OLD"
    stage.price(BTC, 50_000 * WAD)
    assert refusal_to_execute(stage, ALICE, 0) == "OK"


@refuses("execute", "ORDER_EXPIRED")
@pytest.mark.parametrize(("wait_s", "answer"), [(59, "OK"), (60, "ORDER_EXPIRED")])
def test_an_order_expires(stage: Stage, wait_s: int, answer: str) -> None:
    place(stage, ALICE, order(WAD // 5, 60_000, expires_at_s=T0 + 60))
    block(stage, seconds=wait_s)
    assert refusal_to_execute(stage, ALICE, 0) == answer


@refuses("execute", "ORDER_UNKNOWN")
def test_an_order_is_executed_once(stage: Stage) -> None:
    place(stage, ALICE, order(WAD // 5, 60_000, margin=THOUSAND, reward=USDC_1))
    block(stage)
    execute(stage, ALICE, 0)
    assert refusal_to_execute(stage, ALICE, 0) == "ORDER_UNKNOWN"
    assert stage.market.read("positions", ALICE, BTC).size_wad == WAD // 5
    assert stage.collateral(KEEPER) == USDC_1


@refuses("execute", "ORDER_NOTHING_TO_REDUCE")
@pytest.mark.parametrize("terms", [EXIT, order(-WAD, 48_000, kind=TAKE_PROFIT)], ids=["reduce-only", "take profit"])
@pytest.mark.parametrize("is_short", [False, True])
def test_an_order_that_only_reduces_needs_something_to_reduce(stage: Stage, terms: Terms, is_short: bool) -> None:
    """Neither an empty position nor one that the order would add to."""
    if is_short:
        stage.trade(ALICE, BTC, -WAD)
    place(stage, ALICE, terms)
    block(stage, {BTC: 48_000})
    assert refusal_to_execute(stage, ALICE, 0) == "ORDER_NOTHING_TO_REDUCE"


@pytest.mark.parametrize("is_reduce_only", [False, True])
def test_an_order_against_a_position_closes_at_most_all_of_it(stage: Stage, is_reduce_only: bool) -> None:
    stage.trade(ALICE, BTC, WAD // 4)
    place(stage, ALICE, EXIT._replace(is_reduce_only=is_reduce_only))
    block(stage, {BTC: 47_900})
    fill = execute(stage, ALICE, 0).returned
    assert fill.size_delta_wad == -WAD // 4
    assert stage.market.read("positions", ALICE, BTC).size_wad == 0


def test_a_stop_closes_what_is_there_when_it_triggers(stage: Stage) -> None:
    stage.trade(ALICE, BTC, WAD)
    place(stage, ALICE, EXIT._replace(size_delta_wad=-WAD // 4))
    stage.trade(ALICE, BTC, -WAD // 2)
    block(stage, {BTC: 47_900})
    execute(stage, ALICE, 0)
    assert stage.market.read("positions", ALICE, BTC).size_wad == WAD // 4


@pytest.mark.parametrize(
    ("terms", "answer"),
    [
        (order(WAD // 5, 60_000, worst_usd=50_099, margin=THOUSAND), "TRADE_PRICE_TOO_HIGH"),
        (order(-WAD // 5, 40_000, worst_usd=50_101, margin=THOUSAND), "TRADE_PRICE_TOO_LOW"),
        (order(3 * WAD, 60_000, margin=THOUSAND), "MARGIN_BELOW_INITIAL"),
        (order(WAD // 10_000, 60_000, margin=THOUSAND), "TRADE_POSITION_TOO_SMALL"),
    ],
)
def test_the_trade_of_an_order_is_checked_like_any_other_and_a_refused_one_changes_nothing(
    stage: Stage, terms: Terms, answer: str
) -> None:
    place(stage, ALICE, terms)
    block(stage, {BTC: 50_100})
    assert refusal_to_execute(stage, ALICE, 0) == answer
    assert holding(stage, ALICE).set_aside == stage.collateral(BOOK) == THOUSAND
    assert stage.order_book.read("open_orders", ALICE) == 1


@pytest.mark.parametrize(("reward", "answer"), [(0, "OK"), (1, "MARGIN_BELOW_INITIAL")])
def test_the_margin_carries_the_trade_and_the_reward_does_not(stage: Stage, reward: int, answer: str) -> None:
    """All that the account has is in the order: ten times leverage on the whole of it, to the unit."""
    place(stage, ALICE, order(2 * WAD, 60_000, margin=10 * THOUSAND, reward=reward))
    block(stage)
    assert refusal_to_execute(stage, ALICE, 0) == answer


def test_a_reduce_only_order_works_where_nothing_may_grow(stage: Stage) -> None:
    stage.trade(ALICE, BTC, WAD)
    for terms in (EXIT._replace(size_delta_wad=-WAD // 2), order(WAD, 60_000)):
        place(stage, ALICE, terms)
    block(stage)
    stage.price(BTC, 47_000 * WAD, status=WIDE)
    assert refusal_to_execute(stage, ALICE, 1) == "PRICE_WIDE"
    stage.controller.send("set_mode", REDUCE_ONLY, by="admin")
    assert refusal_to_execute(stage, ALICE, 1) == "ACCESS_CLOSED_BY_MODE"
    assert refusal_to_execute(stage, ALICE, 0) == "OK"


@pytest.mark.parametrize(("margin", "answer"), [(0, "OK"), (THOUSAND, "ACCESS_CLOSED_BY_MODE")])
def test_a_pause_leaves_exits_open_to_orders_that_move_no_collateral(stage: Stage, margin: int, answer: str) -> None:
    stage.trade(ALICE, BTC, WAD)
    place(stage, ALICE, EXIT._replace(margin=margin))
    block(stage, {BTC: 47_000})
    stage.controller.send("set_mode", PAUSED, by="admin")
    assert refusal_to_execute(stage, ALICE, 0) == answer


def test_without_a_price_nothing_is_executed(stage: Stage) -> None:
    stage.trade(ALICE, BTC, WAD)
    place(stage, ALICE, EXIT)
    block(stage)
    stage.price(BTC, 47_000 * WAD, status=HALTED)
    assert refusal_to_execute(stage, ALICE, 0) == "PRICE_HALTED"


@pytest.mark.parametrize("keeper", [BOB, KEEPER, ALICE, INSURANCE, TREASURY, BOOK])
def test_whoever_executes_gets_the_reward_and_cannot_direct_the_rest(stage: Stage, keeper: int) -> None:
    place(stage, ALICE, BID)
    block(stage, {BTC: 48_900})
    before = stage.collateral(keeper)
    execute(stage, ALICE, 0, keeper)
    own = 5 * USDC_1 if keeper == ALICE else 0
    assert stage.collateral(ALICE) == 10 * THOUSAND - 5 * USDC_1 + own
    if keeper not in (ALICE, BOOK):
        assert stage.collateral(keeper) == before + 5 * USDC_1


@pytest.mark.parametrize(("reward", "answer"), [(0, "OK"), (1, "ACCOUNT_UNKNOWN")])
@pytest.mark.parametrize("keeper", [0, KEEPER + 1, 2**256 - 1])
def test_a_reward_needs_an_account_that_exists(stage: Stage, keeper: int, reward: int, answer: str) -> None:
    place(stage, ALICE, BID._replace(reward=reward))
    block(stage, {BTC: 48_900})
    assert refusal_to_execute(stage, ALICE, 0, keeper) == answer


def test_a_book_that_has_lost_the_account_s_trust_executes_nothing(stage: Stage) -> None:
    place(stage, ALICE, BID)
    stage.market.send("set_operator", ALICE, stage.order_book.address, False, by="admin")
    block(stage, {BTC: 48_900})
    assert refusal_to_execute(stage, ALICE, 0) == "ACCOUNT_NOT_AUTHORISED"
    assert holding(stage, ALICE).total == 10 * THOUSAND
