"""Borrow-rate policies against their formulas in exact arithmetic."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from contracts.bare import MAX_RATE_WAD_PER_S, WAD, YEAR_S, Policy
from hypothesis import given, settings
from hypothesis import strategies as st

EXACT = settings(max_examples=60, deadline=None, derandomize=True)
LINEAR = "policies/borrow_rate/LinearBorrow.vy"
KINKED = "policies/borrow_rate/KinkedBorrow.vy"

rate = st.integers(0, MAX_RATE_WAD_PER_S)
utilisation = st.integers(0, WAD)
usd_wad = st.integers(0, 10**12 * WAD)
word = st.integers(0, 2**256 - 1)


def yearly(rate_wad_per_s: int) -> Fraction:
    """Share a year."""
    return Fraction(rate_wad_per_s * YEAR_S, WAD)


def per_second(share_a_year: str) -> int:
    """WAD per second."""
    return int(Fraction(share_a_year) * WAD / YEAR_S)


def test_a_basis_point_an_hour_at_full_use_is_87_6_per_cent_a_year() -> None:
    policy = Policy(LINEAR, WAD // 10_000 // 3_600)
    long, short, _ = policy.call("rates", 0, WAD, WAD // 2, 5, 7, 1, 0)
    assert (long, short) == (WAD // 10_000 // 3_600, ceil(Fraction(WAD // 10_000 // 3_600, 2)))
    assert 0 <= Fraction("0.876") - yearly(long) < Fraction(YEAR_S, WAD)


@EXACT
@given(full=rate, long=utilisation, short=utilisation, book=st.tuples(usd_wad, usd_wad), memo=word)
def test_linear_borrow_is_proportional_and_rounded_up(
    full: int, long: int, short: int, book: tuple[int, int], memo: int
) -> None:
    answer = Policy(LINEAR, full).call("rates", 0, long, short, *book, 7, memo)
    expected = [ceil(full * Fraction(each, WAD)) for each in (long, short)]
    assert answer == (*expected, memo)


@st.composite
def kinks(draw: st.DrawFn) -> tuple[int, int, int, int]:
    low, middle, high = sorted(draw(st.tuples(rate, rate, rate)))
    return low, middle, high, draw(st.integers(1, WAD - 1))


@EXACT
@given(parameters=kinks(), long=utilisation, short=utilisation, book=st.tuples(usd_wad, usd_wad), memo=word)
def test_kinked_borrow_is_two_lines_through_three_points(
    parameters: tuple[int, int, int, int], long: int, short: int, book: tuple[int, int], memo: int
) -> None:
    low, middle, high, kink = parameters

    def line(each: int) -> int:
        if each <= kink:
            return low + ceil(Fraction((middle - low) * each, kink))
        return middle + ceil(Fraction((high - middle) * (each - kink), WAD - kink))

    policy = Policy(KINKED, *parameters, False)
    assert policy.call("rates", 0, long, short, *book, 7, memo) == (line(long), line(short), memo)
    assert policy.call("rates", 0, 0, kink, *book, 7, memo)[:2] == (low, middle)
    assert policy.call("rates", 0, WAD, WAD, *book, 7, memo)[0] == high


@EXACT
@given(parameters=kinks(), use=st.tuples(utilisation, utilisation), book=st.tuples(usd_wad, usd_wad), memo=word)
def test_only_the_larger_side_pays_where_the_smaller_one_is_free(
    parameters: tuple[int, int, int, int], use: tuple[int, int], book: tuple[int, int], memo: int
) -> None:
    long, short, _ = Policy(KINKED, *parameters, False).call("rates", 0, *use, *book, 7, memo)
    policy = Policy(KINKED, *parameters, True)
    expected = (long * (book[0] >= book[1]), short * (book[1] >= book[0]), memo)
    assert policy.call("rates", 0, *use, *book, 7, memo) == expected
    assert policy.call("rates", 0, *use, book[0], book[0], 7, memo) == (long, short, memo)


@EXACT
@given(
    base=st.integers(0, per_second("0.55")),
    above=st.integers(per_second("0.55"), per_second("1.3")),
    kink_bps=st.integers(1, 9_999),
    use=utilisation,
)
def test_gmx_v2_is_a_kink_from_nothing_whose_first_slope_goes_on(
    base: int, above: int, kink_bps: int, use: int
) -> None:
    """base * u + max(0, u - u*) * (above - base) / (1 - u*): minimum 0, target base * u*, maximum above."""
    kink = Fraction(kink_bps, 10_000)
    target = base * kink_bps // 10_000
    policy = Policy(KINKED, 0, target, above, int(kink * WAD), True)
    u = Fraction(use, WAD)
    original = base * u + max(Fraction(0), u - kink) * (above - base) / (1 - kink)
    answer, _, _ = policy.call("rates", 0, use, 0, 1, 0, 7, 0)
    # The target is truncated to a unit by whoever writes it down, the answer is rounded up.
    assert original - 1 <= answer < original + 1


def test_gmx_v2_in_production_takes_its_base_at_the_kink_and_its_maximum_at_full_use() -> None:
    """u* = 75 %, base 45 % and above 130 % a year."""
    policy = Policy(KINKED, 0, per_second("0.3375"), per_second("1.3"), WAD * 3 // 4, True)

    def paid(use_percent: int) -> float:
        return float(yearly(policy.call("rates", 0, use_percent * WAD // 100, WAD, 2, 1, 7, 0)[0]))

    assert [round(paid(use), 6) for use in (0, 40, 75, 100)] == [0, 0.18, 0.3375, 1.3]
    assert policy.call("rates", 0, WAD, WAD, 2, 1, 7, 0)[1] == 0
