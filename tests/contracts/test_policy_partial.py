"""Liquidations in steps (fixed fraction, tier ladder, close factor) against their rules in exact arithmetic."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import pytest
from contracts.amounts import usd
from contracts.bare import T0, WAD, Policy
from contracts.plans import FACTOR, FRACTION, FREE, LADDER, ladders, limits, plan, planned, shortfalls
from hypothesis import given, settings
from hypothesis import strategies as st

EXACT = settings(max_examples=80, deadline=None, derandomize=True)
TIERED = "policies/margin/StepTierMargin.vy"
COOLDOWN_S = 30
LARGE_USD = 100_000
ROOMY = (2_400, 2_500)  # equity and maintenance, USD: nowhere near a backstop


# ------------------------------------------------------------------ fixed fraction


def fraction(*, repeats: bool = True, backstop_wad: int = WAD // 2, takes_over: bool = False) -> Policy:
    """A fifth above 100,000 USD, 30 s of cooldown."""
    return Policy(FRACTION, WAD // 5, LARGE_USD * WAD, COOLDOWN_S, repeats, backstop_wad, takes_over, *FREE)


def test_a_large_position_is_closed_by_a_fifth_and_the_time_is_kept() -> None:
    answer = plan(fraction(), *ROOMY, 60_000, 200_000, 150_000)
    assert (answer.market, answer.close_wad, answer.is_full, answer.memo) == (1, WAD // 5, False, T0)


def test_a_position_is_large_only_above_the_limit() -> None:
    at = [LARGE_USD * WAD, *[0] * 7]
    above = [LARGE_USD * WAD + 1, *[0] * 7]
    equity, maintenance = (usd * WAD for usd in ROOMY)
    assert planned(fraction(), equity, maintenance, at).is_full
    assert not planned(fraction(), equity, maintenance, above).is_full


@pytest.mark.parametrize("repeats", [False, True])
def test_within_the_cooldown_the_next_liquidation_is_full_and_clears_the_memory(repeats: bool) -> None:
    policy = fraction(repeats=repeats)
    first = plan(policy, *ROOMY, 200_000)
    for later_s in (0, 1, COOLDOWN_S - 1):
        second = plan(policy.at(T0 + later_s), *ROOMY, 160_000, memo=first.memo)
        assert (second.is_full, second.forfeits, second.takes_over, second.memo) == (True, False, False, 0)


@pytest.mark.parametrize("later_s", [COOLDOWN_S, 86_400])
def test_after_the_cooldown_the_two_readings_differ(later_s: int) -> None:
    for repeats in (False, True):
        policy = fraction(repeats=repeats)
        first = plan(policy, *ROOMY, 200_000)
        second = plan(policy.at(T0 + later_s), *ROOMY, 160_000, memo=first.memo)
        assert second.is_full is not repeats
        assert second.memo == (T0 + later_s if repeats else 0)
        third = plan(policy, *ROOMY, 160_000, memo=second.memo)
        assert third.is_full is repeats  # a memory just made, or none


@pytest.mark.parametrize("foreign", [T0 + 1, 2**255, 2**256 - 1])
def test_a_word_that_another_rule_left_does_not_stop_a_liquidation(foreign: int) -> None:
    for repeats in (False, True):
        assert not plan(fraction(repeats=repeats), *ROOMY, 200_000, memo=foreign).is_full


@pytest.mark.parametrize("takes_over", [False, True])
def test_below_the_backstop_the_account_is_lost_whole(takes_over: bool) -> None:
    policy = fraction(takes_over=takes_over)
    half, maintenance, notionals = 250 * WAD, 500 * WAD, [200_000 * WAD, *[0] * 7]
    assert not planned(policy, half, maintenance, notionals).is_full
    for equity in (half - 1, 0, -1):
        answer = planned(policy, equity, maintenance, notionals, T0)
        assert (answer.is_full, answer.forfeits, answer.takes_over) == (True, not takes_over, takes_over)
        assert answer.memo == 0


def test_without_a_backstop_an_account_without_equity_is_lost_whole_too() -> None:
    policy = fraction(backstop_wad=0)
    assert plan(policy, 0, 3_000, 200_000).is_full
    assert not plan(policy, 1, 3_000, 200_000).is_full


def test_two_thirds_of_maintenance_is_where_hyperliquid_steps_in() -> None:
    policy = fraction(backstop_wad=ceil(Fraction(2, 3) * WAD), takes_over=True)
    assert plan(policy, 1_999, 3_000, 200_000).takes_over
    assert not plan(policy, 2_001, 3_000, 200_000).takes_over


# ------------------------------------------------------------------ tier ladder

MILLION = 10**6


def ladder(*lower_usd: int, steps: int = 1, takes_over: bool = False) -> Policy:
    return Policy(LADDER, limits(0, *lower_usd), steps, takes_over, *FREE)


def test_a_position_steps_down_to_the_limit_of_the_next_lower_tier() -> None:
    answer = plan(ladder(150 * MILLION), *ROOMY, 200 * MILLION)
    assert (answer.market, answer.close_wad, answer.is_full) == (0, WAD // 4, False)


@pytest.mark.parametrize(
    ("steps", "notional_usd", "close"),
    [
        (1, 400, Fraction(1, 4)),  # third tier to the second
        (1, 200, Fraction(1, 2)),  # second to the first
        (2, 400, Fraction(3, 4)),  # third to the first
        (2, 300, None),  # at its bound it is in the second: no two tiers below
        (1, 100, None),  # at its bound it is in the first
    ],
)
def test_the_ladder_goes_down_by_one_tier_or_two(steps: int, notional_usd: int, close: Fraction | None) -> None:
    answer = plan(ladder(100, 300, steps=steps, takes_over=True), *ROOMY, notional_usd)
    assert answer.is_full is answer.takes_over is (close is None)
    if close is not None:
        assert answer.close_wad == close * WAD


@pytest.mark.parametrize("takes_over", [False, True])
@pytest.mark.parametrize(("equity_usd", "notional_usd"), [(1, 100), (0, 400), (-1, 400)])
def test_at_the_foot_of_the_ladder_everything_goes(equity_usd: int, notional_usd: int, takes_over: bool) -> None:
    answer = plan(ladder(100, 300, takes_over=takes_over), equity_usd, 2, notional_usd)
    assert (answer.is_full, answer.takes_over, answer.forfeits) == (True, takes_over, False)


def test_the_highest_tier_is_cut_before_the_largest_position() -> None:
    lower = [*limits(0, 1_000)[:1], *limits(0, 10, 20)[:2], *limits(0)[:5]]
    policy = Policy(LADDER, lower, 1, False, *FREE)
    assert plan(policy, *ROOMY, 5_000, 21, 22, 9_000).market == 2  # second, third, third, lowest tier
    assert plan(policy, *ROOMY, 5_000, 11, 12, 9_000).market == 0  # all but the last in the second


@EXACT
@given(lower=ladders(), steps=st.integers(1, 2), account=shortfalls())
def test_a_step_of_the_ladder_is_the_least_that_reaches_the_lower_tier(
    lower: list[list[int]], steps: int, account: tuple[int, int, list[int]]
) -> None:
    def tier(m: int, notional: Fraction) -> int:
        return sum(bound > 0 and notional > bound for bound in lower[m][1:])

    equity, _, notionals = account
    answer = planned(Policy(LADDER, lower, steps, False, *FREE), *account)
    tiers = [tier(m, Fraction(notional)) for m, notional in enumerate(notionals)]
    assert answer.is_full == (equity <= 0 or max(tiers) < steps)
    if not answer.is_full:
        m = answer.market
        assert tiers[m] == max(tiers)
        left = notionals[m] * (1 - Fraction(answer.close_wad, WAD))
        less = notionals[m] * (1 - Fraction(answer.close_wad - 1, WAD))
        assert tier(m, left) <= tiers[m] - steps < tier(m, less)


def test_the_ladder_and_the_step_tier_margin_agree_on_tiers() -> None:
    lower = limits(0, 100, 300)
    margin = Policy(TIERED, lower, [[40, 20, 10]] * 8)
    _, at_limit = margin.call("requirement", [300 * WAD, *[0] * 7], [0] * 8)
    answer = plan(Policy(LADDER, lower, 1, False, *FREE), *ROOMY, 400)
    left = 400 * WAD - 400 * answer.close_wad
    _, after = margin.call("requirement", [left, *[0] * 7], [0] * 8)
    assert after == at_limit
    assert not Fraction(at_limit, 300 * WAD) > Fraction(1, 40)  # no longer the rate of the third tier, 5 %


# ------------------------------------------------------------------ close factor


def factor(dust_usd: int = 1_000, full_below_bps: int = 9_500) -> Policy:
    """Aave's: a half, everything up to a health of 0.95 or below 2,000 USD, no remainder below 1,000 USD."""
    return Policy(FACTOR, WAD // 2, full_below_bps * WAD // 10_000, 2_000 * WAD, dust_usd * WAD, *FREE)


@pytest.mark.parametrize(
    ("notionals_usd", "market", "close"),
    [
        ((10_000,), 0, Fraction(1, 2)),
        ((4_000, 6_000), 1, Fraction(5, 6)),  # half of all, out of the larger
        ((4_000, 5_999), 1, Fraction(1)),  # 999.50 USD would remain
        ((2_000, 2_000, 2_000, 2_000), 0, Fraction(1)),  # half of all is more than the largest
        ((2_000,), 0, Fraction(1, 2)),
    ],
)
def test_at_most_half_of_the_account_is_closed_and_no_dust_left(
    notionals_usd: tuple[int, ...], market: int, close: Fraction
) -> None:
    answer = plan(factor(), 96, 100, *notionals_usd)
    assert (answer.market, answer.close_wad, answer.is_full) == (market, ceil(close * WAD), False)


@pytest.mark.parametrize(
    ("equity_wad", "notional_usd", "is_full"),
    [
        (95 * WAD, 10_000, True),  # health of 0.95
        (95 * WAD + 1, 10_000, False),
        (0, 10_000, True),
        (-WAD, 10_000, True),
        (99 * WAD, 1_999, True),  # below the minimum
    ],
)
def test_poor_health_or_a_small_position_closes_everything(equity_wad: int, notional_usd: int, is_full: bool) -> None:
    answer = planned(factor(), equity_wad, 100 * WAD, [notional_usd * WAD, *[0] * 7], 7)
    assert (answer.is_full, answer.memo) == (is_full, 7)


@EXACT
@given(
    share=usd(1),
    full_below=usd(1),
    minimum=usd(10**9),
    dust=usd(10**9),
    account=shortfalls(),
)
def test_the_close_factor_is_rounded_up_to_the_next_share(
    share: int, full_below: int, minimum: int, dust: int, account: tuple[int, int, list[int]]
) -> None:
    equity, maintenance, notionals = account
    answer = planned(Policy(FACTOR, share, full_below, minimum, dust, *FREE), *account)
    largest = max(notionals)
    assert answer.is_full == (
        equity <= 0 or Fraction(equity, maintenance) <= Fraction(full_below, WAD) or largest < minimum
    )
    if not answer.is_full:
        assert answer.market == notionals.index(largest)
        close = min(ceil(Fraction(sum(notionals) * share, WAD)), largest)
        assert answer.close_wad == (WAD if largest - close < dust else ceil(Fraction(close * WAD, largest)))
