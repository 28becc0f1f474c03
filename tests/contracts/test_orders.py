"""OrderBook.place and cancel: margin is set aside, counted once, and comes back to the unit."""

from __future__ import annotations

import pytest
from contracts.codes import happy, refuses
from contracts.orders import (
    BOOK,
    CANCELLED,
    MAX_ORDERS,
    STOP,
    TAKE_PROFIT,
    Terms,
    block,
    execute,
    holding,
    moved,
    open_stage,
    order,
    place,
)
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    HALTED,
    MAX_UINT,
    PAUSED,
    REDUCE_ONLY,
    SOL,
    SOL_1,
    T0,
    USDC,
    USDC_1,
    WAD,
    WIDE,
    Stage,
    event,
)

THOUSAND = 1_000 * USDC_1
BID = order(WAD // 5, 49_000, margin=THOUSAND, reward=5 * USDC_1)


@pytest.fixture
def stage() -> Stage:
    return open_stage()


@happy("place")
def test_an_order_sets_its_margin_aside_and_is_kept_word_for_word(stage: Stage) -> None:
    receipt = stage.order_book.send("place", ALICE, BID, by="trader")
    assert receipt.returned == 0
    assert receipt.events == (
        moved(ALICE, -THOUSAND),
        moved(BOOK, THOUSAND),
        event("OrderPlaced", account=ALICE, slot=0, terms=tuple(BID)),
    )
    kept = stage.order_book.read("orders", ALICE, 0)
    assert tuple(vars(kept.terms).values()) == tuple(BID)
    assert kept.placed_at_s == T0
    assert stage.order_book.read("open_orders", ALICE) == 1


def test_an_order_without_margin_moves_nothing(stage: Stage) -> None:
    receipt = stage.order_book.send("place", ALICE, order(WAD, 49_000), by="trader")
    assert [each.name for each in receipt.events] == ["OrderPlaced"]


def test_margin_that_is_set_aside_counts_nowhere_else(stage: Stage) -> None:
    """PO-10: neither as the account's equity nor as anything that could be taken out or sold."""
    stage.trade(ALICE, BTC, WAD)  # needs 5,000 of 10,000
    place(stage, ALICE, order(WAD, 40_000, margin=5 * THOUSAND))
    health = stage.market.read("health", ALICE)
    assert health.equity == health.initial == 5_000 * WAD
    withdrawal = ("withdraw_collateral", ALICE, USDC, 1, stage.address("trader"))
    assert stage.market.refusal(*withdrawal, by="trader") == "MARGIN_BELOW_INITIAL"
    again = order(WAD, 40_000, margin=1)
    assert stage.order_book.refusal("place", ALICE, again, by="trader") == "MARGIN_BELOW_INITIAL"
    assert stage.market.read("buckets", USDC).collateral == 10 * THOUSAND


def test_no_more_is_set_aside_than_the_account_has(stage: Stage) -> None:
    place(stage, ALICE, order(WAD, 40_000, margin=7 * THOUSAND))
    answer = stage.order_book.refusal("place", ALICE, order(WAD, 40_000, margin=3 * THOUSAND + 1), by="trader")
    assert answer == "ACCOUNT_TOO_LITTLE_COLLATERAL"
    assert stage.order_book.read("open_orders", ALICE) == 1  # what was refused left nothing behind


def test_the_margin_of_one_account_is_not_another_s(stage: Stage) -> None:
    stage.deposit(BOB, USDC, 2 * THOUSAND)
    for account, margin in ((ALICE, 3 * THOUSAND), (BOB, 2 * THOUSAND)):
        place(stage, account, order(WAD, 40_000, margin=margin))
    assert stage.collateral(BOOK) == 5 * THOUSAND
    stage.order_book.send("cancel", BOB, 0, by="trader")
    assert stage.collateral(BOB) == 2 * THOUSAND
    assert holding(stage, ALICE).set_aside == stage.collateral(BOOK) == 3 * THOUSAND


def test_margin_may_be_any_asset_that_has_a_price(stage: Stage) -> None:
    stage.deposit(ALICE, SOL, 70 * SOL_1)
    place(stage, ALICE, order(WAD, 40_000, asset=SOL, margin=30 * SOL_1))
    assert holding(stage, ALICE, SOL).set_aside == stage.collateral(BOOK, SOL) == 30 * SOL_1


@refuses("place", "ORDER_TOO_MANY")
def test_an_account_has_eight_orders_at_most_and_a_free_slot_is_used_again(stage: Stage) -> None:
    slots = [place(stage, ALICE, order(WAD, 40_000 + i)) for i in range(MAX_ORDERS)]
    assert slots == list(range(MAX_ORDERS))
    assert stage.order_book.refusal("place", ALICE, BID, by="trader") == "ORDER_TOO_MANY"
    assert place(stage, BOB, order(WAD, 40_000)) == 0  # each account has its own
    stage.order_book.send("cancel", ALICE, 5, by="trader")
    assert place(stage, ALICE, BID) == 5
    assert stage.order_book.read("open_orders", ALICE) == MAX_ORDERS


BAD_TERMS = {
    "unknown kind": BID._replace(kind=TAKE_PROFIT + 1),
    "unknown market": BID._replace(m=3),
    "unknown asset": BID._replace(asset=4, margin=0, reward=0),
    "no size": BID._replace(size_delta_wad=0),
    "no trigger": BID._replace(trigger_price_wad=0),
    "reward above margin": BID._replace(reward=THOUSAND + 1),
    "reward without margin": BID._replace(margin=0, reward=1),
    "expired": BID._replace(expires_at_s=T0),
}


@refuses("place", "ORDER_BAD_TERMS")
@pytest.mark.parametrize("terms", BAD_TERMS.values(), ids=BAD_TERMS)
def test_an_order_with_bad_terms_is_refused(stage: Stage, terms: Terms) -> None:
    assert stage.order_book.refusal("place", ALICE, terms, by="trader") == "ORDER_BAD_TERMS"


@pytest.mark.parametrize(
    "terms", [BID._replace(reward=THOUSAND), BID._replace(expires_at_s=T0 + 1), BID._replace(kind=STOP)]
)
def test_terms_at_the_edge_are_accepted(stage: Stage, terms: Terms) -> None:
    assert stage.order_book.refusal("place", ALICE, terms, by="trader") == "OK"


@refuses("place", "ACCOUNT_NOT_AUTHORISED")
@pytest.mark.parametrize("role", ["stranger", "keeper", "lp"])
def test_nobody_places_orders_for_somebody_else(stage: Stage, role: str) -> None:
    """The book is an operator of the account: without this check anybody could trade through it."""
    assert stage.order_book.refusal("place", ALICE, BID, by=role) == "ACCOUNT_NOT_AUTHORISED"


@pytest.mark.parametrize("account", [0, 1, 2, BOOK, 99])
def test_accounts_of_the_protocol_have_no_orders(stage: Stage, account: int) -> None:
    empty = order(WAD, 40_000)
    assert stage.order_book.refusal("place", account, empty, by="trader") == "ACCOUNT_NOT_AUTHORISED"


def test_the_owner_places_orders_too(stage: Stage) -> None:
    assert stage.order_book.refusal("place", ALICE, BID, by="admin") == "OK"


@refuses("place", "ORDER_NOT_OPERATOR")
def test_the_book_has_to_be_an_operator_of_the_account(stage: Stage) -> None:
    stage.market.send("set_operator", ALICE, stage.order_book.address, False, by="admin")
    assert stage.order_book.refusal("place", ALICE, BID, by="trader") == "ORDER_NOT_OPERATOR"
    assert stage.order_book.refusal("place", ALICE, order(WAD, 49_000), by="trader") == "ORDER_NOT_OPERATOR"


@refuses("place", "PRICE_HALTED")
def test_what_has_no_price_cannot_be_set_aside(stage: Stage) -> None:
    """It could come back into an account that has positions by then."""
    stage.deposit(ALICE, SOL, SOL_1)
    stage.price(SOL, 100 * WAD, status=HALTED)
    terms = order(WAD, 40_000, asset=SOL, margin=SOL_1)
    assert stage.order_book.refusal("place", ALICE, terms, by="trader") == "PRICE_HALTED"
    assert stage.order_book.refusal("place", ALICE, terms._replace(margin=0), by="trader") == "OK"


@pytest.mark.parametrize(
    ("mode", "status", "answer"),
    [(REDUCE_ONLY, 0, "OK"), (PAUSED, 0, "ACCESS_CLOSED_BY_MODE"), (0, WIDE, "PRICE_WIDE")],
)
def test_margin_leaves_an_account_with_positions_only_as_a_withdrawal_would(
    stage: Stage, mode: int, status: int, answer: str
) -> None:
    stage.trade(ALICE, BTC, WAD // 10)
    stage.controller.send("set_mode", mode, by="admin")
    stage.price(BTC, 50_000 * WAD, status=status)
    assert stage.order_book.refusal("place", ALICE, BID, by="trader") == answer
    assert stage.order_book.refusal("place", ALICE, order(-WAD, 40_000, kind=STOP), by="trader") == "OK"


@happy("cancel")
def test_cancelling_returns_the_margin_to_the_unit(stage: Stage) -> None:
    odd = THOUSAND + 1
    place(stage, ALICE, BID._replace(margin=odd))
    receipt = stage.order_book.send("cancel", ALICE, 0, by="trader")
    assert receipt.events == (
        moved(BOOK, -odd),
        moved(ALICE, odd),
        event("OrderClosed", account=ALICE, slot=0, outcome=CANCELLED),
    )
    assert stage.collateral(ALICE) == 10 * THOUSAND
    assert stage.order_book.read("orders", ALICE, 0).placed_at_s == 0
    assert stage.order_book.read("open_orders", ALICE) == 0


@refuses("cancel", "ORDER_UNKNOWN")
def test_an_order_is_cancelled_once(stage: Stage) -> None:
    place(stage, ALICE, BID)
    place(stage, ALICE, BID)
    stage.order_book.send("cancel", ALICE, 0, by="trader")
    assert stage.order_book.refusal("cancel", ALICE, 0, by="trader") == "ORDER_UNKNOWN"
    assert holding(stage, ALICE).total == 10 * THOUSAND


@pytest.mark.parametrize("slot", [1, MAX_ORDERS, MAX_UINT])
def test_an_empty_slot_has_no_order(stage: Stage, slot: int) -> None:
    place(stage, ALICE, BID)
    assert stage.order_book.refusal("cancel", ALICE, slot, by="trader") == "ORDER_UNKNOWN"
    assert stage.order_book.refusal("cancel", BOB, 0, by="trader") == "ORDER_UNKNOWN"


@refuses("cancel", "ACCOUNT_NOT_AUTHORISED")
def test_nobody_cancels_somebody_else_s_order(stage: Stage) -> None:
    place(stage, ALICE, BID)
    assert stage.order_book.refusal("cancel", ALICE, 0, by="stranger") == "ACCOUNT_NOT_AUTHORISED"


@pytest.mark.parametrize(("wait_s", "answer"), [(59, "ACCOUNT_NOT_AUTHORISED"), (60, "OK")])
def test_anybody_sweeps_an_order_that_has_expired(stage: Stage, wait_s: int, answer: str) -> None:
    place(stage, ALICE, BID._replace(expires_at_s=T0 + 60))
    stage.advance(wait_s)
    assert stage.order_book.refusal("cancel", ALICE, 0, by="stranger") == answer
    if answer == "OK":
        assert stage.collateral(ALICE) == 10 * THOUSAND  # to whom it belongs, the reward included


def test_an_order_without_an_end_is_never_swept(stage: Stage) -> None:
    place(stage, ALICE, BID)
    stage.advance(10**9)
    assert stage.order_book.refusal("cancel", ALICE, 0, by="stranger") == "ACCOUNT_NOT_AUTHORISED"


def test_margin_comes_back_even_if_its_price_has_halted(stage: Stage) -> None:
    """It was the account's own before; anything else that has no price stays out."""
    stage.deposit(ALICE, SOL, SOL_1)
    place(stage, ALICE, order(WAD, 40_000, asset=SOL, margin=SOL_1))
    stage.trade(ALICE, BTC, WAD // 10)
    stage.price(SOL, 100 * WAD, status=HALTED)
    assert stage.market.refusal("deposit_collateral", ALICE, SOL, 1, by="trader") == "PRICE_HALTED"
    stage.order_book.send("cancel", ALICE, 0, by="trader")
    assert stage.collateral(ALICE, SOL) == SOL_1


def test_margin_comes_back_after_the_book_has_lost_the_account_s_trust(stage: Stage) -> None:
    place(stage, ALICE, BID)
    stage.market.send("set_operator", ALICE, stage.order_book.address, False, by="admin")
    stage.order_book.send("cancel", ALICE, 0, by="trader")
    assert stage.collateral(ALICE) == 10 * THOUSAND


def test_what_somebody_gives_to_the_book_is_nobody_s_margin(stage: Stage) -> None:
    """TA-02: a gift changes neither orders nor what they return."""
    place(stage, ALICE, BID)
    stage.market.send("deposit_collateral", BOOK, USDC, THOUSAND, by="stranger")
    stage.order_book.send("cancel", ALICE, 0, by="trader")
    assert (stage.collateral(ALICE), stage.collateral(BOOK)) == (10 * THOUSAND, THOUSAND)


def test_orders_of_all_outcomes_together_lose_no_unit(stage: Stage) -> None:
    for i in range(MAX_ORDERS):
        place(stage, ALICE, order(WAD // 100, 40_000 + i * 3_000, margin=100 * USDC_1 + i, reward=i * USDC_1))
    block(stage, {BTC: 55_000})
    executed = [6, 7]  # triggers of 58,000 and 61,000
    for slot in executed:
        execute(stage, ALICE, slot, keeper=BOB)
    assert stage.collateral(BOB) == sum(executed) * USDC_1
    for slot in set(range(MAX_ORDERS)) - set(executed):
        stage.order_book.send("cancel", ALICE, slot, by="trader")
    assert stage.collateral(BOOK) == 0
    assert stage.collateral(ALICE) + stage.collateral(BOB) == 10 * THOUSAND
