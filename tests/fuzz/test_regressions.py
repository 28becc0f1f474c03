"""What the machine found, as the shortest sequence of calls that shows it."""

from __future__ import annotations

import pytest

from sim.design import load_design
from sim.fuzz import draws
from sim.fuzz.arena import BASE_PRICES_USD, Arena

BTC, ETH, USDC = 0, 1, 3
BORROWER, OTHER = 3, 4
NO_LIMIT_WAD = 2**127
DAY_S = 86_400


def quote(arena: Arena) -> None:
    prices = draws.base_prices([BASE_PRICES_USD[feed] for feed in arena.design.feeds])
    rows = [draws.honest(price, arena.time_s, len(arena.facts.oracle.weights)) for price in prices]
    assert arena.report([[each.word for each in row] for row in rows]).accepted


@pytest.fixture
def arena() -> Arena:
    """A borrower long BTC and one short BTC in another account, a day after they opened."""
    arena = Arena.deploy(load_design("glp"))
    arena.advance(1)
    quote(arena)
    for account, size in ((BORROWER, 10**18), (OTHER, -(10**18))):
        assert arena.call("deposit_collateral", "traders", account, USDC, 50_000 * 10**6).accepted
        limit = NO_LIMIT_WAD if size > 0 else 0
        assert arena.call("trade", "traders", account, BTC, size, limit).accepted
    arena.advance(DAY_S)
    quote(arena)
    return arena


def swap(arena: Arena) -> bool:
    receiver = arena.facts.actor("arbitrageur")
    return arena.call("swap", "arbitrageur", BTC, ETH, 10**8, 0, receiver).accepted


def trade(arena: Arena) -> bool:
    account = 5
    assert arena.call("deposit_collateral", "traders", account, USDC, 50_000 * 10**6).accepted
    return arena.call("trade", "traders", account, ETH, -(10**19), 0).accepted


def redeem(arena: Arena) -> bool:
    return arena.call("redeem", "lp0", BTC, 10**22, 0, arena.facts.actor("lp0")).accepted


@pytest.mark.parametrize("call", [swap, trade, redeem])
def test_a_call_that_changes_utilisation_leaves_the_fees_of_the_time_before(arena, call):
    before = arena.snapshot()
    assert call(arena)
    after = arena.snapshot()
    for account in (BORROWER, OTHER):
        assert after.health[account] == before.health[account]
