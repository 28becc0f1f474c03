"""Second futures of whoever knows the next price: what a free look at it is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sim.fuzz import solve
from sim.fuzz.facts import NORMAL, OK, WAD
from sim.fuzz.probes.positions import idle_in
from sim.fuzz.properties import Lab, expect, probes
from sim.fuzz.reckon import is_capped, unit_usd, units_down, worth
from sim.fuzz.trading import trade

#: How old the last price is, and how much the next one differs from it.
AGE_S = 25
MOVES_BPS = (50, 100, 150)
#: The notional that is tried, and a margin with which it is opened surely.
STAKE_USD_WAD = 5_000_000 * WAD
_MARGIN_OF_STAKE = 2


def gained_by_a_look(lab: Lab, m: int, bps: int, stake_usd_wad: int = STAKE_USD_WAD) -> int | None:
    """
    What one has by a trade in a market when he knows that the next price is so much higher (bps > 0) or lower. USD WAD.

    He asks before that price, and closes as soon as he may after it. None: he cannot open, or not close. Leaves traces.
    """
    arena, facts = lab.arena, lab.facts
    idle = idle_in(lab, m)
    feed, k = facts.markets[m].feed, facts.markets[m].assets[1]
    asset = facts.assets[k]
    if not idle:
        return None
    account = idle[0]
    units = units_down(asset, stake_usd_wad // _MARGIN_OF_STAKE, lab.state.prices[asset.feed].low)
    if not arena.call("deposit_collateral", "traders", account, k, units).accepted:
        return None
    direction = 1 if bps > 0 else -1
    most = solve.most_open(arena, arena.snapshot(), account, m, bps > 0)
    usd = min(stake_usd_wad, most * 9 // 10)
    size = direction * usd * WAD // lab.state.prices[feed].high
    held = arena.reader.collateral(account)
    arena.advance(AGE_S)
    prices = _moved(lab.truth, feed, bps)
    then = replace(lab, truth=prices)
    # At once he trades before the price is there; by request he cannot.
    opened = trade(then, account, m, size)
    if not opened.accepted or not then.later(1):
        return None
    if not trade(then, account, m, -size).accepted:
        return None
    now = arena.reader.prices()
    return int(worth(facts, now, arena.reader.collateral(account), "mid") - worth(facts, now, held, "mid"))


def _moved(truth: Sequence[int], feed: int, bps: int) -> tuple[int, ...]:
    return tuple(price * (10_000 + bps) // 10_000 if f == feed else price for f, price in enumerate(truth))


@probes("PO-19", "M", "who knows the next price gains nothing by a trade before it", every=12)
def _a_look_is_worth_nothing(lab: Lab) -> bool:
    state, facts = lab.state, lab.facts
    calm = all(price.status == OK for price in state.prices) and state.aum.mode == NORMAL
    if not calm or is_capped(state, facts):
        return False
    m = lab.turn % len(facts.markets)
    bps = MOVES_BPS[lab.turn // 2 % 3] * (1 if lab.turn % 2 else -1)
    gained = gained_by_a_look(lab, m, bps)
    if gained is None:
        return False
    expect(gained <= unit_usd(facts, state.prices), "market {}, {} bps: gained {}", m, bps, gained)
    return True
