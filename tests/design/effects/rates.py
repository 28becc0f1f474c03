"""Borrow and funding: what a dollar of notional has paid when the stated time is over, asked step by step."""

from __future__ import annotations

from fractions import Fraction

from design.effects.table import DAY_S, ENOUGH, HOUR_S, MILLION, WAD, YEAR_S, Case, effect, near, wad

from sim.workbench.bench import Bench

EIGHT_HOURS_S = 8 * HOUR_S
#: The skew of each market at which breakwater's funding moves by 90 % a year within a day (its own sentence), USD.
SAID_SKEW_USD = (10 * MILLION, 5 * MILLION, 2 * MILLION)


def borrowed(policy: Bench, utilisation: Fraction, long_usd: int = 1, short_usd: int = 1) -> tuple[float, float]:
    """What a dollar of either side has paid after a year of days."""
    paid, memo = [0, 0], 0
    for _ in range(YEAR_S // DAY_S):
        level = wad(utilisation)
        *rates, memo = policy.call("rates", 0, level, level, long_usd * WAD, short_usd * WAD, DAY_S, memo)
        paid = [old + rate * DAY_S for old, rate in zip(paid, rates, strict=True)]
    return paid[0] / WAD, paid[1] / WAD


def funded(
    policy: Bench, m: int, long_usd: float, short_usd: float, seconds: int, *, step_s: int = 60, memo: int = 0
) -> tuple[float, float, int]:
    """What a dollar of longs has paid after some time in steps, what it pays in a year at the last rate, the memory."""
    paid = rate = 0
    for _ in range(seconds // step_s):
        rate, memo = policy.call("rate", m, wad(long_usd), wad(short_usd), step_s, memo)
        paid += rate * step_s
    return paid / WAD, rate * YEAR_S / WAD, memo


@effect("borrow_rate.linear_borrow.rate_at_full_per_year")
def _full_pool_costs_it_in_a_year(case: Case) -> None:
    assert borrowed(case.policy, Fraction(1)) == (near(case.value), near(case.value))


@effect("borrow_rate.kinked_borrow.minimum_per_year")
def _idle_pool_costs_it_in_a_year(case: Case) -> None:
    assert borrowed(case.policy, Fraction(0))[0] == near(case.value)


@effect("borrow_rate.kinked_borrow.target_per_year")
def _pool_at_its_target_costs_it_in_a_year(case: Case) -> None:
    assert borrowed(case.policy, Fraction(case.other("target_utilisation")))[0] == near(case.value)


@effect("borrow_rate.kinked_borrow.maximum_per_year")
def _full_pool_costs_the_maximum_in_a_year(case: Case) -> None:
    assert borrowed(case.policy, Fraction(1))[0] == near(case.value)


@effect("borrow_rate.kinked_borrow.target_utilisation")
def _the_rate_bends_there_and_nowhere_else(case: Case) -> None:
    here, step, policy = Fraction(case.value), Fraction(1, 100), case.policy
    before, at, after = (borrowed(policy, here + k * step)[0] for k in (-1, 0, 1))
    lower, upper = (borrowed(policy, here + k * step)[0] for k in (-2, 2))
    assert at - before == near(before - lower, 1e-4) and after - at == near(upper - after, 1e-4)
    assert after - at > 1.2 * (at - before)


@effect("borrow_rate.kinked_borrow.smaller_side_is_free")
def _the_smaller_side_pays_nothing(case: Case) -> None:
    long, short = borrowed(case.policy, Fraction(1, 2), 2, 1)
    assert long > 0 and (short == 0) == case.value


@effect("funding_rate.skew_linear_funding.maximum_per_year", "funding_rate.paper_funding.maximum_per_year")
def _a_year_of_one_sided_interest_costs_it(case: Case) -> None:
    assert funded(case.policy, 0, ENOUGH, 1e-9, YEAR_S, step_s=DAY_S)[0] == near(case.value)


@effect("funding_rate.paper_funding.kappa_per_year")
def _a_year_of_twice_as_many_longs_costs_it(case: Case) -> None:
    assert funded(case.policy, 0, 2 * MILLION, MILLION, YEAR_S, step_s=DAY_S)[0] == near(case.value)


@effect("funding_rate.premium_funding.interest_per_8h")
def _eight_hours_of_a_level_book_cost_it(case: Case) -> None:
    assert funded(case.policy, 0, MILLION, MILLION, EIGHT_HOURS_S)[0] == near(case.value)


@effect("funding_rate.premium_funding.band_per_8h")
def _eight_hours_far_from_the_interest_cost_the_premium_less_it(case: Case) -> None:
    """Half a per cent of premium, either way."""
    skew = float(case.other("premium_scale_usd")) / 200
    for longs, shorts, sign in ((skew, 0, 1), (0, skew, -1)):
        paid = funded(case.policy, 0, longs, shorts, EIGHT_HOURS_S)[0]
        assert 0.005 - sign * paid == near(case.value)


@effect("funding_rate.premium_funding.premium_scale_usd")
def _a_thousandth_of_it_holds_the_book_ten_basis_points_off(case: Case) -> None:
    for m, scale_usd in case.markets():
        paid = funded(case.policy, m, float(scale_usd) / 1_000, 0, EIGHT_HOURS_S)[0]
        assert paid + float(case.other("band_per_8h")) == near(0.001)


@effect("funding_rate.premium_funding.maximum_per_year")
def _a_year_of_the_highest_premium_costs_it(case: Case) -> None:
    assert funded(case.policy, 0, 1e12, 0, YEAR_S, step_s=DAY_S)[0] == near(case.value)


@effect("funding_rate.adaptive_funding.minimum_per_year")
def _a_second_of_a_little_skew_costs_it(case: Case) -> None:
    assert funded(case.policy, 0, 1_001, 1_000, 1, step_s=1)[1] == near(case.value, 1e-4)


@effect("funding_rate.adaptive_funding.maximum_per_year")
def _a_year_of_one_sided_interest_costs_it_after_the_increase(case: Case) -> None:
    _, _, memo = funded(case.policy, 0, ENOUGH, 1, 10 * DAY_S, step_s=HOUR_S)
    assert funded(case.policy, 0, ENOUGH, 1, YEAR_S, step_s=DAY_S, memo=memo)[0] == near(case.value)


@effect("funding_rate.adaptive_funding.increase_s")
def _one_sided_interest_reaches_the_maximum_within_it(case: Case) -> None:
    most = case.other("maximum_per_year")
    assert funded(case.policy, 0, ENOUGH, 1, case.value)[1] == near(most, 1e-4)
    assert funded(case.policy, 0, ENOUGH, 1, case.value // 2)[1] == near(most / 2, 1e-4)


@effect("funding_rate.adaptive_funding.decrease_s")
def _below_the_threshold_the_rate_is_gone_within_it(case: Case) -> None:
    """Shown with a threshold of 3 %, where the design has none that bites."""
    choice = case.design.policies[case.slot]
    *most, _ = choice.arguments
    policy = Bench(choice.source, *most, wad(Fraction(3, 100)))
    _, top, memo = funded(policy, 0, ENOUGH, 1, 10 * DAY_S, step_s=HOUR_S)
    assert funded(policy, 0, 101, 100, case.value // 2, memo=memo)[1] == near(top / 2, 1e-3)
    assert funded(policy, 0, 101, 100, case.value, memo=memo)[1] == near(case.other("minimum_per_year"), 1e-3)


@effect("funding_rate.adaptive_funding.stable_threshold", "funding_rate.adaptive_funding.decrease_threshold")
def _a_rate_moves_above_and_below_its_thresholds(case: Case) -> None:
    """An hour with skew on either side of the threshold; between the two nothing moves."""
    _, start, memo = funded(case.policy, 0, 300, 100, HOUR_S)
    level = float(case.value)
    above, below = level + 0.002, max(level - 0.002, 0.0)
    over = funded(case.policy, 0, 1 + above, 1 - above, HOUR_S, memo=memo)[1]
    under = funded(case.policy, 0, 1 + below, 1 - below, HOUR_S, memo=memo)[1]
    if case.key == "stable_threshold":
        assert over > start == under
    else:
        assert over == start and (under < start) == (level > 0)


@effect("funding_rate.velocity_funding.maximum_velocity_per_day_per_day")
def _a_thousandth_of_the_scale_moves_the_daily_rate_by_a_thousandth_of_it_a_day(case: Case) -> None:
    skew = float(case.other("skew_scale_usd")) / 1_000
    a_day = funded(case.policy, 0, skew, 0, HOUR_S)[1] * DAY_S / YEAR_S
    assert a_day * DAY_S / HOUR_S == near(float(case.value) / 1_000, 1e-1)
    earlier = funded(case.policy, 0, skew, 0, HOUR_S // 2)[1] * DAY_S / YEAR_S
    assert (a_day - earlier) * 2 * DAY_S / HOUR_S == near(float(case.value) / 1_000)


@effect("funding_rate.velocity_funding.maximum_per_year")
def _a_year_of_any_skew_costs_it_in_the_end(case: Case) -> None:
    _, _, memo = funded(case.policy, 0, ENOUGH, 0, 30 * DAY_S, step_s=DAY_S)
    assert funded(case.policy, 0, ENOUGH, 0, YEAR_S, step_s=DAY_S, memo=memo)[0] == near(case.value)


@effect("funding_rate.velocity_funding.skew_scale_usd")
def _the_skew_that_the_design_names_moves_the_rate_by_ninety_per_cent_a_year_within_a_day(case: Case) -> None:
    """Not within minutes: after an hour it is a twenty-fourth of that."""
    for (m, _), skew_usd in zip(case.markets(), SAID_SKEW_USD, strict=True):
        after_a_day = funded(case.policy, m, skew_usd, 0, DAY_S)[1]
        assert after_a_day == near(0.9, 1e-2)
        assert funded(case.policy, m, skew_usd, 0, HOUR_S)[1] == near(after_a_day / 24, 1e-1)
        assert funded(case.policy, m, 0, skew_usd, DAY_S)[1] == near(-after_a_day)
