"""Measures of a day, on records that are made up so that each has one right answer."""

from __future__ import annotations

import numpy as np
import pytest

from sim.scenario.market import load_market
from sim.scenario.tables import unix_s
from sim.validation.checks import Plan
from sim.validation.days import BISTABILITY, fact_check, verdict_of
from sim.validation.ensembles import both_late, chunks, half_width, paired, spread, together
from sim.validation.facts import Fact, load_facts
from sim.validation.markets import shipped_document
from sim.validation.measures import MEASURES, Day
from sim.validation.studies import Study, market_of, measured, outcomes
from sim.validation.stylised import autocorrelation, moments, tail_index
from sim.validation.variants import VARIANTS, made

FACTS = load_facts("oct_2025")
MARKET = load_market("oct_2025")


@pytest.fixture
def day() -> Day:
    """One path in steps of a minute: BTC falls from 100 to 90 at 21:10 and is at 95 an hour later; SOL from 10 to 8."""
    start, until = unix_s(MARKET.clock.start), unix_s(MARKET.clock.end)
    time_s = np.arange(start + 60, until + 1, 60)
    shape = (1, len(time_s), len(MARKET.venues), len(MARKET.feeds))
    mid_usd, platforms = np.full(shape, 100.0), (1, len(time_s), len(MARKET.platforms))
    low = unix_s(FACTS.when.storm_from) + 20 * 60
    btc, sol = MARKET.feeds.index("BTC"), MARKET.feeds.index("SOL")
    for feed, at_low, later in ((btc, 90.0, 95.0), (sol, 80.0, 90.0)):
        mid_usd[:, time_s >= low, :, feed] = later
        mid_usd[:, time_s == low, :, feed] = at_low
    records = {
        "time_s": time_s,
        "mid_usd": mid_usd,
        "depth_usd": np.full(shape, 4.0),
        "open_interest_usd": np.full(shape, 10.0),
        "fundamental_usd": mid_usd[:, :, 0],
        "stopped_usd": np.zeros(platforms),
        "bad_debt_usd": np.zeros(platforms),
        "liquidated_usd": np.zeros((*platforms, 2)),
        "deleveraged_usd": np.zeros(platforms),
        "fund_usd": np.zeros(platforms),
        "makers_usd": np.zeros(shape[:3]),
    }
    return Day(MARKET, FACTS, records, np.full((1, *shape[2:]), 10.0))


def _at(day: Day, minutes: int) -> int:
    """The record so many minutes after the storm began."""
    return int(np.searchsorted(day.time_s, day.storm_s + 60 * minutes))


def test_falls_and_what_is_back_after_an_hour(day):
    assert MEASURES["btc_spot_fall"](day) == pytest.approx(10.0)
    assert MEASURES["sol_onchain_fall"](day) == pytest.approx(20.0)
    assert MEASURES["recovery"](day) == pytest.approx(100.0 * np.log(95 / 90) / np.log(100 / 90))


def test_liquidations_by_minute(day):
    k = day.platform("onchain_book")
    for minutes, usd in ((-300, 20.0), (10, 30.0), (26, 40.0), (50, 10.0)):
        day.records["liquidated_usd"][0, _at(day, minutes), k, 0] = usd
    day.records["liquidated_usd"][0, _at(day, 30), k, 1] = 25.0
    assert MEASURES["peak_minute_share"](day) == pytest.approx(100.0 * 40 / 125)
    assert MEASURES["peak_minute"](day) == pytest.approx(25.0), "the record of 21:16 is of the minute from 21:15 on"
    assert MEASURES["forty_minute_share"](day) == pytest.approx(100.0 * 95 / 125)
    assert MEASURES["long_share"](day) == pytest.approx(80.0)
    assert MEASURES["onchain_liquidated_share"](day) == pytest.approx(100.0 * 125 / (10.0 * len(MARKET.feeds)))


def test_the_first_deleveraging_is_counted_from_the_first_liquidation_of_the_storm(day):
    k = day.platform("onchain_book")
    assert np.isnan(MEASURES["first_deleveraging"](day)).all()
    day.records["liquidated_usd"][0, _at(day, -200), k, 0] = 1e9
    day.records["liquidated_usd"][0, _at(day, 5), k, 0] = 2e6
    day.records["deleveraged_usd"][0, _at(day, 9), k] = 1e9
    assert MEASURES["first_deleveraging"](day) == pytest.approx(240.0)
    assert MEASURES["onchain_deleveraged"](day) == pytest.approx(1.0)


def test_a_rush_begins_at_a_tenth_of_the_peak_rate(day):
    k = day.platform("onchain_book")
    assert np.isnan(outcomes(day)["rush_deleveraging"]).all()
    for minutes, usd in ((2, 9.0), (10, 11.0), (15, 100.0)):
        day.records["liquidated_usd"][0, _at(day, minutes), k, 0] = usd
    day.records["deleveraged_usd"][0, _at(day, 12), k] = 1e9
    assert outcomes(day)["rush_deleveraging"] == pytest.approx(120.0)


