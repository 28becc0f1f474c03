"""Second futures of the clock: slices of time, long gaps, extreme prices, and strangers who get in the way."""

from __future__ import annotations

from dataclasses import replace

from sim.fuzz.entering import ask
from sim.fuzz.facts import LONG, OK
from sim.fuzz.properties import Lab, expect, probes
from sim.fuzz.trading import trade

TEN_YEARS_S = 315_360_000
#: Funding policies whose rate depends on nothing but the sides as they are.
_MEMORYLESS = ("no_funding", "skew_linear_funding", "paper_funding", "premium_funding")


@probes("FF-02", "M", "what accrues does not depend on how often anybody asks", every=8)
def _slices_add_up(lab: Lab) -> bool:
    arena, facts = lab.arena, lab.facts
    if not any(side.size for sides in lab.state.sides for side in sides):
        return False
    arena.accrue()
    seconds = (3, 60, 3_600)[lab.turn % 3]
    ends = []
    for slices in (1, 3):
        with arena.fork():
            for _ in range(slices):
                arena.advance(seconds // slices)
                arena.accrue()
            ends.append([arena.reader.sides(m) for m in range(len(facts.markets))])
    once, often = ends
    for m, (sides, others) in enumerate(zip(once, often, strict=True)):
        for one, other in zip(sides, others, strict=True):
            expect(one.borrow_index == other.borrow_index, "market {}: {} or {}", m, one, other)
            if facts.policy("funding_rate") in _MEMORYLESS:
                # Each slice rounds the payer's index up by less than one, and takes the receiver's from it.
                ratio = max(sides[0].size, sides[1].size) // max(1, min(sides[0].size, sides[1].size)) + 2
                gap = abs(one.funding_index - other.funding_index)
                expect(gap <= 3 * ratio, "market {}: funding {} or {}", m, one, other)
    return True


@probes("DF-07", "M", "empty blocks and reads in between change nothing", every=13)
def _idle_blocks_change_nothing(lab: Lab) -> bool:
    arena = lab.arena
    ends = []
    for pieces in (1, 4):
        with arena.fork():
            for _ in range(pieces):
                arena.advance(20 // pieces)
                if pieces > 1:
                    arena.snapshot()
            arena.report(lab.quotes())
            arena.accrue()
            ends.append(arena.snapshot())
    expect(ends[0] == ends[1], "{} or {}", ends[0].aum, ends[1].aum)
    return True


def _leaves(lab: Lab, account: int, m: int, size: int) -> bool:
    """The position can be closed, or the account liquidated once its orders are released."""
    arena = lab.arena
    if trade(lab, account, m, -size).accepted:
        return True
    arena.call("release", "keepers", account)
    return arena.call("liquidate", "keepers", account, lab.facts.keeper_ids[0]).accepted


def _check_leaves(lab: Lab, account: int, m: int, size: int) -> None:
    """An account that is neither liquidatable nor able to pay the loss of a position closes its winners first.

    One that the margin of its orders has saved from liquidation can pay with it: it is asked twice.
    """
    if _leaves(lab, account, m, size) or _leaves(lab, account, m, size):
        return
    others = [(n, p.size) for n, p in enumerate(lab.state.positions[account]) if p.size and n != m]
    closed = [_leaves(lab, account, n, held) for n, held in others]
    then = any(closed) and (not lab.arena.reader.position(account, m).size or _leaves(lab, account, m, size))
    expect(then, "account {} market {} size {}: neither closed nor liquidated", account, m, size)


def _one_held(lab: Lab) -> tuple[int, int, int] | None:
    held = [(a, m, p.size) for a, m, p in lab.state.held() if a in lab.facts.trader_ids]
    return held[lab.turn % len(held)] if held else None


@probes(
    "LV-04",
    "I",
    "at any price that the oracle can give every position can be closed or its account liquidated",
    every=5,
)
def _nobody_is_stuck(lab: Lab) -> bool:
    found = _one_held(lab)
    if found is None:
        return False
    account, m, size = found
    facts = lab.facts
    feed = facts.markets[m].feed
    least, most = facts.oracle.bounds_wad[feed]
    now = lab.truth[feed]
    price = (least * 21 // 20, now // 4, now * 4, most * 19 // 20)[lab.turn // 3 % 4]
    price = min(max(price, least * 21 // 20), most * 19 // 20)
    prices = tuple(price if f == feed else p for f, p in enumerate(lab.truth))
    if not lab.later(1, prices) or lab.arena.reader.aum().mode > OK:
        return False
    _check_leaves(replace(lab, truth=prices), account, m, size)
    return True


@probes(
    "LV-07",
    "M",
    "after ten years every position can be closed or its account liquidated, and nothing overflows",
    every=17,
)
def _ten_years_pass(lab: Lab) -> bool:
    found = _one_held(lab)
    if found is None or not lab.later(TEN_YEARS_S) and lab.facts.oracle.max_average_distance_wad == 0:
        return False
    account, m, size = found
    arena = lab.arena
    prices = arena.reader.prices()
    if any(price.status != OK for price in prices):
        return False
    expect(arena.assess(account), "the account cannot be brought to now")
    _check_leaves(lab, account, m, size)
    return True


@probes("LV-08", "M", "strangers who deposit dust, poke or swap do not stop anybody from closing", every=9)
def _strangers_cannot_block(lab: Lab) -> bool:
    found = _one_held(lab)
    if found is None:
        return False
    account, m, size = found
    arena, facts = lab.arena, lab.facts
    with arena.fork():
        alone = trade(lab, account, m, -size).accepted
    if not alone:
        return False
    stranger = facts.actor("arbitrageur")
    k = facts.markets[m].assets[LONG if size > 0 else 1 - LONG]
    arena.call("deposit_collateral", "arbitrageur", account, k, 1)
    arena.assess(account)
    arena.accrue()
    ask(lab, "swap", "arbitrageur", k, (k + 1) % len(facts.assets), 10**6, 0, stranger)
    call = trade(lab, account, m, -size)
    expect(call.accepted, "{}", call)
    return True
