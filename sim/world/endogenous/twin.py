"""The twin: the same market without the pool, run once for all designs that are compared in it."""

from __future__ import annotations

import numpy as np

from sim.scenario.market import MarketScenario
from sim.world.base import Twin
from sim.world.endogenous.world import EndogenousWorld
from sim.world.honest import ahead
from sim.world.streams import Streams


def run_twin(market: MarketScenario, streams: Streams, *, cohorts: int) -> Twin:
    """Let the market go on by itself."""
    world = EndogenousWorld(market, streams, cohorts=cohorts)
    prices, medians = [world.true_price_usd], [world.honest_median_usd()]
    for step in range(1, len(world.times_s)):
        world.advance(step)
        prices.append(world.true_price_usd)
        medians.append(world.honest_median_usd())
    low, high = ahead(np.stack(medians, axis=1), world.times_s)
    return Twin(np.stack(prices, axis=1), low, high)
