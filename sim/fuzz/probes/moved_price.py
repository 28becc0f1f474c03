"""Second futures of whoever moves the price that he trades at: what it costs him, and what it brings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from sim.fuzz import solve
from sim.fuzz.facts import NORMAL, OK, WAD
from sim.fuzz.probes.positions import idle_in
from sim.fuzz.properties import Lab, expect, probes
from sim.fuzz.reckon import is_capped, unit_usd, units_down, worth
from sim.fuzz.trading import trade, trade_all

#: A book is linear: what its depth says is traded within so much of its price.
_DEPTH_WITHIN = Fraction(2, 100)
MOVES_BPS = (32, 50, 100, 150)
_PARTS = (1, 2, 4, 16)


@dataclass(frozen=True, slots=True)
class Push:
    """One round: a side is filled, the venues' books are moved, and the side is closed there. USD WAD."""

    notional: int
    gained: int  # in the pool
    cost: int  # on the venues, there and back


def cost_of_moving(depth_usd_wad: int, bps: int) -> int:
    """
    What it costs to move linear books by so much and let them return: half of the move on all that is bought, twice.

    `depth_usd_wad`: what the books of all venues together take within 2 % of the price.
    """
    move = Fraction(abs(bps), 10_000)
    volume = depth_usd_wad * move / _DEPTH_WITHIN
    return int(2 * volume * move / 2)


def pushed(lab: Lab, m: int, bps: int, depth_usd_wad: int) -> Push | None:
    """Fill the side of a market that gains by a move, as far as it goes, and close after it. Leaves traces."""
    arena, facts = lab.arena, lab.facts
    feed, k = facts.markets[m].feed, facts.markets[m].assets[1]
    is_long, asset = bps > 0, facts.assets[k]
    opened: list[tuple[int, int]] = []
    before: dict[int, tuple[int, ...]] = {}
    for account in idle_in(lab, m):
        margin = units_down(asset, lab.state.aum.high, lab.state.prices[asset.feed].low)
        if not arena.call("deposit_collateral", "traders", account, k, margin).accepted:
            return None
        held = arena.reader.collateral(account)
        usd = solve.most_open(arena, arena.snapshot(), account, m, is_long)
        size = usd * WAD // lab.state.prices[feed].high * (1 if is_long else -1)
        filled = next((call for n in _PARTS if (call := trade(lab, account, m, size // n)).accepted), None)
        if filled is not None:
            opened.append((account, filled.returns["size"]))
            before[account] = held
    if not opened:
        return None
    prices = tuple(p * (10_000 + bps) // 10_000 if f == feed else p for f, p in enumerate(lab.truth))
    then = replace(lab, truth=prices)
    if not then.later(1):
        return None
    if not all(call.accepted for call in trade_all(then, [(account, m, -size) for account, size in opened])):
        return None
    now = arena.reader.prices()
    gained = sum(
        worth(facts, now, arena.reader.collateral(account), "mid") - worth(facts, now, held, "mid")
        for account, held in before.items()
    )
    notional = sum(abs(size) for _, size in opened) * lab.state.prices[feed].mid // WAD
    return Push(notional, int(gained), cost_of_moving(depth_usd_wad, bps))


@probes("OR-23", "M", "who moves the books of the venues gains no more in the pool than that costs him", every=12)
def _moving_the_price_does_not_pay(lab: Lab) -> bool:
    state, facts = lab.state, lab.facts
    m = lab.turn % len(facts.markets)
    feed = facts.markets[m].feed
    depth = max((asset.depth_usd_wad for asset in facts.assets if asset.feed == feed), default=0)
    calm = all(price.status == OK for price in state.prices) and state.aum.mode == NORMAL
    if not depth or not calm or is_capped(state, facts):
        return False
    bps = MOVES_BPS[lab.turn // 2 % len(MOVES_BPS)] * (1 if lab.turn % 2 else -1)
    found = pushed(lab, m, bps, depth)
    if found is None:
        return False
    expect(found.gained <= found.cost + unit_usd(facts, state.prices), "market {}, {} bps: {}", m, bps, found)
    return True
