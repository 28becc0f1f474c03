"""Providers and arbitrageurs who enter by request: they ask, wait, and keepers execute at a price of after the wait."""

from __future__ import annotations

import numpy as np
from storm import storm

from sim.agents.arbitrageur import Arbitrageur
from sim.agents.liquidity_providers import LiquidityProviders
from sim.chain.plan import encode_call
from sim.chain.protocol import Chain, Read
from sim.design import load_design
from sim.engine import loop as engine
from sim.inputs.compiler import artifact
from sim.risk.records import Records
from sim.runs.staging import cast_agents, stage
from sim.world.streams import Streams

WAIT_S = 15
PATHS = (0, 1)
Played = tuple[Chain, Arbitrageur, LiquidityProviders, Records]


def played(*overrides: str) -> Played:
    """A storm into which eager providers deposit, and in which weights move far enough for an arbitrageur."""
    scenario = storm()
    eager = scenario.liquidity_providers.model_copy(update={"deposit_yield_per_year": -1.0})
    cheap = scenario.arbitrageur.model_copy(update={"min_profit_bps": -100.0})
    scenario = scenario.model_copy(update={"liquidity_providers": eager, "arbitrageur": cheap})
    chain, window, _ = stage(load_design("glp", overrides), scenario, 1, PATHS)
    streams = Streams(1, PATHS)
    agents = cast_agents(chain, window, scenario, streams)
    records = engine.run(chain, window, agents, streams)
    (providers,) = (agent for agent in agents if isinstance(agent, LiquidityProviders))
    (arbitrageur,) = (agent for agent in agents if isinstance(agent, Arbitrageur))
    return chain, arbitrageur, providers, records


def held(chain: Chain, path: int, name: str, target: str = "pool") -> int:
    """Shares, or tokens, of somebody."""
    source = "Pool.vy" if target == "pool" else "mocks/MockToken.vy"
    address = chain.deployment.addresses[name]
    (answer,) = chain.read(path, [Read(target, encode_call(artifact(source), "balanceOf", (address,)))])
    return int.from_bytes(answer, "big")


def tokens_of(chain: Chain, path: int, name: str) -> list[int]:
    return [held(chain, path, name, f"token:{asset.symbol}") for asset in chain.deployment.design.assets]


def check_books(chain: Chain, arbitrageur: Arbitrageur, providers: LiquidityProviders) -> None:
    """What agents believe to have, and to have asked for, is what the chain says."""
    for path in range(len(PATHS)):
        for i, shares in enumerate(providers.shares[path]):
            assert abs(held(chain, path, f"lp{i}") / 1e18 - shares) < 1e-3
        stands = np.isfinite(providers.entry_due_s[path]).any() or np.isfinite(arbitrageur.entry_due_s[path]).any()
        assert any(tokens_of(chain, path, "entries")) == stands


def test_requests_are_executed_after_the_wait_and_the_books_agree_with_the_chain() -> None:
    chain, arbitrageur, providers, records = played(f"pool.entry_wait_s={WAIT_S}")
    asked = records.actions["request_mint"].sum() + records.actions["request_swap"].sum()
    standing = np.isfinite(providers.entry_due_s).sum() + np.isfinite(arbitrageur.entry_due_s).sum()
    assert records.actions["request_mint"].sum() > 3
    assert records.actions["request_swap"].sum() > 3
    assert records.actions["execute_entry"].sum() >= asked - standing > 0
    assert not {"mint", "swap"} & set(records.actions)
    check_books(chain, arbitrageur, providers)
    assert (records.totals["mint_fee_usd"] > 0).all()
    assert records.totals["swap_fee_usd"].sum() > 0
    assert (records.totals["arbitrageur_result_usd"] != 0).all()


def test_what_returns_is_cash_again() -> None:
    """The pool takes no more deposits and lets nothing go: every request returns, and may be made again."""
    shut = (f"asset.{asset.symbol}.buffer={asset.max_pool}" for asset in load_design("glp").assets)
    chain, arbitrageur, providers, records = played(f"pool.entry_wait_s={WAIT_S}", "pool.max_aum_usd=1", *shut)
    assert records.actions["execute_entry"].sum() > 3
    refused = {code: count.sum() for (verb, code), count in records.reverts.items() if verb == "execute_entry"}
    assert refused.get("REQUEST_UNKNOWN", 0) == 0
    check_books(chain, arbitrageur, providers)
    assert records.totals["mint_fee_usd"].sum() == records.totals["swap_fee_usd"].sum() == 0
    # He has what he bought to sell again, less the keeper's part: what its price moved by is his.
    assert (records.totals["arbitrageur_result_usd"] != 0).all()


def test_where_one_enters_at_once_nobody_asks() -> None:
    _, _, _, records = played()
    assert records.actions["mint"].sum() > 3
    assert not {"request_mint", "request_swap", "execute_entry"} & set(records.actions)
