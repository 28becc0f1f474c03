"""GMX v2's impact of positions, in exact arithmetic."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import pytest
from contracts.bare import WAD, Policy
from hypothesis import given, settings
from hypothesis import strategies as st

EXACT = settings(max_examples=100, deadline=None, derandomize=True)
POWER = "policies/price_impact/PowerImpact.vy"
MILLION = 10**6 * WAD
ETH_USD_WAD = 2_500 * WAD

#: GMX's ETH/USD market: 3e-11 and 9e-11 per USD, exponent 2, caps of 0.4 and 0.5 %.
PRODUCTION = ([3 * 10**7] * 8, [9 * 10**7] * 8, 2, 2, 40, 50)

usd_wad = st.one_of(st.integers(0, 10**6), st.integers(0, MILLION), st.integers(0, 10**12 * WAD))
size_wad = st.one_of(st.integers(1, 10**6), st.integers(1, 10**6 * WAD))
price_wad = st.one_of(st.integers(10**6, WAD), st.integers(WAD, 10**5 * WAD))
direction = st.sampled_from([1, -1])
factor = st.one_of(st.integers(0, 10**10), st.integers(0, WAD))


@st.composite
def parameters(draw: st.DrawFn) -> tuple[int, int, int, int, int, int]:
    gain, loss = sorted(draw(st.tuples(factor, factor)))
    low, high = sorted(draw(st.tuples(st.integers(1, 3), st.integers(1, 3))))
    caps = sorted(draw(st.tuples(st.integers(0, 1_000), st.integers(0, 1_000))))
    return gain, loss, low, high, caps[0], caps[1]


@st.composite
def modest(draw: st.DrawFn) -> tuple[int, int, int, int, int, int]:
    """Factors that stay inside the caps for trades and books of up to ten thousand dollars."""
    low, high = sorted(draw(st.tuples(st.integers(1, 3), st.integers(1, 3))))
    most = WAD // 10 // (3 * 10_000 ** (high - 1)) // high
    gain, loss = sorted(draw(st.tuples(st.integers(0, most), st.integers(0, most))))
    return gain, loss, low, high, 1_000, 1_000


small_usd_wad = st.one_of(st.integers(0, 10**6), st.integers(0, 10_000 * WAD))
small_size_wad = st.one_of(st.integers(WAD, 3 * WAD), st.integers(WAD, 10_000 * WAD))


def deployed(values: tuple[int, ...]) -> Policy:
    """The parameters in every market."""
    return Policy(POWER, [values[0]] * 8, [values[1]] * 8, *values[2:])


def impact(values: tuple[int, ...], before: int, after: int) -> Fraction:
    """The published formulas: what the trader earns when the signed skew moves, all in USD."""
    gain, loss = Fraction(values[0], WAD), Fraction(values[1], WAD)
    d0, d1 = abs(Fraction(before, WAD)), abs(Fraction(after, WAD))
    if (before <= 0) != (after <= 0):
        return gain * d0 ** values[2] - loss * d1 ** values[3]
    if d1 < d0:
        return gain * (d0 ** values[2] - d1 ** values[2])
    return loss * (d0 ** values[3] - d1 ** values[3])


def slack_wei(values: tuple[int, ...], *distances: int) -> int:
    """What rounding may add to a cost: a few wei, times the distance where it enters a third power."""
    return 4 + ceil(sum(Fraction(values[1], WAD) * (abs(d) // WAD + 2) for d in distances)) * (values[3] == 3)


def check(values: tuple[int, ...], price: int, size: int, sign: int, grows: bool, book: tuple[int, int]) -> None:
    """Compare a fill with the formulas: within the caps, and rounded against the trader by no more than the slack."""
    before = book[0] - book[1]
    after = before + sign * (size * price // WAD)
    worse = -impact(values, before, after) * WAD * WAD / size
    most = worse + Fraction(slack_wei(values, before, after) * WAD, size) + 1
    answer, memo = deployed(values).call("fill_price", 0, price, sign * size, grows, *book, 77)
    floor_cap, ceiling = -(price * values[4] // 10_000), price * values[5] // 10_000
    lowest, highest = (max(floor_cap, min(ceiling, each)) for each in (ceil(worse), floor(most)))
    assert lowest <= sign * (answer - price) <= highest
    assert memo == 77


@EXACT
@given(parameters(), price_wad, size_wad, direction, st.booleans(), st.tuples(usd_wad, usd_wad))
def test_it_is_the_impact_of_the_original_within_its_caps(
    values: tuple[int, ...], price: int, size: int, sign: int, grows: bool, book: tuple[int, int]
) -> None:
    check(values, price, size, sign, grows, book)


@EXACT
@given(modest(), small_size_wad, direction, st.booleans(), st.tuples(small_usd_wad, small_usd_wad))
def test_it_is_the_impact_of_the_original_where_no_cap_binds(
    values: tuple[int, ...], size: int, sign: int, grows: bool, book: tuple[int, int]
) -> None:
    check(values, WAD, size, sign, grows, book)


def test_the_sides_have_their_own_exponents() -> None:
    """GMX's placeholders: 5e-8 and 1e-7 with exponents 1 and 2. Half of a skew of two dollars is closed."""
    policy = deployed((5 * 10**10, 10**11, 1, 2, 1_000, 1_000))
    assert policy.call("fill_price", 0, WAD, -WAD, True, 2 * WAD, 0, 0)[0] == WAD + 5 * 10**10
    assert policy.call("fill_price", 0, WAD, WAD, True, 2 * WAD, 0, 0)[0] == WAD + 5 * 10**11


