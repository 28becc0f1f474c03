"""Borrow-rate and funding-rate policies against their formulas in exact arithmetic."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, trunc

import pytest
from contracts.stage import MAX_RATE_WAD_PER_S, WAD, YEAR_S, Contract, Stage
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.design import load_design

EXACT = settings(max_examples=60, deadline=None, derandomize=True)
LINEAR = "policies/borrow_rate/LinearBorrow.vy"
KINKED = "policies/borrow_rate/KinkedBorrow.vy"
SKEW = "policies/funding_rate/SkewLinearFunding.vy"

rate = st.integers(0, MAX_RATE_WAD_PER_S)
utilisation = st.integers(0, WAD)
usd_wad = st.integers(0, 10**12 * WAD)
word = st.integers(0, 2**256 - 1)


@pytest.fixture(scope="module")
def world() -> Stage:
    return Stage()


def test_a_basis_point_an_hour_at_full_use_is_87_6_per_cent_a_year(world: Stage) -> None:
    per_second = WAD // 10_000 // 3_600
    policy = world.deploy(LINEAR, per_second)
    long, short, _ = policy.read("rates", 0, WAD, WAD // 2, 1, 0)
    assert (long, short) == (per_second, ceil(Fraction(per_second, 2)))
    assert Fraction(876, 1_000) - Fraction(long * YEAR_S, WAD) < Fraction(YEAR_S, WAD)
    assert load_design("glp").policies["borrow_rate"].arguments == (per_second,)


@EXACT
@given(full=rate, long=utilisation, short=utilisation, memo=word)
def test_linear_borrow_is_proportional_and_rounded_up(
    world: Stage, full: int, long: int, short: int, memo: int
) -> None:
    answer = world.deploy(LINEAR, full).read("rates", 0, long, short, 7, memo)
    expected = [ceil(full * Fraction(each, WAD)) for each in (long, short)]
    assert answer == (*expected, memo)


@st.composite
def kinks(draw: st.DrawFn) -> tuple[int, int, int, int]:
    low, middle, high = sorted(draw(st.tuples(rate, rate, rate)))
    return low, middle, high, draw(st.integers(1, WAD - 1))


@EXACT
@given(parameters=kinks(), long=utilisation, short=utilisation, memo=word)
def test_kinked_borrow_is_two_lines_through_three_points(
    world: Stage, parameters: tuple[int, int, int, int], long: int, short: int, memo: int
) -> None:
    low, middle, high, kink = parameters

    def line(each: int) -> int:
        if each <= kink:
            return low + ceil(Fraction((middle - low) * each, kink))
        return middle + ceil(Fraction((high - middle) * (each - kink), WAD - kink))

    policy = world.deploy(KINKED, *parameters)
    assert policy.read("rates", 0, long, short, 7, memo) == (line(long), line(short), memo)
    assert policy.read("rates", 0, 0, kink, 7, memo)[:2] == (low, middle)
    assert policy.read("rates", 0, WAD, WAD, 7, memo)[0] == high


@EXACT
@given(maximum=rate, long=usd_wad, short=usd_wad, memo=word)
def test_skew_linear_funding_is_proportional_to_the_skew_and_antisymmetric(
    world: Stage, maximum: int, long: int, short: int, memo: int
) -> None:
    """FF-05"""
    policy = world.deploy(SKEW, maximum)
    total = long + short
    expected = trunc(Fraction(maximum * (long - short), total)) if total else 0
    assert policy.read("rate", 0, long, short, 7, memo) == (expected, memo)
    assert policy.read("rate", 0, short, long, 7, memo) == (-expected, memo)
    assert abs(expected) <= maximum


def test_no_funding_is_none(world: Stage) -> None:
    policy: Contract = world.deploy("policies/funding_rate/NoFunding.vy")
    assert policy.read("rate", 0, 5 * WAD, WAD, 7, 9) == (0, 9)
