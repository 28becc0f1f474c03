"""Intervals and tests against scipy, published values, and sums over everything that can happen."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, stats

from sim.risk import intervals

SAMPLE = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
EVEN = np.array([-3.0, -1.0, 0.0, 1.0, 3.0]) + 0.5


def test_the_t_interval_is_scipys() -> None:
    expected = stats.t.interval(0.95, 4, loc=SAMPLE.mean(), scale=stats.sem(SAMPLE))
    assert intervals.t_interval(SAMPLE) == pytest.approx(expected)


def test_without_skewness_the_interval_and_the_test_of_a_mean_are_students() -> None:
    assert intervals.skewed_interval(EVEN) == pytest.approx(intervals.t_interval(EVEN))
    assert intervals.mean_interval(EVEN) == pytest.approx(intervals.t_interval(EVEN))
    assert intervals.mean_p_value(EVEN) == pytest.approx(stats.ttest_1samp(EVEN, 0.0).pvalue)


def test_the_ends_that_allow_for_skewness_are_where_halls_polynomial_meets_the_quantile() -> None:
    """The polynomial of Hall (1992), equation 4.4, solved numerically: a = 1/3 and b = 1/6 for a mean."""
    n, skew = len(SAMPLE), stats.skew(SAMPLE)
    error = stats.sem(SAMPLE)

    def away(mean: float) -> float:
        t = (SAMPLE.mean() - mean) / error
        s = skew / np.sqrt(n)
        return t + s * t**2 / 3 + s**2 * t**3 / 27 + s / 6

    quantile = stats.t.ppf(0.975, n - 1)
    low = optimize.brentq(lambda mean: away(mean) - quantile, -1e3, 1e3)
    high = optimize.brentq(lambda mean: away(mean) + quantile, -1e3, 1e3)
    assert intervals.skewed_interval(SAMPLE) == pytest.approx((low, high))


def test_a_long_tail_above_moves_the_upper_end_and_the_mirror_image_the_lower() -> None:
    low, high = intervals.mean_interval(SAMPLE)
    assert high - SAMPLE.mean() > SAMPLE.mean() - low > 0.0
    assert intervals.mean_interval(-SAMPLE) == pytest.approx((-high, -low))


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.99])
def test_the_test_of_a_mean_rejects_just_where_the_interval_excludes_zero(confidence: float) -> None:
    samples = np.random.default_rng(1).exponential(size=(500, 12)) - 0.4
    low, high = intervals.mean_interval(samples, confidence)
    rejects = intervals.mean_p_value(samples) < 1.0 - confidence
    assert np.array_equal(rejects, (low > 0.0) | (high < 0.0))
    assert 0 < rejects.sum() < 500


def test_means_do_not_depend_on_the_unit_or_on_the_order() -> None:
    low, high = intervals.mean_interval(SAMPLE)
    assert intervals.mean_interval(1e6 * SAMPLE[::-1]) == pytest.approx((1e6 * low, 1e6 * high))


@pytest.mark.parametrize("n", [8, 64])
@pytest.mark.parametrize("k", [0, 1, 4, 7, 8])
def test_shares_have_scipys_exact_interval_where_they_are_rare_and_wilsons_elsewhere(k: int, n: int) -> None:
    method = "exact" if min(k, n - k) < 5 else "wilson"
    expected = stats.binomtest(k, n).proportion_ci(method=method)
    assert intervals.share_interval(k, n) == pytest.approx((expected.low, expected.high))


def test_none_of_64_paths_leaves_some_six_per_cent() -> None:
    low, high = intervals.share_interval(0, 64)
    assert low == 0.0
    assert (1.0 - high) ** 64 == pytest.approx(0.025)  # so rare that none of 64 is the last quantile


@pytest.mark.parametrize("n", [16, 64, 256])
def test_a_share_is_covered_whatever_it_is(n: int) -> None:
    """Summed over every count that can happen, not drawn."""
    counts = np.arange(n + 1)
    low, high = intervals.share_interval(counts, n)
    for share in np.linspace(0.002, 0.998, 250):
        covered = stats.binom.pmf(counts, n, share)[(low <= share) & (share <= high)].sum()
        assert covered >= 0.93, (n, share)
    assert (high > low).all()


def pairs(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Every number of pairs in which only the first, or only the second, has the event."""
    first, second = np.meshgrid(np.arange(n + 1), np.arange(n + 1), indexing="ij")
    is_possible = first + second <= n
    return first[is_possible], second[is_possible]


