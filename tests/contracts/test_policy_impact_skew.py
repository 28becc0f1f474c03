"""Synthetix's premium and discount: a mean along the way, in exact arithmetic."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import pytest
from contracts.bare import WAD, Policy
from hypothesis import given, settings
from hypothesis import strategies as st

EXACT = settings(max_examples=100, deadline=None, derandomize=True)
SKEW = "policies/price_impact/SkewScaleImpact.vy"
MILLION = 10**6 * WAD

usd_wad = st.one_of(st.integers(0, 10**6), st.integers(0, MILLION), st.integers(0, 10**12 * WAD))
size_wad = st.one_of(st.integers(1, 10**6), st.integers(1, 10**6 * WAD))
price_wad = st.one_of(st.integers(10**6, WAD), st.integers(WAD, 10**5 * WAD))
scale_usd_wad = st.one_of(st.integers(WAD, MILLION), st.integers(WAD, 10**15 * WAD))
maximum_bps = st.integers(0, 1_000)
direction = st.sampled_from([1, -1])


def area(start: Fraction, end: Fraction, most: Fraction) -> Fraction:
    """Integral of clamp(x, -most, most) from start to end, piece by piece."""
    low, high = min(start, end), max(start, end)
    marks = sorted({low, high, *(m for m in (-most, most) if low < m < high)})
    # The clamp is straight between marks, so its mean is its value in the middle.
    total = sum(
        (right - left) * max(-most, min(most, (left + right) / 2))
        for left, right in zip(marks, marks[1:], strict=False)
    )
    return Fraction(total) if end >= start else -Fraction(total)


@EXACT
@given(
    scale=scale_usd_wad,
    most=maximum_bps,
    price=price_wad,
    size=size_wad,
    sign=direction,
    grows=st.booleans(),
    book=st.tuples(usd_wad, usd_wad),
)
def test_it_is_the_mean_skew_along_the_trade_rounded_against_the_trader(
    scale: int, most: int, price: int, size: int, sign: int, grows: bool, book: tuple[int, int]
) -> None:
    scales = [WAD] * 8
    scales[2] = scale
    before = book[0] - book[1]
    after = before + sign * (size * price // WAD)
    # Where the skew levels off is a whole number of wei.
    level = Fraction(scale * most // 10_000, scale)
    cost = area(Fraction(before, scale), Fraction(after, scale), level) * scale
    worse = cost * WAD / size
    answer, memo = Policy(SKEW, scales, most).call("fill_price", 2, price, sign * size, grows, *book, 77)
    bound = price * most // 10_000
    lowest, highest = (max(-bound, min(bound, value)) for value in (ceil(worse), ceil(worse + Fraction(WAD, size))))
    assert lowest <= sign * (answer - price) <= highest
    assert memo == 77


def test_a_hundred_units_on_a_scale_of_a_million_cost_half_a_basis_point() -> None:
    """The documented example, in units of a dollar."""
    policy = Policy(SKEW, [MILLION] * 8, 1_000)
    assert policy.call("fill_price", 0, WAD, 100 * WAD, True, 0, 0, 0)[0] == WAD + WAD // 20_000


@pytest.mark.parametrize(
    ("long_usd", "short_usd", "usd", "expected_bps"),
    [
        (60_000, 50_000, 10_000, 150),  # from 1 to 2 per cent of the scale
        (60_000, 50_000, -10_000, 50),  # a sale at a premium: better than the base
        (50_000, 60_000, 10_000, -50),  # a buy at a discount
        (60_000, 50_000, -20_000, 0),  # as far on the other side
        (90_000, 50_000, 40_000, 450 / 4 + 500 * 3 / 4),  # from 4 to 8, but level from 5 per cent on
    ],
)
def test_the_premium_is_that_of_the_mean_skew(long_usd: int, short_usd: int, usd: int, expected_bps: float) -> None:
    policy = Policy(SKEW, [MILLION] * 8, 500)
    fill, _ = policy.call("fill_price", 0, WAD, usd * WAD, True, long_usd * WAD, short_usd * WAD, 0)
    assert (fill - WAD) * 10_000 / WAD == pytest.approx(expected_bps)


@EXACT
@given(
    scale=scale_usd_wad,
    most=maximum_bps,
    pieces=st.lists(size_wad, min_size=2, max_size=5),
    sign=direction,
    book=st.tuples(usd_wad, usd_wad),
)
def test_pieces_cost_what_the_whole_costs(
    scale: int, most: int, pieces: list[int], sign: int, book: tuple[int, int]
) -> None:
    policy = Policy(SKEW, [scale] * 8, most)

    def cost(size: int, long: int, short: int) -> Fraction:
        fill, _ = policy.call("fill_price", 0, WAD, sign * size, True, long, short, 0)
        return Fraction(sign * (fill - WAD) * size, WAD)

    in_pieces, (long, short) = Fraction(0), book
    for piece in pieces:
        in_pieces += cost(piece, long, short)
        long, short = (long + piece, short) if sign > 0 else (long, short + piece)
    rounding = 1 + Fraction(sum(pieces), WAD)
    assert -rounding <= in_pieces - cost(sum(pieces), *book) <= len(pieces) * rounding


@EXACT
@given(
    scale=scale_usd_wad,
    most=maximum_bps,
    price=price_wad,
    size=size_wad,
    sign=direction,
    book=st.tuples(usd_wad, usd_wad),
)
def test_out_and_back_never_earns_and_mirrored_books_are_mirrored(
    scale: int, most: int, price: int, size: int, sign: int, book: tuple[int, int]
) -> None:
    policy = Policy(SKEW, [scale] * 8, most)
    usd = size * price // WAD
    there, _ = policy.call("fill_price", 0, price, sign * size, True, *book, 0)
    moved = (book[0] + usd, book[1]) if sign > 0 else (book[0], book[1] + usd)
    back, _ = policy.call("fill_price", 0, price, -sign * size, False, *moved, 0)
    assert sign * (back - there) <= 0
    mirrored, _ = policy.call("fill_price", 0, price, -sign * size, True, *reversed(book), 0)
    assert there - price == price - mirrored


@EXACT
@given(
    scale=scale_usd_wad, most=maximum_bps, size=size_wad, sign=direction, book=st.tuples(usd_wad, usd_wad), more=usd_wad
)
def test_more_skew_in_the_direction_of_a_trade_never_betters_its_fill(
    scale: int, most: int, size: int, sign: int, book: tuple[int, int], more: int
) -> None:
    policy = Policy(SKEW, [scale] * 8, most)
    fill, _ = policy.call("fill_price", 0, WAD, sign * size, True, *book, 0)
    skewed = (book[0] + more, book[1]) if sign > 0 else (book[0], book[1] + more)
    worse, _ = policy.call("fill_price", 0, WAD, sign * size, True, *skewed, 0)
    assert sign * (worse - fill) >= -(WAD // size) - 1


def test_nothing_traded_fills_at_the_base() -> None:
    assert Policy(SKEW, [MILLION] * 8, 100).call("fill_price", 0, WAD, 0, True, MILLION, 0, 5) == (WAD, 5)


@pytest.mark.parametrize("scale", [WAD, 10**33])
@pytest.mark.parametrize("sign", [1, -1])
def test_ten_quintillion_fit(scale: int, sign: int) -> None:
    policy = Policy(SKEW, [scale] * 8, 1_000)
    huge = 10**19 * WAD
    assert policy.call("fill_price", 0, WAD, sign * huge, True, huge, 0, 0)[0] >= WAD
    assert policy.call("fill_price", 0, WAD, sign * huge, True, 0, huge, 0)[0] <= WAD
