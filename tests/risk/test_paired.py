"""Estimates and differences: no certainty from rounding, no interval that would not cover, nothing below zero."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from sim.risk import intervals, paired, resolution, rules
from sim.risk.measures import MEASURES, by_key
from sim.risk.sensitivity import UNSURE, judge, shifted

RETURN, DEBT, CHANCE, LATE, FEES = (
    by_key(key)
    for key in ("lp_return_pct", "bad_debt_usd", "bad_debt_probability", "late_liquidations", "trade_fee_usd")
)


def rng(key: int = 0) -> np.random.Generator:
    return np.random.default_rng([7, key])


def differ(measure, values, baseline, **options):
    return paired.difference(measure, "b", np.asarray(values, float), np.asarray(baseline, float), **options)


NOISE = {  # the same numbers, computed otherwise: summed in another order, divided and multiplied, shifted and back
    "order": lambda values: np.array([sum(reversed([v / 7] * 7)) for v in values]),
    "thirds": lambda values: values / 3.0 * 3.0,
    "shift": lambda values: (values + 1e3) - 1e3,
    "last bit": lambda values: np.nextafter(values, np.inf),
}


@pytest.mark.parametrize("name", NOISE)
@pytest.mark.parametrize("measure", [m for m in MEASURES if m.kind != "probability"], ids=lambda m: m.key)
@pytest.mark.parametrize("n", [2, 64])
def test_rounding_alone_is_never_a_difference(name: str, measure, n: int) -> None:
    values = rng().lognormal(5.0, 1.0, n)
    found = differ(measure, NOISE[name](values), values)
    assert found.verdict == paired.EQUAL
    assert found.mean == 0.0
    assert found.p_value == 1.0
    assert found.effect == ""


@pytest.mark.parametrize("name", NOISE)
def test_rounding_does_not_make_a_constant_difference_look_spread(name: str) -> None:
    """What gave p = 2.9e-11 on two paths: a difference that is the same but for the last bits."""
    values = rng().lognormal(1.0, 0.3, 2)
    found = differ(RETURN, NOISE[name](values + 0.25), values)
    assert found.p_value == pytest.approx(0.5)  # the sign test on two paths
    assert found.verdict == paired.NEEDS_PATHS
    assert np.isnan(found.low)


def test_what_counts_as_rounding_grows_with_the_numbers_and_has_a_floor_in_each_unit() -> None:
    assert resolution.resolution("USD", np.array([1.0])) == 1e-4
    assert resolution.resolution("USD", np.array([-5e6, np.nan, np.inf])) == pytest.approx(5e-3)
    for measure in MEASURES:
        assert measure.unit in resolution.FLOORS, measure.key


def test_a_small_difference_that_is_measurable_is_still_found() -> None:
    values = rng().normal(-2.0, 1.0, 64)
    found = differ(RETURN, values + 1e-6 + 1e-8 * rng(1).normal(size=64), values)
    assert (found.verdict, found.effect) == ("higher", "better")
    assert found.mean == pytest.approx(1e-6, rel=0.1)


def test_only_one_deployed_design_is_identical() -> None:
    values = rng().normal(size=64)
    assert differ(RETURN, values, values).verdict == paired.EQUAL
    same = differ(RETURN, values, values, is_same=True)
    assert (same.verdict, same.mean, same.low, same.high) == (paired.IDENTICAL, 0.0, 0.0, 0.0)
    assert differ(RETURN, values + 1.0, values, is_same=True).verdict != paired.IDENTICAL


def test_what_no_path_showed_is_none_seen_and_not_certainly_nothing() -> None:
    nothing = np.zeros(64)
    for measure in (DEBT, LATE, FEES, CHANCE):
        found = differ(measure, nothing, nothing)
        assert found.verdict == paired.NONE_SEEN
        assert found.high - found.low != 0.0
        alone = paired.estimate(measure, "a", nothing)
        assert alone.high - alone.low != 0.0
    assert differ(CHANCE, nothing, nothing).high == pytest.approx(0.0566, abs=1e-3)


def test_a_share_that_is_certain_on_every_path_has_an_interval_with_width() -> None:
    found = differ(CHANCE, np.ones(16), np.zeros(16))
    assert found.mean == 1.0
    assert 0.5 < found.low < 0.9 < found.high
    assert found.verdict == "higher"
    assert found.p_value == pytest.approx(stats.binomtest(16, 16).pvalue)


def test_five_paths_of_five_are_no_verdict_on_a_share() -> None:
    found = differ(CHANCE, np.ones(5), np.zeros(5))
    assert found.p_value == pytest.approx(0.0625)
    assert found.low <= 0.0
    assert found.verdict == paired.NO_DIFFERENCE


@pytest.mark.parametrize("kind", rules.FEWEST)
def test_below_the_fewest_paths_of_a_kind_there_is_no_interval_and_no_test(kind: str) -> None:
    measure = replace(FEES, kind=kind)
    fewest = rules.fewest(kind)
    for n, has_one in ((fewest - 1, False), (fewest, True)):
        values, baseline = rng(n).lognormal(5, 1, n), rng(n + 1).lognormal(5, 1, n)
        found, alone = differ(measure, values, baseline), paired.estimate(measure, "a", values)
        assert np.isfinite([found.low, found.p_value, alone.low, alone.high]).all() == has_one
        assert (found.verdict == paired.NEEDS_PATHS) == (not has_one)
        assert found.n_needed == alone.n_needed == (0 if has_one else fewest)


def test_three_paths_of_64_that_differ_are_told_but_not_judged() -> None:
    values = np.zeros(64)
    values[[3, 30, 60]] = 1e4, 2e4, 1e3
    found = differ(LATE, values, np.zeros(64))
    assert (found.verdict, found.n_apart) == (paired.NEEDS_PATHS, 3)
    assert np.isnan([found.low, found.high, found.p_value]).all()
    assert found.n_needed == 430  # for 20 that differ


@pytest.mark.parametrize("key", ["trade_fee_usd", "late_liquidations", "insurance_used_usd"])
def test_what_cannot_be_negative_has_no_end_below_zero(key: str) -> None:
    values = np.zeros(256)
    values[:20] = 1e6 * rng().lognormal(0.0, 3.0, 20)
    found = paired.estimate(by_key(key), "a", values)
    assert 0.0 <= found.low < found.mean < found.high
    assert intervals.mean_interval(values)[0] < 0.0  # so that there was something to cut


def test_what_may_be_negative_keeps_its_lower_end() -> None:
    values = rng().normal(0.01, 1.0, 64)
    assert paired.estimate(RETURN, "a", values).low < 0.0


def test_only_measures_that_may_be_negative_say_so() -> None:
    """A measure that shows a negative number on a path and says that it cannot would lose its lower end."""
    unsigned = replace(RETURN, is_signed=False)
    assert paired.estimate(unsigned, "a", np.array([-1.0, 1.0] * 32)).low < 0.0


def test_a_difference_is_turned_round_with_its_sides() -> None:
    values, baseline = rng(1).lognormal(5, 1, 64), rng(2).lognormal(5, 1, 64)
    found, turned = differ(FEES, values, baseline), differ(FEES, baseline, values)
    assert (found.mean, found.low, found.high) == pytest.approx((-turned.mean, -turned.high, -turned.low))
    assert found.p_value == pytest.approx(turned.p_value)


def test_neither_the_order_of_paths_nor_other_measures_change_anything() -> None:
    values, baseline = rng(1).lognormal(5, 1, 64), rng(2).lognormal(5, 1, 64)
    order = rng(3).permutation(64)
    straight, mixed = differ(FEES, values, baseline), differ(FEES, values[order], baseline[order])
    assert (straight.low, straight.high) == pytest.approx((mixed.low, mixed.high), rel=1e-12)


def test_a_claim_survives_only_if_it_is_one() -> None:
    """A constant zero has p = 1; a shown difference with a tiny p survives."""
    shown = differ(RETURN, np.linspace(1, 2, 64), np.zeros(64))
    none = differ(RETURN, np.zeros(64), np.zeros(64))
    adjusted = paired.adjust({("x", "b"): shown, ("y", "b"): none})
    assert [found.survives_holm for found in adjusted.values()] == [True, False]


def test_a_stricter_confidence_makes_intervals_wider_and_claims_rarer() -> None:
    values = 0.6 + rng(5).normal(0.0, 2.0, 64)
    loose = differ(RETURN, values, np.zeros(64))
    strict = differ(RETURN, values, np.zeros(64), confidence=0.995)
    assert strict.high - strict.low > 1.2 * (loose.high - loose.low)
    assert strict.p_value == loose.p_value
    assert (loose.verdict, strict.verdict) == ("higher", paired.NO_DIFFERENCE)


@pytest.mark.parametrize("name", NOISE)
def test_rounding_is_no_difference_in_a_neighbour_of_the_scenario_either(name: str) -> None:
    values = rng().lognormal(1.0, 0.3, 64)
    base, rows = NOISE[name](values) - values, np.arange(9)
    few = values[rows] - NOISE[name](values[rows])
    mean, low, high = shifted(base, few, rows)
    assert (mean, judge(low, high, 0)) == (0.0, UNSURE)
