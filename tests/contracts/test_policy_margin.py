"""Margin policies against their formulas in exact arithmetic."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import pytest
from contracts.stage import BTC, WAD, Contract, Stage
from hypothesis import given, settings
from hypothesis import strategies as st

EXACT = settings(max_examples=60, deadline=None, derandomize=True)
FLAT = "policies/margin/FlatMargin.vy"
TIERED = "policies/margin/StepTierMargin.vy"
MILLION = 10**6 * WAD
#: One rounding up of a product and at most two deductions rounded down.
TIER_ROUNDING_WEI = 3

notionals = st.lists(st.one_of(st.just(0), st.integers(0, 10**10 * WAD)), min_size=8, max_size=8)


@pytest.fixture(scope="module")
def world() -> Stage:
    return Stage()


@st.composite
def flat_parameters(draw: st.DrawFn) -> tuple[list[int], list[int], int]:
    maintenance = draw(st.lists(st.integers(1, 10_000), min_size=8, max_size=8))
    initial = [draw(st.integers(m, 10_000)) for m in maintenance]
    return initial, maintenance, draw(st.integers(0, 100 * WAD))


@EXACT
@given(parameters=flat_parameters(), amounts=notionals)
def test_flat_margin_sums_shares_rounded_up_above_a_minimum(
    world: Stage, parameters: tuple[list[int], list[int], int], amounts: list[int]
) -> None:
    shares, minimum = parameters[:2], parameters[2]

    def required(share_bps: list[int]) -> int:
        parts = zip(amounts, share_bps, strict=True)
        total = sum(ceil(Fraction(amount * bps, 10_000)) for amount, bps in parts)
        return max(total, minimum) if total else 0

    answer = world.deploy(FLAT, *parameters).read("requirement", amounts)
    assert answer == tuple(required(share) for share in shares)


@pytest.fixture(scope="module")
def hyperliquid(world: Stage) -> Contract:
    """BTC: 40-fold up to 150M USD, then 20-fold."""
    return world.deploy(TIERED, [[0, 150 * MILLION, 0]] * 8, [[40, 20, 0]] * 8)


def only_btc(usd_wad: int) -> list[int]:
    return [usd_wad, *[0] * 7]


def test_the_deduction_above_150m_is_1_875m(hyperliquid: Contract) -> None:
    assert hyperliquid.read("deduction", BTC, 0) == 0
    assert hyperliquid.read("deduction", BTC, 1) == 1_875_000 * WAD


def test_tiers_meet_without_a_step(hyperliquid: Contract) -> None:
    at = 150 * MILLION
    assert hyperliquid.read("requirement", only_btc(at)) == (3_750_000 * WAD, 1_875_000 * WAD)
    _, beyond = hyperliquid.read("requirement", only_btc(at + 40))
    assert beyond == 1_875_000 * WAD + 1  # 2.5 % of 40 wei


def test_a_large_position_needs_more_than_in_proportion(hyperliquid: Contract) -> None:
    # 1.25 % of 150M and 2.5 % of 50M
    _, maintenance = hyperliquid.read("requirement", only_btc(200 * MILLION))
    assert maintenance == (1_875_000 + 1_250_000) * WAD


@st.composite
def tiers(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    """Up to three tiers: rising bounds, falling leverage."""
    used = draw(st.integers(1, 3))
    bounds = draw(st.lists(st.integers(1, 10**9 * WAD), min_size=used - 1, max_size=used - 1, unique=True))
    leverage = draw(st.lists(st.integers(1, 200), min_size=used, max_size=used))
    padding = [0] * (3 - used)
    return [0, *sorted(bounds), *padding], [*sorted(leverage, reverse=True), *padding]


@EXACT
@given(parameters=st.lists(tiers(), min_size=8, max_size=8), amounts=notionals)
def test_step_tiers_integrate_the_rate_of_each_tier(
    world: Stage, parameters: list[tuple[list[int], list[int]]], amounts: list[int]
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
    policy = world.deploy(TIERED, list(lower), list(leverage))
    initial, maintenance = policy.read("requirement", amounts)
    used = sum(amount > 0 for amount in amounts)
    assert 0 <= maintenance - expected <= TIER_ROUNDING_WEI * used
    assert initial == 2 * maintenance
