"""RiskController: parameters move once a day by at most a step; worse terms and margin rules come after notice."""

from __future__ import annotations

from typing import Any

import pytest
from contracts.codes import happy, refuses
from contracts.governed import BPS, DAY_S
from contracts.stage import BTC, MAX_UINT, USDC, WAD, Stage

from contracts import governed
from sim.design import SLOTS

MARGIN, LIQUIDATION = SLOTS.index("margin"), SLOTS.index("liquidation")
FLAT = "policies/margin/FlatMargin.vy"
FULL = "policies/liquidation/FullLiquidation.vy"
RULES = {MARGIN: (FLAT, [1_000] * 8, [300] * 8, 0), LIQUIDATION: (FULL, 10, 0, 0, 0, False, False, False)}


@pytest.fixture
def stage() -> Stage:
    """Parameters in the middle of their bounds."""
    stage = Stage()
    stage.change_asset(BTC, haircut_wad=WAD // 2, depth_usd_wad=10**6 * WAD, max_pool=1_000, buffer=400)
    shares = ("max_account_share_wad", "impact_pool_share_wad", "max_profit_share_wad")
    stage.change_market(
        BTC, **dict.fromkeys(shares, WAD // 2), trade_fee_wad=50 * BPS, min_position_usd_wad=2_000 * WAD
    )
    stage.govern("market", "set_protocol_fee", WAD // 2)
    stage.govern("pool", "set_params", (10**9 * WAD, 5 * DAY_S, DAY_S, WAD // 2, WAD // 2))
    return stage


def listed(stage: Stage, subject: str) -> dict[str, int]:
    """What is in force."""
    if subject == "asset":
        return vars(stage.market.read("asset_params", BTC))
    if subject == "market":
        return vars(stage.market.read("market_params", BTC))
    return vars(stage.pool.read("params")) | {"fee": stage.market.read("protocol_fee_wad")}


def change(stage: Stage, subject: str, **changes: Any) -> str:
    """Answer to a change by the admin."""
    verb, arguments = {
        "asset": lambda: ("set_asset", (BTC, governed.asset(stage, BTC, **changes))),
        "market": lambda: ("set_market", (BTC, governed.market(stage, BTC, **changes))),
        "pool": lambda: ("set_pool", (governed.pool(stage, **changes),)),
        "fee": lambda: ("set_protocol_fee", (changes.get("fee", listed(stage, "fee")["fee"]),)),
    }[subject]()
    return stage.controller.refusal(verb, *arguments, by="admin")


# ------------------------------------------------------------------ steps


@refuses("set_asset", "ACCESS_STEP_TOO_LARGE")
@refuses("set_market", "ACCESS_STEP_TOO_LARGE")
@refuses("set_pool", "ACCESS_STEP_TOO_LARGE")
@refuses("set_protocol_fee", "ACCESS_STEP_TOO_LARGE")
@pytest.mark.parametrize("direction", [1, -1])
@pytest.mark.parametrize(
    ("subject", "name", "step"),
    [
        ("asset", "target_weight_wad", WAD // 20),
        ("asset", "haircut_wad", WAD // 20),
        ("asset", "max_pool", 500),
        ("asset", "buffer", 100),
        ("market", "reserve_factor_wad", WAD // 4),
        ("market", "max_open_interest_usd_wad", 250_000_000 * WAD),
        ("market", "max_account_share_wad", WAD // 4),
        ("market", "impact_pool_share_wad", WAD // 4),
        ("market", "min_position_usd_wad", 1_000 * WAD),
        ("market", "trade_fee_wad", 10 * BPS),
        ("pool", "redeem_delay_s", DAY_S),
        ("pool", "redeem_limit_wad", WAD // 4),
        ("pool", "rebate_share_wad", WAD // 4),
        ("fee", "fee", WAD // 4),
    ],
)
def test_a_parameter_moves_by_a_step_and_no_further(
    stage: Stage, subject: str, name: str, step: int, direction: int
) -> None:
    if (name, direction) == ("haircut_wad", 1):
        stage.controller.send("announce_asset", BTC, governed.asset(stage, BTC, haircut_wad=WAD), by="admin")
        stage.advance(DAY_S)
    old = listed(stage, subject)[name]
    assert change(stage, subject, **{name: old + direction * (step + 1)}) == "ACCESS_STEP_TOO_LARGE"
    assert change(stage, subject, **{name: old + direction * step}) == "OK"
    assert listed(stage, subject)[name] == old + direction * step


def test_the_cap_by_share_of_what_backs_a_side_moves_by_half(stage: Stage) -> None:
    name, old = "max_open_interest_share_wad", 1_000 * WAD
    assert change(stage, "market", **{name: old // 2 - 1}) == "ACCESS_STEP_TOO_LARGE"
    assert change(stage, "market", **{name: old // 2}) == "OK"


def test_the_cap_on_profit_never_falls_and_rises_at_once(stage: Stage) -> None:
    """A lower one would take equity from winners."""
    assert change(stage, "market", max_profit_share_wad=WAD // 2 - 1) == "ACCESS_STEP_TOO_LARGE"
    assert change(stage, "market", max_profit_share_wad=1_000 * WAD) == "OK"


@pytest.mark.parametrize("value", [0, MAX_UINT])
def test_the_most_that_the_pool_may_be_worth_moves_at_once(stage: Stage, value: int) -> None:
    assert change(stage, "pool", max_aum_usd_wad=value) == "OK"


def test_the_window_of_the_redeem_limit_grows_by_a_day(stage: Stage) -> None:
    assert change(stage, "pool", redeem_window_s=2 * DAY_S + 1) == "ACCESS_STEP_TOO_LARGE"
    assert change(stage, "pool", redeem_window_s=2 * DAY_S) == "OK"


# ------------------------------------------------------------------ once a day


@refuses("set_asset", "ACCESS_TOO_SOON")
@refuses("set_market", "ACCESS_TOO_SOON")
@refuses("set_pool", "ACCESS_TOO_SOON")
@refuses("set_protocol_fee", "ACCESS_TOO_SOON")
@pytest.mark.parametrize("subject", ["asset", "market", "pool", "fee"])
def test_parameters_change_once_a_day(stage: Stage, subject: str) -> None:
    assert change(stage, subject) == "OK"
    stage.advance(DAY_S - 1)
    assert change(stage, subject) == "ACCESS_TOO_SOON"
    stage.advance(1)
    assert change(stage, subject) == "OK"


def test_assets_and_markets_have_a_day_of_their_own(stage: Stage) -> None:
    assert change(stage, "asset") == "OK"
    assert stage.controller.refusal("set_asset", USDC, governed.asset(stage, USDC), by="admin") == "OK"
    assert change(stage, "market") == "OK"
    assert stage.controller.refusal("set_market", 1, governed.market(stage, 1), by="admin") == "OK"


@refuses("set_policy", "ACCESS_TOO_SOON")
@pytest.mark.parametrize("slot", sorted(set(range(len(SLOTS))) - {MARGIN, LIQUIDATION}))
def test_a_rule_changes_once_a_day(stage: Stage, slot: int) -> None:
    policy = stage.deploy("mocks/RudePolicy.vy", [0] * 11).address

    def refusal() -> str:
        return stage.controller.refusal("set_policy", slot, policy, by="admin")

    assert refusal() == "OK"
    stage.advance(DAY_S - 1)
    assert refusal() == "ACCESS_TOO_SOON"
    stage.advance(1)
    assert refusal() == "OK"


def test_a_cap_that_was_lowered_at_once_rises_at_the_pace_of_days(stage: Stage) -> None:
    name = "max_open_interest_usd_wad"
    stage.controller.send("lower_open_interest_cap", BTC, 10_000 * WAD, by="admin")
    assert change(stage, "market", **{name: 15_000 * WAD + 1}) == "ACCESS_STEP_TOO_LARGE"
    assert change(stage, "market", **{name: 15_000 * WAD}) == "OK"
    assert change(stage, "market", **{name: 20_000 * WAD}) == "ACCESS_TOO_SOON"


# ------------------------------------------------------------------ the first setting


def test_the_first_setting_of_anything_is_free() -> None:
    """Nobody relies on it yet: a deployment sets all of a design in one block."""
    stage = Stage()
    controller = stage.deploy("RiskController.vy", stage.address("admin"), stage.address("admin"))
    market = stage.deploy("Market.vy", controller.address, stage.address("admin"), stage.oracle.address)
    pool = stage.deploy("Pool.vy", market.address, controller.address)
    controller.send("bind", market.address, by="admin")
    desk = stage.deploy("Desk.vy", market.address)
    liquidator = stage.deploy("Liquidator.vy", market.address, desk.address, WAD, DAY_S)
    roles = (liquidator, pool, stage.deploy("OrderBook.vy", market.address, desk.address), desk)
    for role, contract in enumerate((*roles, stage.deploy("Rates.vy", market.address)), start=len(SLOTS)):
        controller.send("set_policy", role, contract.address, by="admin")
    for slot in range(len(SLOTS)):
        controller.send("set_policy", slot, stage.deploy("mocks/RudePolicy.vy", [0] * 11).address, by="admin")
    controller.send("set_protocol_fee", WAD, by="admin")
    controller.send("set_pool", (MAX_UINT, 30 * DAY_S, 7 * DAY_S, WAD // 100, WAD), by="admin")
    controller.send("set_asset", 0, governed.new_asset(stage), by="admin")
    controller.send("set_market", 0, governed.new_market(short_asset=0), by="admin")
    assert controller.refusal("set_protocol_fee", 0, by="admin") == "ACCESS_STEP_TOO_LARGE"
    assert controller.refusal("set_policy", MARGIN, pool.address, by="admin") == "ACCESS_TOO_SOON"


# ------------------------------------------------------------------ notice


@pytest.mark.parametrize("slot", [MARGIN, LIQUIDATION])
def test_a_rule_that_decides_who_is_liquidated_is_announced_a_day_before(stage: Stage, slot: int) -> None:
    source, *arguments = RULES[slot]
    policy, other = (stage.deploy(source, *arguments).address for _ in range(2))

    def refusal(named: str) -> str:
        return stage.controller.refusal("set_policy", slot, named, by="admin")

    stage.advance(30 * DAY_S)
    assert refusal(policy) == "ACCESS_TOO_SOON"
    stage.controller.send("announce_policy", slot, policy, by="admin")
    stage.advance(DAY_S - 1)
    assert refusal(policy) == "ACCESS_TOO_SOON"
    stage.advance(1)
    assert refusal(other) == "ACCESS_TOO_SOON"
    assert refusal(policy) == "OK"
    assert stage.holder_of(slot).read("policy_of", slot) == policy


def test_a_later_announcement_begins_a_new_day(stage: Stage) -> None:
    policies = [stage.deploy(FLAT, [1_000] * 8, [300] * 8, 0).address for _ in range(2)]
    for policy in policies:
        stage.controller.send("announce_policy", MARGIN, policy, by="admin")
        stage.advance(DAY_S // 2)
    stage.advance(DAY_S // 2 - 1)
    for policy in policies:
        assert stage.controller.refusal("set_policy", MARGIN, policy, by="admin") == "ACCESS_TOO_SOON"
    stage.advance(1)
    assert stage.controller.refusal("set_policy", MARGIN, policies[1], by="admin") == "OK"


@happy("announce_asset")
def test_worse_terms_of_collateral_are_announced_a_day_before(stage: Stage) -> None:
    worse = {"haircut_wad": 52 * WAD // 100, "depth_usd_wad": 9 * 10**5 * WAD}
    stage.advance(30 * DAY_S)
    params = governed.asset(stage, BTC, **worse)
    receipt = stage.controller.send("announce_asset", BTC, params, by="admin")
    (announced,) = receipt.events
    assert (announced.name, announced.fields["asset"]) == ("AssetAnnounced", BTC)
    assert announced.fields["params"][1:] == params[1:]
    stage.advance(DAY_S - 1)
    for name, value in worse.items():
        assert change(stage, "asset", **{name: value}) == "ACCESS_TOO_SOON"
    stage.advance(1)
    assert change(stage, "asset", haircut_wad=worse["haircut_wad"] + 1) == "ACCESS_TOO_SOON"
    assert change(stage, "asset", depth_usd_wad=worse["depth_usd_wad"] - 1) == "ACCESS_TOO_SOON"
    assert change(stage, "asset", **worse) == "OK"


@pytest.mark.parametrize(
    "changes",
    [
        {"haircut_wad": WAD // 2 + 1},
        {"depth_usd_wad": 10**6 * WAD - 1},
        {"haircut_wad": WAD // 2 - 1, "depth_usd_wad": 10**6 * WAD - 1},
        {"haircut_wad": WAD // 2 + 1, "depth_usd_wad": 0},
    ],
    ids=str,
)
def test_no_worse_term_comes_unannounced(stage: Stage, changes: dict[str, int]) -> None:
    stage.advance(30 * DAY_S)
    assert change(stage, "asset", **changes) == "ACCESS_TOO_SOON"


@pytest.mark.parametrize(
    "changes", [{"haircut_wad": WAD // 2 - 1}, {"depth_usd_wad": 10**6 * WAD + 1}, {"depth_usd_wad": 0}], ids=str
)
def test_better_terms_come_at_once(stage: Stage, changes: dict[str, int]) -> None:
    assert change(stage, "asset", **changes) == "OK"


def test_a_depth_where_there_was_none_is_announced_as_a_depth(stage: Stage) -> None:
    """An announcement that leaves it at zero announces none."""
    stage.change_asset(BTC, depth_usd_wad=0)
    announced = governed.asset(stage, BTC, haircut_wad=WAD // 2 + 1)
    stage.controller.send("announce_asset", BTC, announced, by="admin")
    stage.advance(DAY_S)
    assert change(stage, "asset", depth_usd_wad=2**127) == "ACCESS_TOO_SOON"
    stage.controller.send("announce_asset", BTC, governed.asset(stage, BTC, depth_usd_wad=2**126), by="admin")
    stage.advance(DAY_S)
    assert change(stage, "asset", depth_usd_wad=2**127) == "OK"


@pytest.mark.parametrize(("days", "said"), [(7, "OK"), (8, "ACCESS_TOO_SOON")])
def test_an_announcement_lapses_after_a_week(stage: Stage, days: int, said: str) -> None:
    params = governed.asset(stage, BTC, haircut_wad=WAD // 2 + 1)
    stage.controller.send("announce_asset", BTC, params, by="admin")
    stage.advance(days * DAY_S)
    assert stage.controller.refusal("set_asset", BTC, params, by="admin") == said
