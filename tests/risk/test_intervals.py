"""Intervals and corrections against scipy, published values and sums by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sim.risk import intervals

SAMPLE = np.array([1.0, 2.0, 4.0, 8.0, 16.0])


def test_the_t_interval_is_scipys() -> None:
    mean, low, high = intervals.t_interval(SAMPLE)
    expected = stats.t.interval(0.95, 4, loc=SAMPLE.mean(), scale=stats.sem(SAMPLE))
    assert (mean, low, high) == pytest.approx((6.2, *expected))


def test_values_without_spread_have_an_interval_without_width() -> None:
    assert intervals.t_interval(np.array([0.1, 0.1, 0.1])) == (0.1, 0.1, 0.1)


def test_one_value_has_no_interval() -> None:
    mean, low, high = intervals.t_interval(np.array([3.0]))
    assert mean == 3.0
    assert np.isnan([low, high]).all()


def test_wilson_does_not_collapse_at_the_ends() -> None:
    expected = stats.binomtest(3, 10).proportion_ci(method="wilson")
    assert intervals.wilson_interval(3, 10) == pytest.approx((0.3, expected.low, expected.high))
    share, low, high = intervals.wilson_interval(0, 16)
    assert (share, low) == (0.0, 0.0)
    assert 0.15 < high < 0.25


def test_the_paired_p_value_is_scipys() -> None:
    other = np.array([1.5, 1.0, 4.5, 7.0, 18.0])
    assert intervals.paired_p_value(SAMPLE - other) == pytest.approx(stats.ttest_rel(SAMPLE, other).pvalue)
    assert intervals.paired_p_value(np.zeros(5)) == 1.0


def test_holm_multiplies_by_what_is_left_and_never_falls() -> None:
    """0.01 * 4, 0.02 * 3, 0.03 * 2, then 0.04 * 1 lifted to the one before; not a number stays."""
    adjusted = intervals.holm([0.03, 0.01, np.nan, 0.04, 0.02])
    assert adjusted[[1, 4, 0, 3]] == pytest.approx([0.04, 0.06, 0.06, 0.06])
    assert np.isnan(adjusted[2])
