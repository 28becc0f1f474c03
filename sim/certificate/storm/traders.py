"""Recipes of traders: accounts, collateral, positions, orders."""

from __future__ import annotations

from sim.certificate.machine import Sent
from sim.certificate.storm.hand import Hand
from sim.certificate.storm.keepers import execute
from sim.certificate.storm.recipes import recipe
from sim.certificate.storm.seen import BOOK, INSURANCE, TREASURY

WAD = 10**18
NO_LIMIT_WAD = 2**127
_STAKE_USD_WAD = 3_000 * WAD
_POOR_USD_WAD = 20 * WAD
_ROOM_WAD = 97 * 10**16  # of the free margin that a growing position may take
_LIMIT, _STOP, _TAKE_PROFIT, _AT_MARKET = range(4)
_REWARD_USD_WAD = 6 * WAD // 100  # of a market order, to its keeper
_STAKE_DIVISOR = 98  # of its size
_DISTANCES_BPS = (-150, -50, -10, -3, 3, 10, 50, 150)


def _sender_for(p: Hand, account: int) -> str:
    """Who may act for an account."""
    if account in p.stage.cast.trader_ids:
        return "traders"
    if account in p.stage.cast.keeper_ids:
        return "keepers"
    owner = p.seen.owners[account] if account < len(p.seen.owners) else ""
    return owner if owner in p.people else "traders"


def _deposit(p: Hand, account: int, k: int, usd_wad: int) -> Sent:
    units = max(1, p.seen.units(k, usd_wad))
    return p.sent(p.dice.pick(("traders", "keepers")), "market", "deposit_collateral", account, k, p.edge(units))


@recipe("market", "open_account", 0.1)
def open_account(p: Hand) -> list[Sent]:
    """A new account, as long as native storage has room for it."""
    if p.seen.accounts + 1 >= p.stage.world.accounts and p.dice.chance(0.98):
        return []
    return [p.sent(p.actor(), "market", "open_account")]


@recipe("market", "set_operator", 1)
def set_operator(p: Hand) -> list[Sent]:
    """Approve or dismiss an operator; those that the storm relies on are dismissed for one call."""
    account = p.account()
    owner = p.seen.owners[account] if account < len(p.seen.owners) else "admin"
    owner = owner if owner in p.people else "admin"
    if p.dice.chance(0.1) and account in p.stage.cast.trader_ids:
        again = p.sent(owner, "market", "set_operator", account, p.address("traders"), 1)
        between = p.sent("traders", "market", "withdraw_collateral", account, 0, 1, p.address("traders"))
        return [p.sent(owner, "market", "set_operator", account, p.address("traders"), 0), between, again]
    operator = p.dice.pick(("stranger", "arbitrageur", "lp0"))
    return [p.sent(owner, "market", "set_operator", account, p.address(operator), p.dice.below(2))]


@recipe("market", "deposit_collateral", 2)
def deposit(p: Hand) -> list[Sent]:
    """Collateral for anybody, insurance too."""
    account = INSURANCE if p.dice.chance(0.15) else p.account()
    return [_deposit(p, account, p.asset(), p.dice.some(_STAKE_USD_WAD))]


def _spare(p: Hand, account: int, k: int) -> int:
    """Units that an account could give up as far as its margin goes, a little less."""
    s = p.seen
    held, health = s.collateral[account][k], s.health[account]
    if not any(s.sizes[account]):
        return held
    free = max(0, health[1] - health[2]) * 95 // 100
    return min(held, s.units(k, free))


def _rich(p: Hand) -> tuple[int, int] | None:
    """An account and an asset of which it can spare something."""
    rows = [
        (a, k)
        for a in range(BOOK + 1, p.seen.accounts + 1)
        for k, held in enumerate(p.seen.collateral[a])
        if held and _spare(p, a, k)
    ]
    return p.dice.pick(rows) if rows else None


@recipe("market", "withdraw_collateral", 3)
def withdraw(p: Hand) -> list[Sent]:
    """Take collateral out, down to initial margin."""
    found = _rich(p)
    if found is None:
        return []
    account, k = found
    units = p.edge(p.dice.some(_spare(p, account, k)))
    receiver = p.address(p.actor())
    return [p.sent(_sender_for(p, account), "market", "withdraw_collateral", account, k, units, receiver)]


