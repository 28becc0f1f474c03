"""GMX v2's adaptive funding: a rate that remembers, against the published rules."""

from __future__ import annotations

from fractions import Fraction
from math import trunc

import pytest
from contracts.bare import MAX_RATE_WAD_PER_S, WAD, YEAR_S, Policy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

EXACT = settings(max_examples=120, deadline=None, derandomize=True)
ADAPTIVE = "policies/funding_rate/AdaptiveFunding.vy"
ZERO = 2**127
HOUR_S, DAY_S = 3_600, 86_400
MILLION = 10**6 * WAD

LEAST, MOST = WAD // 100 // YEAR_S, 9 * WAD // 10 // YEAR_S
#: 1 to 90 % a year, up in three hours, down in two days, steady below a skew of 4 %; shrinks below 2 %.
PRODUCTION = (LEAST, MOST, 3 * HOUR_S, 2 * DAY_S, 4 * WAD // 100, 2 * WAD // 100)

rate = st.integers(0, MAX_RATE_WAD_PER_S)
usd_wad = st.one_of(st.integers(0, 10**6), st.integers(1, MILLION), st.integers(1, 10**12 * WAD))
elapsed_s = st.one_of(st.integers(0, HOUR_S), st.integers(0, YEAR_S))
word = st.one_of(st.integers(0, 2**256 - 1), st.integers(-(10**12), 10**12).map(lambda saved: saved + ZERO))


@st.composite
def parameters(draw: st.DrawFn) -> tuple[int, ...]:
    least, most = sorted(draw(st.tuples(rate, rate)))
    low, high = sorted(draw(st.tuples(st.integers(0, WAD), st.integers(0, WAD))))
    return least, most, draw(st.integers(1, DAY_S)), draw(st.integers(1, 10 * DAY_S)), high, low


def bounded(value: int, most: int) -> int:
    return max(-most, min(most, value))


def following(values: tuple[int, ...], saved: int, long: int, short: int, seconds: int) -> tuple[int, int]:
    """The rules as published: (paid rate, saved rate)."""
    least, most, increase_s, decrease_s, stable, decrease = values
    if long + short == 0:
        return 0, 0
    sign = 1 if long > short else -1
    skew = Fraction(abs(long - short), long + short)
    same_direction = saved * (long - short) > 0
    if not same_direction or skew > Fraction(stable, WAD):
        saved += sign * trunc(skew * most * seconds / increase_s)
    elif skew < Fraction(decrease, WAD):
        size = abs(saved) - trunc(Fraction(most * seconds, decrease_s))
        saved = (1 if saved > 0 else -1) * max(size, 1)
    saved = bounded(saved, most)
    paid = saved
    if saved:
        paid = (1 if saved > 0 else -1) * max(abs(saved), least)
    return paid, saved


@EXACT
@given(values=parameters(), saved=st.integers(-(10**12), 10**12), long=usd_wad, short=usd_wad, seconds=elapsed_s)
def test_one_step_is_the_published_rule(
    values: tuple[int, ...], saved: int, long: int, short: int, seconds: int
) -> None:
    saved = bounded(saved, values[1])
    paid, next_saved = following(values, saved, long, short, seconds)
    memo = next_saved + ZERO if long + short else 0
    assert Policy(ADAPTIVE, *values).call("rate", 0, long, short, seconds, saved + ZERO) == (paid, memo)


@EXACT
@given(values=parameters(), long=usd_wad, short=usd_wad, seconds=elapsed_s, memo=word)
def test_mirrored_books_and_memories_give_mirrored_rates(
    values: tuple[int, ...], long: int, short: int, seconds: int, memo: int
) -> None:
    policy = Policy(ADAPTIVE, *values)
    paid, after = policy.call("rate", 0, long, short, seconds, memo)
    mirrored = 0 if memo == 0 else 2 * ZERO - memo % 2**128
    assume(mirrored < 2 * ZERO)  # the least of the 128-bit numbers has no opposite
    paid_mirrored, after_mirrored = policy.call("rate", 0, short, long, seconds, mirrored)
    assert paid_mirrored == -paid
    assert after_mirrored == (2 * ZERO - after if after else 0)


@EXACT
@given(values=parameters(), long=usd_wad, short=usd_wad, seconds=elapsed_s, memo=word)
def test_no_memory_breaks_it_or_takes_it_out_of_its_bounds(
    values: tuple[int, ...], long: int, short: int, seconds: int, memo: int
) -> None:
    """Another policy's word may be in the slot when this one is put there."""
    paid, after = Policy(ADAPTIVE, *values).call("rate", 0, long, short, seconds, memo)
    assert abs(paid) <= values[1]
    assert after == 0 or abs(after - ZERO) <= values[1]
    assert paid == 0 or abs(paid) >= values[0]


class Market:
    """A market under production parameters, asked again and again."""

    def __init__(self) -> None:
        self.policy = Policy(ADAPTIVE, *PRODUCTION)
        self.memo = 0

    def after(self, seconds: int, long_percent: int) -> float:
        """Share a year that is paid after some time at a share of longs."""
        book = (long_percent * MILLION, (100 - long_percent) * MILLION)
        paid, self.memo = self.policy.call("rate", 0, *book, seconds, self.memo)
        return paid * YEAR_S / WAD


def test_the_rate_grows_with_skew_and_time() -> None:
    """A skew of 20 % takes it to 90 % a year in fifteen hours; all open interest on one side takes three."""
    market = Market()
    assert market.after(HOUR_S, 60) == pytest.approx(0.06)
    assert market.after(14 * HOUR_S, 60) == pytest.approx(0.9)
    assert market.after(YEAR_S, 60) == pytest.approx(0.9)


def test_a_rate_below_the_minimum_is_remembered_but_the_minimum_is_paid() -> None:
    market = Market()
    assert market.after(600, 53) == pytest.approx(0.01)
    assert (market.memo - ZERO) * YEAR_S / WAD == pytest.approx(0.06 * 0.9 * 600 / (3 * HOUR_S))


def test_it_stays_while_the_skew_is_small_and_shrinks_while_it_is_smaller() -> None:
    market = Market()
    market.after(YEAR_S, 90)
    book = (515 * MILLION, 485 * MILLION)  # 3 %
    paid, market.memo = market.policy.call("rate", 0, *book, DAY_S, market.memo)
    assert paid == MOST
    assert market.after(DAY_S, 50) == pytest.approx(0.9)  # no skew agrees with no rate
    book = (505 * MILLION, 495 * MILLION)  # 1 %
    paid, market.memo = market.policy.call("rate", 0, *book, DAY_S, market.memo)
    assert paid * YEAR_S / WAD == pytest.approx(0.45)


def test_at_a_threshold_itself_the_rate_stays() -> None:
    policy = Policy(ADAPTIVE, *PRODUCTION)
    saved = MOST // 2
    for percent in (52, 51):  # skews of 4 and 2 %
        book = (percent * MILLION, (100 - percent) * MILLION)
        assert policy.call("rate", 0, *book, HOUR_S, saved + ZERO) == (saved, saved + ZERO)


def test_a_memory_above_the_maximum_shrinks_from_the_maximum() -> None:
    policy = Policy(ADAPTIVE, *PRODUCTION)
    paid, _ = policy.call("rate", 0, 505 * MILLION, 495 * MILLION, DAY_S, 10**6 * MOST + ZERO)
    assert paid == pytest.approx(MOST / 2)


def test_a_rate_that_shrinks_keeps_its_sign_and_pays_the_minimum() -> None:
    market = Market()
    market.after(YEAR_S, 90)
    paid, market.memo = market.policy.call("rate", 0, 505 * MILLION, 495 * MILLION, YEAR_S, market.memo)
    assert (paid, market.memo - ZERO) == (LEAST, 1)


def test_a_skew_that_turns_takes_the_rate_along_through_nought() -> None:
    market = Market()
    market.after(YEAR_S, 90)
    assert market.after(HOUR_S, 40) == pytest.approx(0.9 - 0.06)
    assert market.after(15 * HOUR_S, 40) == pytest.approx(-0.06, rel=1e-5)


def test_a_side_that_is_almost_empty_is_like_an_empty_one() -> None:
    """Whether there is funding without another side is not this rule's to say: nobody turns it on with a dollar."""
    policy = Policy(ADAPTIVE, *PRODUCTION)
    alone, almost = (policy.call("rate", 0, 2 * 10**6 * WAD, short, HOUR_S, 0) for short in (0, WAD))
    assert alone[0] == pytest.approx(almost[0], rel=1e-5)
    assert policy.call("rate", 0, 0, 0, HOUR_S, 77) == (0, 0)


def test_ten_quintillion_and_a_century_fit() -> None:
    huge = 10**19 * WAD
    policy = Policy(ADAPTIVE, 0, MAX_RATE_WAD_PER_S, 10**9, 1, WAD, WAD)
    saved = MAX_RATE_WAD_PER_S + ZERO
    assert policy.call("rate", 0, huge, huge - 1, 100 * YEAR_S, saved) == (1, 1 + ZERO)
    assert policy.call("rate", 0, 1, huge, 100 * YEAR_S, saved)[0] == -MAX_RATE_WAD_PER_S
