"""Funding rules that look at the skew alone: none, linear, the paper's, and Hyperliquid's premium."""

from __future__ import annotations

from fractions import Fraction
from math import trunc

import pytest
from contracts.bare import MAX_RATE_WAD_PER_S, WAD, YEAR_S, Policy
from hypothesis import given, settings
from hypothesis import strategies as st

EXACT = settings(max_examples=80, deadline=None, derandomize=True)
NONE = "policies/funding_rate/NoFunding.vy"
SKEW = "policies/funding_rate/SkewLinearFunding.vy"
PAPER = "policies/funding_rate/PaperFunding.vy"
PREMIUM = "policies/funding_rate/PremiumFunding.vy"
MILLION = 10**6 * WAD
EIGHT_HOURS_S = 28_800

rate = st.integers(0, MAX_RATE_WAD_PER_S)
usd_wad = st.one_of(st.integers(0, 10**6), st.integers(0, MILLION), st.integers(0, 10**12 * WAD))
word = st.integers(0, 2**256 - 1)
elapsed_s = st.integers(0, 10 * YEAR_S)


def test_no_funding_is_none() -> None:
    assert Policy(NONE).call("rate", 0, 5 * WAD, WAD, 7, 9) == (0, 9)


@EXACT
@given(maximum=rate, long=usd_wad, short=usd_wad, seconds=elapsed_s, memo=word)
def test_skew_linear_funding_is_proportional_to_the_skew_and_antisymmetric(
    maximum: int, long: int, short: int, seconds: int, memo: int
) -> None:
    """FF-05"""
    policy = Policy(SKEW, maximum)
    total = long + short
    expected = trunc(Fraction(maximum * (long - short), total)) if total else 0
    assert policy.call("rate", 0, long, short, seconds, memo) == (expected, memo)
    assert policy.call("rate", 0, short, long, seconds, memo) == (-expected, memo)
    assert abs(expected) <= maximum


# ------------------------------------------------------------------ the paper's


def test_four_times_as_many_longs_pay_three_kappa() -> None:
    """The worked example of the paper; its definition has the sign the other way round."""
    kappa = 10**9
    policy = Policy(PAPER, kappa, MAX_RATE_WAD_PER_S)
    assert policy.call("rate", 0, 4 * MILLION, MILLION, 7, 0)[0] == 3 * kappa
    assert policy.call("rate", 0, MILLION, MILLION, 7, 0)[0] == 0
    assert policy.call("rate", 0, MILLION, 4 * MILLION, 7, 0)[0] == -kappa * 3 // 4


@EXACT
@given(rates=st.tuples(rate, rate), long=usd_wad, short=usd_wad, memo=word)
def test_paper_funding_is_kappa_times_the_ratio_less_one(
    rates: tuple[int, int], long: int, short: int, memo: int
) -> None:
    kappa, maximum = sorted(rates)
    expected = maximum if long else 0
    if short:
        expected = min(trunc(kappa * (Fraction(long, short) - 1)), maximum)
    assert Policy(PAPER, kappa, maximum).call("rate", 0, long, short, 7, memo) == (expected, memo)
    assert -kappa <= expected <= maximum


@EXACT
@given(long=usd_wad, short=usd_wad, more=usd_wad)
def test_paper_funding_rises_with_the_longs_and_falls_with_the_shorts(long: int, short: int, more: int) -> None:
    policy = Policy(PAPER, 10**9, MAX_RATE_WAD_PER_S)

    def asked(long: int, short: int) -> int:
        return policy.call("rate", 0, long, short, 7, 0)[0]

    assert asked(long + more, short) >= asked(long, short)
    if long > 0:
        assert asked(long, short + more) <= asked(long, short)


# ------------------------------------------------------------------ Hyperliquid's premium