@recipe("market", "transfer_collateral", 2)
def transfer(p: Hand) -> list[Sent]:
    """Collateral to another account, or to itself."""
    found = _rich(p)
    if found is None:
        return []
    account, k = found
    units = p.edge(p.dice.some(_spare(p, account, k)))
    target = p.dice.pick((INSURANCE, p.account(), p.account(), p.account()))
    return [p.sent(_sender_for(p, account), "market", "transfer_collateral", account, k, units, target)]


def _room_usd(p: Hand, account: int, m: int, is_long: bool) -> int:
    """USD WAD by which margin, reserves and caps let a position grow, about."""
    s, market = p.seen, p.seen.markets[m]
    k, side = (market[1], 0) if is_long else (market[2], 1)
    pool, reserved, _ = s.buckets[k]
    backing = s.usd(k, max(0, pool - reserved)) * WAD // max(market[3], 1) * 9 // 10
    cap = min(market[4], s.usd(k, pool) * market[5] // WAD)
    own = cap * market[6] // WAD - abs(s.sizes[account][m]) * s.prices[market[0]][1] // WAD
    health = s.health[account]
    margin = max(0, health[1] - health[2]) * p.leverage(m)
    return max(0, min(backing, cap - s.sides[m][side][1], own, margin) * _ROOM_WAD // WAD)


def _bound(p: Hand, size: int, m: int) -> int:
    """Worst acceptable price: none, a near one, or one that contradicts the quote."""
    price = p.seen.prices[p.seen.markets[m][0]]
    kind = p.dice.roll()
    if kind < 0.9:
        return NO_LIMIT_WAD if size > 0 else 0
    if kind < 0.97:
        return price[2] * 102 // 100 if size > 0 else price[0] * 98 // 100
    return price[0] if size > 0 else price[2]


def _trade(p: Hand, account: int, m: int, size: int) -> Sent:
    """At once; where trades are requested mostly a market order, which some keeper executes."""
    bound, held = _bound(p, size, m), p.seen.sizes[account][m]
    if not p.is_by_order or p.dice.chance(0.05):
        return p.sent(_sender_for(p, account), "desk", "trade", account, m, p.edge(size), bound)
    closes = size * held < 0
    k = max(range(len(p.assets)), key=lambda k: p.seen.usd(k, p.seen.collateral[account][k]))
    reward = 0 if closes else p.seen.units(k, _REWARD_USD_WAD) + 1
    margin = 0 if closes else reward + _stake(p, m, size, k)
    terms = (m, _AT_MARKET, p.edge(size), 0, bound, int(closes), k, margin, reward, 0)
    return p.sent(_sender_for(p, account), "order_book", "place", account, *terms)


def _stake(p: Hand, m: int, size: int, k: int) -> int:
    """What an order that may grow a position sets aside beside the reward, in units, and a little more."""
    usd = abs(size) * p.seen.prices[p.seen.markets[m][0]][2] // WAD // _STAKE_DIVISOR
    return p.seen.units(k, usd * WAD // max(WAD - p.seen.assets[k][4], WAD // 2)) + 1


@recipe("desk", "trade", 8)
def grow(p: Hand) -> list[Sent]:
    """Open or enlarge a position, with a deposit before where the account is poor."""
    s = p.seen
    if p.is_by_order and s.executions and p.dice.chance(0.5):
        return execute(p)
    account, m = p.trader(), p.market()
    calls = []
    if s.health[account][1] - s.health[account][2] < _POOR_USD_WAD:
        calls.append(_deposit(p, account, p.asset(), _STAKE_USD_WAD))
        if p.dice.chance(0.7):
            return calls
    size = s.sizes[account][m]
    is_long = size > 0 if size else p.dice.chance(0.5)
    room = _room_usd(p, account, m, is_long)
    least = s.markets[m][9] * 21 // 20
    if room < least and p.dice.chance(0.9):
        return calls
    usd = room if p.dice.chance(0.35) else max(least, p.dice.some(room))
    units = usd * WAD // max(s.prices[s.markets[m][0]][2], 1)
    return [*calls, _trade(p, account, m, units if is_long else -units)]


@recipe("desk", "trade", 5)
def shrink(p: Hand) -> list[Sent]:
    """Close a position, or a part of it; sometimes more than there is."""
    held = [(a, m) for a, m in p.seen.holders if a > TREASURY]
    if p.is_by_order and p.seen.executions and p.dice.chance(0.5):
        return execute(p)
    if not held:
        return []
    account, m = p.dice.pick(held)
    size = p.seen.sizes[account][m]
    units = p.dice.some(abs(size))
    if p.dice.chance(0.4):
        units = abs(size) * p.dice.pick((1, 1, 2))
    return [_trade(p, account, m, -units if size > 0 else units)]


@recipe("market", "claim_funding", 2)
def claim_funding(p: Hand) -> list[Sent]:
    """What would be paid, or sometimes nothing."""
    if p.seen.claims:
        return [p.sent(p.actor(), "market", "claim_funding", *p.take(p.seen.claims))]
    return [p.sent(p.actor(), "market", "claim_funding", p.account(), p.market())] if p.dice.chance(0.1) else []


@recipe("market", "accrue", 1)
def accrue(p: Hand) -> list[Sent]:
    """Bring all markets to now."""
    return [p.sent(p.actor(), "market", "accrue")]


@recipe("market", "assess", 1)
def assess(p: Hand) -> list[Sent]:
    """Bring an account's markets to now."""
    return [p.sent(p.actor(), "market", "assess", p.account())]


@recipe("order_book", "place", 4)
def place(p: Hand) -> list[Sent]:
    """An order near the price, with or without margin of its own."""
    s, account, m, kind = p.seen, p.trader(), p.market(), p.dice.below(4 if p.is_by_order else 3)
    full = sum(1 for a, *_ in s.orders if a == account) >= 8
    price = s.prices[s.markets[m][0]]
    if (full and p.dice.chance(0.9)) or not price[1]:
        return []
    held = s.sizes[account][m]
    closes = held != 0 and (kind == _TAKE_PROFIT or p.dice.chance(0.5))
    if closes:
        size = -held if p.dice.chance(0.5) else -held // 2 or -held
    else:
        usd = max(2 * s.markets[m][9], p.dice.some(_room_usd(p, account, m, p.dice.chance(0.5)) // 2))
        size = usd * WAD // price[2] * p.dice.pick((1, -1))
    # A limit waits for a better price, a stop for a worse one.
    side = -1 if (size > 0) == (kind != _STOP) else 1
    trigger = price[1] * (10_000 + side * p.dice.pick(_DISTANCES_BPS)) // 10_000
    k = p.asset()
    margin = 0 if closes and p.dice.chance(0.5) else p.dice.some(_spare(p, account, k) // 4)
    reward = margin // 50 if p.dice.chance(0.7) else 0
    if p.is_by_order and not closes and p.dice.chance(0.7):
        reward = p.seen.units(k, _REWARD_USD_WAD) + 1
        margin = reward + _stake(p, m, size * max(trigger, 1) // price[1] + 1, k)
    expires = 0 if p.dice.chance(0.6) else s.now_s + p.dice.pick((1, 30, 300, 330, 600, 100_000))
    if kind == _AT_MARKET and p.dice.chance(0.98):
        trigger = expires = 0
    terms = (m, kind, p.edge(size), trigger, _bound(p, size, m), int(closes), k, margin, reward, expires)
    return [p.sent(_sender_for(p, account), "order_book", "place", account, *terms)]


@recipe("order_book", "cancel", 1.5)
def cancel(p: Hand) -> list[Sent]:
    """Withdraw an order; sweep one that has expired as anybody."""
    if not p.seen.orders:
        return [p.sent("traders", "order_book", "cancel", p.account(), 0)] if p.dice.chance(0.1) else []
    expired = [row for row in p.seen.orders if 0 < row[2][9] <= p.seen.now_s]
    account, slot, _ = row = p.dice.pick(expired or p.seen.orders)
    p.seen.orders.remove(row)
    sender = p.actor() if expired else _sender_for(p, account)
    return [p.sent(sender, "order_book", "cancel", account, slot)]
