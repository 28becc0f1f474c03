"""Recipes of what only a contract may do, sent as that contract: in small pieces, so that the books stay sound."""

from __future__ import annotations

from sim.certificate.machine import Sent
from sim.certificate.storm.controllers import near, near_asset, near_market
from sim.certificate.storm.hand import Hand
from sim.certificate.storm.recipes import recipe
from sim.certificate.storm.seen import INSURANCE, TREASURY
from sim.certificate.storm.stage import PROVIDERS
from sim.chain.deployment import HOMES
from sim.chain.settings import ROLES
from sim.design import SLOTS

WAD = 10**18
_SMALL_USD_WAD = 200 * WAD
_SHORT_S = 6


@recipe("market", "settle", 1)
def settle(p: Hand) -> list[Sent]:
    """A part of a position, of its own will or not; sometimes a little more of it."""
    held = p.seen.holders
    if not held:
        return []
    account, m = p.dice.pick(held)
    size = p.seen.sizes[account][m]
    part = p.dice.some(abs(size)) * (-1 if size > 0 else 1)
    if p.dice.chance(0.1):
        part = -part // 20
    low, _, high = p.seen.prices[p.seen.markets[m][0]][:3]
    away = p.dice.pick((0, 0, 1, 10, -1))  # bps against the trader
    base = high if part > 0 else low
    price = base * (10_000 + away if part > 0 else 10_000 - away) // 10_000
    words = (account, m, p.edge(part), p.edge(price), p.edge(base))
    return [p.sent("desk", "market", "settle", *words, p.dice.below(2))]


@recipe("rates", "advance", 0.3)
def advance(p: Hand) -> list[Sent]:
    """A market as it is, after a moment: what the rules remember of it stays near the truth."""
    m = p.market()
    params, sides = p.seen.markets[m], p.seen.sides[m]
    backing = [p.seen.usd(k, p.seen.buckets[k][0]) for k in params[1:3]]
    price = p.edge(near(p, p.seen.prices[params[0]][1], 0.001))
    used = [p.dice.below(WAD) for _ in sides]
    pnl = [near(p, side[1]) - side[1] for side in sides]
    words = (m, params[0], p.dice.below(_SHORT_S), price, *(side[0] for side in sides), *used, *pnl, *backing)
    return [p.sent("market", "rates", "advance", *words)]


