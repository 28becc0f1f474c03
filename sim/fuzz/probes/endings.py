"""Second futures in which a market ends: unlisted once nobody is in it, wound up, settled where its price is lost."""

from __future__ import annotations

from sim.chain.failures import OK, code_of
from sim.fuzz.facts import HALTED, PAUSED, WAD
from sim.fuzz.privileges import NOTICE_S, WIND_UP_NOTICE_S
from sim.fuzz.properties import Lab, expect, probes
from sim.fuzz.reckon import is_capped
from sim.fuzz.snapshot import Snapshot
from sim.fuzz.trading import limit_of, market_order, trade

#: A little more than the time without a price after which a market may be settled (contracts/modules/endings.vy).
_LOST_S = 3 * 86_400 + 3_600
_TRIED_USD_WAD = 1_000 * WAD
#: Nobody leaves a market that is wound up at a price that is older (contracts/modules/settlement.vy).
_FRESH_S = 3
#: What the rounding of tokens may cost, for each position.
_DUST_USD_WAD = WAD
_ORDERS_FIRST = code_of("LIQUIDATION_ORDERS_FIRST")
#: For free tokens, for a sure price of those that it is paid in, or for one of what else would pay.
_WAITS = {code_of(name) for name in ("POOL_RESERVED", "PRICE_WIDE", "PRICE_HALTED")}


def _rule(lab: Lab, function: str, *arguments: object) -> int:
    return lab.arena.send("admin", "controller", function, *arguments)


def _value(lab: Lab) -> tuple[int, ...]:
    """Of all shares: low, mid, high."""
    return lab.arena.reader.aum()[:3]


@probes(
    "LV-09",
    "M",
    "a market that nobody is in is unlisted a day after its notice, whatever strangers do, and takes nothing along",
    every=7,
)
def _what_is_empty_is_unlisted(lab: Lab) -> bool:
    arena, facts = lab.arena, lab.facts
    empty = [m for m, sides in enumerate(lab.state.sides) if not sides[0].size + sides[1].size]
    if not empty:
        return False
    m = empty[lab.turn % len(empty)]
    if _rule(lab, "set_reduce_only", m, True) != OK:
        return False  # growth was stopped at once a few days ago already
    expect(_rule(lab, "announce_unlist_market", m) == OK, "market {} cannot be announced", m)
    account = facts.trader_ids[lab.turn % len(facts.trader_ids)]
    size = _TRIED_USD_WAD * WAD // max(lab.truth[facts.markets[m].feed], 1)
    with arena.fork():
        early = trade(lab, account, m, size)
    expect(not early.accepted, "somebody entered market {} before its end: {}", m, early)
    for k in range(len(facts.assets)):
        arena.call("deposit_collateral", "arbitrageur", account, k, 1)
    lab.later(NOTICE_S)
    before = _value(lab)
    status = _rule(lab, "unlist_market", m)
    expect(status == OK, "market {} stays: {}", m, status)
    expect(_value(lab) == before, "all shares were worth {}, and are {}", before, _value(lab))
    with arena.fork():
        late = trade(lab, account, m, size)
    expect(not late.accepted, "somebody entered market {} after its end: {}", m, late)
    return True


def _without(lab: Lab, feed: int, seconds: int) -> int:
    """A later block in which venues say nothing of one feed. @return its status."""
    lab.arena.advance(seconds)
    rows = lab.quotes()
    rows[feed] = [0] * len(rows[feed])
    lab.arena.report(rows)
    return lab.arena.reader.prices()[feed].status


def _settle(lab: Lab, account: int, m: int) -> int:
    return lab.arena.send("arbitrageur", "liquidator", "settle_position", account, m)


def _leave(lab: Lab, account: int, m: int, size: int) -> int:
    """What an owner is answered who closes, or asks to. A tape has no call of a role, so none of what depends on it."""
    arena, worst = lab.arena, limit_of(size)
    if not lab.facts.is_by_order:
        return arena.send("traders", "desk", "trade", account, m, size, worst)
    _, *terms = market_order(arena, account, m, size, worst)
    terms[5] = True  # it only reduces
    return arena.send("traders", "order_book", "place", account, terms)


def _lost(before: Snapshot, after: Snapshot) -> int:
    """Bad debt in between."""
    is_same = before.losses.epoch_ends_s == after.losses.epoch_ends_s
    return after.losses.epoch_loss_usd - (before.losses.epoch_loss_usd if is_same else 0)


def _inside(state: Snapshot, m: int) -> list[int]:
    return [account for account, at, _ in state.held() if at == m]


