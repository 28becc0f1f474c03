"""Full liquidation and restored margin: what they ask for; what holds for any plan."""

from __future__ import annotations

from typing import Any

import pytest
from contracts.amounts import usd
from contracts.bare import T0, WAD, Policy
from contracts.plans import (
    BPS_WAD,
    FACTOR,
    FRACTION,
    FULL,
    LADDER,
    RESTORE,
    charges,
    ladders,
    plan,
    planned,
    shortfalls,
    words,
)
from hypothesis import given, settings
from hypothesis import strategies as st

EXACT = settings(max_examples=80, deadline=None, derandomize=True)
MAX_CHARGES_WAD = WAD // 10
MAX_KEEPER_USD_WAD = 100 * WAD


# ------------------------------------------------------------------ just enough


def restore(**changes: int | bool) -> Policy:
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
    return Policy(RESTORE, *(parameters | changes).values())


def test_it_asks_for_the_requirement_and_its_buffer_wherever_the_least_close_restores_them() -> None:
    """How much that is the liquidator reckons: test_restore.py."""
    answer = plan(restore(), 300, 500, 4_000, 6_000, 6_000)
    assert (answer.target_wad, answer.close_wad) == (WAD * 11 // 10, WAD)
    assert (answer.is_full, answer.takes_over, answer.forfeits) == (False, False, False)


def test_a_step_ends_at_the_close_factor() -> None:
    policy = restore(close_factor_wad=WAD // 5)
    assert plan(policy, 300, 500, 10_000).close_wad == WAD // 5


@pytest.mark.parametrize(
    ("equity_usd", "maintenance_usd", "notional_usd"),
    [
        (0, 500, 10_000),
        (-1, 500, 10_000),
        (49, 60, 99),  # below the minimum of 100
    ],
)
def test_what_cannot_be_restored_closes_whole(equity_usd: int, maintenance_usd: int, notional_usd: int) -> None:
    policy = restore(minimum_usd_wad=100 * WAD)
    assert plan(policy, equity_usd, maintenance_usd, notional_usd).is_full


@EXACT
@given(buffer=usd(1), factor=usd(1), costs=charges, account=shortfalls(), memo=words)
def test_restore_margin_names_its_target_and_its_charges(
    buffer: int,
    factor: int,
    costs: tuple[int, int, int, int, bool],
    account: tuple[int, int, list[int]],
    memo: int,
) -> None:
    answer = planned(Policy(RESTORE, buffer, factor, 0, *costs), *account, memo)
    assert (answer.charges, answer.memo) == (costs, memo)
    assert not answer.forfeits and not answer.takes_over
    assert answer.is_full == (account[0] <= 0)
    if not answer.is_full:
        assert (answer.target_wad, answer.close_wad) == (WAD + buffer, factor)


# ------------------------------------------------------------------ all at once


@EXACT
@given(
    costs=charges,
    rest=st.sampled_from([(False, False), (True, False), (False, True)]),
    account=shortfalls(),
    memo=words,
)
def test_full_liquidation_closes_everything(
    costs: tuple[int, int, int, int, bool],
    rest: tuple[bool, bool],
    account: tuple[int, int, list[int]],
    memo: int,
) -> None:
    *rates_bps, reward, pool_pays = costs
    answer = planned(Policy(FULL, *rates_bps, reward, *rest, pool_pays), *account, memo)
    rates = [bps * BPS_WAD for bps in rates_bps]
    assert list(answer) == [0, WAD, True, *rates, reward, *rest, pool_pays, memo, 0]


# ------------------------------------------------------------------ any policy

wads = st.one_of(st.just(0), usd(1))
amounts = st.one_of(st.just(0), usd(10**10))
#: Source and its own arguments, before the charges.
rules = st.one_of(
    st.tuples(st.just(RESTORE), st.tuples(wads, usd(1), amounts)),
    st.tuples(
        st.just(FRACTION),
        st.tuples(usd(1), amounts, st.integers(0, 86_400), st.booleans(), wads, st.booleans()),
    ),
    st.tuples(st.just(LADDER), st.tuples(ladders(), st.integers(1, 2), st.booleans())),
    st.tuples(st.just(FACTOR), st.tuples(usd(1), wads, amounts, amounts)),
)


@settings(EXACT, max_examples=120)
@given(
    rule=rules,
    costs=charges,
    account=shortfalls(),
    memo=st.one_of(words, st.integers(T0 - 90_000, T0 + 10)),
)
def test_no_plan_is_out_of_the_bounds_of_a_liquidation(
    rule: tuple[str, tuple[Any, ...]],
    costs: tuple[int, int, int, int, bool],
    account: tuple[int, int, list[int]],
    memo: int,
) -> None:
    source, own = rule
    equity, _, notionals = account
    answer = planned(Policy(source, *own, *costs), *account, memo)
    assert answer.charges == costs
    assert answer.fee_wad + answer.penalty_wad + answer.keeper_wad <= MAX_CHARGES_WAD
    assert answer.keeper_usd_wad <= MAX_KEEPER_USD_WAD
    assert not (answer.forfeits and answer.takes_over)
    if answer.is_full:
        assert answer.close_wad <= WAD
    else:
        assert 0 < answer.close_wad <= WAD
        assert answer.target_wad >= WAD if source == RESTORE else notionals[answer.market] > 0
        assert equity > 0
        assert not answer.forfeits and not answer.takes_over


@pytest.mark.parametrize(
    ("source", "own"),
    [
        (RESTORE, (0, WAD, 0)),
        (FRACTION, (WAD // 5, 10**5 * WAD, 30, True, WAD * 2 // 3, True)),
        (LADDER, ([[0, 10**6 * WAD, 0]] * 8, 1, True)),
        (FACTOR, (WAD // 2, WAD * 95 // 100, 2_000 * WAD, 1_000 * WAD)),
    ],
)
def test_the_keeper_of_the_smallest_account_gets_the_flat_reward_too(source: str, own: tuple[Any, ...]) -> None:
    policy = Policy(source, *own, 0, 0, 10, 2 * WAD, True)
    answer = planned(policy, 0, 1, [1, *[0] * 7])
    assert (answer.is_full, answer.keeper_wad, answer.keeper_usd_wad) == (True, 10 * BPS_WAD, 2 * WAD)