@pytest.mark.parametrize(
    ("only_first", "only_second"), [(0.0, 0.01), (0.35, 0.0), (0.1, 0.1), (0.3, 0.2), (0.02, 0.05), (0.6, 0.01)]
)
@pytest.mark.parametrize("n", [8, 16, 64])
def test_a_difference_of_shares_is_covered_whatever_it_is(n: int, only_first: float, only_second: float) -> None:
    first, second = pairs(n)
    low, high = intervals.paired_share_interval(first, second, n)
    cells = np.stack([first, second, n - first - second], axis=1)
    chance = stats.multinomial.pmf(cells, n, [only_first, only_second, 1.0 - only_first - only_second])
    truth = only_first - only_second
    assert chance.sum() == pytest.approx(1.0)
    assert chance[(low <= truth + 1e-12) & (truth <= high + 1e-12)].sum() >= 0.93


def test_a_difference_of_shares_never_has_an_interval_without_width() -> None:
    """With every pair alike too, where a t interval is a point."""
    for first, second in ((0, 0), (8, 0), (0, 8)):
        low, high = intervals.paired_share_interval(first, second, 8)
        assert high - low > 0.3
        assert low <= (first - second) / 8 <= high


def test_the_score_interval_ends_where_the_profile_likelihood_score_is_the_quantile() -> None:
    """Tango (1998): 12 and 2 of 50 pairs; the nuisance parameter is found by maximising the likelihood."""
    b, c, n = 12, 2, 50

    def score(difference: float) -> float:
        def loss(p21: float) -> float:
            p12 = p21 + difference
            return -(b * np.log(p12) + c * np.log(p21) + (n - b - c) * np.log(1.0 - p12 - p21))

        start = max(0.0, -difference)
        p21 = optimize.minimize_scalar(
            loss, bounds=(start + 1e-9, (1.0 - difference) / 2 - 1e-9), method="bounded", options={"xatol": 1e-12}
        ).x
        return (b - c - n * difference) / np.sqrt(n * (2 * p21 + difference * (1.0 - difference)))

    low, high = intervals.tango_interval(b, c, n)
    assert score(float(low)) == pytest.approx(1.959964, abs=1e-4)
    assert score(float(high)) == pytest.approx(-1.959964, abs=1e-4)
    assert intervals.tango_interval(c, b, n) == pytest.approx((-high, -low))


def test_the_interval_of_a_difference_of_shares_says_no_more_than_the_exact_test() -> None:
    first, second = pairs(24)
    low, high = intervals.paired_share_interval(first, second, 24)
    excludes = (low > 0.0) | (high < 0.0)
    p_values = intervals.sign_p_value(first, second)
    assert np.all(p_values[excludes] < 0.05)
    assert excludes.any()
    for index in range(0, len(first), 7):
        f, s = int(first[index]), int(second[index])
        expected = stats.binomtest(f, f + s).pvalue if f + s else 1.0
        assert p_values[index] == pytest.approx(expected)


@pytest.mark.parametrize("n", [59, 64, 100, 256, 1024])
def test_a_quantile_lies_between_the_two_ranks_as_often_as_it_says(n: int) -> None:
    """Uniforms: the k-th of n ordered ones is below 0.95 with the chance of a beta distribution."""
    low, high = intervals.quantile_ranks(n, 0.95) or (0, 0)
    covered = stats.beta.cdf(0.95, low + 1, n - low) - stats.beta.cdf(0.95, high + 1, n - high)
    assert 0.95 <= covered < 0.97


def test_too_few_values_have_no_interval_of_a_far_quantile() -> None:
    assert intervals.quantile_ranks(58, 0.95) is None
    assert 1.0 - 0.95**58 < 0.95 < 1.0 - 0.95**59  # even from the lowest to the highest


def test_holm_multiplies_by_what_is_left_and_never_falls() -> None:
    """0.01 * 4, 0.02 * 3, 0.03 * 2, then 0.04 * 1 lifted to the one before; not a number stays."""
    adjusted = intervals.holm([0.03, 0.01, np.nan, 0.04, 0.02])
    assert adjusted[[1, 4, 0, 3]] == pytest.approx([0.04, 0.06, 0.06, 0.06])
    assert np.isnan(adjusted[2])
