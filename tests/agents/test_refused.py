"""What a refusal costs whom: nothing that was not taken, and no memory of what it did not say."""

from __future__ import annotations

import numpy as np
from storm import storm

from sim.agents.arbitrageur import Arbitrageur
from sim.agents.liquidity_providers import LiquidityProviders
from sim.chain.actions import batch
from sim.chain.failures import OK, code_of
from sim.design import load_design
from sim.engine.agent import Outcome
from sim.runs.staging import cast_agents, stage
from sim.world.streams import Streams

PATHS = (0, 1, 2)


def agents(*overrides: str) -> tuple[Arbitrageur, LiquidityProviders]:
    scenario = storm()
    chain, window, _ = stage(load_design("glp", overrides), scenario, 1, PATHS)
    cast = cast_agents(chain, window, scenario, Streams(1, PATHS))
    (arbitrageur,) = (agent for agent in cast if isinstance(agent, Arbitrageur))
    (providers,) = (agent for agent in cast if isinstance(agent, LiquidityProviders))
    return arbitrageur, providers


def test_a_deposit_that_is_refused_leaves_the_cash_where_it_is() -> None:
    for verb, key in (("mint", "shares"), ("request_mint", "ends_s")):
        _, providers = agents("pool.entry_wait_s=15") if verb == "request_mint" else agents()
        before = providers._cash.copy()
        providers._deposit_usd[:] = 500.0
        who = providers.actors[[3, 3, 3]]
        asked = batch(verb, np.arange(3), who, k=0, amount=1.0, min_shares=0.0, receiver=who)
        status = np.array([OK, code_of("PRICE_WIDE"), code_of("POOL_CAP")])
        providers.hear(Outcome(asked, status, {key: np.array([5.0, 0.0, 0.0])}))
        spent = before - providers._cash
        assert spent[0, 3] == spent.sum() == 500.0


def test_only_too_little_for_his_tokens_tells_an_arbitrageur_what_is_not_enough() -> None:
    arbitrageur, _ = agents()
    arbitrageur._edge[:] = 0.05
    asked = batch("swap", np.arange(3), 0, k=0, j=1, amount=1.0, min_amount=1.0, receiver=0)
    status = np.array([code_of("TOKENS_TOO_FEW"), code_of("PRICE_WIDE"), code_of("POOL_RESERVED")])
    arbitrageur.hear(Outcome(asked, status, {"tokens": np.zeros(3)}))
    assert arbitrageur._refused.tolist() == [0.05, 0.0, 0.0]