def test_open_interest_depth_and_losses(day):
    before = day.just_before
    assert day.time_s[before] == day.storm_s - 60
    day.records["open_interest_usd"][:, -1] = 6.0
    day.records["open_interest_usd"][:, -1, day.venue("onchain_book")] = 2.0
    assert MEASURES["onchain_open_interest_fall"](day) == pytest.approx(80.0)
    assert MEASURES["open_interest_fall"](day) == pytest.approx(100.0 * (1 - (4 * 6 + 2) / 50))
    day.records["depth_usd"][0, _at(day, 20), day.venue("large_a"), day.feed("BTC")] = 1.0
    assert MEASURES["btc_depth_lost"](day) == pytest.approx(75.0)
    day.records["makers_usd"][0, _at(day, 20)] = -2e6
    assert MEASURES["makers_loss"](day) == pytest.approx(10.0)
    day.records["fund_usd"][0, -1, day.platform("large_a")] = -3e6
    assert MEASURES["large_fund_change"](day) == pytest.approx(-3.0)


def test_dispersion_is_of_the_venues_that_are_asked_for(day):
    day.records["mid_usd"][0, :, day.venue("thin"), day.feed("BTC")] = 200.0
    assert MEASURES["btc_dispersion_calm"](day) == pytest.approx(0.0), "the thin venue is none of the three"
    for feed in FACTS.who.small_coins:
        day.records["mid_usd"][0, _at(day, 30), day.venue("thin"), day.feed(feed)] = 50.0
    assert MEASURES["alts_dispersion_peak"](day) == pytest.approx(100.0)
    assert MEASURES["alts_thin_fall"](day) == pytest.approx(50.0) and MEASURES["alts_spot_fall"](day) == 0.0


def test_a_fact_is_held_against_paths_that_did_not_cascade_too_early():
    fact = Fact(name="recovery", what="x", unit="%", value=50.0, tolerance=5.0, mark="check", source="x")
    numbers = {"recovery": np.array([48.0, 50.0, 52.0, 5.0]), "is_early": np.array([False, False, False, True])}
    check = fact_check(fact, numbers)
    assert check.verdict == "holds" and check.measured.startswith("50 [") and "check, not seen" in check.note
    assert verdict_of(fact, np.array([20.0, 40.0, 60.0])) == "reached"
    assert verdict_of(fact, np.array([20.0, 30.0, 40.0])) == "missed"
    assert verdict_of(fact, np.array([np.nan, np.nan])) == "missed"


def test_statistics_of_paths():
    assert spread(np.array([1.0, np.nan, 3.0])) == (2.0, pytest.approx(1.2), pytest.approx(2.8))
    mean, low, high = paired(np.array([2.0, 3.5, 4.0, np.nan]), np.array([1.0, 2.0, 3.0, 4.0]))
    assert mean == pytest.approx(3.5 / 3) and low < mean < high
    assert paired(np.ones(3), np.ones(3)) == (0.0, 0.0, 0.0) and half_width(np.array([1.0, 2.0, 3.0])) > 0.0
    assert both_late([{"is_early": np.array([True, False])}, {"is_early": np.array([False, False])}]).tolist() == [
        False,
        True,
    ]


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_is_a_market_and_leaves_the_document_alone(name):
    document = shipped_document("oct_2025")
    changed = made(document, name)
    assert document == shipped_document("oct_2025")
    assert (changed == document) == (name == "as it is")
    assert market_of(Study(variant=name, is_storm_only=True), FACTS).feeds == MARKET.feeds


def test_paths_are_the_same_in_any_chunks_and_a_pool_that_hedges_moves_the_hedgers_venue():
    study = Study(is_storm_only=True, cohorts=100, step_s=60)
    whole = measured(study, 3, (0, 1, 2))
    parts = {task: task() for task in chunks(study, 3, 3, 2)}
    again = together(parts, study, 3, 3, 2)
    assert all(np.array_equal(whole[name], again[name], equal_nan=True) for name in whole)
    falls = {
        share: measured(Study(is_storm_only=True, cohorts=100, step_s=60, pool_usd=2e9, hedged_share=share), 3, (0, 1))
        for share in (0.0, 0.7)
    }
    assert (falls[0.7]["hedge_venue_fall"] != falls[0.0]["hedge_venue_fall"]).all()
    assert (falls[0.0]["btc_spot_fall"] == measured(study, 3, (0, 1))["btc_spot_fall"]).all()


def test_weighted_moments_are_those_of_repeated_rows():
    rng = np.random.default_rng(1)
    rows = rng.standard_t(4, size=(3, 2_000))
    repeated = rows[[0, 0, 0, 1, 1, 2]]
    weights, equal = np.array([3.0, 2.0, 1.0]), np.ones(6)
    assert moments(rows, weights) == pytest.approx(moments(repeated, equal))
    assert autocorrelation(rows, weights, 2) == pytest.approx(autocorrelation(repeated, equal, 2))
    assert tail_index(rows, weights) == pytest.approx(tail_index(repeated, equal), rel=0.02)
    pareto = rng.pareto(3.0, size=(1, 200_000)) + 1.0
    assert tail_index(pareto, np.ones(1)) == pytest.approx(3.0, rel=0.05)


def test_days_without_news_must_not_cascade():
    plan = Plan("oct_2025", 11, 4, False)
    names = ("is_early", "btc_perp_fall", "liquidated_share")
    numbers = {name: np.array([0.0, 1.0, 2.0, 1.0]) for name in names} | {"is_early": np.zeros(4, dtype=bool)}
    hot = numbers | {"liquidated_share": np.array([0.0, 1.0, 9.0, 1.0])}
    for calm, verdict, count in ((numbers, "holds", "0 of 4"), (hot, "missed", "1 of 4")):
        results = {
            task: calm if task.arguments[0].variant == "no news" else numbers for task in BISTABILITY.tasks(plan)
        }
        check = BISTABILITY.checks(plan, results)[-1]
        assert check.verdict == verdict and check.measured.startswith(count)
