"""Units and cash are made by nobody and lost by nobody: at every step, in every state of the market."""

from __future__ import annotations

import numpy as np
import pytest
from kernels_in_python import PLANTED, python_step
from market_factory import quiet, small_market, storm_of_october, world_of

from sim.validation.conservation import EXACT, leaks
from sim.world.endogenous.world import EndogenousWorld


def test_everybody_keeps_what_he_has_in_a_storm_with_everything_going_on():
    world = world_of(small_market(), sources=("hedgers", "arbitrageurs"))
    assert leaks(world, 360, orders=True) < EXACT
    records = world.records.arrays()
    for happened in ("liquidated_usd", "stopped_usd", "deleveraged_usd", "opened_usd", "left_usd", "flow_outside_usd"):
        assert records[happened].sum() > 0.0, happened
    assert (records["liquidated_usd"].sum(axis=(0, 1)) > 0.0).any(axis=1).all(), "both engines closed somebody"
    cohorts = world.state.population.cohorts
    assert cohorts.kept_usd.max() > 0.0, "a ladder left somebody something"
    assert cohorts.kept_usd.min() >= 0.0, "and nobody less than nothing"
    assert np.abs(world.state.platforms.fees_usd).min() > 0.0


def test_what_members_hold_together_is_counted_as_they_come_and_go():
    world = world_of(small_market())
    leaks(world, 300)
    population, platforms = world.state.population, world.state.platforms
    there = (1.0 - population.cohorts.closed)[:, None] * population.cohorts.units
    for k in range(2):
        own = slice(population.first[k], population.last[k])
        gross = np.abs(there[:, :, own]).sum(axis=2)
        assert platforms.gross_units[:, k] == pytest.approx(gross, rel=1e-9)
        assert np.abs(platforms.net_units[:, k] - there[:, :, own].sum(axis=2)).max() < 1e-9 * gross.max()


def test_everybody_keeps_what_he_has_in_october():
    assert leaks(world_of(storm_of_october(until="21:45"), cohorts=400), 360) < EXACT


EXTREMES = {
    "no patient part": {"book__patient_share": 0.0},
    "hardly any makers left": {"makers__least_presence": 1e-6},
    "a fall of a third": {"news__0__size_bps": -4_000.0},
    "a rise by half": {"news__0__size_bps": 4_000.0},
    "no funds": {"platform__0__insurance_usd": 0.0, "platform__1__insurance_usd": 0.0},
    "engines that sell at once": {"platform__0__execution_s": 0.1, "platform__1__execution_s": 0.1},
    "flat books": {"book__exponent": 0.3},
    "steep books": {"book__exponent": 1.9},
}


@pytest.mark.parametrize("extreme", EXTREMES)
def test_everybody_keeps_what_he_has_where_a_market_breaks(extreme):
    world = world_of(small_market(**EXTREMES[extreme]), paths=(0, 1, 2))
    assert leaks(world, 240) < EXACT
    assert np.isfinite(world.mid_usd()).all() and (world.mid_usd() > 0.0).all()


def test_everybody_keeps_what_he_has_in_a_squeeze():
    """News upwards: a backlog of shorts is bought back, and taken over by longs."""
    world = world_of(small_market(news__0__size_bps=1_500.0))
    assert leaks(world, 360) < EXACT
    records = world.records.arrays()
    assert records["liquidated_usd"][..., 1].sum() > 10.0 * records["liquidated_usd"][..., 0].sum()
    assert records["deleveraged_usd"].sum() > 0.0


def test_funding_goes_from_longs_to_shorts_and_nowhere_else():
    """In a market at rest the rate is the interest, 1 bp in 8 hours; the small market pays every 10 minutes."""
    world = world_of(quiet(), paths=(0,))
    cohorts = world.state.population.cohorts
    is_perp = world.state.platform_terms.is_collateral == 0.0
    is_old = (cohorts.opens_at_s > 1e299) & (cohorts.opens_on_fall > 1e299)
    world.state.platform_terms.close_per_s[:] = 0.0
    assert leaks(world, 60) < EXACT
    held_usd = (cohorts.units * world.consensus_usd[:, :, None])[:, is_perp].sum(axis=1)
    expected = -held_usd * 1e-4 * 600 / 28_800
    got = np.zeros_like(expected)
    for k in range(2):
        own = slice(world.state.population.first[k], world.state.population.last[k])
        got[:, own] = np.einsum("pfa,pf->pa", cohorts.units[:, :, own], world.state.platforms.brought_usd[:, k])
    assert (held_usd[is_old] > 0.0).any() and (held_usd[is_old] < 0.0).any()
    assert got[is_old] == pytest.approx(expected[is_old], rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("fault", PLANTED, ids=[fault.name for fault in PLANTED])
def test_money_or_units_that_a_fault_loses_are_seen(fault):
    with python_step(fault) as step:
        assert leaks(_late_world(), 90, orders=True, step=step) > EXACT


def test_without_a_fault_the_same_run_loses_nothing_and_is_what_is_compiled():
    compiled, read = _late_world(), _late_world()
    with python_step() as step:
        assert leaks(read, 90, orders=True, step=step) < EXACT
    assert leaks(compiled, 90, orders=True) < EXACT
    assert compiled.records.arrays()["bad_debt_usd"].sum(axis=(0, 1)).min() > 0.0, "of both engines"
    assert compiled.state.population.cohorts.kept_usd.min() >= 0.0, "who owes, owes nothing: it is the fund's"
    assert read.mid_usd() == pytest.approx(compiled.mid_usd(), rel=1e-9)
    assert read.state.hedgers.units == pytest.approx(compiled.state.hedgers.units, rel=1e-6)


def _late_world() -> EndogenousWorld:
    """A small one from just before its news on, in steps of half a minute; prices gap so far that all engines lose."""
    clock = {"start": "2025-01-01T00:09:00Z", "segment": [{"until": "2025-01-01T00:54:00Z", "step_s": 30}]}
    whole = {"shock_s": 10, "most_substeps": 1, "source": "made up"}
    jumps = {"rate_per_hour": 6, "mean_bps": -1_500, "sd_bps": 300, "branching": 0, "decay_s": 60, "source": "made up"}
    market = small_market(platform__0__insurance_usd=1e3, clock=clock, fundamental__jumps=jumps, cutting=whole)
    return world_of(market, paths=(0,), cohorts=40, sources=("hedgers", "arbitrageurs"))
