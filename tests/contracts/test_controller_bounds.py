"""RiskController: hard bounds on every parameter, at listing and after it, when it is announced and when it is set."""

from __future__ import annotations

from typing import Any

import pytest
from contracts.codes import happy, refuses
from contracts.governed import DAY_S, change, new_asset, new_market
from contracts.stage import BTC, MAX_UINT, NOBODY, SYMBOLS, USDC, WAD, Stage, event

from contracts import governed

ANNOUNCED_OR_SET = pytest.mark.parametrize("verb", ["announce", "set"])

# ------------------------------------------------------------------ fee, pool, order of sale


@happy("announce_protocol_fee")
@happy("set_protocol_fee")
@happy("market.set_protocol_fee")
def test_the_protocol_takes_at_most_all(stage: Stage) -> None:
    stage.govern("market", "set_protocol_fee", WAD - WAD // 20)
    assert change(stage, "set_protocol_fee", WAD) == "OK"
    assert stage.logged() == (event("ProtocolFeeChanged", share_wad=WAD),)
    assert stage.market.read("protocol_fee_wad") == WAD


@refuses("announce_protocol_fee", "ASSET_BAD_PARAMS")
@refuses("set_protocol_fee", "ASSET_BAD_PARAMS")
@ANNOUNCED_OR_SET
def test_the_protocol_takes_no_more_than_all(stage: Stage, verb: str) -> None:
    assert stage.controller.refusal(f"{verb}_protocol_fee", WAD + 1, by="admin") == "ASSET_BAD_PARAMS"


@happy("announce_pool")
@happy("set_pool")
@happy("set_params")
def test_the_pools_limits_are_set_at_their_bounds(stage: Stage) -> None:
    params = (MAX_UINT, 30 * DAY_S, 7 * DAY_S, WAD // 100, WAD, 3_600, 3_600)
    stage.govern("pool", "set_params", (0, 29 * DAY_S, 6 * DAY_S, 26 * WAD // 100, WAD * 3 // 4, 3_300, 3_300))
    assert change(stage, "set_pool", params) == "OK"
    assert stage.logged() == (event("PoolChanged", params=params),)
    assert governed.pool(stage) == params


@refuses("announce_pool", "POOL_BAD_PARAMS")
@refuses("set_pool", "POOL_BAD_PARAMS")
@ANNOUNCED_OR_SET
@pytest.mark.parametrize(
    "changes",
    [
        {"redeem_delay_s": 30 * DAY_S + 1},
        {"redeem_window_s": 7 * DAY_S + 1},
        {"redeem_limit_wad": WAD // 100 - 1},
        {"redeem_limit_wad": WAD + 1},
        {"redeem_limit_wad": WAD - 1, "redeem_window_s": 0},  # every redemption would begin a window
        {"rebate_share_wad": WAD + 1},
        {"exit_wait_s": 3_601},
        {"entry_wait_s": 3_601},
    ],
    ids=str,
)
def test_a_pool_parameter_out_of_bounds_is_refused(stage: Stage, changes: dict[str, int], verb: str) -> None:
    status = stage.controller.refusal(f"{verb}_pool", governed.pool(stage, **changes), by="admin")
    assert status == "POOL_BAD_PARAMS"


@refuses("announce_sale_order", "ASSET_BAD_PARAMS")
@refuses("set_sale_order", "ASSET_BAD_PARAMS")
@ANNOUNCED_OR_SET
@pytest.mark.parametrize("order", [0x3210 + 0x40000, 0x0210, 0x4210, 0x3310, 0x210, 0, 0x13210, MAX_UINT])
def test_an_order_of_sale_names_every_asset_once(stage: Stage, order: int, verb: str) -> None:
    assert stage.controller.refusal(f"{verb}_sale_order", order, by="admin") == "ASSET_BAD_PARAMS"


@happy("announce_sale_order")
@happy("set_sale_order")
@happy("market.set_sale_order")
def test_an_order_of_sale_is_changed_whole_and_grows_by_what_is_listed(stage: Stage) -> None:
    assert stage.market.read("sale_order") == 0x3210  # as listed
    assert change(stage, "set_sale_order", 0x0123) == "OK"
    assert stage.logged() == (event("SaleOrderChanged", order=0x0123),)
    stage.govern("market", "set_asset", 4, new_asset(stage))
    assert stage.market.read("sale_order") == 0x40123  # who comes later is sold later
    assert stage.controller.refusal("set_sale_order", 0x0123, by="admin") == "ASSET_BAD_PARAMS"


# ------------------------------------------------------------------ assets


@happy("announce_asset")
@happy("set_asset")
@happy("market.set_asset")
def test_a_new_asset_counts_for_nothing_and_the_pool_takes_little_of_it(stage: Stage) -> None:
    """The pool is empty: its hundredth is less than the least sum, 100 USD."""
    most = {"target_weight_wad": WAD // 20, "max_pool": 100 * 10**6, "buffer": 0}
    params = new_asset(stage, **most)
    assert change(stage, "set_asset", 4, params) == "OK"
    (changed,) = stage.logged()
    assert (changed.name, changed.fields["asset"]) == ("AssetChanged", 4)
    assert changed.fields["params"][1:] == params[1:]
    assert governed.asset(stage, 4) == params
    assert stage.market.read("asset_count") == 5


@pytest.mark.parametrize(
    "changes",
    [
        {"haircut_wad": WAD - 1},
        {"target_weight_wad": WAD // 20 + 1},
        {"buffer": 1},
        {"max_pool": 100 * 10**6 + 1},
        {"max_pool": 2**128},
        {"feed": 7, "max_pool": 1},  # which has never had a price
    ],
    ids=str,
)
def test_a_new_asset_comes_in_steps(stage: Stage, changes: dict[str, int]) -> None:
    small = {"target_weight_wad": 0, "max_pool": 1, "buffer": 0}
    assert change(stage, "set_asset", 4, new_asset(stage, **small | changes)) == "ACCESS_STEP_TOO_LARGE"


def test_a_new_asset_may_be_a_hundredth_of_the_pool(stage: Stage) -> None:
    stage.seed(0, 0, 0, 10**6 * 10**6)
    small = {"target_weight_wad": 0, "buffer": 0}
    for units, said in ((10**4 * 10**6 + 1, "ACCESS_STEP_TOO_LARGE"), (10**4 * 10**6, "OK")):
        assert change(stage, "set_asset", 4, new_asset(stage, **small, max_pool=units)) == said


@refuses("announce_asset", "ASSET_BAD_PARAMS")
@refuses("set_asset", "ASSET_BAD_PARAMS")
@ANNOUNCED_OR_SET
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
def test_an_asset_parameter_out_of_bounds_is_refused(stage: Stage, changes: dict[str, Any], verb: str) -> None:
    status = stage.controller.refusal(f"{verb}_asset", 4, new_asset(stage, **changes), by="admin")
    assert status == "ASSET_BAD_PARAMS"


@refuses("announce_asset", "ASSET_IDENTITY_FIXED")
@refuses("set_asset", "ASSET_IDENTITY_FIXED")
@ANNOUNCED_OR_SET
@pytest.mark.parametrize("changes", [{"scale": 10**11}, {"feed": BTC}, {"token": NOBODY}], ids=str)
def test_a_listed_asset_keeps_its_identity(stage: Stage, changes: dict[str, Any], verb: str) -> None:
    status = stage.controller.refusal(f"{verb}_asset", USDC, governed.asset(stage, USDC, **changes), by="admin")
    assert status == "ASSET_IDENTITY_FIXED"


@refuses("announce_asset", "ASSET_NOT_LISTED")
@refuses("announce_asset", "ASSET_TOO_MANY")
@refuses("set_asset", "ASSET_NOT_LISTED")
@refuses("set_asset", "ASSET_TOO_MANY")
@ANNOUNCED_OR_SET
def test_assets_are_listed_one_by_one_up_to_eight(stage: Stage, verb: str) -> None:
    refusal = stage.controller.refusal
    assert refusal(f"{verb}_asset", 5, new_asset(stage), by="admin") == "ASSET_NOT_LISTED"
    for k in range(len(SYMBOLS), 8):
        stage.govern("market", "set_asset", k, new_asset(stage))
    assert refusal(f"{verb}_asset", 8, new_asset(stage), by="admin") == "ASSET_TOO_MANY"


# ------------------------------------------------------------------ markets


@happy("announce_market")
@happy("set_market")
@happy("market.set_market")
def test_a_market_is_listed_at_its_bounds(stage: Stage) -> None:
    params = new_market(max_open_interest_usd_wad=100 * WAD)
    assert change(stage, "set_market", 3, params) == "OK"
    assert stage.logged() == (event("MarketChanged", market=3, params=params),)
    assert governed.market(stage, 3) == params
    assert stage.market.read("clocks", 3).accrued_at == stage.time_s


def test_a_new_market_is_small(stage: Stage) -> None:
    params = new_market(max_open_interest_usd_wad=100 * WAD + 1)
    assert change(stage, "set_market", 3, params) == "ACCESS_STEP_TOO_LARGE"


@refuses("announce_market", "MARKET_BAD_PARAMS")
@refuses("set_market", "MARKET_BAD_PARAMS")
@ANNOUNCED_OR_SET
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
def test_a_market_parameter_out_of_bounds_is_refused(stage: Stage, changes: dict[str, Any], verb: str) -> None:
    status = stage.controller.refusal(f"{verb}_market", 3, new_market(**changes), by="admin")
    assert status == "MARKET_BAD_PARAMS"


@refuses("announce_market", "MARKET_IDENTITY_FIXED")
@refuses("set_market", "MARKET_IDENTITY_FIXED")
@ANNOUNCED_OR_SET
@pytest.mark.parametrize("changes", [{"feed": USDC}, {"long_asset": 1}, {"short_asset": 1}])
def test_a_listed_market_keeps_its_identity(stage: Stage, changes: dict[str, Any], verb: str) -> None:
    status = stage.controller.refusal(f"{verb}_market", BTC, governed.market(stage, BTC, **changes), by="admin")
    assert status == "MARKET_IDENTITY_FIXED"


@refuses("announce_market", "MARKET_NOT_LISTED")
@refuses("announce_market", "MARKET_TOO_MANY")
@refuses("set_market", "MARKET_NOT_LISTED")
@refuses("set_market", "MARKET_TOO_MANY")
@ANNOUNCED_OR_SET
def test_markets_are_listed_one_by_one_up_to_eight(stage: Stage, verb: str) -> None:
    refusal = stage.controller.refusal
    assert refusal(f"{verb}_market", 4, new_market(), by="admin") == "MARKET_NOT_LISTED"
    for m in range(3, 8):
        stage.govern("market", "set_market", m, new_market())
    assert refusal(f"{verb}_market", 8, new_market(), by="admin") == "MARKET_TOO_MANY"


# ------------------------------------------------------------------ a keeper's reward


@refuses("set_market", "LIQUIDATION_REWARD_UNCOVERED")
def test_the_smallest_position_stays_large_enough_to_pay_its_liquidation() -> None:
    """2 % of 100 USD pay a flat reward of 1 USD and charges of 10 bps of them; 2 % of 10 USD do not."""
    stage = Stage(*(f"market.{symbol}.min_position_usd=100" for symbol in SYMBOLS[:3]), *_REWARD)
    smaller = governed.market(stage, BTC, min_position_usd_wad=10 * WAD)
    assert stage.controller.read("are_rewards_covered")
    assert change(stage, "set_market", BTC, smaller) == "LIQUIDATION_REWARD_UNCOVERED"
    least = -(-WAD * 10_000 // (200 - 10))
    assert change(stage, "set_market", BTC, governed.market(stage, BTC, min_position_usd_wad=least - 10**9)) != "OK"
    assert change(stage, "set_market", BTC, governed.market(stage, BTC, min_position_usd_wad=least + 10**9)) == "OK"


@refuses("set_policy", "LIQUIDATION_REWARD_UNCOVERED")
def test_no_rule_comes_under_which_the_smallest_account_cannot_pay_its_liquidation() -> None:
    stage = Stage(*(f"market.{symbol}.min_position_usd=100" for symbol in SYMBOLS[:3]), *_REWARD)
    lower = stage.deploy("policies/margin/FlatMargin.vy", [1_000] * 8, [109] * 8, 0).address
    assert change(stage, "set_policy", 4, lower) == "LIQUIDATION_REWARD_UNCOVERED"
    enough = stage.deploy("policies/margin/FlatMargin.vy", [1_000] * 8, [110] * 8, 0).address
    assert change(stage, "set_policy", 4, enough) == "OK"
    dearer = stage.deploy("policies/liquidation/FullLiquidation.vy", 10, 0, 0, WAD + 1, False, False, False).address
    assert change(stage, "set_policy", 5, dearer) == "LIQUIDATION_REWARD_UNCOVERED"


def test_a_design_that_began_without_it_is_not_held_to_it() -> None:
    stage = Stage("liquidation.keeper_usd=1")
    assert not stage.controller.read("are_rewards_covered")
    smaller = governed.market(stage, BTC, min_position_usd_wad=5 * WAD)
    assert change(stage, "set_market", BTC, smaller) == "OK"


_REWARD = ("liquidation.keeper_usd=1", "liquidation.fee_bps=10")
