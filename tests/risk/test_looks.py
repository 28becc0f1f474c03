"""Adding paths until an interval is narrow: however often one looks, 95 % hold at the end."""

from __future__ import annotations

import numpy as np
import pytest

from sim.risk import coverage, intervals
from sim.risk.looks import Looks
from sim.world import streams


def test_looks_double_and_end_at_the_most_paths() -> None:
    assert Looks.of(1.0, 1_000).planned == (64, 128, 256, 512, 1_000)
    assert Looks.of(1.0, 64).planned == (64,)
    assert Looks.of(1.0, 10).planned == (10,)


@pytest.mark.parametrize("paths", [10, 64, 300, 4_096])
def test_the_chance_to_err_is_shared_out(paths: int) -> None:
    looks = Looks.of(1.0, paths)
    assert len(looks.planned) * (1.0 - looks.confidence) == pytest.approx(0.05)


def population(shape: str) -> coverage.Population:
    rng = streams.generator(5, 0, 0, f"test of looks at {shape}")
    pairs = rng.normal(0.3, 1.0, 4_096) if shape == "normal" else rng.gamma(1.0, 1.0, 4_096)
    return coverage.Population(shape, "mean", "pp", pairs, np.zeros(4_096))


@pytest.mark.parametrize("shape", ["normal", "skewed"])
@pytest.mark.parametrize("is_null", [False, True])
@pytest.mark.parametrize("width", [0.55, 0.35])
def test_the_interval_holds_where_it_stops(shape: str, is_null: bool, width: float) -> None:
    found = coverage.stopped(population(shape), width, 512, is_null, repeats=1_000)
    assert found.high >= 0.95  # at least 95 % within what 1,000 runs can tell
    assert 64 <= found.mean_paths < 512
    assert found.reached > 0.5


def test_looking_at_every_path_without_correction_does_not_hold() -> None:
    """So that the simulation can see what it is there for: to stop where an uncorrected interval excludes the truth."""
    pairs = streams.generator(5, 1, 0, "test of looks").normal(size=(1_000, 512))
    looks = Looks.of(1.0, 512)
    missed = {0.95: np.zeros(1_000, dtype=bool), looks.confidence: np.zeros(1_000, dtype=bool)}
    for n in looks.planned:
        for confidence, ever in missed.items():
            low, high = intervals.mean_interval(pairs[:, :n], confidence)
            ever |= (low > 0.0) | (high < 0.0)
    assert missed[0.95].mean() > 0.08
    assert missed[looks.confidence].mean() < 0.05
