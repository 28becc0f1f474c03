"""The measurement of coverage: it asks what a report prints, and it can see intervals that do not cover."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.risk import coverage, intervals, paired, rules
from sim.risk.coverage_page import groups, page
from sim.risk.measures import MEASURES, by_key
from sim.world import streams

N = 4_096


def rng(key: int = 0) -> np.random.Generator:
    return streams.generator(11, key, 0, "test of coverage")


def known() -> dict[str, dict[str, np.ndarray]]:
    """Two designs whose measures are lognormal, whole or mostly zero, by kind."""
    found: dict[str, dict[str, np.ndarray]] = {}
    for d, design in enumerate(("a", "b")):
        numbers = {}
        for i, measure in enumerate(MEASURES):
            draw = rng(100 * d + i)
            numbers[measure.key] = {
                "mean": draw.normal(size=N),
                "uneven": draw.lognormal(0, 0.2, N),
                "skewed": draw.lognormal(0, 0.7, N),
                "outlying": draw.lognormal(0, 0.7, N),
                "sum": draw.lognormal(5, 0.7, N),
                "count": draw.poisson(3.0, N).astype(float),
                "loss": draw.lognormal(5, 1, N) * (draw.random(N) < 0.3),
                "probability": (draw.random(N) < 0.3).astype(float),
            }[measure.kind]
        found[design] = numbers
    return found


@pytest.mark.parametrize("key", ["lp_return_pct", "trade_fee_usd", "late_liquidations", "bad_debt_usd"])
@pytest.mark.parametrize("n", [16, 64, 256])
def test_what_is_measured_is_what_a_report_prints(key: str, n: int) -> None:
    """Sample by sample: the same intervals as an estimate and a difference of a report, or none in both."""
    measure, paths = by_key(key), known()
    one = coverage.Population("one", measure.kind, measure.unit, paths["a"][key], None, measure.is_signed)
    two = replace(one, values=paths["b"][key], baseline=paths["a"][key])
    index = rng(1).integers(0, N, (20, n))
    values, baseline = paths["b"][key][index], paths["a"][key][index]
    low, high = coverage.printed(one, baseline, None)
    away_low, away_high = coverage.printed(two, values, baseline)
    for i in range(20):
        alone = paired.estimate(measure, "a", baseline[i])
        away = paired.difference(measure, "b", values[i], baseline[i])
        told = [alone.low, alone.high, away.low, away.high]
        assert told == pytest.approx([low[i], high[i], away_low[i], away_high[i]], nan_ok=True)
    assert np.isfinite(low).any() == (n >= rules.fewest(measure.kind))


def test_a_share_is_measured_as_a_report_prints_it() -> None:
    measure = by_key("bad_debt_probability")
    values, baseline = (rng(2).random((2, 20, 32)) < 0.2).astype(float)
    population = coverage.Population("two", "share", measure.unit, values[0], baseline[0], False)
    low, high = coverage.printed(population, values, baseline)
    for i in range(20):
        told = paired.difference(measure, "b", values[i], baseline[i])
        assert (told.low, told.high) == pytest.approx((low[i], high[i]))


def test_every_kind_of_every_measure_is_measured() -> None:
    found = coverage.populations(MEASURES, known())
    kinds = {(population.kind, population.baseline is not None) for population in found}
    expected = {measure.kind for measure in MEASURES} - {"probability"}
    expected |= {"share", "value-at-risk", "expected shortfall"}
    assert {kind for kind, _ in kinds} >= expected
    assert {kind for kind, is_difference in kinds if is_difference} >= expected


def test_an_interval_that_is_too_narrow_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted fault: Student's t alone on a skewed population."""
    values = rng(3).lognormal(0, 2, N)
    population = coverage.Population("planted", "sum", "USD", values, None, False)
    monkeypatch.setitem(rules.FEWEST, "sum", 8)
    monkeypatch.setattr(intervals, "mean_interval", intervals.t_interval)
    cell = coverage.measure(population, 32, 1_000, compare=False)
    assert cell.is_short
    (group,) = groups([cell])
    assert group.wrong == (cell,)


def test_an_interval_that_is_too_wide_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    population = coverage.Population("planted", "mean", "%", rng(4).normal(size=N))
    monkeypatch.setattr(intervals, "mean_interval", lambda pairs: intervals.t_interval(pairs, 0.995))
    cell = coverage.measure(population, 64, 1_000, compare=False)
    assert cell.is_wide
    assert next(groups([cell])).wrong == (cell,)


def test_what_is_not_printed_is_not_judged_but_named() -> None:
    population = coverage.Population("rare", "loss", "USD", rng(5).lognormal(5, 1, N) * (rng(6).random(N) < 0.01))
    few, rare = (coverage.measure(population, n, 200, compare=False) for n in (64, 256))
    assert not few.is_printed and not rare.is_printed
    told = page([few, rare], [], ("a",), "storm", N, 200)
    assert f"needs {rules.FEWEST['loss']} paths: no interval" in told
    assert "few paths differ" in told


def test_the_same_population_gives_the_same_cell() -> None:
    population = coverage.Population("again", "mean", "%", rng(7).normal(size=N))
    other = coverage.Population("other", "mean", "%", rng(8).normal(size=N))
    first = coverage.measure(population, 16, 200)
    coverage.measure(other, 16, 200)
    assert coverage.measure(population, 16, 200) == first
