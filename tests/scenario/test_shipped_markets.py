"""Shipped markets do what they are named for, on a few paths, without a pool and with one."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from sim.design import load_design
from sim.report.market import MarketView
from sim.risk.records import Records
from sim.runs import twins
from sim.runs.experiment import Task, run_task
from sim.scenario import list_scenarios, load_scenario
from sim.world.endogenous.story import Story

PATHS = tuple(range(8))


@cache
def story(name: str) -> Story:
    """Without a pool."""
    scenario = load_scenario(name)
    assert scenario.market is not None
    return twins._run(scenario.market.model_dump_json(by_alias=True, exclude_none=True), 1, PATHS)[1]


def lowest(name: str, feed: str, venue: str | None = None) -> np.ndarray:
    """Lowest price over that of the start, (P,)."""
    scenario, told = load_scenario(name), story(name)
    f = scenario.feeds.index(feed)
    if venue is None:
        price = told.consensus_usd[:, :, f]
    else:
        assert scenario.market is not None
        price = told.mid_usd[:, :, [v.name for v in scenario.market.venues].index(venue), f]
    return price.min(axis=1) / price[:, 0]


def liquidated_usd(name: str) -> np.ndarray:
    """Of longs and of shorts while designs are compared, (P, 2)."""
    told = story(name).liquidated_usd
    return (told[:, -1] - told[:, 0]).sum(axis=1)


def surely(values: np.ndarray) -> tuple[float, float]:
    """The 95 % interval of a mean."""
    low, high = stats.t.interval(0.95, len(values) - 1, loc=values.mean(), scale=stats.sem(values))
    return float(low), float(high)


def with_pool(name: str, design: str = "glp", **changes: object) -> Records:
    """Two paths with a pool."""
    return run_task(Task(load_design(design), load_scenario(name, changes), 1, PATHS[:2], None))


def test_news_is_doubled_by_people_in_october():
    told, btc = story("oct_2025"), load_scenario("oct_2025").feeds.index("BTC")
    outside = 1.0 - (told.fundamental_usd[:, :, btc] / told.fundamental_usd[:, :1, btc]).min(axis=1)
    assert surely((1.0 - lowest("oct_2025", "BTC")) / outside)[0] > 1.5


def test_nothing_happens_in_the_calm():
    assert surely(lowest("calm", "BTC"))[0] > 0.97
    assert liquidated_usd("calm").sum(axis=1).max() < 5e7


def test_a_stable_coin_breaks_where_it_is_thin_and_nowhere_else():
    assert surely(lowest("usde_depeg_2025", "USDE", "large_a"))[1] < 0.85
    for venue in ("spot", "large_b"):
        assert surely(lowest("usde_depeg_2025", "USDE", venue))[0] > 0.98
    assert surely(lowest("oct_2025", "USDE", "large_a"))[0] > surely(lowest("usde_depeg_2025", "USDE", "large_a"))[1]


def test_shorts_are_squeezed_in_july():
    longs, shorts = liquidated_usd("squeeze_jul_2025").T
    assert surely(shorts - 20.0 * longs)[0] > 0.0
    told, btc = story("squeeze_jul_2025"), load_scenario("squeeze_jul_2025").feeds.index("BTC")
    risen = told.consensus_usd[:, :, btc].max(axis=1) / told.consensus_usd[:, 0, btc] - 1.0
    outside = told.fundamental_usd[:, :, btc].max(axis=1) / told.fundamental_usd[:, 0, btc] - 1.0
    assert surely(risen - outside)[0] > 0.002, "people lift it beyond the news"


@pytest.mark.parametrize(
    "name", ["oct_2025", "calm", "crisis", "usde_depeg_2025", "squeeze_jul_2025", "whale_mar_2025"]
)
def test_what_it_is_named_for_is_not_over_before_designs_are_compared(name: str):
    market = load_scenario(name).market
    assert market is not None
    assert MarketView(market, story(name)).early().sum() <= 1


def test_the_crisis_is_worse_than_october():
    assert surely(lowest("crisis", "SOL") - lowest("oct_2025", "SOL"))[1] < 0.005
    assert surely(lowest("crisis", "SOL"))[1] < 0.80


def test_the_whales_day_is_quiet_for_everybody_else():
    assert surely(lowest("whale_mar_2025", "BTC"))[0] > 0.98
    low, high = surely(lowest("whale_mar_2025", "ETH"))
    assert low > 0.93 and high < 0.98
    liquidated = liquidated_usd("whale_mar_2025").sum(axis=1)
    assert surely(liquidated - 0.2 * liquidated_usd("oct_2025").sum(axis=1))[1] < 0.0


def test_the_whale_leaves_a_position_behind():
    with_him = with_pool("whale_mar_2025", "hlp")
    without = with_pool("whale_mar_2025", "hlp", actor=[])
    assert (with_him.series["open_interest_usd"].max(axis=1) > without.series["open_interest_usd"].max(axis=1)).all()
    sums = [found.series["liquidated_usd"][:, -1] + found.totals["taken_over_usd"] for found in (with_him, without)]
    assert (sums[0] > sums[1] + 10e6).all(), "on every path, and more than his own money"


def test_providers_run_when_traders_are_winning():
    left = []
    for nerve in (0.005, 1.0):
        changes = {"liquidity_providers.run_profit_min_share": nerve, "liquidity_providers.run_profit_max_share": nerve}
        found = with_pool("lp_run", **changes)
        redeemed = [found.actions.get(verb, np.zeros(2)) for verb in ("redeem", "request_exit")]
        left.append(np.sum(redeemed, axis=0))
    assert (left[0] > left[1]).all()


def test_the_page_has_every_shipped_scenario():
    page = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text()
    assert [name for name in list_scenarios() if f"| `{name}` |" not in page] == []


@pytest.mark.parametrize("name", ["usde_depeg_2025", "squeeze_jul_2025", "crisis", "calm", "lp_run"])
def test_a_pool_lives_through_it_with_its_books_closed(name: str):
    found = with_pool(name, "breakwater")
    assert np.isfinite(found.series["pool_value_usd"]).all()
