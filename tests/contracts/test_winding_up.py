"""A market that somebody stays in is given up: after four weeks anybody closes it at a price of the moment."""

from __future__ import annotations

import pytest
from contracts.codes import happy, refuses
from contracts.governed import DAY_S, market
from contracts.orders import TAKE_PROFIT, block, execute, order, place
from contracts.requests import entered, opened, request
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
    KEEPER,
    PAUSED,
    SOL,
    SOL_1,
    USDC,
    USDC_1,
    WAD,
    WIDE,
    Stage,
)

NOTICE_S, LAPSES_S = 28 * DAY_S, 6 * DAY_S
NOW = 130  # USD, of SOL


@pytest.fixture
def stage() -> Stage:
    """Alice is long 100 SOL and Bob short 50 from 100 USD on; 130 is the price of now."""
    return held(NOW)


def wound_up(stage: Stage, price: int = NOW, m: int = SOL) -> Stage:
    stage.controller.send("announce_wind_up_market", m, by="admin")
    stage.advance(NOTICE_S)
    stage.controller.send("wind_up_market", m, by="admin")
    stage.price(m, price * WAD)
    return stage


@happy("announce_wind_up_market")
@happy("wind_up_market")
def test_a_market_that_somebody_stays_in_is_closed_and_unlisted(stage: Stage) -> None:
    said = stage.controller.send("announce_wind_up_market", SOL, by="admin").fields("Announced")
    assert (said["kind"], said["id"]) == (10, SOL)
    assert (said["from_s"] - stage.time_s, said["until_s"] - stage.time_s) == (NOTICE_S, NOTICE_S + LAPSES_S)
    stage.advance(NOTICE_S)
    before = stage.market.read("market_params", SOL)
    done = stage.controller.send("wind_up_market", SOL, by="admin").fields("MarketChanged")
    told = done["params"]
    assert tuple(told) == (
        *tuple(vars(before).values())[:4],
        0,
        *tuple(vars(before).values())[5:9],
        max(before.min_position_usd_wad, 1),
        before.trade_fee_wad,
        True,
    )
    stage.price(SOL, NOW * WAD)
    before = stage.pool.read("aum")
    alice = stage.liquidator.send("settle_position", ALICE, SOL, by="stranger")
    bob = stage.liquidator.send("settle_position", BOB, SOL, by="stranger")
    assert (alice.returned, bob.returned) == (3_000 * WAD, -1_500 * WAD)
    after = stage.pool.read("aum")
    assert 0 <= after.low - before.low < WAD // 1_000  # tokens are rounded
    stage.controller.send("announce_unlist_market", SOL, by="admin")
    stage.advance(DAY_S)
    assert stage.controller.refusal("unlist_market", SOL, by="admin") == "OK"


@refuses("wind_up_market", "ACCESS_TOO_SOON")
@refuses("announce_wind_up_market", "MARKET_NOT_LISTED")
@refuses("wind_up_market", "MARKET_NOT_LISTED")
def test_everybody_has_four_weeks_to_leave(stage: Stage) -> None:
    def wind_up(m: int = SOL) -> str:
        return stage.controller.refusal("wind_up_market", m, by="admin")

    assert wind_up() == "ACCESS_TOO_SOON"
    stage.controller.send("announce_wind_up_market", SOL, by="admin")
    stage.advance(NOTICE_S - 1)
    assert wind_up() == "ACCESS_TOO_SOON"
    stage.advance(LAPSES_S + 2)
    assert wind_up() == "ACCESS_TOO_SOON"  # it has lapsed
    stage.controller.send("announce_wind_up_market", SOL, by="admin")
    stage.advance(NOTICE_S)
    stage.price(SOL, NOW * WAD)
    assert settle(stage, ALICE) == "SETTLEMENT_NOT_OPEN"
    assert (wind_up(), wind_up()) == ("OK", "MARKET_NOT_LISTED")
    assert (wind_up(3), stage.controller.refusal("announce_wind_up_market", 3, by="admin")) == (
        "MARKET_NOT_LISTED",
    ) * 2


