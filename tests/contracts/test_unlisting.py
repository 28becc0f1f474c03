"""A market that nobody is in leaves the list, whatever strangers do; what it owes stays payable."""

from __future__ import annotations

import pytest
from contracts.codes import happy, refuses
from contracts.governed import DAY_S, change, market, new_market, unlist
from contracts.orders import BOOK, order
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    BTC_1,
    ETH,
    FINE,
    HALTED,
    SOL,
    SOL_1,
    USDC,
    USDC_1,
    WAD,
    YEAR_S,
    Stage,
)

LEAST = 2**120


@pytest.fixture
def stage() -> Stage:
    """A pool of BTC and USDC; Alice is in BTC, Bob holds SOL. SOL is halted."""
    stage = Stage()
    stage.seed(10 * BTC_1, 0, 0, 500_000 * USDC_1)
    stage.deposit(ALICE, USDC, 10_000 * USDC_1)
    stage.trade(ALICE, BTC, WAD)
    stage.deposit(BOB, SOL, 5 * SOL_1)
    stage.price(SOL, 100 * WAD, status=HALTED)
    return stage


# ------------------------------------------------------------------ what nobody depends on


def test_a_feed_that_nobodys_money_depends_on_closes_nothing(stage: Stage) -> None:
    assert stage.pool.read("aum").status == FINE
    assert stage.pool.refusal("mint", USDC, USDC_1, 0, stage.address("lp"), by="lp") == "OK"
    assert stage.pool.refusal("swap", USDC, BTC, USDC_1, 0, stage.address("lp"), by="lp") == "OK"
    assert stage.pool.refusal("redeem", USDC, WAD, 0, stage.address("lp"), by="lp") == "OK"
    assert stage.market.refusal("withdraw_collateral", ALICE, USDC, 1, stage.address("trader"), by="trader") == "OK"
    assert stage.market.refusal("withdraw_collateral", BOB, SOL, 1, stage.address("trader"), by="trader") == "OK"
    assert stage.desk.refusal("trade", ALICE, BTC, WAD // 10, 2**255, by="trader") == "OK"


# ------------------------------------------------------------------ markets


@happy("announce_unlist_market")
@happy("unlist_market")
@happy("retire")
def test_an_empty_market_is_unlisted_after_a_day(stage: Stage) -> None:
    old = stage.market.read("market_params", SOL)
    said = stage.controller.send("announce_unlist_market", SOL, by="admin")
    told = said.fields("Announced")
    assert (told["kind"], told["id"]) == (7, SOL)
    stage.advance(DAY_S)
    done = stage.controller.send("unlist_market", SOL, by="admin")
    new = vars(old) | {
        **{"feed": USDC, "long_asset": USDC, "short_asset": USDC, "is_reduce_only": True},
        **{"max_open_interest_usd_wad": 0, "min_position_usd_wad": LEAST},
    }
    assert vars(stage.market.read("market_params", SOL)) == new
    assert [log.name for log in done.events] == ["MarketChanged"]
    assert stage.rates.send("retire", SOL, by="controller").events == ()


@refuses("unlist_market", "ACCESS_TOO_SOON")
@refuses("announce_unlist_market", "MARKET_NOT_LISTED")
@refuses("unlist_market", "MARKET_NOT_LISTED")
def test_it_takes_a_notice_and_happens_once(stage: Stage) -> None:
    assert stage.controller.refusal("unlist_market", SOL, by="admin") == "ACCESS_TOO_SOON"
    assert stage.controller.refusal("announce_unlist_market", 3, by="admin") == "MARKET_NOT_LISTED"
    assert unlist(stage, "market", SOL) == "OK"
    assert stage.controller.refusal("announce_unlist_market", SOL, by="admin") == "MARKET_NOT_LISTED"
    assert stage.controller.refusal("unlist_market", SOL, by="admin") == "MARKET_NOT_LISTED"


@refuses("unlist_market", "MARKET_NOT_EMPTY")
@pytest.mark.parametrize("size", [WAD, -WAD])
def test_a_market_with_a_position_stays(stage: Stage, size: int) -> None:
    stage.deposit(BOB, USDC, 1_000 * USDC_1)
    stage.seed(0, 5 * WAD)
    stage.trade(BOB, ETH, size)
    assert unlist(stage, "market", ETH) == "MARKET_NOT_EMPTY"
    stage.trade(BOB, ETH, -size)
    assert stage.controller.refusal("unlist_market", ETH, by="admin") == "OK"


def test_nobody_enters_between_the_notice_and_its_end(stage: Stage) -> None:
    stage.deposit(BOB, USDC, 1_000 * USDC_1)
    stage.controller.send("set_reduce_only", ETH, True, by="admin")
    stage.controller.send("announce_unlist_market", ETH, by="admin")
    for _ in range(2):
        assert stage.desk.refusal("trade", BOB, ETH, WAD, 2**255, by="trader") == "TRADE_REDUCE_ONLY"
        assert stage.controller.refusal("end_brake", ETH, by="stranger") == "ACCESS_TOO_SOON"
        stage.advance(DAY_S)
    assert stage.controller.refusal("unlist_market", ETH, by="admin") == "OK"
    stage.advance(7 * DAY_S)
    assert stage.controller.refusal("end_brake", ETH, by="stranger") == "ACCESS_TOO_SOON"


@refuses("set_reduce_only", "MARKET_NOT_LISTED")
@refuses("announce_market", "MARKET_NOT_LISTED")
def test_no_verb_opens_an_unlisted_market(stage: Stage) -> None:
    stage.deposit(BOB, USDC, 1_000 * USDC_1)
    assert unlist(stage, "market", ETH) == "OK"
    assert stage.desk.refusal("trade", BOB, ETH, WAD, 2**255, by="trader") == "TRADE_REDUCE_ONLY"
    assert stage.order_book.refusal("place", BOB, order(WAD, 2_000, m=ETH), by="trader") == "ORDER_BAD_TERMS"
    for is_stopped in (False, True):
        assert stage.controller.refusal("set_reduce_only", ETH, is_stopped, by="admin") == "MARKET_NOT_LISTED"
    back = market(stage, ETH, min_position_usd_wad=0, is_reduce_only=False)
    assert stage.controller.refusal("announce_market", ETH, back, by="admin") == "MARKET_NOT_LISTED"
    assert stage.controller.refusal("lower_open_interest_cap", ETH, 0, by="admin") == "MARKET_BAD_PARAMS"
    # Even if growth were not stopped: no position is as large as the least one.
    stage.change_market(ETH, is_reduce_only=False)
    assert stage.desk.refusal("trade", BOB, ETH, WAD, 2**255, by="trader") != "OK"


def test_the_ids_of_the_others_do_not_move(stage: Stage) -> None:
    btc, count = stage.market.read("market_params", BTC), stage.market.read("market_count")
    position = stage.market.read("positions", ALICE, BTC)
    assert unlist(stage, "market", ETH) == "OK"
    assert stage.market.read("market_params", BTC) == btc
    assert stage.market.read("market_count") == count
    assert stage.market.read("positions", ALICE, BTC) == position
    listed = new_market(max_open_interest_usd_wad=0, min_position_usd_wad=0, max_open_interest_share_wad=0)
    assert change(stage, "set_market", count, listed) == "OK"


def test_orders_that_wait_for_an_unlisted_market_are_swept_and_their_margin_returns(stage: Stage) -> None:
    stage.market.send("set_operator", BOB, stage.order_book.address, True, by="admin")
    stage.deposit(BOB, USDC, 1_000 * USDC_1)
    terms = order(WAD, 2_000, m=ETH, margin=500 * USDC_1, reward=USDC_1)
    slot = stage.order_book.send("place", BOB, terms, by="trader").returned
    assert stage.order_book.refusal("cancel", BOB, slot, by="stranger") == "ACCOUNT_NOT_AUTHORISED"
    assert unlist(stage, "market", ETH) == "OK"
    assert stage.order_book.refusal("execute", BOB, slot, 0, by="keeper") == "ORDER_EXPIRED"
    assert stage.collateral(BOOK) == 500 * USDC_1
    stage.order_book.send("cancel", BOB, slot, by="stranger")
    assert (stage.collateral(BOOK), stage.collateral(BOB)) == (0, 1_000 * USDC_1)


@pytest.mark.parametrize("is_unlisted", [False, True])
def test_funding_that_a_market_without_a_price_owes_stays_payable(is_unlisted: bool) -> None:
    stage = Stage("funding_settlement=other_side")
    stage.seed(10 * BTC_1, 0, 0, 500_000 * USDC_1)
    stage.fill("funding_rate", "policies/funding_rate/SkewLinearFunding.vy", WAD // YEAR_S)
    for account, size in ((ALICE, 3 * WAD), (BOB, -WAD)):
        stage.deposit(account, USDC, 20_000 * USDC_1)
        stage.trade(account, BTC, size)
    stage.advance(DAY_S)
    stage.trade(BOB, BTC, WAD)  # he leaves before what he has earned is paid in
    stage.trade(ALICE, BTC, -3 * WAD)
    claim = stage.market.read("funding_claims", BOB, BTC)
    assert claim > 0
    stage.price(BTC, 50_000 * WAD, status=HALTED)
    if is_unlisted:
        assert unlist(stage, "market", BTC) == "OK"
    stage.price(USDC, WAD, status=HALTED)
    assert stage.market.refusal("claim_funding", BOB, BTC, by="stranger") == "PRICE_HALTED"
    stage.price(USDC, WAD)
    assert stage.market.send("claim_funding", BOB, BTC, by="stranger").returned == claim // 10**12 * 10**12
    assert stage.collateral(BOB) == 20_000 * USDC_1 + claim // 10**12


def test_the_circuit_breaker_of_an_unlisted_market_closes_nothing(stage: Stage) -> None:
    stage.rude("circuit", 2**11 - 1)
    stage.advance(1)
    lp = stage.address("lp")
    assert stage.pool.refusal("mint", USDC, USDC_1, 0, lp, by="lp") == "ACCESS_CLOSED_BY_CIRCUIT"
    stage.market.send("accrue", by="stranger")
    assert stage.market.read("clocks", ETH).closed > 0
    assert unlist(stage, "market", ETH) == "OK"
    stage.market.send("accrue", by="stranger")
    assert stage.market.read("clocks", ETH).closed == 0
    assert stage.market.read("clocks", BTC).closed > 0
