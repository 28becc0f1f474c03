"""RiskController: hard bounds on every parameter, at listing and after it."""

from __future__ import annotations

from typing import Any

import pytest
from contracts.codes import happy, refuses
from contracts.governed import DAY_S, new_asset, new_market
from contracts.stage import BTC, MAX_UINT, NOBODY, USDC, WAD, Stage, event

from contracts import governed

# ------------------------------------------------------------------ fee, pool, order of sale


@happy("set_protocol_fee")
@happy("market.set_protocol_fee")
@refuses("set_protocol_fee", "ASSET_BAD_PARAMS")
def test_the_protocol_takes_at_most_all(stage: Stage) -> None:
    stage.govern("market", "set_protocol_fee", WAD * 9 // 10)
    refusal = stage.controller.refusal
    assert refusal("set_protocol_fee", WAD + 1, by="admin") == "ASSET_BAD_PARAMS"
    receipt = stage.controller.send("set_protocol_fee", WAD, by="admin")
    assert receipt.events == (event("ProtocolFeeChanged", share_wad=WAD),)
    assert stage.market.read("protocol_fee_wad") == WAD


@happy("set_pool")
@happy("set_params")
def test_the_pools_limits_are_set_at_their_bounds(stage: Stage) -> None:
    params = (MAX_UINT, 30 * DAY_S, 7 * DAY_S, WAD // 100, WAD)
    stage.govern("pool", "set_params", (0, 29 * DAY_S, 6 * DAY_S, 26 * WAD // 100, WAD * 3 // 4))
    receipt = stage.controller.send("set_pool", params, by="admin")
    assert receipt.events == (event("PoolChanged", params=params),)
    assert governed.pool(stage) == params


@refuses("set_pool", "POOL_BAD_PARAMS")
@pytest.mark.parametrize(
    "changes",
    [
        {"redeem_delay_s": 30 * DAY_S + 1},
        {"redeem_window_s": 7 * DAY_S + 1},
        {"redeem_limit_wad": WAD // 100 - 1},
        {"redeem_limit_wad": WAD + 1},
        {"redeem_limit_wad": WAD - 1, "redeem_window_s": 0},  # every redemption would begin a window
        {"rebate_share_wad": WAD + 1},
    ],
    ids=str,
)
def test_a_pool_parameter_out_of_bounds_is_refused(stage: Stage, changes: dict[str, int]) -> None:
    status = stage.controller.refusal("set_pool", governed.pool(stage, **changes), by="admin")
    assert status == "POOL_BAD_PARAMS"


@happy("set_sale_order")
@happy("market.set_sale_order")
@refuses("set_sale_order", "ASSET_BAD_PARAMS")
@pytest.mark.parametrize("order", [0x3210 + 0x40000, 0x0210, 0x4210, 0x3310, 0x210, 0, 0x13210, MAX_UINT])
def test_the_order_of_sale_names_every_asset_once(stage: Stage, order: int) -> None:
    assert stage.market.read("sale_order") == 0x3210  # as listed
    assert stage.controller.refusal("set_sale_order", order, by="admin") == "ASSET_BAD_PARAMS"
    receipt = stage.controller.send("set_sale_order", 0x0123, by="admin")
    assert receipt.events == (event("SaleOrderChanged", order=0x0123),)
    stage.controller.send("set_asset", 4, new_asset(stage), by="admin")
    assert stage.market.read("sale_order") == 0x40123  # who comes later is sold later
    assert stage.controller.refusal("set_sale_order", 0x0123, by="admin") == "ASSET_BAD_PARAMS"


# ------------------------------------------------------------------ assets


@happy("set_asset")
@happy("market.set_asset")
def test_an_asset_is_listed_at_its_bounds(stage: Stage) -> None:
    params = new_asset(stage)
    receipt = stage.controller.send("set_asset", 4, params, by="admin")
    (changed,) = receipt.events
    assert changed.name == "AssetChanged"
    assert changed.fields["asset"] == 4
    assert changed.fields["params"][1:] == params[1:]
    assert governed.asset(stage, 4) == params
    assert stage.market.read("asset_count") == 5


@refuses("set_asset", "ASSET_BAD_PARAMS")
@pytest.mark.parametrize(
    "changes",
    [
        {"target_weight_wad": WAD + 1},
        {"haircut_wad": WAD + 1},
        {"depth_usd_wad": 2**128},
        {"buffer": 101},
        {"scale": 0},
        {"scale": WAD + 1},
        {"feed": 8},
        {"token": NOBODY},
    ],
    ids=str,
)
def test_an_asset_parameter_out_of_bounds_is_refused(stage: Stage, changes: dict[str, Any]) -> None:
    status = stage.controller.refusal("set_asset", 4, new_asset(stage, **changes), by="admin")
    assert status == "ASSET_BAD_PARAMS"


@refuses("set_asset", "ASSET_IDENTITY_FIXED")
@pytest.mark.parametrize("changes", [{"scale": 10**11}, {"feed": BTC}, {"token": NOBODY}], ids=str)
def test_a_listed_asset_keeps_its_identity(stage: Stage, changes: dict[str, Any]) -> None:
    status = stage.controller.refusal("set_asset", USDC, governed.asset(stage, USDC, **changes), by="admin")
    assert status == "ASSET_IDENTITY_FIXED"
    assert stage.controller.refusal("set_asset", USDC, governed.asset(stage, USDC), by="admin") == "OK"


@refuses("set_asset", "ASSET_NOT_LISTED")
@refuses("set_asset", "ASSET_TOO_MANY")
def test_assets_are_listed_one_by_one_up_to_eight(stage: Stage) -> None:
    refusal = stage.controller.refusal
    assert refusal("set_asset", 5, new_asset(stage), by="admin") == "ASSET_NOT_LISTED"
    for k in range(4, 8):
        assert refusal("set_asset", k, new_asset(stage), by="admin") == "OK"
    assert refusal("set_asset", 8, new_asset(stage), by="admin") == "ASSET_TOO_MANY"


# ------------------------------------------------------------------ markets


@happy("set_market")
@happy("market.set_market")
def test_a_market_is_listed_at_its_bounds(stage: Stage) -> None:
    receipt = stage.controller.send("set_market", 3, new_market(), by="admin")
    assert receipt.events == (event("MarketChanged", market=3, params=new_market()),)
    assert governed.market(stage, 3) == new_market()
    assert stage.market.read("clocks", 3).accrued_at == stage.time_s


@refuses("set_market", "MARKET_BAD_PARAMS")
@pytest.mark.parametrize(
    "changes",
    [
        {"reserve_factor_wad": 10 * WAD + 1},
        {"max_open_interest_share_wad": 1_000 * WAD + 1},
        {"max_account_share_wad": WAD + 1},
        {"max_profit_share_wad": 1_000 * WAD + 1},
        {"impact_pool_share_wad": WAD + 1},
        {"trade_fee_wad": WAD // 10 + 1},
        {"min_position_usd_wad": 6},
        {"long_asset": 4},
        {"short_asset": 4},
        {"feed": 8},
    ],
    ids=str,
)
def test_a_market_parameter_out_of_bounds_is_refused(stage: Stage, changes: dict[str, Any]) -> None:
    status = stage.controller.refusal("set_market", 3, new_market(**changes), by="admin")
    assert status == "MARKET_BAD_PARAMS"


@refuses("set_market", "MARKET_IDENTITY_FIXED")
@pytest.mark.parametrize("changes", [{"feed": USDC}, {"long_asset": 1}, {"short_asset": 1}])
def test_a_listed_market_keeps_its_identity(stage: Stage, changes: dict[str, Any]) -> None:
    status = stage.controller.refusal("set_market", BTC, governed.market(stage, BTC, **changes), by="admin")
    assert status == "MARKET_IDENTITY_FIXED"
    assert stage.controller.refusal("set_market", BTC, governed.market(stage, BTC), by="admin") == "OK"


@refuses("set_market", "MARKET_NOT_LISTED")
@refuses("set_market", "MARKET_TOO_MANY")
def test_markets_are_listed_one_by_one_up_to_eight(stage: Stage) -> None:
    refusal = stage.controller.refusal
    assert refusal("set_market", 4, new_market(), by="admin") == "MARKET_NOT_LISTED"
    for m in range(3, 8):
        assert refusal("set_market", m, new_market(), by="admin") == "OK"
    assert refusal("set_market", 8, new_market(), by="admin") == "MARKET_TOO_MANY"