@pytest.mark.parametrize("braked", [False, True])
def test_nothing_opens_it_again(stage: Stage, braked: bool) -> None:
    """Who could be let in again could be closed again the same day."""
    stage.controller.send("announce_wind_up_market", SOL, by="admin")
    stage.advance(NOTICE_S)
    terms = market(stage, SOL)
    stage.controller.send("announce_market", SOL, terms, by="admin")
    stage.advance(DAY_S)
    if braked:
        stage.controller.send("lower_open_interest_cap", SOL, 100_000 * WAD, by="admin")
        stage.controller.send("set_reduce_only", SOL, True, by="admin")
    stage.controller.send("wind_up_market", SOL, by="admin")
    assert stage.controller.refusal("set_market", SOL, terms, by="admin") == "MARKET_NOT_LISTED"
    assert stage.controller.refusal("announce_market", SOL, terms, by="admin") == "MARKET_NOT_LISTED"
    assert stage.controller.refusal("set_reduce_only", SOL, False, by="admin") == "MARKET_NOT_LISTED"
    stage.advance(3 * DAY_S)
    stage.price(SOL, NOW * WAD)
    assert stage.controller.refusal("end_brake", SOL, by="stranger") == "ACCESS_TOO_SOON"
    for account, size in ((ALICE, WAD), (BOB, -WAD), (CAROL, WAD)):
        limit = 2**255 if size > 0 else 0
        assert stage.desk.refusal("trade", account, SOL, size, limit, by="trader") == "TRADE_REDUCE_ONLY"


@pytest.mark.parametrize(
    ("age_s", "status", "answer"), [(3, 0, "OK"), (4, 0, "SETTLEMENT_NOT_OPEN"), (0, WIDE, "SETTLEMENT_NOT_OPEN")]
)
def test_nobody_leaves_at_a_price_whose_next_is_known(stage: Stage, age_s: int, status: int, answer: str) -> None:
    wound_up(stage)
    stage.price(SOL, NOW * WAD, status=status)
    stage.advance(age_s)
    assert settle(stage, ALICE) == answer


def test_only_that_market_is_closed(stage: Stage) -> None:
    stage.deposit(CAROL, USDC, 20_000 * USDC_1)
    stage.trade(CAROL, BTC, WAD)
    wound_up(stage)
    assert settle(stage, CAROL, BTC) == "SETTLEMENT_NOT_OPEN"
    assert settle(stage, CAROL) == "SETTLEMENT_NOTHING"


