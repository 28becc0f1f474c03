"""Whoever governs: nothing that was not announced brings anybody closer to liquidation, and what was does by a step.

"Closer" is the account's equity less its maintenance margin, at the same price and time; a step is a share of what it
holds and of what it has to hold. A share's value, at the same price and time, moves by a step likewise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from contracts.governed import BPS, DAY_S, new_asset, new_market
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    BTC_1,
    CAROL,
    DAVE,
    ETH,
    MAX_RATE_WAD_PER_S,
    SOL,
    SOL_1,
    USDC,
    USDC_1,
    WAD,
    Stage,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import governed
from sim.design import SLOTS

ACCOUNTS = (ALICE, BOB, CAROL, DAVE)
ASSETS, MARKETS = range(4), range(3)
FLAT = "policies/margin/FlatMargin.vy"


class World:
    """Four accounts, each resting on something else; a chain that is returned to its state after each example."""

    def __init__(self) -> None:
        self.stage = stage = Stage()
        stage.change_asset(BTC, haircut_wad=WAD // 10, depth_usd_wad=10**6 * WAD)
        stage.change_asset(SOL, haircut_wad=WAD // 5)
        stage.change_market(ETH, max_profit_share_wad=WAD // 100)
        stage.seed(10 * BTC_1, 100 * WAD, 5_000 * SOL_1, 500_000 * USDC_1)
        stage.deposit(ALICE, USDC, 5_000 * USDC_1)
        stage.trade(ALICE, BTC, WAD)  # a loss: just above the line
        stage.deposit(BOB, BTC, BTC_1 // 7)
        stage.trade(BOB, SOL, -600 * WAD)  # collateral with haircut and depth: just above the line
        stage.deposit(CAROL, USDC, 26_000 * USDC_1)
        stage.trade(CAROL, BTC, 4 * WAD)
        stage.trade(CAROL, ETH, 20 * WAD)  # a profit above its side's cap
        stage.deposit(DAVE, SOL, 70 * SOL_1)
        stage.trade(DAVE, BTC, WAD)
        stage.trade(DAVE, ETH, 2 * WAD)  # a profit that is paid in an asset that he does not hold
        stage.price(BTC, 45_950 * WAD, spread=5 * WAD)
        stage.price(ETH, 2_700 * WAD, spread=WAD)
        stage.price(SOL, 107 * WAD + WAD // 2, spread=WAD // 100)
        self.policies = [
            stage.deploy(source, *arguments).address
            for source, arguments in (
                ("policies/weight_fee/FlatFee.vy", (25, 500)),
                ("policies/borrow_rate/LinearBorrow.vy", (MAX_RATE_WAD_PER_S // 10,)),
                ("policies/funding_rate/SkewLinearFunding.vy", (MAX_RATE_WAD_PER_S,)),
                ("policies/price_impact/NoImpact.vy", ()),
                (FLAT, ([1_000] * 8, [250] * 8, 0)),
                ("policies/liquidation/FullLiquidation.vy", (0, 1_000, 0, 100 * WAD, True, False, True)),
                ("policies/deleverage/ProRataDeleverage.vy", (WAD // 100, 0, True)),
                ("mocks/RudePolicy.vy", ([2**255 - 1] * 12,)),
            )
        ]
        self.token = stage.deploy("mocks/MockToken.vy", "A", "A", 18).address

    def slack(self) -> list[int]:
        """Equity less maintenance margin of each account."""
        healths = [self.stage.market.read("health", account) for account in ACCOUNTS]
        return [health.equity - health.maintenance for health in healths]

    def steps(self) -> list[int]:
        """How much of it one announced change may take: of collateral by haircut and depth, of the margin by a rule."""
        healths = [self.stage.market.read("health", account) for account in ACCOUNTS]
        return [
            max(2 * h.collateral // 10, h.maintenance // 2, sum(h.notionals) // 200) + len(ACCOUNTS) for h in healths
        ]

    def call(self, verb: str, *arguments: Any, by: str = "admin") -> bool:
        return self.stage.controller.refusal(verb, *arguments, by=by) == "OK"


@cache
def world() -> World:
    return World()


ANSWERS: Counter[str] = Counter()

#: A verb of the controller and its arguments; a setter may be announced before it is called.
Call = tuple[str, tuple[Any, ...]]


def moved(old: int, most: int) -> st.SearchStrategy[int]:
    """The same, or anything up to `most` away and never below zero: steps and what lies beyond them."""
    return st.one_of(st.just(old), st.integers(max(0, old - most), old + most), st.sampled_from([0, old + most]))


@st.composite
def asset_changes(draw: st.DrawFn) -> Call:
    k = draw(st.sampled_from(ASSETS))
    now = vars(world().stage.market.read("asset_params", k))
    changes = {
        "target_weight_wad": draw(moved(now["target_weight_wad"], WAD // 20)),
        "haircut_wad": draw(moved(now["haircut_wad"], WAD // 20)),
        "depth_usd_wad": draw(st.sampled_from([now["depth_usd_wad"], 0, WAD, 9 * 10**5 * WAD, 10**12 * WAD])),
        "max_pool": draw(moved(now["max_pool"], now["max_pool"] // 2)),
        "buffer": draw(st.sampled_from([0, now["max_pool"] // 10])),
    }
    kept = draw(st.sets(st.sampled_from(sorted(changes))))
    changes = {name: value for name, value in changes.items() if name not in kept}
    return "set_asset", (k, governed.asset(world().stage, k, **changes))


@st.composite
def market_changes(draw: st.DrawFn) -> Call:
    m = draw(st.sampled_from(MARKETS))
    now = vars(world().stage.market.read("market_params", m))
    changes = {
        "reserve_factor_wad": draw(moved(now["reserve_factor_wad"], WAD // 4)),
        "max_open_interest_usd_wad": draw(moved(now["max_open_interest_usd_wad"], 250_000_000 * WAD)),
        "max_open_interest_share_wad": draw(st.integers(500 * WAD, 1_000 * WAD)),
        "max_account_share_wad": draw(moved(now["max_account_share_wad"], WAD // 4)),
        "max_profit_share_wad": draw(moved(now["max_profit_share_wad"], WAD // 50)),
        "impact_pool_share_wad": draw(moved(now["impact_pool_share_wad"], WAD // 4)),
        "min_position_usd_wad": draw(moved(now["min_position_usd_wad"], 1_000 * WAD)),
        "trade_fee_wad": draw(moved(now["trade_fee_wad"], 10 * BPS)),
        "is_reduce_only": draw(st.booleans()),
    }
    kept = draw(st.sets(st.sampled_from(sorted(changes))))
    changes = {name: value for name, value in changes.items() if name not in kept}
    return "set_market", (m, governed.market(world().stage, m, **changes))


@st.composite
def other_calls(draw: st.DrawFn) -> Call:
    """Rules, fees, limits, listings, and what the guardian may do."""
    slot, m = draw(st.integers(0, len(SLOTS) + 3)), draw(st.sampled_from(MARKETS))
    policy = world().policies[draw(st.integers(0, 7))]
    share = draw(st.integers(0, WAD // 4))
    order = draw(st.sampled_from([0x3210, 0x0123, 0x1032]))
    stage = world().stage
    limits = governed.pool(stage, redeem_limit_wad=WAD - share, redeem_window_s=DAY_S)
    calls: list[Call] = [
        ("set_policy", (slot, policy)),
        ("set_policy", (slot, world().policies[slot % 8])),  # one that fits
        ("set_policy", (slot % 8, world().policies[-1])),  # one that answers far out of bounds
        ("set_protocol_fee", (share // 5,)),
        ("set_pool", (limits,)),
        ("set_sale_order", (order,)),
        ("set_asset", (4, new_asset(stage, token=world().token, feed=slot % 8))),
        ("set_asset", (4, new_asset(stage, token=world().token, feed=USDC, target_weight_wad=0, buffer=0))),
        ("set_market", (3, new_market(feed=slot % 8))),
        ("set_mode", (slot % 3,)),
        ("set_reduce_only", (m, draw(st.booleans()))),
        ("lower_open_interest_cap", (m, 10_000 * WAD)),
        ("end_brake", (m,)),
        ("end_brake", (8,)),
    ]
    return draw(st.sampled_from(calls))


#: Days that pass, what is tried then, and whether it was announced.
CALLS = st.lists(
    st.tuples(
        st.integers(0, 2), st.one_of(asset_changes(), market_changes(), other_calls(), other_calls()), st.booleans()
    ),
    min_size=1,
    max_size=8,
)


@pytest.fixture(scope="module", autouse=True)
def _is_not_vacuous() -> Iterator[None]:
    """Of every kind of call some were accepted and some were refused; hardly anything may be sudden."""
    yield
    assert len(ANSWERS) == 4 and min(ANSWERS.values()) > 15, ANSWERS
    assert ANSWERS["announced, accepted"] > 100, ANSWERS


@settings(max_examples=120, deadline=None, derandomize=True)
@given(calls=CALLS)
def test_what_is_sudden_harms_nobody_and_what_is_announced_does_by_a_step(calls: list[tuple[int, Call, bool]]) -> None:
    stage = world().stage
    mark = stage.chain.snapshot(0)
    try:
        for days, (verb, arguments), is_wanted in calls:
            stage.advance(days * DAY_S)
            notice = verb.replace("set_", "announce_")
            is_announced = is_wanted and notice != verb and verb != "set_reduce_only"
            if is_announced:
                stage.controller.refusal(notice, *arguments, by="admin")
                stage.advance(DAY_S)
            before, worth, steps = world().slack(), stage.pool.read("aum").low, world().steps()
            is_accepted = world().call(verb, *arguments)
            ANSWERS[f"{'announced' if is_announced else 'sudden'}, {'accepted' if is_accepted else 'refused'}"] += 1
            allowed = steps if is_announced else [0] * len(ACCOUNTS)
            after = world().slack()
            assert all(now >= then - step for now, then, step in zip(after, before, allowed, strict=True))
            moved_usd = abs(stage.pool.read("aum").low - worth)
            assert moved_usd <= (worth * 2 // 100 if is_announced else 0)
    finally:
        stage.chain.revert(0, mark)


def is_below(stage: Stage, account: int) -> bool:
    health = stage.market.read("health", account)
    return health.equity < health.maintenance


def test_an_announced_haircut_may_liquidate() -> None:
    """The notice is not idle."""
    stage = World().stage
    assert not is_below(stage, BOB)
    params = governed.asset(stage, BTC, haircut_wad=15 * WAD // 100)
    assert governed.change(stage, "set_asset", BTC, params) == "OK"
    assert is_below(stage, BOB)


def test_an_announced_margin_rule_may_liquidate() -> None:
    stage = World().stage
    assert not is_below(stage, ALICE)
    rule = stage.deploy(FLAT, [1_000] * 8, [300] * 8, 0).address
    assert governed.change(stage, "set_policy", SLOTS.index("margin"), rule) == "OK"
    assert is_below(stage, ALICE)


def test_nobody_is_below_the_line_before() -> None:
    assert not any(is_below(world().stage, account) for account in ACCOUNTS)
    health = world().stage.market.read("health", CAROL)
    assert health.equity - health.free < 2_800 * WAD  # of 4,000 in profit
