"""GMX v2's impact of deposits, withdrawals and swaps, against a pool of two tokens in exact arithmetic."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import ceil

import pytest
from contracts.bare import WAD, Policy, Refused
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.design.parameters import parameters_of
from sim.inputs.compiler import CONTRACTS

EXACT = settings(max_examples=100, deadline=None, derandomize=True)
IMPACT = "policies/weight_fee/ImbalanceImpact.vy"
MINT, REDEEM, SWAP = range(3)
BPS_WAD = WAD // 10_000
MAX_FEE_WAD = WAD // 10

#: GMX's ETH/USDC pool: 2e-10 and 3e-10 per USD, exponent 2, fees of 5 and 7 bps.
PRODUCTION = (2 * 10**8, 3 * 10**8, 2, 5, 7, True)

usd_wad = st.one_of(st.integers(0, 10**6), st.integers(0, 10**6 * WAD), st.integers(0, 10**12 * WAD))
moved_wad = st.one_of(st.integers(1, 10**6), st.integers(1, 10**6 * WAD), st.integers(1, 10**11 * WAD))


@st.composite
def parameters(draw: st.DrawFn) -> tuple[int, int, int, int, int, bool]:
    """Of a pair."""
    least, most = sorted(draw(st.tuples(*[st.one_of(st.integers(0, 10**10), st.integers(0, WAD))] * 2)))
    low, high = sorted(draw(st.tuples(st.integers(0, 500), st.integers(0, 500))))
    return least, most, draw(st.integers(1, 3)), low, high, True


def impact(values: tuple[int, ...], before: int, after: int) -> Fraction:
    """The published formulas: what a trader earns when the signed imbalance moves, all in USD."""
    positive, negative, exponent, *_ = values
    k_positive, k_negative = Fraction(positive, WAD), Fraction(negative, WAD)
    d0, d1 = abs(Fraction(before, WAD)), abs(Fraction(after, WAD))
    if (before <= 0) == (after <= 0):
        k = k_positive if d1 < d0 else k_negative
        return k * d0**exponent - k * d1**exponent
    return k_positive * d0**exponent - k_negative * d1**exponent


def slack(values: tuple[int, ...], before: int, after: int) -> Fraction:
    """What rounding may add, in USD: a few wei, times the distance where it enters a third power."""
    cubed = sum(Fraction(values[1], WAD) * (abs(d) // WAD + 2) for d in (before, after)) if values[2] == 3 else 0
    return Fraction(ceil(4 + cubed), WAD)


@EXACT
@given(values=parameters(), long=usd_wad, short=usd_wad, delta=moved_wad, kind=st.sampled_from([MINT, REDEEM, SWAP]))
def test_it_is_the_impact_of_the_original_on_a_pair_at_parity(
    values: tuple[int, ...], long: int, short: int, delta: int, kind: int
) -> None:
    """The policy sees one token and its target; the original sees both tokens."""
    short += (long + short) % 2  # so that half of both is whole
    target = (long + short) // 2
    if kind != MINT:
        delta = min(delta, short if kind == SWAP else long)
    if delta == 0:
        return
    next_long = long - delta if kind == REDEEM else long + delta
    next_short = short - delta if kind == SWAP else short
    before, after = long - short, next_long - next_short
    fee = values[3] if abs(after) < abs(before) else values[4]
    exact = Fraction(fee, 10_000) - impact(values, before, after) * WAD / delta
    answer = Policy(IMPACT, *values).call("fee", kind, 0, 1, long, target, delta, kind != REDEEM)
    most = exact * WAD + slack(values, before, after) * WAD / delta * WAD + 1
    assert max(exact * WAD, -MAX_FEE_WAD) <= answer <= max(most, -MAX_FEE_WAD)


@EXACT
@given(values=parameters(), long=usd_wad, short=usd_wad, delta=moved_wad)
def test_both_legs_of_a_swap_in_a_pair_cost_the_same(
    values: tuple[int, ...], long: int, short: int, delta: int
) -> None:
    short += (long + short) % 2
    delta = min(delta, short)
    policy = Policy(IMPACT, *values)
    target = (long + short) // 2
    given_leg = policy.call("fee", SWAP, 0, 1, long, target, delta, True)
    assert policy.call("fee", SWAP, 1, 0, short, target, delta, False) == given_leg


@pytest.mark.parametrize(
    ("kind", "moved_usd", "increases", "expected_usd"),
    [
        (MINT, 10**6, True, 3e-10 * (21e6**2 - 20e6**2)),  # 60 against 40 million, then 61
        (REDEEM, 10**6, False, 2e-10 * (19e6**2 - 20e6**2)),
        (SWAP, 10**6, True, 3e-10 * (22e6**2 - 20e6**2)),
        (SWAP, 10**6, False, 2e-10 * (18e6**2 - 20e6**2)),
        (SWAP, 15 * 10**6, False, 3e-10 * 10e6**2 - 2e-10 * 20e6**2),  # over to the other side
    ],
)
def test_gmx_v2_in_production(kind: int, moved_usd: int, increases: bool, expected_usd: float) -> None:
    policy = Policy(IMPACT, *PRODUCTION)
    answer = policy.call("fee", kind, 0, 1, 60 * 10**6 * WAD, 50 * 10**6 * WAD, moved_usd * WAD, increases)
    fee_bps = 5 if not increases else 7
    assert answer / WAD == pytest.approx(expected_usd / moved_usd + fee_bps / 10_000)


def test_without_a_pair_a_deposit_moves_the_imbalance_by_twice_its_usd() -> None:
    """From balance: factor * (2 * delta) ** 2; for a pair it would be a quarter of that."""
    call = (MINT, 0, 0, 50 * WAD, 50 * WAD, 10 * WAD, True)
    assert Policy(IMPACT, 0, WAD // 10_000, 2, 0, 0, False).call("fee", *call) == WAD * 400 // 10_000 // 10
    assert Policy(IMPACT, 0, WAD // 10_000, 2, 0, 0, True).call("fee", *call) == WAD * 100 // 10_000 // 10


def test_costs_and_shares_are_rounded_up() -> None:
    # From an imbalance of two wei to four on the other side: two in earn two, four out cost four, over six moved.
    assert Policy(IMPACT, WAD, WAD, 1, 0, 0, True).call("fee", MINT, 0, 1, 0, 1, 6, True) == WAD // 3 + 1
    # From 600 wei to 593, at a tenth: 59.3 are rounded up to 60, so nothing is earned.
    assert Policy(IMPACT, WAD // 10, WAD // 10, 1, 0, 0, True).call("fee", MINT, 0, 1, 0, 300, 7, True) == 0


def test_the_factors_of_production_can_be_written_in_a_design_file() -> None:
    known = {each.key: each for each in parameters_of(CONTRACTS / IMPACT)}
    assert list(known) == ["positive_factor", "negative_factor", "exponent", "better_fee_bps", "worse_fee_bps", "pair"]
    assert known["negative_factor"].encode(Decimal("3e-10"), (), ()) == PRODUCTION[1]


@st.composite
def modest(draw: st.DrawFn, *, pair: bool | None = None) -> tuple[int, int, int, int, int, bool]:
    """One fee, and factors whose rebates stay inside the hard bound for a pool of up to ten thousand dollars."""
    exponent = draw(st.integers(1, 3))
    most = WAD // 10 // exponent // (2 * 30_000 ** (exponent - 1))
    is_pair = draw(st.booleans()) if pair is None else pair
    loss = draw(st.integers(0, most))
    gain = min(draw(st.integers(0, 2 * loss)), loss if is_pair else loss // 2)
    fee = draw(st.integers(0, 500))
    return gain, loss, exponent, fee, fee, is_pair


small_usd_wad = st.one_of(st.integers(0, 10**6), st.integers(0, 10_000 * WAD))


@EXACT
@given(values=modest(), current=small_usd_wad, target=small_usd_wad, delta=st.integers(1, 5_000 * WAD))
def test_a_swap_out_and_back_never_earns(values: tuple[int, ...], current: int, target: int, delta: int) -> None:
    policy = Policy(IMPACT, *values)
    there = policy.call("fee", SWAP, 0, 1, current, target, delta, True)
    back = policy.call("fee", SWAP, 0, 1, current + delta, target, delta, False)
    assert min(there, back) > -MAX_FEE_WAD
    assert there + back >= 2 * values[3] * BPS_WAD


@EXACT
@given(
    values=modest(),
    pool=st.integers(0, 5_000 * WAD).map(lambda half: 2 * half),
    weight_bps=st.integers(0, 10_000),
    share_bps=st.integers(0, 10_000),
    delta=st.integers(1, 2_500 * WAD).map(lambda half: 2 * half),
)
def test_a_deposit_and_a_withdrawal_never_earn_though_the_target_moves(
    values: tuple[int, ...], pool: int, weight_bps: int, share_bps: int, delta: int
) -> None:
    """For a pair at parity, and for any weight where it is none."""
    weight_bps = 5_000 if values[5] else weight_bps
    policy = Policy(IMPACT, *values)
    current = pool * share_bps // 10_000
    target, target_after = (held * weight_bps // 10_000 for held in (pool, pool + delta))
    deposit = policy.call("fee", MINT, 0, 1, current, target, delta, True)
    withdrawal = policy.call("fee", REDEEM, 0, 1, current + delta, target_after, delta, False)
    assert min(deposit, withdrawal) > -MAX_FEE_WAD
    # A target of other weights is truncated by less than a wei, which moves d by two.
    steepest = Fraction(values[1], WAD) * values[2] * 30_000 ** (values[2] - 1)
    truncated = 0 if values[5] else 4 * steepest * WAD / delta + 1
    assert deposit + withdrawal >= 2 * values[3] * BPS_WAD - truncated


@EXACT
@given(
    values=modest(),
    current=small_usd_wad,
    target=small_usd_wad,
    pieces=st.lists(st.integers(1, 1_000 * WAD), min_size=2, max_size=5),
)
def test_a_swap_in_pieces_costs_what_the_whole_costs(
    values: tuple[int, ...], current: int, target: int, pieces: list[int]
) -> None:
    """Also across the target; exact but for rounding, which every piece adds."""
    policy = Policy(IMPACT, *values)

    def paid(now: int, delta: int) -> Fraction:
        fee = policy.call("fee", SWAP, 0, 1, now, target, delta, True)
        assert fee > -MAX_FEE_WAD
        return Fraction(fee * delta, WAD)

    whole, in_pieces, now = sum(pieces), Fraction(0), current
    for piece in pieces:
        in_pieces += paid(now, piece)
        now += piece
    rounding = slack(values, 2 * (current - target), 2 * whole) * WAD + Fraction(whole, WAD)
    assert -rounding <= in_pieces - paid(current, whole) <= (len(pieces) + 1) * rounding


@EXACT
@given(values=modest(pair=False), delta=st.integers(WAD, 1_000 * WAD), weight_bps=st.integers(500, 5_000))
def test_a_swap_undone_by_a_withdrawal_and_a_deposit_never_earns_in_a_pool_of_many(
    values: tuple[int, ...], delta: int, weight_bps: int
) -> None:
    """From balance: the swap is charged for one leg, the others are credited for one each."""
    policy = Policy(IMPACT, *values)
    pool = 40_000 * WAD
    held = pool * weight_bps // 10_000
    legs = [
        policy.call("fee", SWAP, 0, 1, held, held, delta, True),
        policy.call("fee", SWAP, 1, 0, held, held, delta, False),
    ]
    withdrawal = policy.call("fee", REDEEM, 0, 0, held + delta, held, delta, False)
    target = (pool - delta) * weight_bps // 10_000
    deposit = policy.call("fee", MINT, 1, 1, held - delta, target, delta, True)
    assert max(legs) + withdrawal + deposit >= 3 * values[3] * BPS_WAD


def test_without_a_pair_the_positive_factor_is_at_most_half_of_the_negative_one() -> None:
    Policy(IMPACT, 5, 10, 2, 0, 0, False)
    with pytest.raises(Refused, match="above half without a pair"):
        Policy(IMPACT, 5, 9, 2, 0, 0, False)


def test_a_rebate_ends_at_the_hard_bound_on_fees() -> None:
    policy = Policy(IMPACT, *PRODUCTION)
    far, target = 300 * 10**6 * WAD, 50 * 10**6 * WAD
    assert policy.call("fee", SWAP, 0, 1, far, target, 10**6 * WAD, False) == -MAX_FEE_WAD
    assert policy.call("fee", SWAP, 0, 1, far, target, 10**6 * WAD, True) > MAX_FEE_WAD  # the caller refuses


def test_nothing_moved_pays_the_dearer_fee_and_no_impact() -> None:
    assert Policy(IMPACT, *PRODUCTION).call("fee", SWAP, 0, 1, WAD, 5 * WAD, 0, False) == 7 * BPS_WAD


def test_more_than_there_is_takes_what_there_is() -> None:
    policy = Policy(IMPACT, WAD // 100, WAD // 100, 1, 0, 0, True)
    # From 5 to 3 off the target, of ten dollars asked for.
    answer = policy.call("fee", REDEEM, 0, 1, 2 * WAD, 3 * WAD, 10 * WAD, False)
    assert answer == 2 * WAD // 1_000


@EXACT
@given(exponent=st.integers(1, 3), increases=st.booleans(), kind=st.sampled_from([MINT, SWAP]))
def test_a_pool_of_a_trillion_fits_with_the_largest_factors(exponent: int, increases: bool, kind: int) -> None:
    policy = Policy(IMPACT, WAD, WAD, exponent, 500, 500, True)
    huge = 10**12 * WAD
    assert policy.call("fee", kind, 0, 1, huge, 0, huge, increases) != 0
    assert policy.call("fee", kind, 0, 1, 0, huge, huge, increases) != 0


def test_what_cannot_be_reckoned_is_dearer_than_any_bound() -> None:
    """The pool refuses it with a code of its own; the rule does not panic."""
    policy = Policy(IMPACT, WAD, WAD, 3, 0, 0, True)
    assert policy.call("fee", MINT, 0, 1, 10**15 * WAD, 0, WAD, True) > 10**6 * WAD
    assert policy.call("fee", MINT, 0, 1, 10**19 * WAD, 0, 10**19 * WAD, True) > 10**6 * WAD
