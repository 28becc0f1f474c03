"""A design that executes after the request: one price, the first one, whoever executes and whenever."""

from __future__ import annotations

from typing import Any

import pytest
from contracts.codes import happy, refuses
from contracts.orders import (
    BLOCK_S,
    CANCELLED,
    EXECUTED,
    LIMIT,
    STOP,
    block,
    execute,
    holding,
    order,
    place,
    refusal_to_execute,
)
from contracts.requests import (
    LIFE_S,
    MARKET,
    REWARD,
    THOUSAND,
    UNFILLED,
    WAIT_S,
    entered,
    first,
    opened,
    request,
)
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    INSURANCE,
    KEEPER,
    MAX_UINT,
    PAUSED,
    USDC,
    USDC_1,
    WAD,
    WIDE,
    Stage,
    event,
)


@pytest.fixture
def stage() -> Stage:
    return opened()


def position(stage: Stage, account: int = ALICE) -> Any:
    return stage.market.read("positions", account, BTC)


# ------------------------------------------------------------------ the way in


@refuses("trade", "TRADE_BY_ORDER_ONLY")
@pytest.mark.parametrize("by", ["trader", "admin", "order_book", "stranger", "liquidator"])
@pytest.mark.parametrize("size_wad", [WAD // 10, -WAD // 10])
def test_nobody_trades_at_a_price_that_is_known(stage: Stage, by: str, size_wad: int) -> None:
    acceptable = MAX_UINT if size_wad > 0 else 0
    assert stage.desk.refusal("trade", ALICE, BTC, size_wad, acceptable, by=by) == "TRADE_BY_ORDER_ONLY"


def test_where_trades_fill_at_once_there_is_no_market_order() -> None:
    stage = Stage()
    assert stage.desk.read("AFTER_REQUEST") is stage.order_book.read("AFTER_REQUEST") is False
    assert stage.order_book.refusal("place", ALICE, request(WAD, closes=True), by="trader") == "ORDER_BAD_TERMS"


@happy("fill")
@pytest.mark.parametrize("size_wad", [WAD, -WAD])
def test_a_request_is_filled_at_the_first_price_after_it_though_the_market_has_gone_on(
    stage: Stage, size_wad: int
) -> None:
    place(stage, ALICE, request(size_wad, reward=5 * USDC_1))
    stage.advance(BLOCK_S)
    first(stage, 50_200, spread_usd=10)
    block(stage, {BTC: 49_000})
    receipt = execute(stage, ALICE, 0)
    at_usd = 50_210 if size_wad > 0 else 50_190
    assert (receipt.returned.size_delta_wad, receipt.returned.price_wad) == (size_wad, at_usd * WAD)
    assert receipt.returned.impact_usd_wad == 0  # the price it was asked at is no impact
    assert position(stage).cost_usd_wad == at_usd * WAD
    assert receipt.events[-1] == event("OrderClosed", account=ALICE, slot=0, outcome=EXECUTED)
    assert stage.collateral(KEEPER) == 5 * USDC_1


def test_a_position_is_closed_at_the_first_price_too(stage: Stage) -> None:
    entered(stage, ALICE, WAD)
    place(stage, ALICE, request(-WAD, closes=True))
    stage.advance(BLOCK_S)
    first(stage, 50_500)
    block(stage, {BTC: 51_000})
    assert execute(stage, ALICE, 0).returned.settled_usd_wad == 500 * WAD
    assert position(stage).size_wad == 0


@refuses("execute", "ORDER_PRICE_TOO_OLD")
def test_a_request_waits_for_a_price_that_came_later(stage: Stage) -> None:
    block(stage)
    place(stage, ALICE, request(WAD))
    assert refusal_to_execute(stage, ALICE, 0) == "ORDER_PRICE_TOO_OLD"
    stage.advance(BLOCK_S)
    assert refusal_to_execute(stage, ALICE, 0) == "ORDER_PRICE_TOO_OLD"
    stage.price(BTC, 50_000 * WAD)
    assert refusal_to_execute(stage, ALICE, 0) == "OK"


@pytest.mark.parametrize(
    ("kind", "size_wad", "trigger_usd", "first_usd"),
    [
        (LIMIT, WAD, 50_000, 49_800),
        (LIMIT, -WAD, 50_000, 50_300),
        (STOP, WAD, 50_000, 50_300),
        (STOP, -WAD, 50_000, 49_800),
    ],
)
def test_limits_and_stops_execute_at_the_first_price_that_reaches_them(
    stage: Stage, kind: int, size_wad: int, trigger_usd: int, first_usd: int
) -> None:
    """However far it has gone since: a later price is nobody's to offer."""
    place(stage, ALICE, order(size_wad, trigger_usd, kind=kind, margin=THOUSAND, reward=REWARD))
    stage.advance(BLOCK_S)
    first(stage, first_usd)
    block(stage, {BTC: 50_150 if first_usd < 50_000 else 49_850})  # back on the other side
    assert execute(stage, ALICE, 0).returned.price_wad == first_usd * WAD


# ------------------------------------------------------------------ a request is no option


@pytest.mark.parametrize(
    ("worst_usd", "first_usd", "now_usd", "lost_usd"),
    [
        (50_100, 50_200, 50_000, 0),
        (None, 50_000, 49_700, 570),
        (None, 50_000, 40_000, 950),
        (None, 50_000, 60_000, 0),
        (None, 60_000, 50_000, 950),
    ],
    ids=["price", "margin now, after a fall", "after a great fall", "requirement now", "requirement then"],
)
def test_what_does_not_bear_its_price_ends_unfilled_and_pays_its_keeper(
    stage: Stage, worst_usd: int | None, first_usd: int, now_usd: int, lost_usd: int
) -> None:
    """Its owner would wait until he knows more, and mend it then. It costs what its fill would have lost."""
    place(stage, ALICE, request(19 * WAD // 10, worst_usd=worst_usd))  # 9,500 of 10,000 at 50,000
    stage.advance(BLOCK_S)
    first(stage, first_usd)
    block(stage, {BTC: now_usd})
    receipt = execute(stage, ALICE, 0)
    assert receipt.returned.size_delta_wad == 0
    assert receipt.events[-1] == event("OrderClosed", account=ALICE, slot=0, outcome=UNFILLED)
    assert position(stage).size_wad == 0
    assert stage.collateral(ALICE) == 10 * THOUSAND - REWARD - lost_usd * USDC_1
    assert stage.collateral(INSURANCE) == lost_usd * USDC_1
    assert stage.collateral(KEEPER) == REWARD
    stage.deposit(ALICE, USDC, 10 * THOUSAND)
    assert refusal_to_execute(stage, ALICE, 0) == "ORDER_UNKNOWN"


def test_a_thin_account_is_judged_at_the_price_of_its_fill_as_well(stage: Stage) -> None:
    """At the dip it had no margin for more; that the price came back is what its owner waited for."""
    entered(stage, ALICE, WAD)  # 5,000 of 10,000
    place(stage, ALICE, request(WAD // 2))  # 7,500 of 10,000 at 50,000
    stage.advance(BLOCK_S)
    first(stage, 46_000)  # 6,900 of 6,000 there
    block(stage)
    assert execute(stage, ALICE, 0).returned.size_delta_wad == 0
    place(stage, ALICE, request(WAD // 2))
    block(stage)
    assert execute(stage, ALICE, 0).returned.size_delta_wad == WAD // 2


def test_an_unsure_price_opens_nothing_and_closes(stage: Stage) -> None:
    entered(stage, BOB, WAD)
    place(stage, ALICE, request(WAD))
    place(stage, BOB, request(-WAD, closes=True))
    stage.advance(BLOCK_S)
    first(stage, 50_000, status=WIDE)
    block(stage)
    assert execute(stage, ALICE, 0).returned.size_delta_wad == 0
    assert execute(stage, BOB, 0).returned.size_delta_wad == -WAD


def test_what_only_reduces_ends_with_its_position(stage: Stage) -> None:
    entered(stage, ALICE, WAD)
    for _ in range(2):
        place(stage, ALICE, request(-WAD, closes=True))
    block(stage)
    assert [execute(stage, ALICE, slot).returned.size_delta_wad for slot in range(2)] == [-WAD, 0]
    assert stage.order_book.read("open_orders", ALICE) == 0


def test_the_memory_of_the_impact_rule_counts_what_was_filled(stage: Stage) -> None:
    stage.rude("price_impact", 50_000 * WAD, 77)
    place(stage, ALICE, request(WAD, worst_usd=49_999))
    block(stage)
    execute(stage, ALICE, 0)
    assert stage.desk.read("memo_of", 3, BTC) == 0
    entered(stage, ALICE, WAD)
    assert stage.desk.read("memo_of", 3, BTC) == 77


@refuses("place", "ORDER_REWARD_TOO_SMALL")
@pytest.mark.parametrize("kind", [MARKET, LIMIT, STOP])
def test_what_may_grow_a_position_is_worth_a_keepers_while(stage: Stage, kind: int) -> None:
    trigger = 0 if kind == MARKET else 50_000
    for reward, answer in ((0, "ORDER_REWARD_TOO_SMALL"), (REWARD - 1, "ORDER_REWARD_TOO_SMALL"), (REWARD, "OK")):
        terms = order(WAD, trigger, kind=kind, margin=THOUSAND, reward=reward)
        assert stage.order_book.refusal("place", ALICE, terms, by="trader") == answer
    stage.price(USDC, WAD // 2)
    assert stage.order_book.refusal("place", ALICE, terms, by="trader") == "ORDER_REWARD_TOO_SMALL"
    free = order(-WAD, trigger, kind=kind, is_reduce_only=True)
    assert stage.order_book.refusal("place", ALICE, free, by="trader") == "OK"
    cheap = free._replace(margin=THOUSAND, reward=1)
    assert stage.order_book.refusal("place", ALICE, cheap, by="trader") == "ORDER_REWARD_TOO_SMALL"


def test_an_account_without_margin_to_spare_can_close(stage: Stage) -> None:
    entered(stage, ALICE, 19 * WAD // 10)
    block(stage, {BTC: 46_500})  # equity 3,350 against 8,835 of initial and 1,767 of maintenance margin
    place(stage, ALICE, request(-2 * WAD, closes=True))
    block(stage, {BTC: 46_500})
    assert execute(stage, ALICE, 0).returned.size_delta_wad == -19 * WAD // 10


# ------------------------------------------------------------------ the way out


@refuses("cancel", "ORDER_TOO_SOON")
@pytest.mark.parametrize("by", ["trader", "admin"])
def test_a_market_order_stands_for_five_minutes(stage: Stage, by: str) -> None:
    """While there is no price yet, or the oracle has forgotten it: else it is nobody's to take back."""
    place(stage, ALICE, request(WAD))
    stage.advance(WAIT_S - 1)
    assert stage.order_book.refusal("cancel", ALICE, 0, by=by) == "ORDER_TOO_SOON"
    stage.advance(1)
    assert stage.order_book.refusal("cancel", ALICE, 0, by="stranger") == "ACCOUNT_NOT_AUTHORISED"
    receipt = stage.order_book.send("cancel", ALICE, 0, by=by)
    assert receipt.events[-1] == event("OrderClosed", account=ALICE, slot=0, outcome=CANCELLED)
    assert holding(stage, ALICE).account == 10 * THOUSAND


@pytest.mark.parametrize(("seconds", "answer"), [(LIFE_S - 1, "ACCOUNT_NOT_AUTHORISED"), (LIFE_S, "OK")])
def test_a_market_order_ends_after_a_day_and_anybody_sweeps_it(stage: Stage, seconds: int, answer: str) -> None:
    placed = place(stage, ALICE, request(WAD))
    assert stage.order_book.read("orders", ALICE, placed).terms.expires_at_s == stage.time_s + LIFE_S
    block(stage, seconds=seconds)
    assert refusal_to_execute(stage, BOB, 0) == "ORDER_UNKNOWN"
    assert (stage.order_book.refusal("execute", ALICE, 0, KEEPER, by="keeper") == "ORDER_EXPIRED") == (answer == "OK")
    assert stage.order_book.refusal("cancel", ALICE, 0, by="stranger") in (answer, "ORDER_UNKNOWN")


def test_a_limit_that_has_its_price_cannot_be_withdrawn_from_who_executes_it(stage: Stage) -> None:
    for trigger_usd in (50_000, 40_000):
        place(stage, ALICE, order(WAD, trigger_usd, margin=THOUSAND, reward=REWARD))
    block(stage)
    receipt = stage.order_book.send("cancel", ALICE, 0, by="trader")
    ends_at_s = stage.time_s + WAIT_S
    assert receipt.events == (event("OrderEnding", account=ALICE, slot=0, expires_at_s=ends_at_s),)
    stage.order_book.send("cancel", ALICE, 1, by="trader")  # nothing reached it
    assert stage.order_book.read("open_orders", ALICE) == 1
    block(stage, {BTC: 51_000}, seconds=WAIT_S - 1)
    stage.order_book.send("cancel", ALICE, 0, by="trader")
    assert stage.order_book.read("open_orders", ALICE) == 0  # the price has left it


def test_a_cancelled_limit_is_executed_for_five_minutes_and_then_swept(stage: Stage) -> None:
    place(stage, ALICE, order(WAD, 50_000, margin=THOUSAND, reward=REWARD))
    block(stage)
    stage.order_book.send("cancel", ALICE, 0, by="trader")
    block(stage, seconds=WAIT_S - 1)
    stage.order_book.send("cancel", ALICE, 0, by="trader")  # once more moves nothing
    assert refusal_to_execute(stage, ALICE, 0) == "OK"
    place(stage, ALICE, order(WAD // 10, 50_000, margin=THOUSAND, reward=REWARD))
    block(stage)
    stage.order_book.send("cancel", ALICE, 0, by="trader")
    block(stage, seconds=WAIT_S)
    assert refusal_to_execute(stage, ALICE, 0) == "ORDER_EXPIRED"
    stage.order_book.send("cancel", ALICE, 0, by="stranger")
    assert stage.order_book.read("open_orders", ALICE) == 0


@refuses("cancel", "ACCESS_CLOSED_BY_MODE")
def test_while_nobody_can_execute_an_order_it_does_not_run_out(stage: Stage) -> None:
    """Its owner would know what he withdraws it from. What needs no margin to move is executed even then."""
    entered(stage, ALICE, WAD)
    place(stage, ALICE, order(WAD, 50_000, margin=THOUSAND, reward=REWARD))
    place(stage, ALICE, order(-WAD, 50_000, is_reduce_only=True))
    block(stage)
    stage.govern("market", "set_mode", PAUSED)
    assert refusal_to_execute(stage, ALICE, 0) == "ACCESS_CLOSED_BY_MODE"
    assert stage.order_book.refusal("cancel", ALICE, 0, by="trader") == "ACCESS_CLOSED_BY_MODE"
    assert stage.order_book.refusal("cancel", ALICE, 1, by="trader") == "OK"
    assert execute(stage, ALICE, 1).returned.size_delta_wad == -WAD


def test_a_forced_fill_is_at_the_price_of_now(stage: Stage) -> None:
    entered(stage, ALICE, 19 * WAD // 10)
    stage.advance(BLOCK_S)
    first(stage, 52_000)
    block(stage, {BTC: 45_000})
    assert stage.liquidate(ALICE).closed_usd_wad == 19 * 45_000 * WAD // 10
