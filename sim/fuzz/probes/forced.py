"""Second futures of an account below maintenance: liquidated, closed by its owner, or without one of its prices."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from sim.fuzz.arena import Arena
from sim.fuzz.facts import HALTED, OK, WAD
from sim.fuzz.probes.liquidation import troubled_accounts
from sim.fuzz.properties import Lab, expect, probes
from sim.fuzz.reckon import owed, side_of, status_of, unit_usd, worth
from sim.fuzz.trading import calmed, pass_time, trade

#: Of every close, against the rounding of tokens (contracts/Desk.vy); as much again for what the liquidator reckons.
_CENTS_USD_WAD = 2 * WAD // 100


def _sizes(arena: Arena, account: int) -> list[int]:
    return [arena.reader.position(account, m).size for m in range(len(arena.facts.markets))]


def _owned(lab: Lab, account: int) -> Fraction:
    """Collateral and claims of an account at mid, USD WAD: what stays open is the same in both futures."""
    reader = lab.arena.reader
    return worth(lab.facts, lab.state.prices, reader.collateral(account), "mid") + reader.claims(account)


def _closes(lab: Lab, account: int, left: Sequence[int]) -> str:
    """Trade an account to these sizes, as its owner: why not, or nothing."""
    sizes = _sizes(lab.arena, account)
    # Winners first: what they earn pays the losers.
    markets = sorted((m for m, size in enumerate(sizes) if size != left[m]), key=lambda m: _lost(lab, account, m))
    for m in markets:
        delta = left[m] - sizes[m]
        call = trade(lab, account, m, delta)
        if not call.accepted:
            return str(call)
    return ""


def _lost(lab: Lab, account: int, m: int) -> int:
    """What a close in a market takes, and what funding it has earned gives."""
    position, price = lab.state.positions[account][m], lab.state.prices[lab.facts.markets[m].feed]
    lost = position.booked * (1 if position.size > 0 else -1) - position.size * price.mid // WAD
    return lost + sum(owed(position, lab.state.sides[m][side_of(position)]))


@probes(
    "LQ-17",
    "M",
    "whoever can pay for what a liquidation closes may close it, and keeps no less than liquidated",
    every=2,
)
def _closing_is_no_dearer(lab: Lab) -> bool:
    found = calmed(lab)
    if found is None:
        return False
    health, orders = found.state.health, found.state.open_orders
    # What has no price pays as the last resort of a liquidation, and for no close.
    accounts = [a for a in troubled_accounts(found) if not orders[a] and health[a].collateral_status < HALTED]
    if not accounts:
        return False
    lab = found
    arena, facts = lab.arena, lab.facts
    account = accounts[lab.turn % len(accounts)]
    with arena.fork():
        # Whoever closes waits for the next price: nobody earns by liquidating sooner.
        pass_time(lab)
        call = arena.call("liquidate", "keepers", account, facts.keeper_ids[0])
        told = call.returns
        if not call.accepted or told["insured_usd"] or told["bad_debt_usd"] or told["assigned_usd"]:
            return False
        if sum(arena.snapshot().pool_claims) > sum(lab.state.pool_claims):
            return False  # a debt was set off against funding that nobody has paid in yet: that pays for no close
        left = _sizes(arena, account)
        liquidated = _owned(lab, account)
    with arena.fork():
        refused = _closes(lab, account, left)
        expect(not refused, "account {} could pay its liquidation, and may not close: {}", account, refused)
        closed = _owned(lab, account)
    rounding = len(facts.markets) * (unit_usd(facts, lab.state.prices) + _CENTS_USD_WAD)
    expect(liquidated <= closed + rounding, "account {} keeps {} liquidated, {} closed", account, liquidated, closed)
    return True


#: A price moves by so much, so often, while another feed is silent for longer than its last price is good.
_TICK_WAD = WAD // 125
_TICKS = 24


@probes("LQ-18", "M", "a position without a price keeps nobody from being liquidated where there is one", every=5)
def _what_has_a_price_is_liquidated(lab: Lab) -> bool:
    """Venues fall silent about the feed of one position; another one's price goes against the account."""
    arena, facts, state = lab.arena, lab.facts, lab.state
    pairs = [
        (account, silent, falling)
        for account in facts.trader_ids
        for silent, lost in enumerate(state.positions[account])
        for falling, held in enumerate(state.positions[account])
        if silent != falling and lost.size and held.size
    ]
    if not pairs:
        return False
    account, silent, falling = pairs[lab.turn % len(pairs)]
    position = state.positions[account][falling]
    prices = list(lab.truth)
    for _ in range(_TICKS):
        feed = facts.markets[falling].feed
        prices[feed] -= (1 if position.size > 0 else -1) * prices[feed] * _TICK_WAD // WAD
        arena.advance(facts.oracle.max_price_age_s + 1)
        rows = lab.quotes(tuple(prices))
        rows[facts.markets[silent].feed] = [0] * len(rows[0])
        arena.report(rows)
        told = arena.reader.prices()
        if told[facts.markets[silent].feed].status < HALTED or status_of(facts, told, falling, side_of(position)) > OK:
            return False
        if arena.reader.health(account).is_liquidatable:
            break
    else:
        return False
    if state.open_orders[account]:
        arena.call("release", "keepers", account)
        if not arena.reader.health(account).is_liquidatable:
            return False
    before = arena.reader.position(account, silent)
    call = arena.call("liquidate", "keepers", account, facts.keeper_ids[0])
    expect(call.accepted, "account {} has a price in market {}, and is refused: {}", account, falling, call)
    after = arena.reader.position(account, silent)
    expect(before == after, "account {} was closed in market {} without a price: {}", account, silent, after)
    return True