@pytest.mark.parametrize(
    ("skew_usd", "usd", "earned_usd"),
    [
        (0, 1_000_000, -90),  # 9e-11 * 1e6 ** 2
        (1_000_000, 1_000_000, -270),
        (2_000_000, -1_000_000, 90),  # 3e-11 * (4e12 - 1e12)
        (1_000_000, -2_000_000, 30 - 90),  # over to the other side
        (2_000_000, -3_000_000, 120 - 90),  # over, and nearer than before
        (-1_000_000, 1_000_000, 30),
    ],
)
def test_gmx_v2_in_production(skew_usd: int, usd: int, earned_usd: int) -> None:
    book = (5_000_000 + skew_usd, 5_000_000)
    size_wad = usd * WAD // 2_500
    fill, _ = Policy(POWER, *PRODUCTION).call(
        "fill_price", 0, ETH_USD_WAD, size_wad, True, *(side * WAD for side in book), 0
    )
    assert (ETH_USD_WAD - fill) * (size_wad // WAD) / WAD == pytest.approx(earned_usd)


def test_each_market_has_its_factors() -> None:
    policy = Policy(POWER, [0] * 8, [10**7] * 7 + [10**8], 1, 2, 0, 1_000)
    fills = [policy.call("fill_price", m, WAD, MILLION, True, 0, 0, 0)[0] for m in range(8)]
    assert fills == [WAD + 10**13] * 7 + [WAD + 10**14]


@EXACT
@given(values=parameters(), price=price_wad, size=size_wad, sign=direction, book=st.tuples(usd_wad, usd_wad))
def test_mirrored_books_are_mirrored_around_the_base(
    values: tuple[int, ...], price: int, size: int, sign: int, book: tuple[int, int]
) -> None:
    policy = deployed(values)
    fill, _ = policy.call("fill_price", 0, price, sign * size, True, *book, 0)
    mirrored, _ = policy.call("fill_price", 0, price, -sign * size, True, *reversed(book), 0)
    assert fill - price == price - mirrored


@EXACT
@given(values=modest(), size=small_size_wad, sign=direction, book=st.tuples(small_usd_wad, small_usd_wad))
def test_out_and_back_inside_the_caps_never_earns(
    values: tuple[int, ...], size: int, sign: int, book: tuple[int, int]
) -> None:
    """A dollar or more."""
    policy = deployed(values)
    there, _ = policy.call("fill_price", 0, WAD, sign * size, True, *book, 0)
    moved = (book[0] + size, book[1]) if sign > 0 else (book[0], book[1] + size)
    back, _ = policy.call("fill_price", 0, WAD, -sign * size, False, *moved, 0)
    assert max(abs(there - WAD), abs(back - WAD)) < WAD // 10
    assert sign * (back - there) <= 0


@EXACT
@given(
    values=modest(),
    pieces=st.lists(st.integers(WAD, 2_000 * WAD), min_size=2, max_size=5),
    sign=direction,
    book=st.tuples(small_usd_wad, small_usd_wad),
)
def test_a_path_in_one_direction_costs_the_same_in_pieces(
    values: tuple[int, ...], pieces: list[int], sign: int, book: tuple[int, int]
) -> None:
    """Also across balance; exact but for rounding, which every piece adds."""
    policy = deployed(values)

    def cost(size: int, long: int, short: int) -> Fraction:
        fill, _ = policy.call("fill_price", 0, WAD, sign * size, True, long, short, 0)
        assert abs(fill - WAD) < WAD // 10
        return Fraction(sign * (fill - WAD) * size, WAD)

    whole = sum(pieces)
    in_pieces, (long, short) = Fraction(0), book
    for piece in pieces:
        in_pieces += cost(piece, long, short)
        long, short = (long + piece, short) if sign > 0 else (long, short + piece)
    rounding = slack_wei(values, book[0] - book[1], whole) + Fraction(whole, WAD)
    assert -rounding <= in_pieces - cost(whole, *book) <= (len(pieces) + 1) * rounding


@EXACT
@given(
    values=parameters(), price=price_wad, size=size_wad, sign=direction, book=st.tuples(usd_wad, usd_wad), more=usd_wad
)
def test_more_skew_in_the_direction_of_a_trade_never_betters_its_fill(
    values: tuple[int, ...], price: int, size: int, sign: int, book: tuple[int, int], more: int
) -> None:
    """Where both exponents and factors agree, so that the slope of the cost rises all the way."""
    values = (values[1], values[1], values[3], values[3], *values[4:])
    policy = deployed(values)
    fill, _ = policy.call("fill_price", 0, price, sign * size, True, *book, 0)
    skewed = (book[0] + more, book[1]) if sign > 0 else (book[0], book[1] + more)
    worse, _ = policy.call("fill_price", 0, price, sign * size, True, *skewed, 0)
    usd = size * price // WAD
    rounding = slack_wei(values, book[0] - book[1], skewed[0] - skewed[1], usd) * WAD // size + 1
    assert sign * (worse - fill) >= -rounding


def test_caps_let_pieces_out_and_one_trade_back_earn_a_part_of_the_cap() -> None:
    """Known of the original: a cap cuts the mean price of a trade. Equal factors and caps, the worst case."""
    policy = deployed((10**10, 10**10, 2, 2, 50, 50))

    def earned(sign: int, usd: int, long_usd: int) -> Fraction:
        fill, _ = policy.call("fill_price", 0, WAD, sign * usd * WAD, sign > 0, long_usd * WAD, 0, 0)
        return Fraction(sign * (WAD - fill) * usd, WAD)

    whole = 500_000  # the last dollar costs a per cent
    out = sum(earned(1, whole // 50, done) for done in range(0, whole, whole // 50))
    back = earned(-1, whole, whole)
    assert back == whole * Fraction(50, 10_000)
    assert out + back == pytest.approx(whole * 0.005 / 4, rel=0.01)
    assert earned(1, whole, 0) + back == 0


def test_the_caps_are_rounded_down() -> None:
    policy = deployed((WAD, WAD, 1, 1, 33, 77))
    price = 1_000_003
    assert policy.call("fill_price", 0, price, MILLION, True, 0, 0, 0)[0] == price + price * 77 // 10_000
    assert policy.call("fill_price", 0, price, -MILLION, True, 0, 0, 0)[0] == price - price * 77 // 10_000
    assert policy.call("fill_price", 0, price, MILLION, True, 0, MILLION, 0)[0] == price - price * 33 // 10_000
    assert policy.call("fill_price", 0, price, -MILLION, True, MILLION, 0, 0)[0] == price + price * 33 // 10_000


def test_nothing_traded_fills_at_the_base() -> None:
    assert Policy(POWER, *PRODUCTION).call("fill_price", 0, WAD, 0, True, MILLION, 0, 5) == (WAD, 5)


@pytest.mark.parametrize("exponent", [1, 2, 3])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_trillion_fits_with_the_largest_factors(exponent: int, sign: int) -> None:
    policy = deployed((WAD, WAD, exponent, exponent, 1_000, 1_000))
    huge = 10**12 * WAD
    for book in ((huge, 0), (0, huge)):
        fill, _ = policy.call("fill_price", 0, WAD, sign * huge, True, *book, 0)
        assert abs(fill - WAD) in (0, WAD // 10)