@recipe("market", "exchange", 1)
def exchange(p: Hand) -> list[Sent]:
    """Tokens in, out, or both."""
    k, j = p.asset(), p.asset()
    ways = p.dice.pick(((1, 0), (0, 1), (1, 1)))
    usd = p.dice.some(_SMALL_USD_WAD)
    words = (k, ways[0] * p.seen.units(k, usd), p.address(p.dice.pick(PROVIDERS)), j, ways[1] * p.seen.units(j, usd))
    return [p.sent("pool", "market", "exchange", *words, p.address(p.actor()), p.edge(usd // 100))]


@recipe("desk", "fill", 1)
def fill(p: Hand) -> list[Sent]:
    """A part of a position, or a little more of it, at the price of now; at another one it is refused."""
    held = p.seen.holders
    if not held:
        return []
    account, m = p.dice.pick(held)
    size = p.seen.sizes[account][m]
    part = p.dice.some(abs(size)) * (-1 if size > 0 else 1)
    if p.dice.chance(0.3):
        part = -part // 20
    edges = p.seen.prices[p.seen.markets[m][0]]
    base = p.edge(edges[2 if part > 0 else 0])
    near_wad = base + p.dice.below(3) - 1 if p.dice.chance(0.2) else base
    memo = p.dice.below(2)
    return [p.sent("order_book", "desk", "fill", account, m, p.edge(part), near_wad, base, p.dice.below(2), memo)]


@recipe("desk", "close_out", 1)
def close_out(p: Hand) -> list[Sent]:
    """A part of a position, without its owner; sometimes more than it is."""
    held = p.seen.holders
    if not held:
        return []
    account, m = p.dice.pick(held)
    size = p.seen.sizes[account][m]
    part = -p.dice.some(abs(size)) * (1 if size > 0 else -1)
    part = part if p.dice.chance(0.99) else part * 3
    return [p.sent("liquidator", "desk", "close_out", account, m, p.edge(part), p.edge(0), p.edge(0), p.dice.below(2))]


@recipe("market", "assign", 0.5)
def assign(p: Hand) -> list[Sent]:
    """A position to somebody who has none there, or to insurance."""
    held = p.seen.holders
    if not held:
        return []
    source, m = p.dice.pick(held)
    target = INSURANCE if p.dice.chance(0.4) else p.account()
    theirs = p.seen.sizes[target][m] if target < len(p.seen.sizes) else 0
    if theirs and (theirs > 0) != (p.seen.sizes[source][m] > 0) and p.dice.chance(0.98):
        return []  # the books would not survive it
    return [p.sent("liquidator", "market", "assign", source, target, m)]


@recipe("market", "seize", 1)
def seize(p: Hand) -> list[Sent]:
    """Collateral to the pool, to insurance or to somebody."""
    target = p.dice.pick((0, INSURANCE, TREASURY, p.account()))
    usd = p.edge(p.dice.some(_SMALL_USD_WAD))
    return [p.sent("liquidator", "market", "seize", p.account(), target, usd, p.dice.below(2))]


@recipe("market", "credit", 0.4)
def credit(p: Hand) -> list[Sent]:
    """A little that was paid late, to a pot and to the treasury."""
    usd = [p.edge(p.dice.some(_SMALL_USD_WAD)) for _ in range(2)]
    return [p.sent("liquidator", "market", "credit", p.market(), *usd)]


@recipe("market", "pay_from_pool", 0.7)
def pay_from_pool(p: Hand) -> list[Sent]:
    """A little to an account."""
    return [p.sent("liquidator", "market", "pay_from_pool", p.account(), p.edge(p.dice.some(_SMALL_USD_WAD)))]


@recipe("market", "restrict", 0.08)
def restrict(p: Hand) -> list[Sent]:
    """For some seconds."""
    return [p.sent("liquidator", "market", "restrict", p.seen.now_s + p.dice.below(_SHORT_S))]


@recipe("market", "set_mode", 0.2)
def set_mode(p: Hand) -> list[Sent]:
    """Another mode for one call."""
    between = p.sent("traders", "market", "assess", p.account())
    mode = p.dice.pick((1, 2, 7))
    return [
        p.sent("controller", "market", "set_mode", mode),
        between,
        p.sent("controller", "market", "set_mode", 0),
    ]


def _filled(p: Hand, home: str, slots: list[tuple[int, str]]) -> list[Sent]:
    """One of a contract's slots with its own contract once more, or with a foreign one for two calls."""
    slot, own = p.dice.pick(slots)
    right = p.sent("controller", home, "set_policy", slot, p.address(own))
    if p.dice.chance(0.6):
        return [right]
    wrong = p.sent("controller", home, "set_policy", slot, p.address(p.dice.pick(("lens", "stranger", "oracle"))))
    tried = p.sent("traders", "market", "assess", p.account())
    return [wrong, tried, p.sent("keepers", "liquidator", "liquidate", p.account(), p.account()), right]


def _asked_by(home: str) -> list[tuple[int, str]]:
    """Slots whose rules a contract asks."""
    return [(SLOTS.index(slot), f"policy:{slot}") for slot, holder in HOMES.items() if holder == home]


@recipe("market", "set_policy", 0.3)
def set_policy(p: Hand) -> list[Sent]:
    """A role, or a rule that the market asks."""
    return _filled(p, "market", [*enumerate(ROLES, start=len(SLOTS)), *_asked_by("market")])


@recipe("desk", "set_policy", 0.1)
def set_policy_of_desk(p: Hand) -> list[Sent]:
    """A rule that the trade desk asks."""
    return _filled(p, "desk", _asked_by("desk"))


@recipe("rates", "set_policy", 0.1)
def set_policy_of_rates(p: Hand) -> list[Sent]:
    """A rule of what time costs."""
    return _filled(p, "rates", _asked_by("rates"))


@recipe("pool", "set_policy", 0.1)
def set_policy_of_pool(p: Hand) -> list[Sent]:
    """A rule that the pool asks."""
    return _filled(p, "pool", _asked_by("pool"))


@recipe("liquidator", "set_policy", 0.1)
def set_policy_of_liquidator(p: Hand) -> list[Sent]:
    """A rule that the liquidator asks."""
    return _filled(p, "liquidator", _asked_by("liquidator"))


@recipe("market", "set_asset", 0.2)
def set_asset(p: Hand) -> list[Sent]:
    """Near the design's."""
    k = p.asset()
    return [p.sent("controller", "market", "set_asset", k, *near_asset(p, k))]


@recipe("market", "set_market", 0.2)
def set_market(p: Hand) -> list[Sent]:
    """Near the design's."""
    m = p.market()
    return [p.sent("controller", "market", "set_market", m, *near_market(p, m))]


@recipe("market", "set_protocol_fee", 0.2)
def set_protocol_fee(p: Hand) -> list[Sent]:
    """Near the design's."""
    share = p.stage.design.protocol_fee_share_wad
    return [p.sent("controller", "market", "set_protocol_fee", near(p, share))]


@recipe("market", "set_sale_order", 0.2)
def set_sale_order(p: Hand) -> list[Sent]:
    """Backwards, or with an asset left out."""
    ids = list(range(len(p.assets)))[::-1]
    if p.dice.chance(0.2):
        ids[0] = ids[-1]
    return [p.sent("controller", "market", "set_sale_order", sum(k << (4 * i) for i, k in enumerate(ids)))]


@recipe("pool", "set_params", 0.3)
def set_params(p: Hand) -> list[Sent]:
    """The design's own."""
    return [p.sent("controller", "pool", "set_params", *p.limits)]
