"""Market.trade: opening, growing, shrinking and closing positions; what moves, to the unit."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import pytest
from contracts.codes import happy
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    BTC_1,
    ETH,
    LONG,
    NORMAL,
    SHORT,
    TREASURY,
    USDC,
    USDC_1,
    WAD,
    YEAR_S,
    Stage,
    event,
    result_of,
)


@pytest.fixture
def stage() -> Stage:
    """A pool of 10 BTC, 200 ETH and 500,000 USDC; Alice and Bob have 10,000 USDC each."""
    stage = Stage()
    stage.seed(10 * BTC_1, 200 * WAD, 0, 500_000 * USDC_1)
    stage.deposit(ALICE, USDC, 10_000 * USDC_1)
    stage.deposit(BOB, USDC, 10_000 * USDC_1)
    return stage


def fill_of(size_delta_wad: int, price_wad: int, settled_usd_wad: int, **rest: int) -> tuple[int, ...]:
    named = {"size_delta_wad": size_delta_wad, "price_wad": price_wad, "settled_usd_wad": settled_usd_wad}
    return result_of("Desk.vy", "trade", **named, **rest)


def position(stage: Stage, account: int = ALICE, m: int = BTC) -> tuple[int, ...]:
    return tuple(vars(stage.market.read("positions", account, m)).values())


@happy("trade")
def test_a_long_is_opened_at_the_high_price_and_reserves_its_asset(stage: Stage) -> None:
    stage.change_market(BTC, trade_fee_wad=WAD // 1_000)
    stage.govern("market", "set_protocol_fee", WAD // 5)
    receipt = stage.trade(ALICE, BTC, WAD)
    fill = fill_of(WAD, 50_000 * WAD, -50 * WAD, fee_usd_wad=50 * WAD)
    held = (WAD, 50_000 * WAD, BTC_1, 0, 0)
    assert tuple(vars(receipt.returned).values()) == fill
    assert receipt.events == (
        event("PositionChanged", account=ALICE, market=BTC, position=held),
        event("CollateralMoved", account=ALICE, asset=USDC, delta=-50 * USDC_1),
        event("PoolMoved", asset=USDC, delta=50 * USDC_1),
        event("PoolMoved", asset=USDC, delta=-10 * USDC_1),
        event("CollateralMoved", account=TREASURY, asset=USDC, delta=10 * USDC_1),
        event("Traded", account=ALICE, market=BTC, fill=fill),
    )
    assert position(stage) == held
    assert stage.market.read("markets_of", ALICE) == 1 << BTC
    assert stage.market.read("buckets", BTC).reserved == BTC_1
    side = stage.market.read("sides", BTC, LONG)
    assert (side.size_wad, side.cost_usd_wad) == (WAD, 50_000 * WAD)


def test_a_short_is_opened_at_the_low_price_and_reserves_the_short_asset(stage: Stage) -> None:
    stage.price(BTC, 50_000 * WAD, spread=100 * WAD)
    fill = stage.trade(ALICE, BTC, -WAD).returned
    assert (fill.price_wad, fill.settled_usd_wad) == (49_900 * WAD, 0)
    assert position(stage) == (-WAD, 49_900 * WAD, 49_900 * USDC_1, 0, 0)
    side = stage.market.read("sides", BTC, SHORT)
    assert (side.size_wad, side.cost_usd_wad) == (WAD, 49_900 * WAD)


def test_a_long_pays_the_high_price(stage: Stage) -> None:
    stage.price(BTC, 50_000 * WAD, spread=100 * WAD)
    assert stage.trade(ALICE, BTC, WAD).returned.price_wad == 50_100 * WAD
    # The reserve is bought at the low price, rounded up, so that it covers the cost.
    assert position(stage)[2] == ceil(Fraction(50_100, 49_900) * BTC_1)


def test_cost_is_rounded_against_the_trader(stage: Stage) -> None:
    third = WAD // 3
    price = 50_000 * WAD + 1
    stage.price(BTC, price)
    exact = Fraction(third * price, WAD)
    stage.trade(ALICE, BTC, third)
    stage.trade(BOB, BTC, -third)
    assert position(stage, ALICE)[1] == ceil(exact)
    assert position(stage, BOB)[1] == floor(exact)


def test_growing_adds_cost_at_the_new_price(stage: Stage) -> None:
    stage.trade(ALICE, BTC, WAD)
    stage.price(BTC, 52_000 * WAD)
    stage.trade(ALICE, BTC, WAD // 2)
    assert position(stage)[:2] == (3 * WAD // 2, 76_000 * WAD)


def test_a_long_profit_is_paid_in_its_asset(stage: Stage) -> None:
    stage.trade(ALICE, BTC, WAD)
    stage.price(BTC, 60_000 * WAD)
    receipt = stage.trade(ALICE, BTC, -WAD)
    paid = floor(Fraction(10_000, 60_000) * BTC_1)
    paid_usd = ceil(Fraction(paid * 60_000, BTC_1) * WAD)
    assert receipt.returned.settled_usd_wad == 10_000 * WAD
    assert receipt.events == (
        event("PositionChanged", account=ALICE, market=BTC, position=(0, 0, 0, 0, 0)),
        event("PoolMoved", asset=BTC, delta=-paid),
        event("CollateralMoved", account=ALICE, asset=BTC, delta=paid),
        event(
            "Traded",
            account=ALICE,
            market=BTC,
            fill=fill_of(-WAD, 60_000 * WAD, 10_000 * WAD, paid_usd_wad=paid_usd),
        ),
    )
    assert stage.market.read("markets_of", ALICE) == 0
    assert stage.market.read("buckets", BTC).reserved == 0


def test_a_short_profit_is_paid_in_the_short_asset(stage: Stage) -> None:
    stage.trade(ALICE, BTC, -WAD)
    stage.price(BTC, 45_000 * WAD)
    stage.trade(ALICE, BTC, WAD)
    assert stage.collateral(ALICE) == 15_000 * USDC_1


def test_a_loss_moves_collateral_into_the_pool(stage: Stage) -> None:
    stage.trade(ALICE, BTC, WAD)
    stage.price(BTC, 45_000 * WAD)
    assert stage.trade(ALICE, BTC, -WAD).returned.settled_usd_wad == -5_000 * WAD
    assert stage.collateral(ALICE) == 5_000 * USDC_1
    assert stage.market.read("buckets", USDC).pool == 505_000 * USDC_1


def test_a_loss_takes_assets_in_the_order_of_listing(stage: Stage) -> None:
    stage.deposit(ALICE, BTC, BTC_1 // 10)  # 4,500 USD at the lower price
    stage.trade(ALICE, BTC, WAD)
    stage.price(BTC, 45_000 * WAD)
    stage.trade(ALICE, BTC, -WAD)
    assert stage.collateral(ALICE, BTC) == 0
    assert stage.collateral(ALICE, USDC) == 9_500 * USDC_1


def test_a_profit_ends_at_the_reserve(stage: Stage) -> None:
    stage.change_market(BTC, reserve_factor_wad=WAD // 10)
    stage.trade(ALICE, BTC, -WAD)  # reserves 5,000 USDC
    stage.price(BTC, 40_000 * WAD)
    assert stage.trade(ALICE, BTC, WAD).returned.settled_usd_wad == 10_000 * WAD
    assert stage.collateral(ALICE) == 15_000 * USDC_1


def test_a_partial_close_settles_its_part(stage: Stage) -> None:
    stage.trade(ALICE, BTC, WAD)
    stage.price(BTC, 52_000 * WAD)
    fill = stage.trade(ALICE, BTC, -WAD // 4).returned
    assert fill.settled_usd_wad == 500 * WAD  # a quarter of 2,000
    assert position(stage) == (3 * WAD // 4, 37_500 * WAD, 3 * BTC_1 // 4, 0, 0)


@pytest.mark.parametrize("size_delta_wad", [-5 * WAD, -(2**127), -(2**255)])
def test_a_trade_against_a_position_closes_at_most_all_of_it(stage: Stage, size_delta_wad: int) -> None:
    stage.trade(ALICE, BTC, WAD)
    assert stage.desk.refusal("trade", ALICE, BTC, size_delta_wad, 0, by="trader") == "OK"
    assert position(stage) == (0, 0, 0, 0, 0)


def test_opening_and_closing_at_once_costs_spread_and_both_fees(stage: Stage) -> None:
    """PO-01"""
    stage.change_market(BTC, trade_fee_wad=WAD // 1_000)
    stage.price(BTC, 50_000 * WAD, spread=100 * WAD)
    stage.trade(ALICE, BTC, WAD)
    stage.trade(ALICE, BTC, -WAD)
    assert stage.collateral(ALICE) == (10_000 - 200) * USDC_1 - 50_100_000 - 49_900_000


def test_an_account_holds_positions_in_several_markets(stage: Stage) -> None:
    stage.trade(ALICE, BTC, WAD)
    stage.trade(ALICE, ETH, -10 * WAD)
    assert stage.market.read("markets_of", ALICE) == (1 << BTC) | (1 << ETH)
    health = stage.market.read("health", ALICE)
    assert health.notionals == (50_000 * WAD, 25_000 * WAD, 0, 0, 0, 0, 0, 0)
    assert (health.initial, health.maintenance) == (7_500 * WAD, 1_500 * WAD)


def test_profit_counts_for_equity_but_not_for_what_is_free(stage: Stage) -> None:
    stage.trade(ALICE, BTC, WAD)
    stage.trade(ALICE, ETH, 10 * WAD)
    stage.price(BTC, 51_000 * WAD)
    stage.price(ETH, 2_400 * WAD)
    health = stage.market.read("health", ALICE)
    profit = 1_000 * BTC_1 // 51_000 * 51_000 * WAD // BTC_1  # as the whole units it would be paid in
    assert health.equity == (10_000 - 1_000) * WAD + profit
    assert health.free == (10_000 - 1_000) * WAD


def test_profit_counts_as_the_tokens_it_would_be_paid_in(stage: Stage) -> None:
    """Up to the position's reserve, after the haircut that those tokens have as collateral."""
    stage.change_asset(BTC, haircut_wad=WAD // 10)
    stage.trade(ALICE, BTC, WAD)
    stage.price(BTC, 62_500 * WAD)  # +12,500 = 0.2 BTC
    assert stage.market.read("health", ALICE).equity == (10_000 + 12_500 * 9 // 10) * WAD


def test_borrowing_is_paid_from_the_entry_notional_by_the_second(stage: Stage) -> None:
    rate = WAD // 2 // YEAR_S  # 50 % a year when all is reserved
    stage.fill("borrow_rate", "policies/borrow_rate/LinearBorrow.vy", rate)
    stage.trade(ALICE, BTC, WAD)  # 1 of 10 BTC: a tenth of the rate
    stage.advance(3_600)
    receipt = stage.trade(ALICE, BTC, -WAD)
    index = ceil(Fraction(rate, 10)) * 3_600
    assert receipt.events[0] == event(
        "Accrued",
        market=BTC,
        borrow_index_long_wad=index,
        borrow_index_short_wad=0,
        funding_index_long_wad=0,
        funding_index_short_wad=0,
    )
    assert receipt.returned.borrow_usd_wad == 50_000 * index
    assert stage.collateral(ALICE) == floor(10_000 * USDC_1 - Fraction(50_000 * index, 10**12))


def equity_after_an_hour(poke_s: int) -> int:
    stage = Stage()
    stage.seed(10 * BTC_1)
    stage.fill("borrow_rate", "policies/borrow_rate/LinearBorrow.vy", WAD // 2 // YEAR_S)
    stage.deposit(ALICE, USDC, 10_000 * USDC_1)
    stage.trade(ALICE, BTC, WAD)
    for _ in range(3_600 // poke_s):
        stage.advance(poke_s)
        stage.market.send("assess", ALICE, by="stranger")
    return stage.market.read("health", ALICE).equity


@happy("accrue")
def test_anybody_may_bring_the_pool_to_now(stage: Stage) -> None:
    stage.fill("borrow_rate", "policies/borrow_rate/LinearBorrow.vy", WAD // 2 // YEAR_S)
    stage.trade(ALICE, BTC, WAD)
    stage.advance(3_600)
    seen = stage.market.read("aum")
    receipt = stage.market.send("accrue", by="stranger")
    assert [entry.name for entry in receipt.events] == ["Accrued"]  # the one market with a position
    assert receipt.fields("Accrued")["market"] == BTC
    assert receipt.returned == seen == stage.market.read("aum")
    assert stage.market.send("accrue", by="stranger").events == ()  # once per block


def test_how_often_somebody_accrues_changes_nothing() -> None:
    """FF-02"""
    assert equity_after_an_hour(poke_s=60) == equity_after_an_hour(poke_s=3_600)


@happy("assess")
def test_a_view_is_never_behind_the_verb(stage: Stage) -> None:
    stage.fill("borrow_rate", "policies/borrow_rate/LinearBorrow.vy", WAD // 2 // YEAR_S)
    stage.trade(ALICE, BTC, WAD)
    stage.advance(3_600)
    seen = stage.market.read("health", ALICE)
    receipt = stage.market.send("assess", ALICE, by="stranger")
    assert receipt.returned == (seen, NORMAL)
    assert [entry.name for entry in receipt.events] == ["Accrued"]


# ------------------------------------------------------------------ price impact


def test_a_share_of_what_a_fill_costs_more_is_kept(stage: Stage) -> None:
    stage.change_market(BTC, impact_pool_share_wad=WAD // 2)
    stage.rude("price_impact", 50_500 * WAD)
    fill = stage.trade(ALICE, BTC, WAD).returned
    assert (fill.price_wad, fill.impact_usd_wad) == (50_500 * WAD, 500 * WAD)
    assert stage.market.read("clocks", BTC).impact_pool_usd_wad == 250 * WAD


def test_a_better_price_is_paid_out_of_what_was_kept_and_not_beyond(stage: Stage) -> None:
    stage.change_market(BTC, impact_pool_share_wad=WAD // 2)
    stage.rude("price_impact", 50_500 * WAD)
    stage.trade(ALICE, BTC, WAD)
    before = stage.market.read("aum").mid
    fill = stage.trade(BOB, BTC, -WAD // 10).returned  # 500 for a unit is better for who sells
    assert (fill.price_wad, fill.impact_usd_wad) == (50_500 * WAD, -50 * WAD)
    assert stage.market.read("clocks", BTC).impact_pool_usd_wad == 200 * WAD
    fill = stage.trade(BOB, BTC, -WAD // 2).returned  # 250 are asked for
    assert (fill.price_wad, fill.impact_usd_wad) == (50_400 * WAD, -200 * WAD)
    assert stage.market.read("clocks", BTC).impact_pool_usd_wad == 0
    fill = stage.trade(BOB, BTC, -WAD // 10).returned
    assert (fill.price_wad, fill.impact_usd_wad) == (50_000 * WAD, 0)
    assert stage.market.read("aum").mid == before