#: 0.01 % and 0.05 % per eight hours, the hard bound, and a hundred per cent of premium for a skew of a hundred million.
INTEREST_WAD, BAND_WAD = WAD // 10_000, 5 * WAD // 10_000
SCALE_USD_WAD = 100 * MILLION
PRODUCTION = (INTEREST_WAD, BAND_WAD, MAX_RATE_WAD_PER_S, [SCALE_USD_WAD] * 8)


@pytest.mark.parametrize(
    ("skew_usd", "per_eight_hours_wad"),
    [
        (0, INTEREST_WAD),  # no premium: the interest
        (60_000, INTEREST_WAD),  # a premium of 0.06 %: still inside the band
        (-40_000, INTEREST_WAD),
        (100_000, BAND_WAD),  # 0.1 % less the band of 0.05 %
        (-100_000, -BAND_WAD),
        (-50_000, 0),
    ],
)
def test_the_premium_less_the_band_or_the_interest_inside_it(skew_usd: int, per_eight_hours_wad: int) -> None:
    policy = Policy(PREMIUM, *PRODUCTION)
    book = (MILLION + skew_usd * WAD, MILLION)
    assert policy.call("rate", 0, *book, 7, 5) == (trunc(Fraction(per_eight_hours_wad, EIGHT_HOURS_S)), 5)


def test_interest_alone_is_11_per_cent_a_year() -> None:
    answer, _ = Policy(PREMIUM, *PRODUCTION).call("rate", 0, MILLION, MILLION, 7, 0)
    assert answer * YEAR_S / WAD == pytest.approx(0.1095)


@EXACT
@given(
    interest=st.integers(0, WAD // 100),
    band=st.integers(0, WAD // 100),
    maximum=rate,
    scale=st.one_of(st.integers(WAD, MILLION), st.integers(WAD, 10**15 * WAD)),
    long=usd_wad,
    short=usd_wad,
    memo=word,
)
def test_premium_funding_is_the_formula_with_one_truncation(
    interest: int, band: int, maximum: int, scale: int, long: int, short: int, memo: int
) -> None:
    scales = [WAD] * 8
    scales[3] = scale
    policy = Policy(PREMIUM, interest, band, maximum, scales)
    premium = Fraction(long - short, scale) * WAD
    funding = premium + max(-band, min(band, interest - premium))
    expected = max(-maximum, min(maximum, trunc(funding / EIGHT_HOURS_S)))
    assert policy.call("rate", 3, long, short, 7, memo) == (expected, memo)


@EXACT
@given(band=st.integers(0, WAD // 100), long=usd_wad, short=usd_wad, more=usd_wad)
def test_premium_funding_rises_with_the_skew_and_mirrors_without_interest(
    band: int, long: int, short: int, more: int
) -> None:
    policy = Policy(PREMIUM, 0, band, MAX_RATE_WAD_PER_S, [SCALE_USD_WAD] * 8)
    answer, _ = policy.call("rate", 0, long, short, 7, 0)
    assert policy.call("rate", 0, short, long, 7, 0)[0] == -answer
    assert policy.call("rate", 0, long + more, short, 7, 0)[0] >= answer


@pytest.mark.parametrize(
    ("source", "arguments"),
    [
        (SKEW, (MAX_RATE_WAD_PER_S,)),
        (PAPER, (MAX_RATE_WAD_PER_S, MAX_RATE_WAD_PER_S)),
        (PREMIUM, (WAD // 100, WAD // 100, MAX_RATE_WAD_PER_S, [WAD] * 8)),
        (PREMIUM, (WAD // 100, WAD // 100, MAX_RATE_WAD_PER_S, [10**33] * 8)),
    ],
)
def test_ten_quintillion_fit(source: str, arguments: tuple[object, ...]) -> None:
    policy = Policy(source, *arguments)
    huge = 10**19 * WAD
    assert policy.call("rate", 0, huge, 1, 7, 0)[0] > 0
    assert policy.call("rate", 0, 1, huge, 7, 0)[0] < 0
