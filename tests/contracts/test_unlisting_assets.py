"""An asset that nothing rests on leaves the list, whatever strangers do; what is held of it counts for nothing."""

from __future__ import annotations

import pytest
from contracts.codes import happy, refuses
from contracts.governed import DAY_S, asset, new_market, unlist
from contracts.orders import order
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    BTC_1,
    HALTED,
    ORDER_BOOK,
    SOL,
    SOL_1,
    USDC,
    USDC_1,
    WAD,
    Stage,
)


def without_sol(stage: Stage) -> None:
    """Neither the market nor the asset is listed any more."""
    assert unlist(stage, "market", SOL) == "OK"
    stage.change_asset(SOL, haircut_wad=WAD)
    assert unlist(stage, "asset", SOL) == "OK"


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


@happy("announce_unlist_asset")
@happy("unlist_asset")
def test_an_asset_that_nothing_rests_on_is_unlisted_after_a_day(stage: Stage) -> None:
    assert unlist(stage, "market", SOL) == "OK"
    stage.change_asset(SOL, haircut_wad=WAD)
    old = stage.market.read("asset_params", SOL)
    said = stage.controller.send("announce_unlist_asset", SOL, by="admin")
    told = said.fields("Announced")
    assert (told["kind"], told["id"]) == (8, SOL)
    stage.advance(DAY_S)
    done = stage.controller.send("unlist_asset", SOL, by="admin")
    assert [log.name for log in done.events] == ["SaleOrderChanged", "AssetChanged"]
    gone = {"scale": 0, "feed": USDC, "target_weight_wad": 0, "depth_usd_wad": 0, "max_pool": 0, "buffer": 0}
    assert vars(stage.market.read("asset_params", SOL)) == vars(old) | gone
    assert stage.market.read("sale_order") == 0x3310


@refuses("unlist_asset", "ACCESS_TOO_SOON")
@refuses("announce_unlist_asset", "ASSET_NOT_LISTED")
@refuses("unlist_asset", "ASSET_NOT_LISTED")
def test_an_asset_takes_a_notice_and_goes_once(stage: Stage) -> None:
    assert unlist(stage, "market", SOL) == "OK"
    stage.change_asset(SOL, haircut_wad=WAD)
    assert stage.controller.refusal("unlist_asset", SOL, by="admin") == "ACCESS_TOO_SOON"
    assert stage.controller.refusal("announce_unlist_asset", 4, by="admin") == "ASSET_NOT_LISTED"
    assert unlist(stage, "asset", SOL) == "OK"
    assert stage.controller.refusal("announce_unlist_asset", SOL, by="admin") == "ASSET_NOT_LISTED"
    assert stage.controller.refusal("unlist_asset", SOL, by="admin") == "ASSET_NOT_LISTED"


@refuses("unlist_asset", "ASSET_IN_USE")
def test_an_asset_that_something_rests_on_stays(stage: Stage) -> None:
    stage.change_asset(SOL, haircut_wad=WAD)
    assert unlist(stage, "asset", SOL) == "ASSET_IN_USE"  # it backs its market
    assert unlist(stage, "market", SOL) == "OK"
    stage.change_asset(SOL, haircut_wad=WAD - 1)
    assert unlist(stage, "asset", SOL) == "ASSET_IN_USE"  # it counts as collateral
    stage.change_asset(USDC, haircut_wad=WAD)
    assert unlist(stage, "asset", USDC) == "ASSET_IN_USE"  # fees are paid in it


