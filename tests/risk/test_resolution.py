"""What is one number and what are two."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from sim.risk import resolution


@pytest.mark.parametrize("shape", [(1,), (12,), (40, 12), (3, 5, 12)])
def test_what_is_apart_is_counted_as_pythons_counter_does(shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(4).integers(0, 5, shape).astype(float)
    expected = [len(row) - Counter(row.tolist()).most_common(1)[0][1] for row in values.reshape(-1, shape[-1])]
    assert resolution.apart(values, 1e-9).ravel().tolist() == expected


def test_numbers_that_only_rounding_tells_apart_are_one_and_others_are_not() -> None:
    noisy = np.array([0.1 + 0.2, 0.3, 0.3 + 1e-12, 0.4])
    assert resolution.apart(noisy, 1e-9) == 1
    ladder = 0.9e-9 * np.arange(100.0)  # each step is too small to see, the ladder is not
    assert resolution.apart(ladder, 1e-9) == 98
    assert not resolution.is_constant(ladder, 1e-9)
    assert resolution.is_constant(noisy[:3], 1e-9)