def _settle_all(lab: Lab, before: Snapshot, m: int) -> bool:
    """Close every position of a market, at no cost to the pool. @return whether none has to wait for tokens."""
    arena = lab.arena
    are_all = True
    accounts = _inside(before, m)
    for account in accounts:
        status = _settle(lab, account, m)
        if status == _ORDERS_FIRST:
            arena.send("keepers", "order_book", "release", account)
            status = _settle(lab, account, m)
        expect(status == OK or status in _WAITS, "account {} is not settled: {}", account, status)
        are_all = are_all and status == OK
    after = arena.snapshot()
    # A capped profit is a share of what backs it: what comes in moves every winner's.
    if not is_capped(before, lab.facts):
        least = before.aum.low - _lost(before, after) - _DUST_USD_WAD * len(accounts)
        expect(after.aum.low >= least, "all shares are worth {} instead of {}", after.aum.low, least)
    return are_all


@probes(
    "LV-10",
    "M",
    "a market without a price is settled at its last one, at no cost to the pool and until a price comes back",
    every=11,
)
def _what_has_no_price_is_settled(lab: Lab) -> bool:
    arena, facts = lab.arena, lab.facts
    held = sorted({m for _, m, _ in lab.state.held()})
    if not held:
        return False
    m = held[lab.turn % len(held)]
    feed = facts.markets[m].feed
    if _without(lab, feed, _LOST_S) != HALTED or arena.reader.aum().mode >= PAUSED:
        return False
    expect(_rule(lab, "settle_market", m) != OK, "market {} is settled without a notice", m)
    expect(_rule(lab, "announce_settle_market", m) == OK, "market {} cannot be announced", m)
    _without(lab, feed, NOTICE_S)
    expect(_rule(lab, "settle_market", m) == OK, "market {} cannot be settled", m)
    arena.accrue()
    before = arena.snapshot()
    with arena.fork():
        lab.later(1)
        if arena.reader.prices()[feed].status != HALTED:
            expect(_settle(lab, _inside(before, m)[0], m) != OK, "a position is settled beside a price of now")
    if _settle_all(lab, before, m):
        expect(_rule(lab, "announce_unlist_market", m) == OK, "market {} cannot be announced", m)
        _without(lab, feed, NOTICE_S)
        expect(_rule(lab, "unlist_market", m) == OK, "market {} stays", m)
    return True


@probes(
    "LV-13",
    "M",
    "a market is wound up after four weeks' notice, for good: who stays in it is closed at a price of the moment, at "
    "no cost to the pool",
    every=11,
)
def _what_is_given_up_is_wound_up(lab: Lab) -> bool:
    arena = lab.arena
    held = sorted({m for _, m, _ in lab.state.held()})
    if not held or lab.state.aum.mode >= PAUSED:
        return False
    m = held[lab.turn % len(held)]
    expect(_rule(lab, "announce_wind_up_market", m) == OK, "market {} cannot be announced", m)
    lab.later(NOTICE_S)
    expect(_rule(lab, "wind_up_market", m) != OK, "market {} is wound up after a day", m)
    if not lab.later(WIND_UP_NOTICE_S):
        return False
    account = _inside(lab.state, m)[0]
    expect(_settle(lab, account, m) != OK, "account {} is closed before the market is wound up", account)
    rest = -lab.state.positions[account][m].size
    with arena.fork():
        could_leave = _leave(lab, account, m, rest)
    expect(_rule(lab, "wind_up_market", m) == OK, "market {} cannot be wound up", m)
    expect(_rule(lab, "set_reduce_only", m, False) != OK, "market {} may grow again", m)
    way = 1 if lab.state.positions[account][m].size > 0 else -1
    size = way * _TRIED_USD_WAD * WAD // max(lab.truth[lab.facts.markets[m].feed], 1)
    with arena.fork():
        late = trade(lab, account, m, size)
        expect(not late.accepted, "account {} grows after the end of market {}: {}", account, m, late)
    with arena.fork():
        expect(_rule(lab, "set_mode", PAUSED) == OK, "the pool cannot be paused")
        leaves = _leave(lab, account, m, rest)
        expect(leaves == OK or could_leave != OK, "account {} cannot leave market {}: {}", account, m, leaves)
    with arena.fork():
        arena.advance(_FRESH_S + 1)
        expect(_settle(lab, account, m) != OK, "account {} leaves at an old price", account)
    arena.accrue()
    before = arena.snapshot()
    if not _inside(before, m):
        return False
    if _settle_all(lab, before, m):
        expect(_rule(lab, "announce_unlist_market", m) == OK, "market {} cannot be announced", m)
        lab.later(NOTICE_S)
        expect(_rule(lab, "unlist_market", m) == OK, "market {} stays", m)
    return True
