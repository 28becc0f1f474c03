"""Providers who leave by request: they ask, wait, and keepers execute at a price of after the wait."""

from __future__ import annotations

import numpy as np
from storm import storm

from sim.agents.liquidity_providers import LiquidityProviders
from sim.chain.plan import encode_call
from sim.chain.protocol import Chain, Read
from sim.design import load_design
from sim.engine import loop as engine
from sim.inputs.compiler import artifact
from sim.risk.records import Records
from sim.runs.staging import cast_agents, stage
from sim.world.streams import Streams

WAIT_S = 45
PATHS = (0, 1)


def played(*overrides: str) -> tuple[Chain, LiquidityProviders, Records]:
    """A storm from which nervous providers run."""
    scenario = storm()
    nervous = {"exit_drawdown_min": 1e-4, "exit_drawdown_max": 2e-4}
    people = scenario.liquidity_providers.model_copy(update=nervous)
    scenario = scenario.model_copy(update={"liquidity_providers": people})
    chain, window, _ = stage(load_design("glp", overrides), scenario, 1, PATHS)
    streams = Streams(1, PATHS)
    agents = cast_agents(chain, window, scenario, streams)
    records = engine.run(chain, window, agents, streams)
    (providers,) = (agent for agent in agents if isinstance(agent, LiquidityProviders))
    return chain, providers, records


def held(chain: Chain, path: int, name: str) -> int:
    """Shares of somebody."""
    address = chain.deployment.addresses[name]
    (answer,) = chain.read(path, [Read("pool", encode_call(artifact("Pool.vy"), "balanceOf", (address,)))])
    return int.from_bytes(answer, "big")


def test_requests_are_executed_after_the_wait_and_the_books_agree_with_the_chain() -> None:
    chain, providers, records = played(f"pool.exit_wait_s={WAIT_S}")
    asked, paid = records.actions["request_exit"].sum(), records.actions["execute_exit"].sum()
    standing = np.isfinite(providers.due_s).sum()
    assert asked > 3
    assert paid >= asked - standing > 0
    assert "redeem" not in records.actions
    for path in range(len(PATHS)):
        for i, shares in enumerate(providers.shares[path]):
            assert abs(held(chain, path, f"lp{i}") / 1e18 - shares) < 1e-3
        assert (held(chain, path, "exits") > 0) == np.isfinite(providers.due_s[path]).any()
        assert held(chain, path, "keepers") > 0  # a ten-thousandth of each


def test_shares_that_return_are_the_provider_s_again() -> None:
    """The pool keeps all that it has back, so that every request returns, and may be made again."""
    kept = (f"asset.{asset.symbol}.buffer={asset.max_pool}" for asset in load_design("glp").assets)
    chain, providers, records = played(f"pool.exit_wait_s={WAIT_S}", *kept)
    assert records.actions["execute_exit"].sum() > 3
    refused = {code: count.sum() for (verb, code), count in records.reverts.items() if verb == "execute_exit"}
    assert refused.get("REQUEST_UNKNOWN", 0) == 0
    for path in range(len(PATHS)):
        for i, shares in enumerate(providers.shares[path]):
            assert abs(held(chain, path, f"lp{i}") / 1e18 - shares) < 1e-3
        assert (held(chain, path, "exits") > 0) == np.isfinite(providers.due_s[path]).any()


def test_where_shares_leave_at_once_nobody_asks() -> None:
    _, _, records = played()
    assert records.actions["redeem"].sum() > 3
    assert not {"request_exit", "execute_exit"} & set(records.actions)
