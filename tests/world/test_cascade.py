"""The loop against cascades in closed form (`sim.validation.cascades`)."""

from __future__ import annotations

import pytest

from sim.validation.cascades import DEPTH_USD, GAINS, REACH, ROOTS, final_fall, linear_fall, root_end, root_fall


@pytest.mark.parametrize("gain", GAINS)
def test_a_linear_book_multiplies_a_shock_by_one_over_one_less_the_gain(gain):
    """Queued units are sold lower than they were triggered: the deeper the fall, the less USD they are."""
    fall = linear_fall(gain)
    assert fall == pytest.approx(0.03 / (1.0 - gain), rel=0.002 + 0.1 * gain**2)
    assert fall <= 0.03 / (1.0 - gain) * (1.0 + 1e-6)


@pytest.mark.parametrize(("shock", "k"), ROOTS)
def test_a_square_root_book_ends_where_it_must(shock, k):
    assert root_fall(shock, k) == pytest.approx(root_end(shock, k), rel=0.01)


def test_a_gain_above_one_runs_through_all_that_there_is():
    assert linear_fall(1.2) > REACH


def test_the_end_does_not_depend_on_how_long_selling_takes():
    ends = [final_fall(0.03, 1.0, 0.5 * DEPTH_USD / 0.01, execution_s) for execution_s in (20.0, 60.0)]
    assert ends[0] == pytest.approx(ends[1], rel=0.005)
