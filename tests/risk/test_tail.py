"""Value-at-risk and expected shortfall: closed forms, and honesty about few paths."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sim.risk import tail
from sim.world import streams


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


SAMPLES = 3_000
NORMAL_SHORTFALL = float(stats.norm.pdf(stats.norm.ppf(0.95)) / 0.05)


@pytest.mark.parametrize(("n", "measure"), [(64, "risk"), (256, "risk"), (512, "shortfall"), (1024, "shortfall")])
def test_the_tail_of_a_normal_is_covered(n: int, measure: str) -> None:
    """Against the closed forms; 99 % bounds of 3,000 samples around 93 and 97 %."""
    losses = rng().standard_normal((SAMPLES, n))
    interval, truth = (
        (tail.value_at_risk_interval, stats.norm.ppf(0.95))
        if measure == "risk"
        else (tail.shortfall_interval, NORMAL_SHORTFALL)
    )
    low, high = interval(losses, 0.95)
    assert 0.92 < np.mean((low <= truth) & (truth <= high)) < 0.975


@pytest.mark.parametrize("n", [10, 40, 58, 64, 511])
def test_too_few_paths_have_no_interval_and_the_note_says_how_many_have(n: int) -> None:
    (base,) = tail.tails({"a": rng().standard_normal(n)}, "a")
    assert np.isnan(base.value_at_risk_low) == (n < 59)
    assert np.isnan(base.expected_shortfall_low)
    assert "512" in base.note
    assert ("59" in base.note) == (n < 59)
    assert np.isfinite([base.value_at_risk, base.expected_shortfall]).all()


def test_with_enough_paths_there_is_nothing_to_warn_of() -> None:
    (base,) = tail.tails({"a": rng().standard_normal(512)}, "a")
    assert base.note == ""
    assert base.value_at_risk_low < base.value_at_risk < base.value_at_risk_high
    assert base.expected_shortfall_low < base.expected_shortfall < base.expected_shortfall_high


def test_a_difference_of_tails_is_a_number_that_claims_nothing() -> None:
    losses = rng().standard_normal(400)
    base, worse = tail.tails({"a": losses, "b": losses + 1.0}, "a")
    assert worse.difference == pytest.approx(1.0)
    assert (base.verdict, worse.verdict) == (tail.BASELINE, tail.NO_TEST)


def test_only_the_deployed_design_of_the_baseline_is_identical() -> None:
    losses = rng().standard_normal(64)
    noisy = losses / 3.0 * 3.0
    _, twin, copy = tail.tails({"a": losses, "b": losses.copy(), "c": noisy}, "a", same=frozenset({"c"}))
    assert (twin.difference, twin.verdict) == (0.0, tail.NO_TEST)
    assert (copy.difference, copy.verdict) == (0.0, tail.IDENTICAL)


def test_losses_that_are_all_the_same_have_no_interval() -> None:
    (base,) = tail.tails({"a": np.full(600, 0.1)}, "a")
    assert np.isnan([base.value_at_risk_low, base.expected_shortfall_low]).all()


def test_a_stricter_confidence_needs_more_paths() -> None:
    losses = {"a": rng().standard_normal(64)}
    assert np.isfinite(tail.tails(losses, "a")[0].value_at_risk_low)
    (strict,) = tail.tails(losses, "a", confidence=0.99)
    assert np.isnan(strict.value_at_risk_low)
    assert "90" in strict.note  # 1 - 0.95^90 is the first above 99 %
