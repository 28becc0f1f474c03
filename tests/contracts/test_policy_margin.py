"""Margin policies against their formulas in exact arithmetic."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction
from math import ceil

import pytest
from contracts.amounts import usd
from contracts.bare import WAD, Policy
from hypothesis import example, given, settings
from hypothesis import strategies as st

EXACT = settings(max_examples=60, deadline=None, derandomize=True)
FLAT = "policies/margin/FlatMargin.vy"
TIERED = "policies/margin/StepTierMargin.vy"
ROOT = "policies/margin/SquareRootMargin.vy"
OPEN_INTEREST = "policies/margin/OpenInterestMargin.vy"
MILLION = 10**6 * WAD
BTC = 0
NONE = [0] * 8
#: One rounding up of a product and at most two deductions rounded down.
TIER_ROUNDING_WEI = 3
#: The root, the premium, and the 80 % of the base, each rounded up: WAD units of the share.
SHARE_ROUNDING_WEI = 3

notionals = st.lists(st.one_of(st.just(0), usd(10**10)), min_size=8, max_size=8)
interests = st.lists(st.one_of(st.just(0), usd(10**12)), min_size=8, max_size=8)


def only_btc(usd_wad: int) -> list[int]:
    return [usd_wad, *[0] * 7]


@st.composite
def shares(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    """Initial and maintenance, bps."""
    maintenance = draw(st.lists(st.integers(1, 10_000), min_size=8, max_size=8))
    return [draw(st.integers(m, 10_000)) for m in maintenance], maintenance


# ------------------------------------------------------------------ flat


@EXACT
@given(parameters=shares(), minimum=st.integers(0, 100 * WAD), amounts=notionals, interest=interests)
def test_flat_margin_sums_shares_rounded_up_above_a_minimum(
    parameters: tuple[list[int], list[int]], minimum: int, amounts: list[int], interest: list[int]
) -> None:
    def required(share_bps: list[int]) -> int:
        parts = zip(amounts, share_bps, strict=True)
        total = sum(ceil(Fraction(amount * bps, 10_000)) for amount, bps in parts)
        return max(total, minimum) if total else 0

    answer = Policy(FLAT, *parameters, minimum).call("requirement", amounts, interest)
    assert answer == tuple(required(share) for share in parameters)


# ------------------------------------------------------------------ step tiers


@pytest.fixture(scope="module")
def hyperliquid() -> Policy:
    """BTC: 40-fold up to 150M USD, then 20-fold."""
    return Policy(TIERED, [[0, 150 * MILLION, 0]] * 8, [[40, 20, 0]] * 8)


def test_the_deduction_above_150m_is_1_875m(hyperliquid: Policy) -> None:
    assert hyperliquid.call("deduction", BTC, 0) == 0
    assert hyperliquid.call("deduction", BTC, 1) == 1_875_000 * WAD


def test_tiers_meet_without_a_step(hyperliquid: Policy) -> None:
    at = 150 * MILLION
    assert hyperliquid.call("requirement", only_btc(at), NONE) == (3_750_000 * WAD, 1_875_000 * WAD)
    _, beyond = hyperliquid.call("requirement", only_btc(at + 40), NONE)
    assert beyond == 1_875_000 * WAD + 1  # 2.5 % of 40 wei


def test_a_large_position_needs_more_than_in_proportion(hyperliquid: Policy) -> None:
    # 1.25 % of 150M and 2.5 % of 50M
    _, maintenance = hyperliquid.call("requirement", only_btc(200 * MILLION), NONE)
    assert maintenance == (1_875_000 + 1_250_000) * WAD


@st.composite
def tiers(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    """Up to three tiers: rising bounds, falling leverage."""
    used = draw(st.integers(1, 3))
    bounds = draw(st.lists(usd(10**9), min_size=used - 1, max_size=used - 1, unique=True))
    leverage = draw(st.lists(st.integers(1, 200), min_size=used, max_size=used))
    padding = [0] * (3 - used)
    return [0, *sorted(bounds), *padding], [*sorted(leverage, reverse=True), *padding]


@EXACT
@given(parameters=st.lists(tiers(), min_size=8, max_size=8), amounts=notionals, interest=interests)
def test_step_tiers_integrate_the_rate_of_each_tier(
    parameters: list[tuple[list[int], list[int]]], amounts: list[int], interest: list[int]
) -> None:
    lower, leverage = zip(*parameters, strict=True)

    def exact(amount: int, bounds: list[int], folds: list[int]) -> Fraction:
        total = Fraction(0)
        for t, fold in enumerate(folds):
            if fold == 0:
                break
            is_last = t == 2 or bounds[t + 1] == 0
            upper = amount if is_last else min(amount, bounds[t + 1])
            rate = Fraction(ceil(Fraction(WAD, 2 * fold)), WAD)
            total += max(0, upper - bounds[t]) * rate
        return total

    parts = zip(amounts, lower, leverage, strict=True)
    expected = sum(exact(*part) for part in parts)
    policy = Policy(TIERED, list(lower), list(leverage))
    initial, maintenance = policy.call("requirement", amounts, interest)
    used = sum(amount > 0 for amount in amounts)
    assert 0 <= maintenance - expected <= TIER_ROUNDING_WEI * used
    assert initial == 2 * maintenance


# ------------------------------------------------------------------ square root


@pytest.fixture(scope="module")
def drift() -> Policy:
    """10 % and 5 %; one in a hundred thousand per square root of a USD."""
    return Policy(ROOT, [1_000] * 8, [500] * 8, [WAD // 100_000] * 8)


@pytest.mark.parametrize(
    ("notional_usd", "initial_usd", "maintenance_usd"),
    [
        (10_000, 1_000, 500),  # the bases
        (1_000_000, 100_000, 50_000),  # the premium of maintenance margin begins: (0.2 * 5 % / 1e-5) squared
        (4_000_000, 400_000, 240_000),  # that of initial margin begins; 4 % + 1e-5 * 2,000 = 6 %
        (16_000_000, 1_920_000, 1_280_000),  # 8 % + 4 %, and 4 % + 4 %
        (10_000_000_000, 10_000_000_000, 10_000_000_000),  # 100 % + 8 % and + 4 %: no more than all
    ],
)
def test_the_square_root_premium_begins_where_it_exceeds_a_fifth_of_the_base(
    drift: Policy, notional_usd: int, initial_usd: int, maintenance_usd: int
) -> None:
    answer = drift.call("requirement", only_btc(notional_usd * WAD), NONE)
    assert answer == (initial_usd * WAD, maintenance_usd * WAD)


@EXACT
@example(parameters=([1] * 8, [1] * 8), imf=[WAD] * 8, amounts=only_btc(WAD * 70 // 100), interest=NONE)
@given(
    parameters=shares(),
    imf=st.lists(usd(1).map(lambda imf: imf // 1_000), min_size=8, max_size=8),
    amounts=notionals,
    interest=interests,
)
def test_square_root_margin_is_the_larger_share_rounded_up(
    parameters: tuple[list[int], list[int]], imf: list[int], amounts: list[int], interest: list[int]
) -> None:
    def exact(bps: int, factor: int, amount: int) -> Decimal:
        base = Decimal(bps) / 10_000
        premium = Decimal(factor) / WAD * (Decimal(amount) / WAD).sqrt()
        return amount * min(1, max(base, base * 4 / 5 + premium))

    answer = Policy(ROOT, *parameters, imf).call("requirement", amounts, interest)
    rounding = sum(amount * SHARE_ROUNDING_WEI // WAD + 2 for amount in amounts if amount)
    with localcontext(prec=90):
        for required, bases in zip(answer, parameters, strict=True):
            expected = sum(map(exact, bases, imf, amounts), Decimal(0))
            assert -(Decimal(10) ** -30) <= required - expected <= rounding
    initial, maintenance = answer
    assert maintenance <= initial <= sum(amounts)


@EXACT
@given(parameters=shares(), imf=usd(1), first=usd(10**10), more=usd(10**10))
def test_a_larger_position_never_needs_a_smaller_share(
    parameters: tuple[list[int], list[int]], imf: int, first: int, more: int
) -> None:
    policy = Policy(ROOT, *parameters, [imf] * 8)
    before = policy.call("requirement", only_btc(first), NONE)
    after = policy.call("requirement", only_btc(first + more), NONE)
    for small, large in zip(before, after, strict=True):
        assert Fraction(large, first + more) >= Fraction(small - 1, first)  # a wei of rounding


# ------------------------------------------------------------------ open interest

#: initial bps, maintenance as a share of it in bps, caps in millions of USD
DYDX_MID = (500, 6_000, 40, 100)
DYDX_LARGE = (200, 6_000, 0, 0)


def by_interest(initial_bps: int, share_bps: int, lower_millions: int, upper_millions: int) -> Policy:
    caps = ([lower_millions * MILLION] * 8, [upper_millions * MILLION] * 8)
    return Policy(OPEN_INTEREST, [initial_bps] * 8, [share_bps] * 8, *caps)


@pytest.mark.parametrize(
    ("tier", "interest_millions", "initial_bps"),
    [
        (DYDX_MID, 0, 500),
        (DYDX_MID, 40, 500),
        (DYDX_MID, 70, 5_250),  # 5 % and half of the other 95 %
        (DYDX_MID, 100, 10_000),
        (DYDX_MID, 101, 10_000),
        (DYDX_MID, 1_000, 10_000),
        (DYDX_LARGE, 1_000, 200),  # no caps: never rises
    ],
)
def test_initial_margin_rises_to_all_between_the_caps(
    tier: tuple[int, int, int, int], interest_millions: int, initial_bps: int
) -> None:
    answer = by_interest(*tier).call("requirement", only_btc(MILLION), only_btc(interest_millions * MILLION))
    assert answer == (initial_bps * MILLION // 10_000, tier[0] * MILLION * 6 // 100_000)


@st.composite
def caps(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    lower = draw(st.lists(st.one_of(st.just(0), usd(10**11)), min_size=8, max_size=8))
    room = draw(st.lists(st.one_of(st.just(0), usd(10**12)), min_size=8, max_size=8))
    pairs = [(low, low + more) if more else (0, 0) for low, more in zip(lower, room, strict=True)]
    return [low for low, _ in pairs], [high for _, high in pairs]


@EXACT
@given(
    initial_bps=st.lists(st.integers(1, 10_000), min_size=8, max_size=8),
    share_bps=st.lists(st.integers(1, 10_000), min_size=8, max_size=8),
    limits=caps(),
    amounts=notionals,
    interest=interests,
)
def test_open_interest_margin_is_linear_and_leaves_maintenance_alone(
    initial_bps: list[int],
    share_bps: list[int],
    limits: tuple[list[int], list[int]],
    amounts: list[int],
    interest: list[int],
) -> None:
    def effective(bps: int, low: int, high: int, total: int) -> Fraction:
        base = Fraction(bps, 10_000)
        if high == 0:
            return base
        return min(Fraction(1), base + max(Fraction(0), Fraction(total - low, high - low)) * (1 - base))

    policy = Policy(OPEN_INTEREST, initial_bps, share_bps, *limits)
    initial, maintenance = policy.call("requirement", amounts, interest)
    effectives = map(effective, initial_bps, *limits, interest)
    exact = sum(amount * share for amount, share in zip(amounts, effectives, strict=True))
    rounding = sum(amount // WAD + 2 for amount in amounts if amount)
    assert 0 <= initial - exact <= rounding
    parts = zip(amounts, initial_bps, share_bps, strict=True)
    assert maintenance == sum(ceil(Fraction(amount * bps * share, 10**8)) for amount, bps, share in parts)
    assert maintenance <= initial <= sum(amounts)
    assert policy.call("requirement", amounts, NONE)[1] == maintenance
