"""The hedge channel: a pool's delta is traded late, at fills, as far as capital goes, and moves the market."""

from __future__ import annotations

import numpy as np
import pytest
from market_factory import SOURCE, quiet, run, small_market, world_of

from sim.inputs.errors import InputError
from sim.world.endogenous import hedging
from sim.world.endogenous.hedging import HedgeDesk

TABLE = {"share": 0.7, "venue": "perp_b", "delay_s": 20.0, "capital_usd": 1e9, "source": SOURCE}


def _desk(step_s: int = 10, **changes) -> tuple[HedgeDesk, int]:
    """A desk that has heard of 100,000 BTC to sell, after a minute."""
    clock = {"start": "2025-01-01T00:00:00Z", "segment": [{"until": "2025-01-01T00:10:00Z", "step_s": step_s}]}
    market = quiet(hedge=TABLE | changes, clock=clock, platform=[])
    assert market.hedge is not None
    world = world_of(market, sources=(hedging.SOURCE,))
    desk, btc = HedgeDesk(market.hedge, world), world.feeds.index("BTC")
    delta = np.zeros_like(world.consensus_usd)
    delta[:, btc] = -1e5
    desk.hear(delta)
    for _ in range(60 // step_s):
        world.submit(desk.orders(float(step_s)))
        run(world, steps=1)
    return desk, btc


@pytest.mark.parametrize("step_s", [10, 5, 2])
def test_what_is_left_to_do_does_not_depend_on_the_steps(step_s):
    desk, btc = _desk(step_s)
    assert desk.waiting_units[:, btc] == pytest.approx(-0.7e5 * np.exp(-60 / 20))
    bought = desk._world.fills().units[:, 0, desk._world.venues.index("perp_b"), btc]
    assert bought == pytest.approx(desk.held_units[:, btc])


def test_a_hedge_moves_the_price_and_a_larger_share_moves_it_more():
    falls = []
    for share in (0.0, 0.3, 0.9):
        desk, btc = _desk(share=share)
        falls.append(1.0 - desk._world.consensus_usd[0, btc] / 100.0)
    assert falls[0] == pytest.approx(0.0, abs=1e-15) and falls[2] > 2.0 * falls[1] > 0.0


def test_capital_bounds_what_hedgers_hold():
    desk, btc = _desk(capital_usd=1e6)
    held_usd = np.abs(desk.held_units[:, btc]) * 100.0
    assert held_usd == pytest.approx(1e6, rel=0.02), "as dear as it was, but for the move of the price"
    assert (np.abs(desk.waiting_units[:, btc]) > 0.5e5).all()


def test_a_hedge_needs_a_venue_that_exists():
    with pytest.raises(InputError, match="hedge.venue"):
        small_market(hedge=TABLE | {"venue": "nowhere"})


def test_what_the_venue_does_not_list_stays_unhedged():
    market = quiet(hedge=TABLE | {"venue": "spot"})
    assert market.hedge is not None
    world = world_of(market, sources=(hedging.SOURCE,))
    desk = HedgeDesk(market.hedge, world)
    desk.hear(np.ones_like(world.consensus_usd))
    world.submit(desk.orders(10.0))
    bought = run(world, steps=1)["flow_outside_usd"][:, 0, 0, world.venues.index("spot")]
    is_usde = np.arange(len(world.feeds)) == world.feeds.index("USDE")
    assert ((bought > 0.0) == ~is_usde).all()