def test_impact_and_fee_take_nothing_of_who_is_closed(stage: Stage) -> None:
    stage.change_market(SOL, trade_fee_wad=WAD // 100)
    stage.rude("price_impact", NOW * WAD * 95 // 100)
    wound_up(stage)
    assert stage.liquidator.send("settle_position", ALICE, SOL, by="stranger").returned == 3_000 * WAD


def test_its_owner_leaves_and_keepers_liquidate_as_ever(stage: Stage) -> None:
    wound_up(stage, 138)
    keeper = stage.market.send("open_account", by="stranger").returned
    assert stage.liquidator.refusal("liquidate", BOB, keeper, by="stranger") == "OK"
    assert stage.desk.refusal("trade", ALICE, SOL, -10 * WAD, 0, by="trader") == "OK"
    assert stage.market.read("positions", ALICE, SOL).size_wad == 90 * WAD


def test_who_cannot_pay_is_paid_for_by_insurance_then_by_the_pool() -> None:
    stage = Stage()
    stage.seed(10 * BTC_1, 0, 5_000 * SOL_1, 500_000 * USDC_1)
    stage.deposit(INSURANCE, USDC, 100 * USDC_1)
    stage.deposit(BOB, USDC, 600 * USDC_1)
    stage.trade(BOB, SOL, -50 * WAD)
    told = wound_up(stage, 115).liquidator.send("settle_position", BOB, SOL, by="stranger").fields("Settled")
    assert (told["insured_usd_wad"], told["bad_debt_usd_wad"]) == (100 * WAD, 50 * WAD)
    assert stage.liquidator.read("epoch_loss_usd_wad") == 50 * WAD


@pytest.mark.parametrize("state", ["open", "paused", "unsure"])
def test_its_owner_leaves_by_an_order_where_there_is_no_other_way(state: str) -> None:
    """Nobody settles meanwhile, for the pause or for the width of the price."""
    stage = opened()
    entered(stage, ALICE, WAD)
    place(stage, ALICE, request(WAD))
    early = place(stage, ALICE, order(-WAD // 4, 60_000, kind=TAKE_PROFIT))
    wound_up(stage, 50_000, BTC)
    if state == "paused":
        stage.controller.send("set_mode", PAUSED, by="admin")
    late = place(stage, ALICE, request(-WAD // 2, closes=True))
    assert stage.order_book.refusal("place", ALICE, request(-WAD // 2), by="trader") == "ORDER_BAD_TERMS"
    block(stage, {BTC: 60_000})
    stage.price(BTC, 60_000 * WAD, status=WIDE if state == "unsure" else 0)
    assert settle(stage, BOB, BTC) == {"paused": "ACCESS_CLOSED_BY_MODE", "unsure": "SETTLEMENT_NOT_OPEN"}.get(
        state, "SETTLEMENT_NOTHING"
    )
    assert stage.order_book.refusal("execute", ALICE, 0, KEEPER, by="keeper") == "ORDER_EXPIRED"
    assert [execute(stage, ALICE, slot).returned.size_delta_wad for slot in (early, late)] == [-WAD // 4, -WAD // 2]
    place(stage, ALICE, request(-WAD, closes=True))
    stage.change_market(BTC, min_position_usd_wad=2**120)
    assert stage.order_book.refusal("cancel", ALICE, early, by="stranger") == "OK"


def test_orders_that_wait_for_it_end_and_their_margin_returns(stage: Stage) -> None:
    stage.market.send("set_operator", ALICE, stage.order_book.address, True, by="admin")
    slot = stage.order_book.send("place", ALICE, order(WAD, 90, m=SOL, margin=100 * USDC_1), by="trader").returned
    wound_up(stage)
    assert stage.order_book.refusal("place", ALICE, order(WAD, 90, m=SOL), by="trader") == "ORDER_BAD_TERMS"
    assert stage.order_book.refusal("cancel", ALICE, slot, by="stranger") == "OK"
    assert stage.collateral(ALICE) == 2_000 * USDC_1


@refuses("settle_position", "PRICE_WIDE")
def test_nobody_is_paid_in_what_has_no_sure_price(stage: Stage) -> None:
    """A stranger would choose when a short has a twentieth less of its profit."""
    wound_up(stage, 60)
    stage.price(USDC, WAD, spread=WAD // 20, status=WIDE)
    assert settle(stage, BOB) == "PRICE_WIDE"
    assert settle(stage, ALICE) == "OK"  # what a loser pays is his collateral, by whatever it counts
    stage.price(USDC, WAD)
    before = stage.collateral(BOB)
    assert settle(stage, BOB) == "OK"
    assert stage.collateral(BOB) - before == 2_000 * USDC_1


@refuses("settle_position", "PRICE_HALTED")
def test_a_loss_waits_for_a_profit_that_has_no_price() -> None:
    """Else its owner would have a pair's profit, and insurance its loss, in the minutes that one price is missing."""
    stage = Stage()
    stage.seed(0, 100 * WAD, 5_000 * SOL_1, 500_000 * USDC_1)
    stage.deposit(INSURANCE, USDC, 50_000 * USDC_1)
    stage.deposit(BOB, USDC, 5_000 * USDC_1)
    stage.trade(BOB, SOL, -200 * WAD)
    stage.trade(BOB, ETH, 8 * WAD)
    wound_up(stage, 140)
    stage.price(ETH, 3_500 * WAD, status=HALTED)
    assert settle(stage, BOB) == "PRICE_HALTED"
    mark = stage.chain.snapshot(0)
    stage.price(ETH, 2_500 * WAD, status=HALTED)
    assert settle(stage, BOB) == "OK"  # nothing there would pay
    stage.chain.revert(0, mark)
    stage.price(ETH, 3_500 * WAD)
    told = stage.liquidator.send("settle_position", BOB, SOL, by="stranger").fields("Settled")
    assert (told["insured_usd_wad"], told["bad_debt_usd_wad"]) == (0, 0)
    assert abs(stage.market.read("health", BOB).equity - 5_000 * WAD) < WAD // 1_000  # tokens are rounded


def test_its_price_may_be_lost_for_good_afterwards(stage: Stage) -> None:
    wound_up(stage)
    stage.price(SOL, NOW * WAD, status=HALTED)
    stage.advance(3 * DAY_S)
    assert stage.controller.refusal("announce_settle_market", SOL, by="admin") == "OK"
    stage.advance(DAY_S)
    assert settle(stage, ALICE) == "SETTLEMENT_NOT_OPEN"
    stage.controller.send("settle_market", SOL, by="admin")
    assert settle(stage, ALICE) == "OK"
