"""RiskController: roles, and hard bounds on every parameter; Market obeys nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from contracts.codes import refuses
from contracts.stage import (
    BTC,
    NOBODY,
    NORMAL,
    PAUSED,
    REDUCE_ONLY,
    USDC,
    WAD,
    Stage,
    event,
)

ASSET_CHANGES = (0, 1, 0, 0, 0, 1, 0)  # an AssetParams with nobody's token
MARKET_CHANGES = (0, 0, 0, WAD, WAD, 0, 0, False)


def asset(stage: Stage, **changes: Any) -> tuple[Any, ...]:
    """Parameters under which a new token could be listed."""
    params = {
        "token": stage.tokens[USDC].address,
        "scale": 10**12,
        "feed": USDC,
        "target_weight_wad": WAD,
        "haircut_wad": WAD,
        "max_pool": 100,
        "buffer": 100,
    }
    return tuple((params | changes).values())


def market(**changes: Any) -> tuple[Any, ...]:
    """Parameters under which a new market could be listed."""
    params = {
        "feed": 7,
        "long_asset": BTC,
        "short_asset": USDC,
        "reserve_factor_wad": 10 * WAD,
        "max_open_interest_usd_wad": 5,
        "min_position_usd_wad": 5,
        "trade_fee_wad": WAD // 10,
        "is_reduce_only": False,
    }
    return tuple((params | changes).values())


# ------------------------------------------------------------------ roles


@refuses("bind", "ACCESS_NOT_ADMIN")
@refuses("nominate_admin", "ACCESS_NOT_ADMIN")
@refuses("set_guardian", "ACCESS_NOT_ADMIN")
@refuses("set_policy", "ACCESS_NOT_ADMIN")
@refuses("set_protocol_fee", "ACCESS_NOT_ADMIN")
@refuses("set_asset", "ACCESS_NOT_ADMIN")
@refuses("set_market", "ACCESS_NOT_ADMIN")
@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        ("bind", (NOBODY,)),
        ("nominate_admin", (NOBODY,)),
        ("set_guardian", (NOBODY,)),
        ("set_policy", (0, NOBODY)),
        ("set_protocol_fee", (0,)),
        ("set_asset", (0, (NOBODY, *ASSET_CHANGES[1:]))),
        ("set_market", (0, MARKET_CHANGES)),
    ],
)
@pytest.mark.parametrize("role", ["guardian", "stranger"])
def test_only_the_admin_governs(stage: Stage, verb: str, arguments: tuple[Any, ...], role: str) -> None:
    guardian = stage.address("keeper")
    stage.controller.send("set_guardian", guardian, by="admin")
    caller = guardian if role == "guardian" else role
    assert stage.controller.refusal(verb, *arguments, by=caller) == "ACCESS_NOT_ADMIN"


@refuses("market.set_mode", "ACCESS_NOT_CONTROLLER")
@refuses("market.set_policy", "ACCESS_NOT_CONTROLLER")
@refuses("market.set_protocol_fee", "ACCESS_NOT_CONTROLLER")
@refuses("market.set_asset", "ACCESS_NOT_CONTROLLER")
@refuses("market.set_market", "ACCESS_NOT_CONTROLLER")
@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        ("set_mode", (0,)),
        ("set_policy", (0, NOBODY)),
        ("set_protocol_fee", (0,)),
        ("set_asset", (0, (NOBODY, *ASSET_CHANGES[1:]))),
        ("set_market", (0, MARKET_CHANGES)),
    ],
)
@pytest.mark.parametrize("role", ["admin", "stranger"])
def test_market_obeys_its_controller_alone(stage: Stage, verb: str, arguments: tuple[Any, ...], role: str) -> None:
    assert stage.market.refusal(verb, *arguments, by=role) == "ACCESS_NOT_CONTROLLER"


@refuses("bind", "ACCESS_ALREADY_BOUND")
def test_a_controller_is_bound_once(stage: Stage) -> None:
    status = stage.controller.refusal("bind", stage.market.address, by="admin")
    assert status == "ACCESS_ALREADY_BOUND"


@refuses("accept_admin", "ACCESS_NOT_PENDING_ADMIN")
def test_the_admin_hands_over_in_two_steps(stage: Stage) -> None:
    keeper = stage.address("keeper")
    accept = ("accept_admin",)
    assert stage.controller.refusal(*accept, by="keeper") == "ACCESS_NOT_PENDING_ADMIN"
    receipt = stage.controller.send("nominate_admin", keeper, by="admin")
    assert receipt.events == (event("AdminNominated", pending_admin=keeper),)
    assert stage.controller.refusal(*accept, by="stranger") == "ACCESS_NOT_PENDING_ADMIN"
    receipt = stage.controller.send(*accept, by="keeper")
    assert receipt.events == (event("AdminChanged", admin=keeper),)
    assert stage.controller.refusal("set_protocol_fee", 0, by="admin") == "ACCESS_NOT_ADMIN"
    assert stage.controller.refusal("set_protocol_fee", 0, by="keeper") == "OK"
    assert stage.controller.refusal(*accept, by="keeper") == "ACCESS_NOT_PENDING_ADMIN"


def test_the_admin_chooses_the_guardian(stage: Stage) -> None:
    keeper = stage.address("keeper")
    receipt = stage.controller.send("set_guardian", keeper, by="admin")
    assert receipt.events == (event("GuardianChanged", guardian=keeper),)
    assert stage.controller.read("guardian") == keeper


@refuses("set_mode", "ACCESS_NOT_GUARDIAN")
def test_the_guardian_tightens_and_the_admin_does_both(stage: Stage) -> None:
    stage.controller.send("set_guardian", stage.address("keeper"), by="admin")

    def refusal(mode: int, by: str) -> str:
        return stage.controller.refusal("set_mode", mode, by=by)

    assert refusal(REDUCE_ONLY, "stranger") == "ACCESS_NOT_GUARDIAN"
    assert refusal(NORMAL, "keeper") == "ACCESS_NOT_GUARDIAN"
    assert refusal(REDUCE_ONLY, "keeper") == "OK"
    assert refusal(REDUCE_ONLY, "keeper") == "ACCESS_NOT_GUARDIAN"
    assert refusal(PAUSED, "keeper") == "OK"
    assert refusal(REDUCE_ONLY, "keeper") == "ACCESS_NOT_GUARDIAN"
    receipt = stage.controller.send("set_mode", NORMAL, by="admin")
    assert receipt.events == (event("ModeChanged", mode=NORMAL),)
    assert stage.market.read("mode") == NORMAL


@refuses("set_mode", "ACCESS_UNKNOWN_MODE")
@pytest.mark.parametrize("mode", [3, 2**256 - 1])
def test_there_are_three_modes(stage: Stage, mode: int) -> None:
    assert stage.controller.refusal("set_mode", mode, by="admin") == "ACCESS_UNKNOWN_MODE"


# ------------------------------------------------------------------ policies and fees


@refuses("set_policy", "POLICY_UNKNOWN_SLOT")
@refuses("set_policy", "POLICY_NOT_A_CONTRACT")
def test_a_policy_fills_one_of_seven_slots_and_is_a_contract(stage: Stage) -> None:
    policy = stage.deploy("policies/funding_rate/NoFunding.vy").address
    refusal = stage.controller.refusal
    assert refusal("set_policy", 7, policy, by="admin") == "POLICY_UNKNOWN_SLOT"
    stranger = stage.address("stranger")
    assert refusal("set_policy", 2, stranger, by="admin") == "POLICY_NOT_A_CONTRACT"
    receipt = stage.controller.send("set_policy", 2, policy, by="admin")
    assert receipt.events == (event("PolicyChanged", slot=2, policy=policy),)
    assert stage.market.read("policy_of", 2) == policy


@refuses("set_protocol_fee", "ASSET_BAD_PARAMS")
def test_the_protocol_takes_at_most_all(stage: Stage) -> None:
    refusal = stage.controller.refusal
    assert refusal("set_protocol_fee", WAD + 1, by="admin") == "ASSET_BAD_PARAMS"
    receipt = stage.controller.send("set_protocol_fee", WAD, by="admin")
    assert receipt.events == (event("ProtocolFeeChanged", share_wad=WAD),)
    assert stage.market.read("protocol_fee_wad") == WAD


# ------------------------------------------------------------------ assets


def test_an_asset_is_listed_at_its_bounds(stage: Stage) -> None:
    receipt = stage.controller.send("set_asset", 4, asset(stage), by="admin")
    params = asset(stage)
    (changed,) = receipt.events
    assert changed.name == "AssetChanged"
    assert changed.fields["asset"] == 4
    assert changed.fields["params"][1:] == params[1:]
    assert tuple(vars(stage.market.read("asset_params", 4)).values()) == params
    assert stage.market.read("asset_count") == 5


@refuses("set_asset", "ASSET_BAD_PARAMS")
@pytest.mark.parametrize(
    "changes",
    [
        {"target_weight_wad": WAD + 1},
        {"haircut_wad": WAD + 1},
        {"buffer": 101},
        {"scale": 0},
        {"scale": WAD + 1},
        {"feed": 8},
        {"token": NOBODY},
    ],
    ids=str,
)
def test_an_asset_parameter_out_of_bounds_is_refused(stage: Stage, changes: dict[str, Any]) -> None:
    status = stage.controller.refusal("set_asset", 4, asset(stage, **changes), by="admin")
    assert status == "ASSET_BAD_PARAMS"


@refuses("set_asset", "ASSET_IDENTITY_FIXED")
@pytest.mark.parametrize("changes", [{"scale": 10**11}, {"feed": BTC}, {"token": NOBODY}], ids=str)
def test_a_listed_asset_keeps_its_identity(stage: Stage, changes: dict[str, Any]) -> None:
    status = stage.controller.refusal("set_asset", USDC, asset(stage, **changes), by="admin")
    assert status == "ASSET_IDENTITY_FIXED"
    assert stage.controller.refusal("set_asset", USDC, asset(stage), by="admin") == "OK"


@refuses("set_asset", "ASSET_NOT_LISTED")
@refuses("set_asset", "ASSET_TOO_MANY")
def test_assets_are_listed_one_by_one_up_to_eight(stage: Stage) -> None:
    refusal = stage.controller.refusal
    assert refusal("set_asset", 5, asset(stage), by="admin") == "ASSET_NOT_LISTED"
    for k in range(4, 8):
        assert refusal("set_asset", k, asset(stage), by="admin") == "OK"
    assert refusal("set_asset", 8, asset(stage), by="admin") == "ASSET_TOO_MANY"


# ------------------------------------------------------------------ markets


def test_a_market_is_listed_at_its_bounds(stage: Stage) -> None:
    receipt = stage.controller.send("set_market", 3, market(), by="admin")
    assert receipt.events == (event("MarketChanged", market=3, params=market()),)
    assert tuple(vars(stage.market.read("market_params", 3)).values()) == market()
    assert stage.market.read("clocks", 3).accrued_at == stage.time_s


@refuses("set_market", "MARKET_BAD_PARAMS")
@pytest.mark.parametrize(
    "changes",
    [
        {"reserve_factor_wad": 10 * WAD + 1},
        {"trade_fee_wad": WAD // 10 + 1},
        {"min_position_usd_wad": 6},
        {"long_asset": 4},
        {"short_asset": 4},
        {"feed": 8},
    ],
    ids=str,
)
def test_a_market_parameter_out_of_bounds_is_refused(stage: Stage, changes: dict[str, Any]) -> None:
    status = stage.controller.refusal("set_market", 3, market(**changes), by="admin")
    assert status == "MARKET_BAD_PARAMS"


@refuses("set_market", "MARKET_IDENTITY_FIXED")
@pytest.mark.parametrize("changes", [{}, {"feed": BTC, "long_asset": 1}, {"feed": BTC, "short_asset": 1}])
def test_a_listed_market_keeps_its_identity(stage: Stage, changes: dict[str, Any]) -> None:
    status = stage.controller.refusal("set_market", BTC, market(**changes), by="admin")
    assert status == "MARKET_IDENTITY_FIXED"
    assert stage.controller.refusal("set_market", BTC, market(feed=BTC), by="admin") == "OK"


@refuses("set_market", "MARKET_NOT_LISTED")
@refuses("set_market", "MARKET_TOO_MANY")
def test_markets_are_listed_one_by_one_up_to_eight(stage: Stage) -> None:
    refusal = stage.controller.refusal
    assert refusal("set_market", 4, market(), by="admin") == "MARKET_NOT_LISTED"
    for m in range(3, 8):
        assert refusal("set_market", m, market(), by="admin") == "OK"
    assert refusal("set_market", 8, market(), by="admin") == "MARKET_TOO_MANY"
