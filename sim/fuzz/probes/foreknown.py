"""Second futures of whoever knows the next price: what a free look at it is worth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from sim.fuzz import solve
from sim.fuzz.entering import ask, finish, is_by_request
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
_LOOKER = "arbitrageur"
#: Of the pool's tokens: no more is swapped or deposited.
_PART = 10


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


def gained_by_a_swap(
    lab: Lab, m: int, bps: int, stake_usd_wad: int = STAKE_USD_WAD, *, knows: bool = True
) -> int | None:
    """
    What one has by a swap when he knows that the next price of a market's coin is so much higher (bps > 0) or lower.

    USD WAD. He takes it before it rises, and gives it before it falls. Who does not know it asks when it is there.
    None: the pool does not swap. Leaves traces.
    """
    long, short = lab.facts.markets[m].assets
    k, j = (short, long) if bps > 0 else (long, short)
    if k == j:
        return None
    usd = min(stake_usd_wad, lab.state.aum.tokens_mid // _PART)
    units = min(_units(lab, k, usd), solve.most_swap(lab.arena, lab.state, k, j))
    return _gained(lab, "swap", (k, j), units, m, bps, knows=knows)


def gained_by_a_mint(
    lab: Lab, m: int, bps: int, stake_usd_wad: int = STAKE_USD_WAD, *, knows: bool = True
) -> int | None:
    """The same of shares: for dollars before the coins of the pool rise, for a coin before it falls."""
    long, short = lab.facts.markets[m].assets
    k = short if bps > 0 else long
    usd = min(stake_usd_wad, lab.state.aum.tokens_mid // _PART)
    units = min(_units(lab, k, usd), solve.most_mint(lab.arena, lab.state, k))
    return _gained(lab, "mint", (k,), units, m, bps, knows=knows)


def _units(lab: Lab, k: int, usd_wad: int) -> int:
    asset = lab.facts.assets[k]
    return units_down(asset, usd_wad, lab.state.prices[asset.feed].low)


def _gained(lab: Lab, verb: str, assets: tuple[int, ...], units: int, m: int, bps: int, *, knows: bool) -> int | None:
    arena, facts = lab.arena, lab.facts
    me = facts.actor(_LOOKER)
    held = _wealth(lab, me)
    arena.advance(AGE_S)
    then = replace(lab, truth=_moved(lab.truth, facts.markets[m].feed, bps))
    if not knows and not then.later(1):
        return None
    asked = ask(then, verb, _LOOKER, *assets, units, 0, me)
    if not asked.accepted or not then.later(facts.pool.entry_wait_s + 1):
        return None
    if not finish(then, asked).accepted:
        return None
    prices, aum = arena.reader.prices(), arena.reader.aum()
    *moved, shares = (now - was for now, was in zip(_wealth(lab, me), held, strict=True))
    return int(worth(facts, prices, moved, "mid")) + shares * aum.mid // arena.snapshot().supply


def _wealth(lab: Lab, actor: int) -> tuple[int, ...]:
    """Units of every token, and shares."""
    reader = lab.arena.reader
    return *(reader.balance(k, actor) for k in range(len(lab.facts.assets))), reader.shares()[actor + 1]


def _moved(truth: Sequence[int], feed: int, bps: int) -> tuple[int, ...]:
    return tuple(price * (10_000 + bps) // 10_000 if f == feed else price for f, price in enumerate(truth))


@probes("PO-19", "M", "who knows the next price gains nothing by a trade before it", every=12)
def _a_look_is_worth_nothing(lab: Lab) -> bool:
    return _is_worth_nothing(lab, gained_by_a_look)


@probes("SW-12", "M", "who knows the next price gains nothing by a swap before it", every=12)
def _a_look_before_a_swap_is_worth_nothing(lab: Lab) -> bool:
    return _is_worth_nothing(lab, gained_by_a_swap, partial(gained_by_a_swap, knows=False))


@probes("LP-22", "M", "who knows the next price gains nothing by a deposit before it", every=12)
def _a_look_before_a_mint_is_worth_nothing(lab: Lab) -> bool:
    return _is_worth_nothing(lab, gained_by_a_mint, partial(gained_by_a_mint, knows=False))


_Gain = Callable[[Lab, int, int], int | None]


def _is_worth_nothing(lab: Lab, gained_by: _Gain, without_a_look: _Gain | None = None) -> bool:
    """What the pool pays to everybody who evens it out at the new price is no gain of the look."""
    state, facts = lab.state, lab.facts
    calm = all(price.status == OK for price in state.prices) and state.aum.mode == NORMAL
    if not calm or is_capped(state, facts) or any(entry.amount for entry in state.entries):
        return False
    m = lab.turn % len(facts.markets)
    bps = MOVES_BPS[lab.turn // 2 % 3] * (1 if lab.turn % 2 else -1)
    with lab.arena.fork():
        gained = gained_by(lab, m, bps)
    if gained is None:
        return False
    if gained > 0 and without_a_look is not None:
        gained -= max(without_a_look(lab, m, bps) or 0, 0)
    expect(gained <= unit_usd(facts, state.prices), "market {}, {} bps: gained {}", m, bps, gained)
    return True


@probes(
    "LP-25",
    "M",
    "a request to enter that let its first price pass does not have a later one that somebody knows",
    every=8,
)
def _a_price_is_not_chosen(lab: Lab) -> bool:
    facts, calm = lab.facts, all(price.status == OK for price in lab.state.prices)
    if not is_by_request(facts) or not calm or any(entry.amount for entry in lab.state.entries):
        return False
    k, me = lab.turn % len(facts.assets), facts.actor(_LOOKER)
    asked = ask(lab, "mint", _LOOKER, k, _units(lab, k, 1_000 * WAD), 0, me)
    feed, bps = lab.turn % len(lab.truth), MOVES_BPS[lab.turn % 3]
    if not asked.accepted or not lab.later(facts.pool.entry_wait_s + 1):
        return False
    if not lab.later(AGE_S, _moved(lab.truth, feed, bps)):
        return False
    call = finish(lab, asked)
    expect(not call.accepted, "executed at the second price: {}", call)
    return True
