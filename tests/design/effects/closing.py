"""Liquidation and deleveraging: what a close of a stated size costs, how much is closed, and when."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from contracts.plans import Plan, planned
from design.effects.table import MILLION, WAD, Case, effect, near, wad

from sim.workbench.bench import START_S

POLICIES = ("full_liquidation", "restore_margin", "close_factor", "fixed_fraction", "tier_ladder")


def plan(case: Case, equity_usd: Any, maintenance_usd: Any, *notionals_usd: Any, memo: int = 0, at: int = 0) -> Plan:
    """Plan for an account."""
    padded = [*map(wad, notionals_usd), *[0] * (8 - len(notionals_usd))]
    return planned(case.policy.at(START_S + at), wad(equity_usd), wad(maintenance_usd), padded, memo)


def below(case: Case, notional_usd: Any) -> Plan:
    """Plan for an account with one position, at nine tenths of its requirement of two per cent."""
    return plan(case, Decimal(notional_usd) * Decimal("0.018"), Decimal(notional_usd) * Decimal("0.02"), notional_usd)


@effect(*(f"liquidation.{policy}.{part}_bps" for policy in POLICIES for part in ("fee", "penalty", "keeper")))
def _closing_ten_thousand_dollars_costs_as_many_dollars(case: Case) -> None:
    rate = getattr(below(case, MILLION), case.key.removesuffix("_bps") + "_wad")
    assert rate * 10_000 / WAD == near(case.value)


@effect(*(f"liquidation.{policy}.keeper_usd" for policy in POLICIES))
def _a_keeper_gets_as_many_dollars_for_any_account(case: Case) -> None:
    assert [below(case, size).keeper_usd_wad for size in (10, MILLION)] == [wad(case.value)] * 2


@effect(*(f"liquidation.{policy}.pool_pays_keeper" for policy in POLICIES))
def _the_pool_pays_the_flat_reward(case: Case) -> None:
    assert below(case, MILLION).pool_pays_keeper is case.value


@effect("liquidation.full_liquidation.forfeits", "liquidation.full_liquidation.takes_over")
def _what_becomes_of_the_rest(case: Case) -> None:
    assert getattr(below(case, MILLION), case.key) is case.value


@effect("liquidation.close_factor.close_factor")
def _the_share_of_the_account_that_a_close_takes(case: Case) -> None:
    answer = plan(case, 19_800, 20_000, MILLION // 2, MILLION // 2)
    assert answer.close_wad / WAD * MILLION / 2 == near(min(MILLION * case.value, MILLION // 2))


@effect("liquidation.close_factor.full_below")
def _an_account_at_this_share_of_its_requirement_closes_whole(case: Case) -> None:
    shares = (case.value, case.value + Decimal("0.001"))
    assert [plan(case, MILLION * share, MILLION, 10 * MILLION).is_full for share in shares] == [True, False]


@effect("liquidation.close_factor.minimum_usd", "liquidation.restore_margin.minimum_usd")
def _a_smaller_account_closes_whole(case: Case) -> None:
    answers = [plan(case, usd * Decimal("0.0198"), usd * Decimal("0.02"), usd) for usd in (case.value - 1, case.value)]
    assert [answer.is_full for answer in answers] == [True, False]


@effect("liquidation.close_factor.dust_usd")
def _no_less_is_left(case: Case) -> None:
    half = case.value / case.other("close_factor")
    answers = [plan(case, usd * Decimal("0.0198"), usd * Decimal("0.02"), usd) for usd in (half - 2, half + 2)]
    assert [answer.is_full or answer.close_wad == WAD for answer in answers] == [True, False]


@effect("liquidation.fixed_fraction.fraction")
def _the_share_of_a_large_position_that_goes_first(case: Case) -> None:
    assert below(case, MILLION).close_wad / WAD * MILLION == near(case.value * MILLION)


@effect("liquidation.fixed_fraction.large_usd")
def _only_a_larger_position_goes_in_parts(case: Case) -> None:
    assert [below(case, case.value + more).is_full for more in (0, 1)] == [True, False]


@effect("liquidation.fixed_fraction.cooldown_s", "liquidation.fixed_fraction.repeats_after_cooldown")
def _a_second_step_is_whole_before_it_and_a_fraction_after_it(case: Case) -> None:
    first = plan(case, 18_000, 20_000, MILLION)
    wait = case.other("cooldown_s")
    late = [plan(case, 18_000, 20_000, MILLION, memo=first.memo, at=wait + more).is_full for more in (-1, 0)]
    assert [first.is_full, *late] == [False, True, not case.other("repeats_after_cooldown")]


@effect("liquidation.fixed_fraction.backstop", "liquidation.fixed_fraction.takes_over")
def _an_account_below_this_share_of_its_requirement_is_lost_whole(case: Case) -> None:
    level = case.other("backstop")
    lost, kept = (plan(case, MILLION * (level + more), MILLION, 10 * MILLION) for more in (Decimal("-0.001"), 0))
    assert (lost.is_full, lost.takes_over, lost.forfeits) == (True, case.other("takes_over"), not lost.takes_over)
    assert not kept.is_full


@effect("liquidation.restore_margin.buffer", "liquidation.restore_margin.close_factor")
def _afterwards_equity_is_as_much_above_the_requirement_or_as_much_was_closed(case: Case) -> None:
    """What the liquidator finds for the plan; here that it asks for it."""
    answer = below(case, MILLION)
    assert answer.target_wad / WAD == near(1 + case.other("buffer"))
    assert answer.close_wad / WAD == near(case.other("close_factor"))


@effect("liquidation.tier_ladder.lower_usd", "liquidation.tier_ladder.steps")
def _a_position_goes_down_to_the_limit_of_the_tier_below(case: Case) -> None:
    for m in range(len(case.design.markets)):
        limits = [*case.other("lower_usd", m)]
        size = 2 * limits[-1]
        sizes = [0] * m + [size]
        answer = plan(case, Decimal("0.018") * size, Decimal("0.02") * size, *sizes)
        left = size * (1 - Fraction(answer.close_wad, WAD))
        assert float(left) == near(limits[len(limits) - case.other("steps")])
        sizes[m] = limits[1]
        assert plan(case, Decimal("0.018") * size, Decimal("0.02") * size, *sizes).is_full


@effect("liquidation.tier_ladder.takes_over")
def _the_lowest_tier_is_taken_over(case: Case) -> None:
    answer = below(case, 1_000)
    assert answer.is_full and answer.takes_over is case.value


GOALS = ("capped_pro_rata", "pro_rata_deleverage", "listed_queue")


def goal(case: Case, profit_usd: Any, pool_usd: Any, deficit_usd: Any = 0) -> tuple[float, float]:
    """(profit to realise, profit to lose) in USD."""
    answer = case.policy.call("goal", wad(profit_usd), wad(pool_usd), wad(deficit_usd))
    return answer[0] / WAD, answer[1] / WAD


@effect(*(f"deleverage.{policy}.trigger" for policy in GOALS))
def _a_profit_above_this_share_of_the_pool_is_reduced(case: Case) -> None:
    share = case.value or Decimal(5)
    below, above = (goal(case, MILLION * share * k, MILLION)[0] for k in (Decimal("0.999"), Decimal("1.001")))
    assert below == 0 and (above > 0) == (case.value > 0)


@effect(*(f"deleverage.{policy}.target" for policy in GOALS))
def _until_it_is_this_share_of_what_is_left(case: Case) -> None:
    trigger = case.other("trigger")
    profit = float(MILLION * (trigger or 5) * Decimal("1.1"))
    realised = goal(case, Decimal(profit), MILLION)[0]
    assert trigger == 0 or (profit - realised) / (MILLION - realised) == near(case.value)
    assert (realised == 0) == (trigger == 0)


@effect(*(f"deleverage.{policy}.covers_deficit" for policy in GOALS))
def _winners_lose_what_a_bankrupt_left(case: Case) -> None:
    assert goal(case, MILLION, 100 * MILLION, 777) == (0, 777 if case.value else 0)


@effect("deleverage.capped_pro_rata.cap")
def _no_winner_gives_more_than_this_share_of_a_profit(case: Case) -> None:
    given = case.policy.call("allot", wad(MILLION), wad(MILLION), wad(1_000), wad(1_000))
    assert given / WAD == near(1_000 * case.value)


@effect("deleverage.listed_queue.lot_usd")
def _a_winner_gives_in_lots_of_as_many_dollars(case: Case) -> None:
    """A lot of a billion is more than any position: who is first gives the whole of it."""
    given = case.policy.call("allot", wad(10), wad(10), wad(500 * MILLION), wad(500 * MILLION))
    assert given / WAD == near(min(case.value, 500 * MILLION))
