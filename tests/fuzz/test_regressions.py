"""What the machine found, as the shortest sequence of calls that shows it."""

from __future__ import annotations

import pytest

from sim.design import load_design
from sim.fuzz import draws, solve
from sim.fuzz.arena import BASE_PRICES_USD, Arena
from sim.fuzz.snapshot import Health

BTC, ETH, USDC = 0, 1, 3
BORROWER, OTHER, THIRD = 4, 5, 6
NO_LIMIT_WAD = 2**127
WAD = 10**18
DAY_S = 86_400


def opened(design: str) -> Arena:
    arena = Arena.deploy(load_design(design, ["execution=at_once"]))
    arena.advance(1)
    quote(arena)
    return arena


def words(arena: Arena, **changes: int) -> list[list[int]]:
    """Quotes of all feeds at the opening prices, or at others in WAD."""
    feeds = arena.design.feeds
    prices = dict(zip(feeds, draws.base_prices([BASE_PRICES_USD[f] for f in feeds]), strict=True)) | changes
    rows = [draws.honest(prices[feed], arena.time_s, len(arena.facts.oracle.weights)) for feed in feeds]
    return [[each.word for each in row] for row in rows]


def quote(arena: Arena, **changes: int) -> None:
    assert arena.report(words(arena, **changes)).accepted


def deposit(arena: Arena, account: int, usd: float) -> None:
    assert arena.call("deposit_collateral", "traders", account, USDC, round(usd * 10**6)).accepted


def trade(arena: Arena, account: int, m: int, size: int) -> bool:
    return arena.call("trade", "traders", account, m, size, NO_LIMIT_WAD if size > 0 else 0).accepted


def liquidate_at_the_edge(arena: Arena, account: int, **changes: int) -> tuple[Health, Health]:
    """Let BTC fall until the account is just below maintenance, and liquidate. Margin before and after."""
    arena.advance(1)
    state = arena.snapshot()

    def quotes(price: int) -> list[list[int]]:
        return words(arena, **{**changes, "BTC": price})

    lowest = state.prices[BTC].mid // 4
    edge = solve.price_where(arena, state, account, BTC, solve.ladder("edge", arena.facts), quotes, lowest)
    assert edge is not None
    assert arena.report(quotes(edge[1])).accepted
    before = arena.snapshot().health[account]
    assert arena.call("liquidate", "keepers", account, arena.facts.keeper_ids[0]).accepted
    return before, arena.snapshot().health[account]


# Borrow rates depend on what is reserved of the pool. A call that changes the pool or its reserves has to bring every
# market to now first: else the new rate counts for the time before it, and whoever calls rewrites what others owe.


def swap_btc_in(arena: Arena) -> bool:
    return arena.call("swap", "arbitrageur", BTC, ETH, 10**8, 0, arena.facts.actor("arbitrageur")).accepted


def short_another_market(arena: Arena) -> bool:
    deposit(arena, THIRD, 50_000)
    return trade(arena, THIRD, ETH, -10 * WAD)


def redeem_btc(arena: Arena) -> bool:
    return arena.call("redeem", "lp0", BTC, 10_000 * WAD, 0, arena.facts.actor("lp0")).accepted


@pytest.mark.parametrize("call", [swap_btc_in, short_another_market, redeem_btc])
def test_a_call_that_changes_utilisation_leaves_the_fees_of_the_time_before(call):
    arena = opened("glp")
    for account, size in ((BORROWER, WAD), (OTHER, -WAD)):
        deposit(arena, account, 50_000)
        assert trade(arena, account, BTC, size)
    arena.advance(DAY_S)
    quote(arena)
    before = arena.snapshot()
    assert call(arena)
    after = arena.snapshot()
    for account in (BORROWER, OTHER):
        assert after.health[account] == before.health[account]


# A partial liquidation improves the margin ratio only above what it costs for each USD that it closes. The flat reward
# weighs the more the less is closed, so the floor for a full close depends on the planned part.


@pytest.mark.parametrize("position_usd", [75, 100])
def test_a_partial_liquidation_that_the_flat_reward_would_eat_is_a_full_one(position_usd):
    arena = opened("glp_partial")
    deposit(arena, BORROWER, 4.5)
    assert trade(arena, BORROWER, BTC, position_usd * WAD // 100_000)
    assert trade(arena, BORROWER, ETH, position_usd * WAD // 4_000)
    before, after = liquidate_at_the_edge(arena, BORROWER)
    assert after.notional == 0 or after.equity * before.notional > before.equity * after.notional


# A long's profit is paid in an asset with a haircut. If it counts in full while it is not realised, closing a winner
# lowers the equity, and a liquidation that closes the winner makes the account worse.


def winner_and_loser() -> tuple[Arena, dict[str, int]]:
    """ETH doubled for an account that is now long BTC on the profit of nothing but its collateral."""
    arena = opened("glp_partial")
    deposit(arena, BORROWER, 1_600)
    assert trade(arena, BORROWER, ETH, 5 * WAD)
    changes = {"ETH": 8_000 * WAD}
    arena.advance(1)
    quote(arena, **changes)
    assert trade(arena, BORROWER, BTC, 35 * WAD // 100)
    return arena, changes


def test_a_liquidation_that_closes_a_winner_does_not_lower_the_margin():
    arena, changes = winner_and_loser()
    before, after = liquidate_at_the_edge(arena, BORROWER, **changes)
    assert after.notional < before.notional
    assert after.equity * before.notional > before.equity * after.notional


def test_realising_a_profit_costs_its_fee_and_no_more():
    arena, _ = winner_and_loser()
    before = arena.snapshot().health[BORROWER]
    assert trade(arena, BORROWER, ETH, -5 * WAD // 2)
    after = arena.snapshot().health[BORROWER]
    fee = 25 * 8_000 * WAD // 10 // 1_000
    # One unit of ETH, rounded down, and the roundings of two profits: below a thousandth of a cent.
    assert before.equity - after.equity <= fee + WAD // 10**5
