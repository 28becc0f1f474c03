"""Value-at-risk and expected shortfall: closed forms, and honesty about few paths."""

from __future__ import annotations

import numpy as np
import pytest

from sim import streams
from sim.risk import tail


def rng() -> np.random.Generator:
    return streams.generator(3, 0, 0, "test of tails")


def test_expected_shortfall_is_the_mean_of_the_worst() -> None:
    losses = np.arange(1.0, 101.0)
    assert tail.value_at_risk(losses, 0.95) == 95.0
    assert tail.expected_shortfall(losses, 0.95) == pytest.approx(98.0)  # mean of 96..100


def test_the_boundary_loss_enters_with_its_fraction() -> None:
    """Half of (1 - 0.75) * 2 = 0.5 paths: the worst one alone."""
    assert tail.expected_shortfall(np.array([1.0, 5.0]), 0.75) == pytest.approx(5.0)
    assert tail.expected_shortfall(np.array([1.0, 5.0]), 0.25) == pytest.approx((5.0 + 0.5 * 1.0) / 1.5)


@pytest.mark.parametrize(("level", "expected"), [(0.99, 2.6652), (0.975, 2.3378)])
def test_the_shortfall_of_a_normal_is_the_closed_form(level: float, expected: float) -> None:
    losses = rng().standard_normal(400_000)
    standard_error = 3.0 / np.sqrt(400_000 * (1 - level))  # sd of the tail is below 3 / 3
    assert tail.expected_shortfall(losses, level) == pytest.approx(expected, abs=3 * standard_error)


def test_few_paths_show_no_difference_and_say_why() -> None:
    low, high = np.arange(10.0), np.arange(10.0) + 5.0
    base, other = tail.tails({"a": low, "b": high}, "a", rng())
    assert base.verdict == "baseline"
    assert other.verdict == "no difference shown"
    assert "20" in other.note


def test_a_design_that_equals_the_baseline_differs_by_exactly_zero() -> None:
    losses = rng().standard_normal(64)
    _, twin = tail.tails({"a": losses, "b": losses.copy()}, "a", rng())
    assert (twin.difference, twin.difference_low, twin.difference_high, twin.verdict) == (0.0, 0.0, 0.0, "identical")


def test_a_worse_tail_is_shown_with_enough_paths() -> None:
    losses = rng().standard_normal(400)
    _, worse = tail.tails({"a": losses, "b": losses + 1.0}, "a", rng())
    assert worse.verdict == "higher"
    assert worse.difference == pytest.approx(1.0)
