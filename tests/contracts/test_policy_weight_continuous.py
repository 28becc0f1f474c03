"""The continuous tax: a path integral, so no cliff, no gain from pieces and no profit from a round trip."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import pytest
from contracts.bare import WAD, Policy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

EXACT = settings(max_examples=100, deadline=None, derandomize=True)
CONTINUOUS = "policies/weight_fee/ContinuousTax.vy"
GLP = "policies/weight_fee/GlpTax.vy"
MINT, REDEEM, SWAP = range(3)
BPS_WAD = WAD // 10_000
TRILLION = 10**12 * WAD

bps = st.integers(0, 500)
usd_wad = st.one_of(st.integers(0, 10**6), st.integers(0, 10**4 * WAD), st.integers(0, TRILLION))
target_wad = st.one_of(st.integers(WAD, 10**4 * WAD), st.integers(WAD, TRILLION))
moved_wad = st.one_of(st.integers(1, 10**6), st.integers(1, 10**4 * WAD), st.integers(1, TRILLION))
saturation_wad = st.one_of(st.just(WAD), st.integers(1, 10 * WAD))


@st.composite
def parameters(draw: st.DrawFn, *, rebates: bool | None = None) -> tuple[int, int, int, int, int, bool]:
    mint, swap = draw(bps), draw(bps)
    gives = draw(st.booleans()) if rebates is None else rebates
    floor = 0 if gives else draw(st.integers(0, min(mint, swap)))
    return mint, swap, floor, draw(bps), draw(saturation_wad), gives


def area(start: Fraction, end: Fraction, knee: Fraction) -> Fraction:
    """Integral of clamp(x, -knee, knee) / knee from start to end, piece by piece."""
    marks = sorted({start, end, *(m for m in (-knee, knee) if min(start, end) < m < max(start, end))})
    total = Fraction(0)
    for left, right in zip(marks, marks[1:], strict=False):
        middle = (left + right) / 2  # the clamp is straight between marks, so its mean is its value in the middle
        total += (right - left) * max(-knee, min(knee, middle)) / knee
    return total if end >= start else -total


def exact(values: tuple[int, ...], kind: int, now: int, target: int, delta: int, increases: bool) -> Fraction:
    """Fee as a share."""
    mint, swap, floor, tax, saturation, rebates = values
    knee = Fraction(max(target * saturation // WAD, 1))
    after = now + delta if increases else max(0, now - delta)
    start, end = Fraction(now - target), Fraction(after - target)
    mean = area(start, end, knee) / delta
    if rebates:
        # Toward the target a deposit earns half of what the way back costs, and nothing else earns anything.
        stop = Fraction(0) if start * end < 0 else end if abs(end) < abs(start) else start
        inward = area(start, stop, knee) / delta
        mean += inward * (Fraction(-1, 2) if kind == MINT else -1)
    share = Fraction(swap if kind == SWAP else mint, 10_000) + Fraction(tax, 10_000) * mean
    return share if rebates else max(share, Fraction(floor, 10_000))


def slack(values: tuple[int, ...], delta: int) -> Fraction:
    """What rounding may add to a fee in WAD: two wei of the untaxed cost, and one unit."""
    return 2 * Fraction(values[3], 10_000) * WAD / delta + 1


@EXACT
@given(
    values=parameters(),
    kind=st.sampled_from([MINT, REDEEM, SWAP]),
    now=usd_wad,
    target=st.one_of(st.just(0), usd_wad),
    delta=moved_wad,
    increases=st.booleans(),
)
def test_it_is_the_mean_of_the_clamped_distance_along_the_trade(
    values: tuple[int, ...], kind: int, now: int, target: int, delta: int, increases: bool
) -> None:
    policy = Policy(CONTINUOUS, *values)
    answer = policy.call("fee", kind, 0, 1, now, target, delta, increases)
    ideal = exact(values, kind, now, target, delta, increases) * WAD
    assert ideal <= answer <= ideal + slack(values, delta)
    base = values[1] if kind == SWAP else values[0]
    assert (base - values[3]) * BPS_WAD <= answer <= (base + values[3]) * BPS_WAD
    assert values[5] or answer >= values[2] * BPS_WAD


@EXACT
@given(tax=bps, target=target_wad, shares=st.tuples(st.integers(0, 999), st.integers(1, 999)), above=st.booleans())
def test_away_from_the_target_it_is_glps_tax_without_its_truncation(
    tax: int, target: int, shares: tuple[int, int], above: bool
) -> None:
    first, last = sorted(shares)
    assume(first < last)
    now, delta = target + target * first // 1_000, target * (last - first) // 1_000
    if not above:
        now = target - target * first // 1_000
    call = (MINT, 0, 0, now, target, delta, above)
    truncated = Policy(GLP, 30, 30, 4, tax, 0, 0).call("fee", *call)
    answer = Policy(CONTINUOUS, 30, 30, 0, tax, WAD, False).call("fee", *call)
    assert truncated <= answer < truncated + BPS_WAD + slack((0, 0, 0, tax), delta)


@pytest.mark.parametrize(
    ("delta_usd", "glp_bps", "expected_bps"),
    [
        (500, 5, 17.5),  # to the target: 30 - 50 * 0.25
        (990, 5, 29.75),  # across, a little nearer than before
        (1_000, 55, 30),  # just as far on the other side
        (1_010, 55, 30.25),
        (1_900, 77, 30 + 50 * 775 / 1_900),  # the last 400 pay the full tax
    ],
)
def test_there_is_no_cliff_where_glp_has_one(delta_usd: int, glp_bps: int, expected_bps: float) -> None:
    """Base 30, tax 50, target 1,000, from 500 up."""
    call = (MINT, 0, 0, 500 * WAD, 1_000 * WAD, delta_usd * WAD, True)
    assert Policy(GLP, 30, 30, 4, 50, 20, 0).call("fee", *call) == glp_bps * BPS_WAD
    answer = Policy(CONTINUOUS, 30, 30, 0, 50, WAD, False).call("fee", *call)
    assert answer / BPS_WAD == pytest.approx(expected_bps)


@EXACT
@given(
    values=parameters(),
    now=usd_wad,
    target=target_wad,
    delta=st.integers(10**12, TRILLION),
    more=st.integers(1, WAD),
    increases=st.booleans(),
)
def test_a_little_more_costs_a_little_more_of_a_share(
    values: tuple[int, ...], now: int, target: int, delta: int, more: int, increases: bool
) -> None:
    """Continuous and rising in the amount: the slope of the mean is at most half the slope of the ramp."""
    assume(increases or delta + more <= now)
    policy = Policy(CONTINUOUS, *values)
    one, two = (policy.call("fee", MINT, 0, 0, now, target, d, increases) for d in (delta, delta + more))
    knee = max(target * values[4] // WAD, 1)
    steepest = Fraction(values[3] * BPS_WAD * more, 2 * knee)
    assert -slack(values, delta) <= two - one <= steepest + slack(values, delta)


@EXACT
@given(values=parameters(), now=st.tuples(usd_wad, usd_wad), target=target_wad, delta=st.integers(10**12, TRILLION))
def test_the_fuller_the_pool_the_dearer_the_way_in_and_the_cheaper_the_way_out(
    values: tuple[int, ...], now: tuple[int, int], target: int, delta: int
) -> None:
    policy = Policy(CONTINUOUS, *values)
    less, more = sorted(now)
    ways_in = [policy.call("fee", MINT, 0, 0, each, target, delta, True) for each in (less, more)]
    assert ways_in[0] <= ways_in[1] + slack(values, delta)
    if delta <= less:
        ways_out = [policy.call("fee", REDEEM, 0, 0, each, target, delta, False) for each in (less, more)]
        assert ways_out[0] + slack(values, delta) >= ways_out[1]


@EXACT
@given(values=parameters(), now=usd_wad, target=target_wad, pieces=st.lists(moved_wad, min_size=2, max_size=5))
@pytest.mark.parametrize("increases", [True, False])
def test_pieces_cost_no_less_than_the_whole(
    increases: bool, values: tuple[int, ...], now: int, target: int, pieces: list[int]
) -> None:
    policy = Policy(CONTINUOUS, *values)
    whole = sum(pieces)
    if not increases:
        now += whole
    paid, at = Fraction(0), now
    for piece in pieces:
        paid += Fraction(piece * policy.call("fee", MINT, 0, 0, at, target, piece, increases), WAD)
        at += piece if increases else -piece
    at_once = Fraction(whole * policy.call("fee", MINT, 0, 0, now, target, whole, increases), WAD)
    rounding = 1 + Fraction(whole, WAD)
    assert paid >= at_once - rounding
    if values[5]:
        assert paid <= at_once + len(pieces) * rounding


@EXACT
@given(values=parameters(), now=usd_wad, target=target_wad, delta=moved_wad, kinds=st.sampled_from([(0, 1), (2, 2)]))
def test_out_and_back_costs_at_least_two_base_fees(
    values: tuple[int, ...], now: int, target: int, delta: int, kinds: tuple[int, int]
) -> None:
    policy = Policy(CONTINUOUS, *values)
    there = policy.call("fee", kinds[0], 0, 1, now, target, delta, True)
    back = policy.call("fee", kinds[1], 0, 1, now + delta, target, delta, False)
    assert there + back >= 2 * BPS_WAD * (values[1] if kinds[0] == SWAP else values[0])


@EXACT
@given(
    values=parameters(),
    pool=st.integers(WAD, TRILLION),
    weight_bps=st.integers(1, 10_000),
    share_bps=st.integers(0, 10_000),
    moved_bps=st.integers(1, 30_000),
)
def test_the_target_that_moves_with_a_deposit_opens_no_way_to_profit(
    values: tuple[int, ...], pool: int, weight_bps: int, share_bps: int, moved_bps: int
) -> None:
    """Deposit and withdraw, or the reverse, between two states with targets as a share of what the pool then holds."""
    now, delta = pool * share_bps // 10_000, pool * moved_bps // 10_000
    target, target_after = (held * weight_bps // 10_000 for held in (pool, pool + delta))
    policy = Policy(CONTINUOUS, *values)
    deposit = policy.call("fee", MINT, 0, 0, now, target, delta, True)
    withdrawal = policy.call("fee", REDEEM, 0, 0, now + delta, target_after, delta, False)
    assert deposit + withdrawal >= 2 * values[0] * BPS_WAD - _of_truncated_targets(values, target)


def _of_truncated_targets(values: tuple[int, ...], target: int) -> int:
    """A target is truncated by less than a wei, which moves the mean distance by that over the knee."""
    knee = max(target * values[4] // WAD, 1)
    return ceil(Fraction(4 * values[3] * BPS_WAD, knee)) + 2


@EXACT
@given(
    values=parameters(rebates=True),
    now=usd_wad,
    target=target_wad,
    pair=st.tuples(moved_wad, moved_wad),
)
def test_with_rebates_and_no_base_fee_it_is_a_concave_subsidy_that_is_largest_at_the_target(
    values: tuple[int, ...], now: int, target: int, pair: tuple[int, int]
) -> None:
    policy = Policy(CONTINUOUS, 0, 0, 0, *values[3:])

    def subsidy(deposit: int) -> Fraction:
        if deposit == 0:
            return Fraction(0)
        return -Fraction(deposit * policy.call("fee", MINT, 0, 0, now, target, deposit, True), WAD)

    first, second = sorted(pair)
    middle = (first + second) // 2
    rounding = 2 + Fraction(2 * second, WAD)
    assert subsidy(middle) >= (subsidy(first) + subsidy(second)) / 2 - rounding
    assert subsidy(max(target - now, 0)) >= subsidy(first) - rounding


def test_an_asset_without_a_target_pays_all_of_the_tax_in_and_gets_it_back_out() -> None:
    policy = Policy(CONTINUOUS, 30, 20, 5, 25, WAD // 5, False)
    assert policy.call("fee", MINT, 0, 0, 0, 0, WAD, True) == 55 * BPS_WAD
    assert policy.call("fee", SWAP, 0, 1, WAD, 0, WAD, True) == 45 * BPS_WAD
    assert policy.call("fee", REDEEM, 0, 0, WAD, 0, WAD, False) == 5 * BPS_WAD + 1  # rounded up


def test_nothing_moved_pays_the_base() -> None:
    policy = Policy(CONTINUOUS, 30, 20, 5, 50, WAD, False)
    assert policy.call("fee", MINT, 0, 0, 5 * WAD, WAD, 0, True) == 30 * BPS_WAD
    assert policy.call("fee", SWAP, 0, 1, 5 * WAD, WAD, 0, False) == 20 * BPS_WAD


def test_ten_quintillion_fit() -> None:
    policy = Policy(CONTINUOUS, 500, 500, 0, 500, 10 * WAD, True)
    huge = 10**19 * WAD
    assert policy.call("fee", MINT, 0, 0, huge, 0, huge, True) == 1_000 * BPS_WAD
    assert policy.call("fee", MINT, 0, 0, huge, 0, huge, False) == 250 * BPS_WAD + 1  # half of the tax back
    assert policy.call("fee", MINT, 0, 0, huge, huge, huge, True) == 525 * BPS_WAD  # from x = 0 to 0.1
