"""Every shipped design opens in the storm of October 2025, and its people act in it."""

from __future__ import annotations

import numpy as np
import pytest
from design.history import History

from sim.chain.failures import name_of
from sim.design import list_designs, load_design
from sim.engine.loop import run
from sim.runs.staging import cast_agents, stage
from sim.scenario import load_scenario
from sim.world.streams import Streams

SEED, PATHS, STEPS = 1, (0, 1), 20


@pytest.mark.parametrize("name", list_designs())
def test_a_design_survives_the_first_steps_of_the_storm(name):
    scenario = load_scenario("oct_2025_replay")
    chain, window, _ = stage(load_design(name), scenario, SEED, PATHS)
    streams = Streams(SEED, PATHS)
    records = run(chain, window, cast_agents(chain, window, scenario, streams), streams, steps=STEPS)
    price = records.series["share_price_usd"]
    assert price.shape == (len(PATHS), STEPS)
    assert np.all((price > 0.9) & (price < 1.1))
    assert np.all(records.series["open_interest_usd"][:, -1] > 1e6)
    verb = "trade" if chain.deployment.design.execution == "at_once" else "execute"
    assert np.all(records.totals["opening_entered"] > 50)
    assert np.all(records.actions[verb] > 5)


@pytest.mark.parametrize("name", ["pre_reform", "post_reform"])
def test_yield_bearing_coins_enter_the_pool_as_losses_alone(name):
    history = History(load_design(name))
    for symbol in ("USDE", "WBETH"):
        status = int(np.frombuffer(history.mint(symbol, 1_000.0)[:4], dtype=np.int32)[0])
        assert name_of(status) == "POOL_CAP"
    assert np.all(history.views.pool().tokens[0, 1:] == 0)
    for _ in history.play():
        pass
    assert history.views.pool().tokens[0, 1] > 1_000
