"""A market whose price is lost for good is settled after a notice, at the last price and at no other."""

from __future__ import annotations

import pytest
from contracts.codes import happy, refuses
from contracts.governed import DAY_S
from contracts.orders import order
from contracts.settled import held, settle
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    BTC_1,
    CAROL,
    ETH,
    HALTED,
    INSURANCE,
    PAUSED,
    SOL,
    SOL_1,
    USDC,
    USDC_1,
    WAD,
    Stage,
)

DEAD_S = 3 * DAY_S
LAST = 130  # USD, of SOL


@pytest.fixture
def stage() -> Stage:
    """Alice is long 100 SOL and Bob short 50 from 100 USD on; at 130 the price is lost."""
    return held(LAST, HALTED)


def opened(stage: Stage) -> Stage:
    """After the days without a price and the notice."""
    stage.advance(DEAD_S)
    stage.controller.send("announce_settle_market", SOL, by="admin")
    stage.advance(DAY_S)
    stage.controller.send("settle_market", SOL, by="admin")
    return stage


@happy("announce_settle_market")
@happy("settle_market")
@happy("open_settlement")
@happy("settle_position")
def test_a_market_is_settled_at_its_last_price_and_unlisted(stage: Stage) -> None:
    published_at_s = stage.time_s
    before = stage.pool.read("aum")
    stage.advance(DEAD_S)
    said = stage.controller.send("announce_settle_market", SOL, by="admin").fields("Announced")
    assert (said["kind"], said["id"], said["row"][0]) == (9, SOL, published_at_s)
    stage.advance(DAY_S)
    done = stage.controller.send("settle_market", SOL, by="admin")
    assert done.fields("SettlementOpened") == {"market": SOL, "published_at_s": published_at_s}
    assert stage.liquidator.read("settlements", SOL) == published_at_s
    alice = stage.liquidator.send("settle_position", ALICE, SOL, by="stranger")
    bob = stage.liquidator.send("settle_position", BOB, SOL, by="stranger")
    assert (alice.returned, bob.returned) == (3_000 * WAD, -1_500 * WAD)
    assert alice.fields("Settled")["settled_usd_wad"] == 3_000 * WAD
    assert (stage.collateral(ALICE), stage.collateral(BOB)) == (5_000 * USDC_1, 500 * USDC_1)
    after = stage.pool.read("aum")
    assert (after.low, after.mid, after.high) == (before.low, before.mid, before.high)
    stage.controller.send("announce_unlist_market", SOL, by="admin")
    stage.advance(DAY_S)
    assert stage.controller.refusal("unlist_market", SOL, by="admin") == "OK"


@refuses("announce_settle_market", "SETTLEMENT_NOT_OPEN")
@refuses("settle_market", "SETTLEMENT_NOT_OPEN")
@refuses("settle_market", "ACCESS_TOO_SOON")
@refuses("announce_settle_market", "MARKET_NOT_LISTED")
@refuses("settle_market", "MARKET_NOT_LISTED")
def test_only_what_has_had_no_price_for_three_days_is_announced(stage: Stage) -> None:
    def said(m: int = SOL) -> str:
        return stage.controller.refusal("announce_settle_market", m, by="admin")

    stage.advance(DEAD_S - 1)
    assert said() == "SETTLEMENT_NOT_OPEN"
    assert stage.controller.refusal("settle_market", SOL, by="admin") == "SETTLEMENT_NOT_OPEN"
    stage.advance(1)
    assert said(BTC) == "SETTLEMENT_NOT_OPEN"
    assert stage.controller.refusal("settle_market", SOL, by="admin") == "ACCESS_TOO_SOON"
    assert said() == "OK"
    assert (said(3), stage.controller.refusal("settle_market", 3, by="admin")) == ("MARKET_NOT_LISTED",) * 2
    stage.price(ETH, 0, status=HALTED)
    stage.advance(DEAD_S)
    assert said(ETH) == "SETTLEMENT_NOT_OPEN"  # it never had one


@refuses("settle_position", "SETTLEMENT_NOT_OPEN")
@refuses("settle_position", "SETTLEMENT_NOTHING")
def test_nobody_is_settled_before_the_notice_is_over(stage: Stage) -> None:
    assert settle(stage, ALICE) == "SETTLEMENT_NOT_OPEN"
    stage.advance(DEAD_S)
    stage.controller.send("announce_settle_market", SOL, by="admin")
    assert settle(stage, ALICE) == "SETTLEMENT_NOT_OPEN"
    stage.advance(DAY_S)
    assert settle(stage, ALICE) == "SETTLEMENT_NOT_OPEN"
    stage.controller.send("settle_market", SOL, by="admin")
    assert settle(stage, CAROL) == "SETTLEMENT_NOTHING"
    assert settle(stage, ALICE, BTC) == "SETTLEMENT_NOT_OPEN"
    assert settle(stage, ALICE) == "OK"
    assert settle(stage, ALICE) == "SETTLEMENT_NOTHING"


