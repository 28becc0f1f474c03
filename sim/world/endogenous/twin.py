"""The twin: the same market without the pool, run once for all designs that are compared in it."""

from __future__ import annotations

import numpy as np

from sim.scenario.market import MarketScenario
from sim.world.base import Twin
from sim.world.endogenous.story import Story, Teller
from sim.world.endogenous.world import EndogenousWorld
from sim.world.honest import ahead
from sim.world.streams import Streams

NEVER = 2**62  # steps between records of a world whose story is told instead


def run_twin(market: MarketScenario, streams: Streams, *, cohorts: int) -> tuple[Twin, Story]:
    """Let the market go on by itself."""
    world, teller = EndogenousWorld(market, streams, cohorts=cohorts, record_every=NEVER), Teller(market)
    prices, medians = [], []
    for step in range(len(world.times_s)):
        if step > 0:
            world.advance(step)
        prices.append(world.true_price_usd)
        medians.append(world.honest_median_usd())
        teller.look(world)
    low, high = ahead(np.stack(medians, axis=1), world.times_s)
    return Twin(np.stack(prices, axis=1), low, high), teller.story()
