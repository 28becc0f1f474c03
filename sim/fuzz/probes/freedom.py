"""Second futures in which others call first: nobody's choice shrinks, or grows, by what somebody else did before."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sim.chain.failures import name_of
from sim.fuzz.arena import Call
from sim.fuzz.facts import NORMAL, OK, WAD
from sim.fuzz.properties import Lab, expect, probes
from sim.fuzz.reckon import concerns, units_down
from sim.fuzz.trading import trade

#: Moves of all prices in a block, as a fraction: what a circuit breaker has to see, and what it need not.
_MOVES = ((9, 10), (95, 100), (101, 100), (12, 10))


@probes(
    "AC-12",
    "M",
    "after the same prices the circuit breakers close the same verbs, whoever brought the markets to now before",
    every=5,
)
def _whoever_asks_first_fixes_nothing(lab: Lab) -> bool:
    arena = lab.arena
    n, d = _MOVES[lab.turn % len(_MOVES)]
    moved = tuple(price * n // d for price in lab.truth)
    ends, later = [], []
    for is_early in (False, True):
        with arena.fork():
            arena.advance(1)
            if is_early:
                arena.accrue()
            arena.report(lab.quotes(moved))
            arena.accrue()
            ends.append((arena.reader.aum().closed, [price.mid for price in arena.reader.prices()]))
        with arena.fork():
            for is_first in (True, False):
                arena.advance(10)
                arena.report(lab.quotes(moved if is_first else lab.truth))
                if is_early or not is_first:
                    arena.accrue()
            later.append(arena.reader.aum().closed)
    expect(later[0] == later[1], "verbs {:b} closed, or {:b} where somebody accrued two blocks ago", *later)
    (late, prices), (early, same) = ends
    expect(prices == same, "prices {} or {}", prices, same)
    expect(late == early, "verbs {:b} closed, or {:b} where somebody accrued before the report", late, early)
    return prices != [price.mid for price in lab.state.prices]


@probes("LP-27", "M", "a circuit breaker of a market that concerns nobody closes nothing of the pool", every=5)
def _an_empty_market_shuts_nobody_out(lab: Lab) -> bool:
    arena, facts, state = lab.arena, lab.facts, lab.state
    lonely = [m for m in range(len(facts.markets)) if not concerns(facts, state, m)]
    if not lonely or facts.pool.entry_wait_s or state.aum.mode != NORMAL:
        return False
    moved, feed = list(lab.truth), facts.markets[lonely[lab.turn % len(lonely)]].feed
    moved[feed] = moved[feed] * 8 // 10
    closed = 0
    for _ in range(3):
        arena.advance(1)
        arena.report(lab.quotes(tuple(moved)))
        arena.accrue()
        closed |= arena.snapshot().clocks[lonely[lab.turn % len(lonely)]].closed
    others = [clock.closed for m, clock in enumerate(arena.snapshot().clocks) if m not in lonely]
    k = facts.markets[0].assets[1]
    units = units_down(facts.assets[k], 100 * WAD, state.prices[facts.assets[k].feed].mid)
    call = arena.call("mint", "arbitrageur", k, units, 0, facts.actor("arbitrageur"))
    is_shut = name_of(call.status) == "ACCESS_CLOSED_BY_CIRCUIT"
    expect(not is_shut or any(others), "market {} closes the pool: {}", lonely[0], call)
    return closed & 1 == 1 and not any(others)


@probes("PO-16", "M", "what a stranger puts into an account takes nothing away from what its owner may do", every=5)
def _gifts_block_nothing(lab: Lab) -> bool:
    arena, state, facts = lab.arena, lab.state, lab.facts
    held = [(a, m, p.size) for a, m, p in state.held() if a in facts.trader_ids]
    if not held:
        return False
    account, m, size = held[lab.turn % len(held)]
    unsure = [k for k, asset in enumerate(facts.assets) if state.prices[asset.feed].status != OK]
    k = unsure[lab.turn % len(unsure)] if unsure else lab.turn % len(facts.assets)
    receiver = facts.actor("traders")
    tries: list[tuple[str, Callable[[], Call]]] = [
        ("closing", lambda: trade(lab, account, m, -size)),
        ("growing", lambda: trade(lab, account, m, size // 10)),
    ]
    for j, units in enumerate(state.collateral[account]):
        if units:
            values = account, j, 1 + units // 100, receiver
            tries.append(("withdrawing", partial(arena.call, "withdraw_collateral", "traders", *values)))
    for verb, attempt in tries:
        with arena.fork():
            alone = attempt()
        with arena.fork():
            if not arena.call("deposit_collateral", "arbitrageur", account, k, 1).accepted:
                return False
            after = attempt()
        fits = after.accepted or not alone.accepted
        expect(fits, "{} was possible, and is not after a gift of asset {}: {}", verb, k, after)
    return bool(unsure)
