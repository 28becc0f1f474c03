"""Cohorts stand for their members: what closes, and every member's cash, are those of the members one by one."""

from __future__ import annotations

import numpy as np
import pytest
from market_factory import changed, crowd, quiet, run, shipped, small_document, small_market, world_of

from sim.kernels.columns import zeros
from sim.scenario.market import parse_market
from sim.world.endogenous.accounts import open_interest_usd
from sim.world.endogenous.cohorts import Cohorts, Holding, closed_share, laddered_share, moved_cash_usd
from sim.world.endogenous.population import build_population, maintenance
from sim.world.endogenous.state import price_usd
from sim.world.fundamental.building import start_usd
from sim.world.streams import Streams

MEMBERS = (np.arange(20_000) + 0.5) / 20_000 * 2.0 - 1.0  # where they stand about their cohort, in its spread


@pytest.mark.parametrize("z", [-2.0, -1.0, -0.3, 0.0, 0.7, 1.0, 3.0])
def test_a_share_of_members_is_below_their_trigger(z):
    assert closed_share(z, 1.0) == pytest.approx(np.mean(z + MEMBERS < 0.0), abs=1e-4)


@pytest.mark.parametrize("z", [0.03, 0.01, -0.005, -0.02, -0.05, -0.2])
@pytest.mark.parametrize("spread", [0.001, 0.02])
def test_a_ladder_closes_what_its_members_ladders_close(z, spread):
    maintenance = 0.01
    fallen = np.maximum(-(z + spread * MEMBERS), 0.0)
    expected = np.mean(-np.expm1(-fallen / maintenance))
    got = laddered_share(z * 1e6, spread * 1e6, 1e6, maintenance)
    assert got == pytest.approx(expected, abs=1e-4)


def test_members_take_their_own_cash_along():
    one = {name: np.zeros(1) for name in ("cash_usd", "spread_usd", "closed")}
    cohorts = zeros(Cohorts, {"P": 1, "F": 1, "A": 1})
    cohorts = Cohorts(*(part[0] for part in cohorts))._replace(**one)
    cohorts.cash_usd[0], cohorts.spread_usd[0] = 100.0, 40.0
    nothing = Holding(*np.zeros((4, 1)))
    members = np.sort(100.0 + 40.0 * MEMBERS)  # the poorest go first
    for before, after in ((0.0, 0.25), (0.25, 0.9), (0.9, 1.0)):
        cohorts.closed[0] = before
        gone = members[int(before * len(members)) : int(after * len(members))].sum() / len(members)
        assert moved_cash_usd(cohorts, 0, nothing, after - before) == pytest.approx(gone, rel=1e-6)


def _forms(market, population, price_usd: np.ndarray) -> np.ndarray:
    """z of all cohorts, by the definition."""
    cohorts, z = population.cohorts, population.cohorts.form_usd.copy()
    for k, platform in enumerate(market.platforms):
        own = slice(population.first[k], population.last[k])
        units = cohorts.units[:, :, own]
        bound = (
            maintenance(market, platform)[:, None] * np.abs(units) * (population.terms.stop_loss[:, None, own] == 0.0)
        )
        z[:, own] += np.einsum("pfa,f->pa", units - bound, price_usd)
    return z


def _closed_at(market, cohorts: int, fall: float) -> np.ndarray:
    """USD that have closed at a common fall of all assets, (P,)."""
    price_usd = start_usd(market)
    whole = build_population(market, price_usd, Streams(1, (0, 1, 2)), cohorts)
    population = whole.cohorts
    fallen = price_usd * np.where(np.array(market.feeds) == "USDE", 1.0, 1.0 - fall)
    z = _forms(market, whole, fallen)
    is_open = np.abs(population.lowest_usd) < 1e299
    share = np.clip(0.5 * (1.0 - z / population.spread_usd), 0.0, 1.0) * is_open
    return (share * _notional_usd(market, population)).sum(axis=1)


def _notional_usd(market, population: Cohorts) -> np.ndarray:
    """Of positions at the start, and of those that will be opened, (P, A)."""
    is_perp = np.array(market.feeds) != "USDE"
    usd = np.abs(population.units) * start_usd(market)[:, None] + np.abs(population.wish_usd)
    return usd[:, is_perp].sum(axis=1)


def test_more_cohorts_are_the_same_crowd_cut_finer():
    market = small_market()
    price_usd = start_usd(market)
    few, many = (build_population(market, price_usd, Streams(1, (0, 1, 2)), n).cohorts for n in (500, 2_000))
    assert many.cash_usd.shape[1] > 3 * few.cash_usd.shape[1]
    for name in ("units", "wish_usd"):
        assert getattr(few, name).sum(axis=2) == pytest.approx(getattr(many, name).sum(axis=2), rel=0.01)
    for fall in (0.05, 0.1, 0.2, 0.4):
        difference = _closed_at(market, 500, fall) - _closed_at(market, 2_000, fall)
        assert np.abs(difference).max() < 0.005 * _notional_usd(market, many).sum(axis=1).min()


def test_nobody_is_born_below_his_trigger():
    market = small_market()
    population = build_population(market, start_usd(market), Streams(1, (0, 1)), 1_000)
    is_open = np.abs(population.cohorts.lowest_usd) < 1e299
    assert (_forms(market, population, start_usd(market)) > population.cohorts.spread_usd)[is_open].all()


def test_open_interest_is_what_the_tables_say():
    market = small_market()
    own = parse_market(changed(small_document(), {"platform": small_document()["platform"][:1]}), "one.toml")
    population = build_population(own, start_usd(own), Streams(1, (0,)), 400)
    longs = np.array([name == ("perp_a", "longs") for name in population.names])
    usd = (population.cohorts.units[0][:, longs] * start_usd(own)[:, None]).sum(axis=1)
    by_feed = dict(zip(market.feeds, usd, strict=True))
    assert by_feed["BTC"] == pytest.approx(0.5 * 3e9) and by_feed["ETH"] == pytest.approx(0.5 * 2e9)
    assert by_feed["USDE"] > 0.0


def test_a_market_starts_with_the_open_interest_of_its_tables_whoever_holds_it():
    """Who is never forced is counted on both sides, and leaves like all others."""
    for market in (small_market(), shipped()):
        world = world_of(market, cohorts=400)
        now = open_interest_usd(world.state, price_usd(world.state))
        tables = np.zeros(now.shape[1:])
        for own in market.platforms:
            for entry in own.open_interest:
                tables[world.venues.index(own.venue), market.feeds.index(entry.feed)] += entry.usd
        assert now == pytest.approx(np.broadcast_to(tables, now.shape), rel=1e-6)
    longs = [crowd("longs", "long", 0.5, 2.0)]
    still = world_of(quiet(platform__0__crowd=longs, platform__1__crowd=longs), paths=(0,))
    before = open_interest_usd(still.state, price_usd(still.state))
    run(still, steps=60)
    share = open_interest_usd(still.state, price_usd(still.state)) / np.where(before > 0.0, before, 1.0)
    assert share[before > 0.0] == pytest.approx(np.exp(-0.1 / 6), rel=0.01), "ten minutes of a tenth an hour"
