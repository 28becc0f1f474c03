"""RiskController: whatever is set was announced a day to a week before, just so, and moves by at most a step."""

from __future__ import annotations

from typing import Any

import pytest
from contracts.codes import refuses
from contracts.governed import BPS, DAY_S, change
from contracts.stage import ALICE, BTC, BTC_1, MAX_RATE_WAD_PER_S, MAX_UINT, USDC, USDC_1, WAD, Stage

from contracts import governed
from sim.design import SLOTS
from sim.inputs.compiler import artifact

SETTERS = ("set_asset", "set_market", "set_pool", "set_protocol_fee", "set_sale_order", "set_policy")
FLAT_FEE = "policies/weight_fee/FlatFee.vy"
LINEAR = "policies/borrow_rate/LinearBorrow.vy"
SKEW = "policies/funding_rate/SkewLinearFunding.vy"
FLAT = "policies/margin/FlatMargin.vy"
YEAR = MAX_RATE_WAD_PER_S // 10  # 100 % a year


@pytest.fixture
def stage() -> Stage:
    """Parameters in the middle of their bounds."""
    stage = Stage("market.BTC.max_open_interest_usd=500_000_000")
    stage.change_asset(BTC, haircut_wad=WAD // 2, depth_usd_wad=10**6 * WAD, max_pool=1_000 * BTC_1, buffer=400 * BTC_1)
    shares = ("max_account_share_wad", "impact_pool_share_wad", "max_profit_share_wad")
    stage.change_market(
        BTC, **dict.fromkeys(shares, WAD // 2), trade_fee_wad=50 * BPS, min_position_usd_wad=2_000 * WAD
    )
    stage.govern("market", "set_protocol_fee", WAD // 2)
    stage.govern("pool", "set_params", (10**9 * WAD, 5 * DAY_S, DAY_S, WAD // 2, WAD // 2, 600, 0))
    return stage


def listed(stage: Stage, setter: str) -> dict[str, int]:
    """What is in force."""
    if setter == "set_asset":
        return vars(stage.market.read("asset_params", BTC))
    if setter == "set_market":
        return vars(stage.market.read("market_params", BTC))
    return vars(stage.pool.read("params")) | {"fee": stage.market.read("protocol_fee_wad")}


def arguments(stage: Stage, setter: str, **changes: Any) -> tuple[Any, ...]:
    """Of a setter, for BTC: what is in force, some of it changed."""
    if setter == "set_asset":
        return BTC, governed.asset(stage, BTC, **changes)
    if setter == "set_market":
        return BTC, governed.market(stage, BTC, **changes)
    if setter == "set_pool":
        return (governed.pool(stage, **changes),)
    if setter == "set_protocol_fee":
        return (changes.get("fee", stage.market.read("protocol_fee_wad")),)
    if setter == "set_sale_order":
        return (changes.get("order", 0x3210),)
    return 0, changes.get("policy", stage.pool.read("policy_of", 0))


def announce(stage: Stage, setter: str, **changes: Any) -> None:
    stage.controller.send(setter.replace("set_", "announce_"), *arguments(stage, setter, **changes), by="admin")


def said(stage: Stage, setter: str, **changes: Any) -> str:
    """Answer to a change by the admin."""
    return stage.controller.refusal(setter, *arguments(stage, setter, **changes), by="admin")


# ------------------------------------------------------------------ notice


@refuses("set_asset", "ACCESS_TOO_SOON")
@refuses("set_market", "ACCESS_TOO_SOON")
@refuses("set_pool", "ACCESS_TOO_SOON")
@refuses("set_protocol_fee", "ACCESS_TOO_SOON")
@refuses("set_sale_order", "ACCESS_TOO_SOON")
@refuses("set_policy", "ACCESS_TOO_SOON")
@pytest.mark.parametrize("setter", SETTERS)
def test_a_change_comes_a_day_to_a_week_after_its_notice_and_once(stage: Stage, setter: str) -> None:
    stage.advance(30 * DAY_S)
    assert said(stage, setter) == "ACCESS_TOO_SOON"
    announce(stage, setter)
    stage.advance(DAY_S - 1)
    assert said(stage, setter) == "ACCESS_TOO_SOON"
    stage.advance(1)
    assert said(stage, setter) == "OK"
    assert said(stage, setter) == "ACCESS_TOO_SOON"
    for days, answer in ((7, "OK"), (8, "ACCESS_TOO_SOON")):
        announce(stage, setter)
        stage.advance(days * DAY_S)
        assert said(stage, setter) == answer


@pytest.mark.parametrize("setter", SETTERS)
def test_a_later_announcement_begins_a_new_day(stage: Stage, setter: str) -> None:
    announce(stage, setter)
    stage.advance(DAY_S // 2)
    announce(stage, setter)
    stage.advance(DAY_S - 1)
    assert said(stage, setter) == "ACCESS_TOO_SOON"
    stage.advance(1)
    assert said(stage, setter) == "OK"


def _fields(setter: str) -> list[tuple[str, str]]:
    """(setter, field) of its struct, from the ABI; token, scale, feed and a market's assets are fixed anyway."""
    struct = artifact("RiskController.vy").function(setter)["inputs"][-1]
    fixed = {"token", "scale", "feed", "long_asset", "short_asset"}
    return [(setter, part["name"]) for part in struct["components"] if part["name"] not in fixed]


@refuses("set_asset", "ACCESS_NOT_ANNOUNCED")
@refuses("set_market", "ACCESS_NOT_ANNOUNCED")
@refuses("set_pool", "ACCESS_NOT_ANNOUNCED")
@pytest.mark.parametrize(("setter", "name"), [*_fields("set_asset"), *_fields("set_market"), *_fields("set_pool")])
def test_no_parameter_is_set_otherwise_than_announced(stage: Stage, setter: str, name: str) -> None:
    announce(stage, setter)
    stage.advance(DAY_S)
    old = listed(stage, setter)[name]
    for other in {not old} if isinstance(old, bool) else {old + 1, old - 1} - {1_001 * WAD, -1}:
        assert said(stage, setter, **{name: other}) in ("ACCESS_NOT_ANNOUNCED", "MARKET_BAD_PARAMS")
    assert said(stage, setter) == "OK"


@refuses("set_protocol_fee", "ACCESS_NOT_ANNOUNCED")
@refuses("set_sale_order", "ACCESS_NOT_ANNOUNCED")
@refuses("set_policy", "ACCESS_NOT_ANNOUNCED")
def test_no_fee_order_or_rule_is_set_otherwise_than_announced(stage: Stage) -> None:
    for setter, name, other in (
        ("set_protocol_fee", "fee", WAD // 2 - 1),
        ("set_sale_order", "order", 0x0123),
        ("set_policy", "policy", stage.deploy(FLAT_FEE, 0, 0).address),
    ):
        announce(stage, setter)
        stage.advance(DAY_S)
        assert said(stage, setter, **{name: other}) == "ACCESS_NOT_ANNOUNCED"


@pytest.mark.parametrize("slot", range(len(SLOTS)))
def test_every_rule_is_announced(stage: Stage, slot: int) -> None:
    policy = stage.holder_of(slot).read("policy_of", slot)
    stage.advance(30 * DAY_S)
    assert stage.controller.refusal("set_policy", slot, policy, by="admin") == "ACCESS_TOO_SOON"
    assert change(stage, "set_policy", slot, policy) == "OK"


# ------------------------------------------------------------------ steps


@refuses("set_asset", "ACCESS_STEP_TOO_LARGE")
@refuses("set_market", "ACCESS_STEP_TOO_LARGE")
@refuses("set_pool", "ACCESS_STEP_TOO_LARGE")
@refuses("set_protocol_fee", "ACCESS_STEP_TOO_LARGE")
@pytest.mark.parametrize("direction", [1, -1])
@pytest.mark.parametrize(
    ("setter", "name", "step"),
    [
        ("set_asset", "target_weight_wad", WAD // 20),
        ("set_asset", "haircut_wad", WAD // 20),
        ("set_asset", "max_pool", 500 * BTC_1),
        ("set_market", "reserve_factor_wad", WAD // 4),
        ("set_market", "max_open_interest_usd_wad", 250_000_000 * WAD),
        ("set_market", "max_account_share_wad", WAD // 4),
        ("set_market", "impact_pool_share_wad", WAD // 4),
        ("set_market", "min_position_usd_wad", 1_000 * WAD),
        ("set_market", "trade_fee_wad", 10 * BPS),
        ("set_pool", "redeem_delay_s", DAY_S),
        ("set_pool", "redeem_limit_wad", WAD // 4),
        ("set_pool", "rebate_share_wad", WAD // 4),
        ("set_pool", "exit_wait_s", 300),
        ("set_protocol_fee", "fee", WAD // 20),
    ],
)
def test_a_parameter_moves_by_a_step_and_no_further(
    stage: Stage, setter: str, name: str, step: int, direction: int
) -> None:
    old = listed(stage, setter)[name]
    beyond, within = (arguments(stage, setter, **{name: old + direction * by}) for by in (step + 1, step))
    assert change(stage, setter, *beyond) == "ACCESS_STEP_TOO_LARGE"
    assert change(stage, setter, *within) == "OK"
    assert listed(stage, setter)[name] == old + direction * step


def test_the_cap_by_share_of_what_backs_a_side_moves_by_half(stage: Stage) -> None:
    name, old = "max_open_interest_share_wad", 1_000 * WAD
    for value, answer in ((old // 2 - 1, "ACCESS_STEP_TOO_LARGE"), (old // 2, "OK")):
        assert change(stage, "set_market", *arguments(stage, "set_market", **{name: value})) == answer


@pytest.mark.parametrize(
    ("by", "answer"), [(-1, "ACCESS_STEP_TOO_LARGE"), (WAD // 100 + 1, "ACCESS_STEP_TOO_LARGE"), (WAD // 100, "OK")]
)
def test_the_cap_on_profit_never_falls_and_rises_by_a_point(stage: Stage, by: int, answer: str) -> None:
    """A lower one would take equity from winners, a higher one gives them what providers have."""
    terms = arguments(stage, "set_market", max_profit_share_wad=WAD // 2 + by)
    assert change(stage, "set_market", *terms) == answer


@pytest.mark.parametrize("direction", [-1, 1])
def test_the_wait_of_who_enters_moves_by_five_minutes_and_no_further(stage: Stage, direction: int) -> None:
    stage.govern("pool", "set_params", *arguments(stage, "set_pool", entry_wait_s=600))
    for by, answer in ((301, "ACCESS_STEP_TOO_LARGE"), (300, "OK")):
        terms = arguments(stage, "set_pool", entry_wait_s=600 + direction * by)
        assert change(stage, "set_pool", *terms) == answer


@pytest.mark.parametrize("name", ["exit_wait_s", "entry_wait_s"])
@pytest.mark.parametrize(("old", "new"), [(0, 1), (1, 0)])
def test_whether_one_goes_at_once_or_by_request_is_settled_at_the_seal(
    stage: Stage, name: str, old: int, new: int
) -> None:
    stage.govern("pool", "set_params", *arguments(stage, "set_pool", **{name: old}))
    assert change(stage, "set_pool", *arguments(stage, "set_pool", **{name: new})) == "ACCESS_STEP_TOO_LARGE"


def test_what_is_kept_back_from_swaps_may_fall_at_once(stage: Stage) -> None:
    assert change(stage, "set_asset", *arguments(stage, "set_asset", buffer=0)) == "OK"


@pytest.mark.parametrize("usd", [0, MAX_UINT])
def test_the_most_that_the_pool_may_be_worth_moves_to_anything(stage: Stage, usd: int) -> None:
    assert change(stage, "set_pool", *arguments(stage, "set_pool", max_aum_usd_wad=usd)) == "OK"


def test_the_window_of_the_redeem_limit_grows_by_a_day(stage: Stage) -> None:
    for days, answer in ((2 * DAY_S + 1, "ACCESS_STEP_TOO_LARGE"), (2 * DAY_S, "OK")):
        assert change(stage, "set_pool", *arguments(stage, "set_pool", redeem_window_s=days)) == answer


@pytest.mark.parametrize("old", [0, 50_000_000])
@pytest.mark.parametrize("held_btc", [1, 100])
def test_a_depth_takes_a_twentieth_of_what_the_largest_holding_counts(stage: Stage, old: int, held_btc: int) -> None:
    """50 M USD -> 1 wei liquidated an account of leverage one half; a depth where there was none is no different."""
    stage.change_asset(BTC, haircut_wad=0, depth_usd_wad=old * WAD)
    stage.deposit(ALICE, BTC, held_btc * BTC_1)
    usd = 50_000 * held_btc
    before = old / (old + usd) if old else 1.0
    least = 0.95 * before / (1 - 0.95 * before) * usd
    for depth, answer in (
        (1, "ACCESS_STEP_TOO_LARGE"),
        (int(least * 0.999) * WAD, "ACCESS_STEP_TOO_LARGE"),
        (int(least * 1.001) * WAD, "OK"),
    ):
        counted = stage.market.read("health", ALICE).collateral
        assert change(stage, "set_asset", *arguments(stage, "set_asset", depth_usd_wad=depth)) == answer
    now = stage.market.read("health", ALICE).collateral
    assert now < counted
    assert now >= counted * 95 // 100


# ------------------------------------------------------------------ rules


@refuses("set_policy", "ACCESS_STEP_TOO_LARGE")
@pytest.mark.parametrize(
    ("slot", "source", "within", "beyond"),
    [
        ("weight_fee", FLAT_FEE, (25, 500), (26, 0)),
        ("borrow_rate", LINEAR, (YEAR,), (YEAR + 10,)),
        ("funding_rate", SKEW, (YEAR,), (2 * YEAR,)),
        ("margin", FLAT, ([1_000] * 8, [300] * 8, 0), ([1_000] * 8, [301] * 8, 0)),
        ("margin", FLAT, ([1_000] * 8, [200] * 8, 60 * WAD), ([1_000] * 8, [200] * 8, 61 * WAD)),
    ],
)
def test_a_rule_asks_for_a_step_more_than_the_rule_before(
    stage: Stage, slot: str, source: str, within: tuple[Any, ...], beyond: tuple[Any, ...]
) -> None:
    """The smallest position is 2,000 USD, of which 2 % are 40; nobody paid any fee or rate."""
    stage.seed(10 * BTC_1, 0, 0, 500_000 * USDC_1)
    for m in range(1, 3):
        stage.change_market(m, min_position_usd_wad=2_000 * WAD)
    for terms, answer in ((beyond, "ACCESS_STEP_TOO_LARGE"), (within, "OK")):
        policy = stage.deploy(source, *terms).address
        assert change(stage, "set_policy", SLOTS.index(slot), policy) == answer


def test_a_rule_that_lets_nobody_leave_is_no_step(stage: Stage) -> None:
    """The largest number refuses the redemption."""
    stage.seed(10 * BTC_1, 0, 0, 500_000 * USDC_1)
    policy = stage.deploy("mocks/RudePolicy.vy", [2**255 - 1] * 12).address
    assert change(stage, "set_policy", 0, policy) == "ACCESS_STEP_TOO_LARGE"


# ------------------------------------------------------------------ what it was that emptied the pool


def test_a_worthless_token_takes_a_hundredth_of_the_pool_and_was_announced(stage: Stage) -> None:
    """Listed with USDC's feed and no cap, three swaps took everything in one block."""
    stage.seed(10 * BTC_1, 0, 0, 500_000 * USDC_1)
    token = stage.deploy("mocks/MockToken.vy", "Worthless", "W", 18)
    token.send("mint", stage.address("stranger"), 10**12 * WAD, by="stranger")
    token.send("approve", stage.market.address, MAX_UINT, by="stranger")

    def terms(most: int) -> tuple[Any, ...]:
        return token.address, 1, USDC, 0, WAD, 0, most, 0

    assert stage.controller.refusal("set_asset", 4, terms(2**128), by="admin") == "ACCESS_TOO_SOON"
    assert change(stage, "set_asset", 4, terms(2**128)) == "ACCESS_STEP_TOO_LARGE"
    assert change(stage, "set_asset", 4, terms(10_000 * WAD)) == "OK"
    receiver, worth = stage.address("stranger"), stage.pool.read("aum").mid
    assert worth == 10**6 * WAD
    assert stage.pool.refusal("swap", 4, BTC, 10_001 * WAD, 0, receiver, by="stranger") == "POOL_CAP"
    stage.pool.send("swap", 4, USDC, 10_000 * WAD, 0, receiver, by="stranger")
    assert stage.pool.refusal("swap", 4, USDC, WAD, 0, receiver, by="stranger") == "POOL_CAP"
