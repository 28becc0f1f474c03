"""Synthetix's velocity funding: the skew moves the rate, and what accrues is the exact mean along the way."""

from __future__ import annotations

from fractions import Fraction

import pytest
from contracts.bare import MAX_RATE_WAD_PER_S, WAD, YEAR_S, Policy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

EXACT = settings(max_examples=100, deadline=None, derandomize=True)
VELOCITY = "policies/funding_rate/VelocityFunding.vy"
ZERO = 2**127
DAY_S = 86_400
MILLION = 10**6 * WAD

rate = st.integers(0, MAX_RATE_WAD_PER_S)
velocity = st.one_of(st.integers(0, WAD), st.integers(0, 1_000 * WAD))
scale_usd_wad = st.one_of(st.integers(WAD, MILLION), st.integers(WAD, 10**15 * WAD))
usd_wad = st.one_of(st.integers(0, 10**6), st.integers(0, MILLION), st.integers(0, 10**12 * WAD))
elapsed_s = st.one_of(st.integers(0, 60), st.integers(0, DAY_S), st.integers(0, YEAR_S))
daily = st.one_of(st.integers(-(10**6), 10**6), st.integers(-(10**17), 10**17))
word = st.one_of(st.integers(0, 2**256 - 1), daily.map(lambda last: last + ZERO))


def bounded(value: Fraction, most: Fraction) -> Fraction:
    return max(-most, min(most, value))


def path(last: Fraction, slope: Fraction, most: Fraction, seconds: int) -> tuple[Fraction, Fraction]:
    """Mean and end of a rate that moves along a slope (per second) until it meets +/- `most`."""
    end = bounded(last + slope * seconds, most)
    if seconds == 0 or slope == 0:
        return last, end
    moving_s = (end - last) / slope
    total = (last + end) / 2 * moving_s + end * (seconds - moving_s)
    return total / seconds, end


@EXACT
@given(fastest=velocity, most=rate, scale=scale_usd_wad, last=daily, long=usd_wad, short=usd_wad, seconds=elapsed_s)
def test_one_step_is_the_exact_mean_of_the_rate_on_its_way(
    fastest: int, most: int, scale: int, last: int, long: int, short: int, seconds: int
) -> None:
    scales = [WAD] * 8
    scales[5] = scale
    daily_most = Fraction(most * DAY_S)
    start = bounded(Fraction(last), daily_most)
    slope = fastest * bounded(Fraction(long - short, scale), Fraction(1)) / DAY_S
    mean, end = path(start, slope, daily_most, seconds)
    answer, memo = Policy(VELOCITY, fastest, most, scales).call("rate", 5, long, short, seconds, last + ZERO)
    assert abs(memo - ZERO - end) < 1  # the step is truncated to a unit
    assert abs(answer - mean / DAY_S) < 1 + Fraction(3, DAY_S)
    assert abs(answer) <= most


@EXACT
@given(
    fastest=velocity,
    most=rate,
    scale=scale_usd_wad,
    last=daily,
    book=st.tuples(usd_wad, usd_wad),
    waits=st.lists(st.integers(1, DAY_S), min_size=2, max_size=8),
)
def test_what_accrues_does_not_depend_on_how_often_it_is_asked(
    fastest: int, most: int, scale: int, last: int, book: tuple[int, int], waits: list[int]
) -> None:
    """FF-02"""
    policy = Policy(VELOCITY, fastest, most, [scale] * 8)
    whole_s = sum(waits)
    at_once, end = policy.call("rate", 0, *book, whole_s, last + ZERO)
    accrued, memo = 0, last + ZERO
    for wait in waits:
        answer, memo = policy.call("rate", 0, *book, wait, memo)
        accrued += answer * wait
    # Each step is truncated by less than a unit of the daily rate, each answer by less than one of its own.
    assert abs(memo - end) <= len(waits)
    assert abs(accrued - at_once * whole_s) <= whole_s * (2 + Fraction(len(waits) + 3, DAY_S))


@EXACT
@given(fastest=velocity, most=rate, scale=scale_usd_wad, long=usd_wad, short=usd_wad, seconds=elapsed_s, memo=word)
def test_mirrored_books_and_memories_give_mirrored_rates(
    fastest: int, most: int, scale: int, long: int, short: int, seconds: int, memo: int
) -> None:
    policy = Policy(VELOCITY, fastest, most, [scale] * 8)
    answer, after = policy.call("rate", 0, long, short, seconds, memo)
    mirrored = 0 if memo == 0 else 2 * ZERO - memo % 2**128
    assume(mirrored < 2 * ZERO)  # the least of the 128-bit numbers has no opposite
    answer_mirrored, after_mirrored = policy.call("rate", 0, short, long, seconds, mirrored)
    assert (answer_mirrored, after_mirrored - ZERO) == (-answer, ZERO - after)


@EXACT
@given(fastest=velocity, most=rate, long=usd_wad, short=usd_wad, more=usd_wad, seconds=elapsed_s, memo=word)
def test_more_skew_never_lowers_the_rate(
    fastest: int, most: int, long: int, short: int, more: int, seconds: int, memo: int
) -> None:
    policy = Policy(VELOCITY, fastest, most, [MILLION] * 8)
    less, less_after = policy.call("rate", 0, long, short, seconds, memo)
    greater, greater_after = policy.call("rate", 0, long + more, short, seconds, memo)
    assert greater_after >= less_after
    assert greater >= less - 1  # the triangle above the maximum is rounded


def test_nine_a_day_at_a_hundredth_of_the_scale_is_nine_per_cent_a_day_after_a_day() -> None:
    """The parameter as Synthetix states it; a maximum of 1,000 % a year is 2.74 % a day, reached before eight hours."""
    policy = Policy(VELOCITY, 9 * WAD, MAX_RATE_WAD_PER_S, [100 * MILLION] * 8)
    book = (2 * MILLION, MILLION)
    answer, memo = policy.call("rate", 0, *book, 6 * 3_600, 0)
    assert (memo - ZERO) / WAD == pytest.approx(0.09 / 4)
    assert answer * DAY_S / WAD == pytest.approx(0.09 / 8)
    _, memo = policy.call("rate", 0, *book, 8 * 3_600, 0)
    assert memo - ZERO == MAX_RATE_WAD_PER_S * DAY_S


def test_the_rate_goes_on_for_a_while_after_the_skew_has_turned() -> None:
    policy = Policy(VELOCITY, WAD // 100, MAX_RATE_WAD_PER_S, [MILLION] * 8)
    _, memo = policy.call("rate", 0, 2 * MILLION, MILLION, DAY_S, 0)
    answer, memo = policy.call("rate", 0, MILLION, 2 * MILLION, DAY_S // 2, memo)
    assert answer * DAY_S / WAD == pytest.approx(0.0075)
    answer, _ = policy.call("rate", 0, MILLION, 2 * MILLION, DAY_S, memo)
    assert answer == 0  # from half a per cent to minus half a per cent


def test_ten_quintillion_and_a_century_fit() -> None:
    huge = 10**19 * WAD
    for scale in (WAD, 10**33):
        policy = Policy(VELOCITY, 1_000 * WAD, MAX_RATE_WAD_PER_S, [scale] * 8)
        answer, memo = policy.call("rate", 0, huge, 0, 100 * YEAR_S, ZERO - MAX_RATE_WAD_PER_S * DAY_S)
        assert MAX_RATE_WAD_PER_S * 999 // 1_000 < answer <= MAX_RATE_WAD_PER_S
        assert memo - ZERO == MAX_RATE_WAD_PER_S * DAY_S