@refuses("settle_market", "ACCESS_NOT_ANNOUNCED")
@pytest.mark.parametrize("when", ["before the notice is over", "after it"])
def test_a_price_that_comes_back_ends_it(stage: Stage, when: str) -> None:
    """At no time may anybody choose between the last price and one of now."""
    if when == "after it":
        opened(stage)
    else:
        stage.advance(DEAD_S)
        stage.controller.send("announce_settle_market", SOL, by="admin")
    stage.price(SOL, 90 * WAD)
    assert settle(stage, ALICE) == "SETTLEMENT_NOT_OPEN"
    assert stage.controller.refusal("settle_market", SOL, by="admin") == "SETTLEMENT_NOT_OPEN"
    stage.price(SOL, 90 * WAD, status=HALTED)
    assert settle(stage, ALICE) == "SETTLEMENT_NOT_OPEN"
    stage.advance(DEAD_S)
    expected = "ACCESS_TOO_SOON" if when == "after it" else "ACCESS_NOT_ANNOUNCED"
    assert stage.controller.refusal("settle_market", SOL, by="admin") == expected
    assert settle(stage, ALICE) == "SETTLEMENT_NOT_OPEN"


def test_while_it_is_settled_nobody_trades_there(stage: Stage) -> None:
    opened(stage)
    for size in (WAD, -WAD):
        assert stage.desk.refusal("trade", ALICE, SOL, size, 2**255 if size > 0 else 0, by="trader") == "PRICE_HALTED"


def test_impact_and_fee_take_nothing(stage: Stage) -> None:
    stage.change_market(SOL, trade_fee_wad=WAD // 100)
    stage.rude("price_impact", LAST * WAD * 95 // 100)
    opened(stage)
    assert settle(stage, ALICE) == "OK"
    assert stage.collateral(ALICE) == 5_000 * USDC_1


def test_who_cannot_pay_is_paid_for_by_insurance_then_by_the_pool() -> None:
    stage = Stage()
    stage.seed(10 * BTC_1, 0, 5_000 * SOL_1, 500_000 * USDC_1)
    stage.deposit(INSURANCE, USDC, 100 * USDC_1)
    stage.deposit(BOB, USDC, 600 * USDC_1)
    stage.trade(BOB, SOL, -50 * WAD)
    stage.price(SOL, 115 * WAD, status=HALTED)
    before = stage.pool.read("aum").low
    told = opened(stage).liquidator.send("settle_position", BOB, SOL, by="stranger").fields("Settled")
    assert (told["insured_usd_wad"], told["bad_debt_usd_wad"]) == (100 * WAD, 50 * WAD)
    assert stage.collateral(BOB) == stage.collateral(INSURANCE) == 0
    # The loss was on paper at the pool's side: it is booked, and was counted as if it could be paid.
    assert stage.pool.read("aum").low == before - 50 * WAD
    assert stage.liquidator.read("epoch_loss_usd_wad") == 50 * WAD


def test_who_has_won_elsewhere_pays_with_it(stage: Stage) -> None:
    """Bob owes 1,500 and has 400: what he has won in BTC is closed for it, not insurance's money."""
    stage.deposit(INSURANCE, USDC, 5_000 * USDC_1)
    stage.price(SOL, 100 * WAD)
    stage.trade(BOB, BTC, WAD // 5)
    stage.price(BTC, 60_000 * WAD)
    receiver = stage.address("trader")
    stage.market.send("withdraw_collateral", BOB, USDC, 300 * USDC_1, receiver, by="trader")
    stage.price(SOL, 140 * WAD, status=HALTED)
    told = opened(stage).liquidator.send("settle_position", BOB, SOL, by="stranger").fields("Settled")
    assert (told["insured_usd_wad"], told["bad_debt_usd_wad"]) == (0, 0)
    assert stage.market.read("positions", BOB, BTC).size_wad == 0
    assert stage.collateral(INSURANCE) == 5_000 * USDC_1
    assert stage.market.read("health", BOB).equity == (1_700 - 2_000 + 2_000) * WAD - 2 * 10**14  # a unit of BTC


@refuses("settle_position", "LIQUIDATION_ORDERS_FIRST")
def test_margin_in_orders_is_the_accounts(stage: Stage) -> None:
    stage.market.send("set_operator", BOB, stage.order_book.address, True, by="admin")
    stage.price(SOL, 100 * WAD)
    terms = order(WAD, 40_000, margin=1_400 * USDC_1)
    stage.order_book.send("place", BOB, terms, by="trader")
    stage.price(SOL, LAST * WAD, status=HALTED)
    opened(stage)
    assert settle(stage, BOB) == "LIQUIDATION_ORDERS_FIRST"
    stage.order_book.send("release", BOB, by="stranger")
    assert settle(stage, BOB) == "OK"
    assert stage.collateral(BOB) == 500 * USDC_1


@refuses("settle_position", "POOL_RESERVED")
def test_a_profit_without_tokens_of_a_price_waits_until_others_are_free(stage: Stage) -> None:
    stage.price(SOL, 100 * WAD)
    stage.deposit(CAROL, USDC, 100_000 * USDC_1)
    stage.trade(CAROL, BTC, -988 * WAD // 100)
    stage.price(SOL, LAST * WAD, status=HALTED)
    opened(stage)
    held = stage.market.read("buckets", USDC)
    assert held.pool - held.reserved == 1_000 * USDC_1
    assert settle(stage, ALICE) == "POOL_RESERVED"
    stage.trade(CAROL, BTC, WAD)
    assert settle(stage, ALICE) == "OK"


def test_a_paused_pool_settles_nobody(stage: Stage) -> None:
    opened(stage)
    stage.govern("market", "set_mode", PAUSED)
    assert settle(stage, ALICE) == "ACCESS_CLOSED_BY_MODE"
