"""The hedge channel: what traders do against a pool is traded late, as far as capital goes, and moves prices."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from market_factory import SOURCE, quiet, small_market, world_of

from sim.agents.hedgers import Hedgers
from sim.engine.trading import VenueTrading
from sim.inputs.errors import InputError
from sim.scenario.market import MarketScenario
from sim.world.market import Window

TABLE = {"share": 0.7, "venue": "perp_b", "delay_s": 20.0, "capital_usd": 1e9, "source": SOURCE}
FEEDS = ("BTC", "USDE")


class Desk:
    """Hedgers of a pool with a market of BTC and one of USDE, and the world that they trade in."""

    def __init__(self, market: MarketScenario) -> None:
        self.world = world_of(market, sources=(Hedgers.name,))
        self.window = Window.of(self.world, FEEDS)
        markets = [SimpleNamespace(feed=feed) for feed in FEEDS]
        deployment = SimpleNamespace(feeds=FEEDS, design=SimpleNamespace(markets=markets))
        assert market.hedge is not None
        self.venue = self.world.venues.index(market.hedge.venue)
        self.hedgers = Hedgers(market.hedge, deployment, self.window)
        self.trading = VenueTrading(self.window, [self.hedgers])
        self.seen = self.look(np.zeros(2))

    def look(self, net: np.ndarray) -> SimpleNamespace:
        """See that traders are so much longer than short, (markets,)."""
        paths = len(self.world.true_price_usd)
        sizes = np.zeros((paths, 2, 2))
        sizes[:, :, 0], sizes[:, :, 1] = np.maximum(net, 0.0), np.maximum(-net, 0.0)
        step_s = float(self.world.step_s[self.world.step])
        market = SimpleNamespace(true_price_usd=self.window.true_price_usd())
        self.seen = SimpleNamespace(pool=SimpleNamespace(sizes=sizes), market=market, step_s=step_s)
        self.hedgers.look(self.seen, None)
        return self.seen

    def run(self, steps: int, net: np.ndarray) -> None:
        """Let steps pass in which traders hold so much."""
        for _ in range(steps):
            self.look(net)
            self.trading.send(self.seen)
            self.world.advance(self.world.step + 1)
            self.trading.hear()

    def waiting(self, feed: str) -> np.ndarray:
        """Units to be bought, (P,)."""
        return self.hedgers.desk.waiting_units[:, self.world.feeds.index(feed)]

    def held(self, feed: str) -> np.ndarray:
        """Units ordered so far, (P,)."""
        return self.hedgers.desk.held_units[:, self.world.feeds.index(feed)]

    def bought(self) -> np.ndarray:
        """Units of BTC that the venue has sold them, (P,)."""
        return self.world.fills().units[:, 0, self.venue, self.world.feeds.index("BTC")]


def _desk(step_s: int = 10, **changes) -> Desk:
    """A minute after traders have opened 100,000 BTC short."""
    clock = {"start": "2025-01-01T00:00:00Z", "segment": [{"until": "2025-01-01T00:10:00Z", "step_s": step_s}]}
    desk = Desk(quiet(hedge=TABLE | changes, clock=clock, platform=[]))
    desk.run(60 // step_s, np.array([-1e5, 0.0]))
    return desk


@pytest.mark.parametrize("step_s", [10, 5, 2])
def test_what_is_left_to_do_does_not_depend_on_the_steps(step_s):
    desk = _desk(step_s)
    assert desk.waiting("BTC") == pytest.approx(-0.7e5 * np.exp(-60 / 20))
    assert desk.bought() == pytest.approx(desk.held("BTC"))


def test_a_hedge_moves_the_price_and_a_larger_share_moves_it_more():
    falls = []
    for share in (0.0, 0.3, 0.9):
        falls.append(1.0 - _desk(share=share).window.true_price_usd()[0, 0] / 100.0)
    assert falls[0] == pytest.approx(0.0, abs=1e-15) and falls[2] > 2.0 * falls[1] > 0.0


def test_whoever_closes_what_he_opened_gives_the_hedge_back():
    desk = _desk()
    desk.run(40, np.zeros(2))
    assert desk.held("BTC") == pytest.approx(0.0, abs=1.0)
    assert desk.bought() == pytest.approx(0.0, abs=1.0)


def test_a_round_trip_costs_the_hedger_spread_and_impact():
    desk = _desk()
    desk.run(40, np.zeros(2))
    lost = desk.trading.close(desk.seen)["hedge_result_usd"]
    assert (lost < 0.0).all(), "he sold what fell as he sold it, and bought what rose"


def test_what_is_open_before_time_begins_is_hedged_already():
    desk = Desk(quiet(hedge=TABLE, platform=[]))
    desk.hedgers._net = None
    desk.look(np.array([5e4, 0.0]))
    assert desk.held("BTC") == pytest.approx(0.7 * 5e4)
    assert (desk.hedgers.order(desk.seen) == 0.0).all()


def test_capital_bounds_what_hedgers_hold():
    desk = _desk(capital_usd=1e6)
    held_usd = np.abs(desk.held("BTC")) * 100.0
    assert held_usd == pytest.approx(1e6, rel=0.02), "as dear as it was, but for the move of the price"
    assert (np.abs(desk.waiting("BTC")) > 0.5e5).all()


def test_a_hedge_needs_a_venue_that_exists():
    with pytest.raises(InputError, match="hedge.venue"):
        small_market(hedge=TABLE | {"venue": "nowhere"})


def test_what_the_venue_does_not_list_stays_unhedged():
    desk = Desk(quiet(hedge=TABLE | {"venue": "spot"}, platform=[]))
    desk.run(3, np.array([0.0, 1e4]))
    is_listed = desk.world.is_listed[desk.venue, desk.world.feeds.index("USDE")]
    assert (desk.held("USDE") > 0.0).all() == is_listed
    desk.run(3, np.array([1e4, 1e4]))
    assert (desk.bought() > 0.0).all()