def test_more_than_dust_in_the_pool_keeps_an_asset_listed(stage: Stage) -> None:
    """A thousandth of a million."""
    stage.price(SOL, 100 * WAD)
    stage.seed(0, 0, 10 * SOL_1 + SOL_1 // 10)
    stage.price(SOL, 100 * WAD, status=HALTED)
    stage.change_asset(SOL, haircut_wad=WAD)
    stage.change_market(SOL, long_asset=USDC)
    assert unlist(stage, "asset", SOL) == "ASSET_IN_USE"
    assert stage.pool.refusal("mint", USDC, USDC_1, 0, stage.address("lp"), by="lp") == "PRICE_HALTED"
    stage.price(SOL, 95 * WAD, status=HALTED)
    before = stage.pool.read("aum")
    assert stage.controller.refusal("unlist_asset", SOL, by="admin") == "OK"
    assert stage.pool.read("aum").low == before.low - 101 * 95 * WAD // 10
    assert stage.pool.refusal("mint", USDC, USDC_1, 0, stage.address("lp"), by="lp") == "OK"
    assert stage.market.read("buckets", SOL).pool == 10 * SOL_1 + SOL_1 // 10


def test_the_collateral_of_a_stranger_stops_nothing_and_is_withdrawn_any_time(stage: Stage) -> None:
    without_sol(stage)
    assert stage.market.refusal("deposit_collateral", BOB, SOL, 1, by="trader") == "ASSET_NOT_LISTED"
    stage.deposit(BOB, USDC, 10_000 * USDC_1)
    stage.trade(BOB, BTC, WAD)
    health = stage.market.read("health", BOB)
    assert (health.equity, health.collateral) == (10_000 * WAD, 10_000 * WAD)
    receiver = stage.address("trader")
    assert stage.market.refusal("withdraw_collateral", BOB, SOL, 5 * SOL_1, receiver, by="trader") == "OK"


def test_no_verb_accepts_an_unlisted_asset(stage: Stage) -> None:
    lp = stage.address("lp")
    without_sol(stage)
    assert stage.pool.refusal("mint", SOL, SOL_1, 0, lp, by="lp") == "ASSET_NOT_LISTED"
    assert stage.pool.refusal("redeem", SOL, WAD, 0, lp, by="lp") == "ASSET_NOT_LISTED"
    assert stage.pool.refusal("swap", SOL, USDC, SOL_1, 0, lp, by="lp") == "ASSET_NOT_LISTED"
    assert stage.pool.refusal("swap", USDC, SOL, USDC_1, 0, lp, by="lp") == "ASSET_NOT_LISTED"
    assert stage.exits.refusal("request_exit", SOL, WAD, 0, lp, by="lp") == "ASSET_NOT_LISTED"
    terms = order(WAD, 40_000, asset=SOL, margin=SOL_1)
    assert stage.order_book.refusal("place", BOB, terms, by="trader") == "ORDER_BAD_TERMS"
    params = asset(stage, SOL, max_pool=1)
    assert stage.controller.refusal("announce_asset", SOL, params, by="admin") == "ASSET_NOT_LISTED"
    listed = new_market(long_asset=SOL)
    assert stage.controller.refusal("announce_market", 3, listed, by="admin") == "MARKET_BAD_PARAMS"


def test_what_is_unlisted_pays_no_loss_and_comes_in_no_order_of_sale(stage: Stage) -> None:
    stage.price(SOL, 100 * WAD)
    without_sol(stage)
    stage.deposit(BOB, USDC, 5_000 * USDC_1)
    stage.trade(BOB, BTC, WAD)
    stage.price(BTC, 44_000 * WAD)
    result = stage.liquidate(BOB)
    assert result.bad_debt_usd_wad == 1_000 * WAD
    assert (stage.collateral(BOB, SOL), stage.market.read("buckets", SOL).pool) == (5 * SOL_1, 0)
    assert stage.controller.refusal("announce_sale_order", 0x3210, by="admin") == "ASSET_BAD_PARAMS"
    assert stage.controller.refusal("announce_sale_order", 0x0133, by="admin") == "OK"


def test_margin_of_an_order_in_an_unlisted_asset_returns(stage: Stage) -> None:
    stage.market.send("set_operator", BOB, stage.order_book.address, True, by="admin")
    stage.price(SOL, 100 * WAD)
    slot = stage.order_book.send("place", BOB, order(WAD, 40_000, asset=SOL, margin=SOL_1), by="trader").returned
    without_sol(stage)
    stage.order_book.send("cancel", BOB, slot, by="stranger")
    assert (stage.collateral(BOB, SOL), stage.collateral(ORDER_BOOK, SOL)) == (5 * SOL_1, 0)


def test_a_request_to_leave_in_an_unlisted_asset_is_returned(stage: Stage) -> None:
    without_sol(stage)
    supply = stage.pool.read("totalSupply")
    receipt = stage.pool.send("redeem_held", SOL, WAD, 0, 0, stage.address("lp"), False, by="exits")
    assert tuple(receipt.returned) == (0, 0)
    assert stage.pool.read("totalSupply") == supply


def test_a_request_to_enter_with_an_unlisted_asset_is_returned(stage: Stage) -> None:
    without_sol(stage)
    lp = stage.address("lp")
    supply = stage.pool.read("totalSupply")
    assert stage.pool.send("mint_held", SOL, SOL_1, 0, lp, lp, by="entries").returned == (0, 0)
    for k, j in ((SOL, USDC), (USDC, SOL)):
        assert stage.pool.send("swap_held", k, j, USDC_1, 0, lp, by="entries").returned == (0, 0)
        assert stage.entries.refusal("request_swap", k, j, USDC_1, 0, lp, by="lp") == "ASSET_NOT_LISTED"
    assert stage.entries.refusal("request_mint", SOL, SOL_1, 0, lp, by="lp") == "ASSET_NOT_LISTED"
    assert stage.pool.read("totalSupply") == supply


def test_the_last_provider_leaves_without_what_is_unlisted(stage: Stage) -> None:
    stage.price(SOL, 100 * WAD)
    stage.seed(0, 0, SOL_1)
    stage.change_market(SOL, long_asset=USDC)
    stage.change_asset(SOL, haircut_wad=WAD)
    assert unlist(stage, "asset", SOL) == "OK"
    stage.trade(ALICE, BTC, -WAD)
    lp = stage.address("lp")
    stage.pool.send("redeem", USDC, stage.pool.read("balanceOf", lp), 0, lp, by="lp")
    assert [stage.market.read("buckets", k).pool for k in (BTC, SOL, USDC)] == [1, SOL_1, 1]
