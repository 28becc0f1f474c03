"""Who is liquidated, in a market too deep to be moved: the first passage of a Brownian motion, looked at in steps."""

from __future__ import annotations

import numpy as np
import pytest
from market_factory import run, world_of

from sim.validation.cascades import MAINTENANCE, PATHS, STEPS, TRIGGER, deep_market, passage_probability


@pytest.mark.parametrize("kind", ["long", "short"])
def test_as_many_are_liquidated_as_pass_the_barrier_of_their_leverage(kind):
    world = world_of(deep_market(kind, "full"), paths=range(PATHS), cohorts=1, record_every=STEPS)
    assert world.state.sizes["A"] == 1
    run(world)
    assert world.consensus_usd == pytest.approx(world.fundamental_usd, rel=1e-6), "nobody moves such a market"
    share = (world.state.population.cohorts.closed[:, 0] == 1.0).mean()
    expected = passage_probability(kind)
    assert 0.05 < expected < 0.5
    assert share == pytest.approx(expected, abs=3.0 * np.sqrt(expected * (1.0 - expected) / PATHS))


@pytest.mark.parametrize("kind", ["long", "short"])
def test_a_ladder_keeps_equity_at_maintenance_where_an_engine_takes_all(kind):
    """Beyond the trigger by x, a ladder holds e^(-x / m) of the position: some maintenances further, nearly nothing."""
    world = world_of(deep_market(kind, "ladder"), paths=range(200), cohorts=1)
    worst = np.zeros(200)
    sign = -1.0 if kind == "long" else 1.0
    for step in range(1, STEPS + 1):
        world.advance(step)
        worst = np.maximum(worst, sign * np.log(world.fundamental_usd[:, 0] / 100.0))
    closed = world.state.population.cohorts.closed[:, 0]
    beyond = worst - TRIGGER[kind]
    assert (closed[beyond < -1e-4] == 0.0).all() and (beyond > MAINTENANCE).sum() > 10
    hit = beyond > 1e-3
    assert closed[hit] == pytest.approx(-np.expm1(-beyond[hit] / MAINTENANCE), abs=0.05)
