"""Liquidation policies against their formulas in exact arithmetic."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import pytest
from contracts.stage import WAD, Stage
from hypothesis import given, settings
from hypothesis import strategies as st

EXACT = settings(max_examples=80, deadline=None, derandomize=True)
FULL = "policies/liquidation/FullLiquidation.vy"
RESTORE = "policies/liquidation/RestoreMargin.vy"
BPS_WAD = WAD // 10_000


@pytest.fixture(scope="module")
def world() -> Stage:
    return Stage()


def restore(world: Stage, **changes: int | bool):
    """10 % buffer, no limit per step, 1 % charges."""
    parameters = {
        "buffer_wad": WAD // 10,
        "close_factor_wad": WAD,
        "minimum_usd_wad": 0,
        "fee_bps": 100,
        "penalty_bps": 0,
        "keeper_bps": 0,
        "keeper_usd_wad": 0,
        "pool_pays_keeper": False,
    }
    return world.deploy(RESTORE, *(parameters | changes).values())


def plan(policy, equity_usd: int, maintenance_usd: int, *notionals_usd: int, memo: int = 0):
    padded = [*(usd * WAD for usd in notionals_usd), *[0] * (8 - len(notionals_usd))]
    return policy.read("plan", equity_usd * WAD, maintenance_usd * WAD, padded, memo)


def test_restoring_ten_thousand_at_five_per_cent_closes_five_ninths(world: Stage) -> None:
    answer = plan(restore(world), 300, 500, 10_000)
    assert answer.close_wad == ceil(Fraction(5, 9) * WAD)  # 5,555.56 USD
    assert (answer.market, answer.is_full) == (0, False)


def test_the_equity_after_is_the_target_after() -> None:
    closed = Fraction(50_000, 9)
    after = 300 - closed / 100
    assert after == Fraction(11, 10) * Fraction(5, 100) * (10_000 - closed)
    assert round(float(after), 2) == 244.44


def test_the_largest_position_is_reduced(world: Stage) -> None:
    answer = plan(restore(world), 300, 500, 4_000, 6_000, 6_000)
    assert answer.market == 1  # the first of the largest


def test_a_step_ends_at_the_close_factor(world: Stage) -> None:
    policy = restore(world, close_factor_wad=WAD // 5)
    assert plan(policy, 300, 500, 10_000).close_wad == WAD // 5


def test_the_flat_reward_is_part_of_the_shortfall(world: Stage) -> None:
    policy = restore(world, keeper_usd_wad=10 * WAD)
    answer = plan(policy, 300, 500, 10_000)
    assert answer.close_wad == ceil(Fraction(260, 450) * WAD)  # (550 - 290) / 4.5 %
    assert answer.keeper_usd_wad == 10 * WAD


@pytest.mark.parametrize(
    ("equity_usd", "maintenance_usd", "notional_usd"),
    [
        (0, 500, 10_000),
        (-1, 500, 10_000),
        (49, 60, 99),  # below the minimum of 100
        (80, 90, 10_000),  # a target of 0.99 % is below the charges
    ],
)
def test_what_cannot_be_restored_closes_whole(
    world: Stage, equity_usd: int, maintenance_usd: int, notional_usd: int
) -> None:
    policy = restore(world, minimum_usd_wad=100 * WAD)
    assert plan(policy, equity_usd, maintenance_usd, notional_usd).is_full


@st.composite
def shortfalls(draw: st.DrawFn) -> tuple[int, int, list[int]]:
    """An account below maintenance: notionals first, requirement and equity from them."""
    notionals = draw(st.lists(st.integers(0, 10**9 * WAD), min_size=8, max_size=8))
    notionals[draw(st.integers(0, 7))] = draw(st.integers(WAD, 10**9 * WAD))
    maintenance = sum(notionals) * draw(st.integers(1, 5_000)) // 10_000
    return draw(st.integers(-WAD, maintenance)), maintenance, notionals


@EXACT
@given(
    buffer=st.integers(0, WAD),
    factor=st.integers(1, WAD),
    charges=st.tuples(st.integers(0, 300), st.integers(0, 300), st.integers(0, 300)),
    reward=st.integers(0, 100 * WAD),
    account=shortfalls(),
    memo=st.integers(0, 2**256 - 1),
)
def test_restore_margin_closes_the_least_that_reaches_the_target(
    world: Stage,
    buffer: int,
    factor: int,
    charges: tuple[int, int, int],
    reward: int,
    account: tuple[int, int, list[int]],
    memo: int,
) -> None:
    equity, maintenance, notionals = account
    policy = world.deploy(RESTORE, buffer, factor, 0, *charges, reward, True)
    answer = policy.read("plan", equity, maintenance, notionals, memo)
    total, largest = sum(notionals), max(notionals)
    target = maintenance * (1 + Fraction(buffer, WAD))
    per_usd = target / total - Fraction(sum(charges), 10_000)
    rounding = Fraction(1, WAD)
    assert (answer.fee_wad, answer.penalty_wad, answer.keeper_wad) == tuple(bps * BPS_WAD for bps in charges)
    assert (answer.keeper_usd_wad, answer.memo) == (reward, memo)
    assert (answer.forfeits, answer.pool_pays_keeper) == (False, True)
    if equity <= 0 or per_usd <= 0:
        assert answer.is_full
    elif per_usd > 2 * rounding:
        needed = target - max(0, equity - reward)
        least = min(needed / per_usd / largest, Fraction(factor, WAD))
        # The target is rounded up by at most a wei, the divisor down by at most one, the rest up.
        most = (needed + 1) / (per_usd - rounding) / largest + Fraction(1, largest) + rounding
        assert not answer.is_full
        assert answer.market == notionals.index(largest)
        assert least <= Fraction(answer.close_wad, WAD) <= most
        assert answer.close_wad <= factor


@EXACT
@given(
    charges=st.tuples(st.integers(0, 300), st.integers(0, 300), st.integers(0, 300)),
    reward=st.integers(0, 100 * WAD),
    forfeits=st.booleans(),
    pool_pays=st.booleans(),
    account=shortfalls(),
)
def test_full_liquidation_closes_everything(
    world: Stage,
    charges: tuple[int, int, int],
    reward: int,
    forfeits: bool,
    pool_pays: bool,
    account: tuple[int, int, list[int]],
) -> None:
    policy = world.deploy(FULL, *charges, reward, forfeits, pool_pays)
    answer = policy.read("plan", *account, 5)
    rates = [bps * BPS_WAD for bps in charges]
    assert list(vars(answer).values()) == [0, 0, True, *rates, reward, forfeits, pool_pays, 5]
