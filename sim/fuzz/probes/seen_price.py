"""Second futures of an order whose price is there and which nobody has executed yet: its owner knows the next one."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from sim.fuzz import solve
from sim.fuzz.arena import Call
from sim.fuzz.facts import NORMAL, OK, WAD
from sim.fuzz.orders import MIN_WAIT_S
from sim.fuzz.probes.positions import idle_in
from sim.fuzz.properties import Lab, expect, probes
from sim.fuzz.reckon import is_capped, unit_usd, units_down, worth
from sim.fuzz.trading import limit_of, market_order, trade

#: How far the next price goes, either way: what is set aside covers it.
_MOVES_BPS = (30, 90)
#: For how long nobody comes: a block, or longer than a market order stands.
_WAITS_S = (12, MIN_WAIT_S + 1)
_STAKE_USD_WAD = 1_000_000 * WAD
_MARGIN_OF_STAKE = 2
#: What an owner does, before others execute his order: USD that he has then beside his account.
Way = Callable[[Lab, int, int], Fraction]


def _nothing(lab: Lab, account: int, slot: int) -> Fraction:
    return Fraction(0)


def _takes_back_the_right(lab: Lab, account: int, slot: int) -> Fraction:
    book = lab.arena.chain.deployment.addresses["order_book"]
    lab.arena.send("admin", "market", "set_operator", account, book, False)
    return Fraction(0)


def _takes_away_the_means(lab: Lab, account: int, slot: int) -> Fraction:
    arena, facts, prices = lab.arena, lab.facts, lab.arena.reader.prices()
    taken = [0] * len(facts.assets)
    for k, units in enumerate(arena.reader.collateral(account)):
        for part in (units, units * 9 // 10, units // 2):
            if part and arena.call("withdraw_collateral", "traders", account, k, part, facts.actor("traders")).accepted:
                taken[k] = part
                break
    return worth(facts, prices, taken, "mid")


def _cancels(lab: Lab, account: int, slot: int) -> Fraction:
    lab.arena.call("cancel", "traders", account, slot)
    return Fraction(0)


_WAYS: tuple[Way, ...] = (_nothing, _takes_back_the_right, _takes_away_the_means, _cancels)


def gained_by_a_choice(lab: Lab, m: int, bps: int, wait_s: int, *, closes: bool, is_long: bool) -> Fraction | None:
    """
    What the owner of a market order has by choosing what suits him, once up and once down by so much. USD WAD.

    His order has its price when he learns the next one. None: there is no such order. Leaves traces.
    """
    arena, facts = lab.arena, lab.facts
    idle = idle_in(lab, m)
    if not idle:
        return None
    account, k = idle[0], facts.markets[m].assets[1]
    dollar, coin = lab.state.prices[facts.assets[k].feed], lab.state.prices[facts.markets[m].feed]
    units = units_down(facts.assets[k], _STAKE_USD_WAD // _MARGIN_OF_STAKE, dollar.low)
    if not arena.call("deposit_collateral", "traders", account, k, units).accepted:
        return None
    usd = min(_STAKE_USD_WAD, solve.most_open(arena, arena.snapshot(), account, m, is_long) * 8 // 10)
    size = (usd if is_long else -usd) * WAD // coin.high
    if not size or (closes and not trade(lab, account, m, size).accepted):
        return None
    delta = -size if closes else size
    gains = [_gained(lab, account, m, delta, wait_s, sign * bps) for sign in (1, -1, 0)]
    if any(gain is None for gain in gains):
        return None
    up, down, still = (gain for gain in gains if gain is not None)
    # What a fill is worth at a price that stays, a better price than the oracle's say, is not for the choice.
    return up + down - 2 * max(still, Fraction(0))


def _gained(lab: Lab, account: int, m: int, delta: int, wait_s: int, bps: int) -> Fraction | None:
    """What a market order brings over none, if the next price goes so far and its owner chooses then."""
    arena, feed = lab.arena, lab.facts.markets[m].feed
    truth = tuple(price * (10_000 + bps) // 10_000 if f == feed else price for f, price in enumerate(lab.truth))
    with arena.fork():
        if not _learns(lab, wait_s, truth):
            return None
        idly = _worth(lab, account, m, 0, 0)
    with arena.fork():
        placed = arena.call("place", "traders", *market_order(arena, account, m, delta, limit_of(delta)))
        if not placed.accepted or not _learns(lab, wait_s, truth):
            return None
        best = _best(lab, account, m, placed)
    return None if best is None else best - idly


def _learns(lab: Lab, wait_s: int, truth: tuple[int, ...]) -> bool:
    """The price of what was asked before comes, and after some time the next one."""
    return lab.later(1) and lab.later(wait_s, truth)


def _best(lab: Lab, account: int, m: int, placed: Call) -> Fraction | None:
    """The most that an owner has who chooses; None if his order could not be filled if he does nothing."""
    arena, terms = lab.arena, placed.arguments
    slot, standing = placed.returns["slot"], arena.snapshot().open_orders[account]
    values = []
    for way in _WAYS:
        with arena.fork():
            taken = way(lab, account, slot)
            done = arena.call("execute", "keepers", account, slot, lab.facts.keeper_ids[0])
            if way is _nothing and not (done.accepted and done.returns["size"]):
                return None
            aside = terms["margin"] if arena.snapshot().open_orders[account] == standing else 0
            values.append(taken + _worth(lab, account, m, terms["asset"], aside))
    if terms["reward"] == 0:  # nobody else comes
        values.append(_worth(lab, account, m, terms["asset"], terms["margin"]))
    return max(values)


def _worth(lab: Lab, account: int, m: int, asset: int, aside: int) -> Fraction:
    """An account at mid, with what it has set aside. USD WAD."""
    reader, facts = lab.arena.reader, lab.facts
    prices, position = reader.prices(), reader.position(account, m)
    units = [held + aside * (k == asset) for k, held in enumerate(reader.collateral(account))]
    paper = Fraction(position.size * prices[facts.markets[m].feed].mid, WAD)
    return worth(facts, prices, units, "mid") + paper - (position.cost if position.size > 0 else -position.cost)


@probes("PO-21", "M", "who knows the next price before his order is executed at its own gains by no choice", every=12)
def _a_seen_price_is_no_choice(lab: Lab) -> bool:
    state, facts = lab.state, lab.facts
    calm = all(price.status == OK for price in state.prices) and state.aum.mode == NORMAL
    if not facts.is_by_order or not calm or is_capped(state, facts):
        return False
    turn, m = lab.turn // len(facts.markets), lab.turn % len(facts.markets)
    bps, wait_s = _MOVES_BPS[turn // 4 % 2], _WAITS_S[turn // 2 % 2]
    gained = gained_by_a_choice(lab, m, bps, wait_s, closes=bool(turn % 2), is_long=turn % 3 > 0)
    if gained is None:
        return False
    expect(gained <= unit_usd(facts, state.prices), "market {}, {} bps after {} s: gained {}", m, bps, wait_s, gained)
    return True
