"""Recipes of the admin and the guardian: parameters near those of the design, as often as the controller allows."""

from __future__ import annotations

from sim.certificate.machine import Sent
from sim.certificate.storm.hand import Hand
from sim.certificate.storm.recipes import recipe

WAD = 10**18
DAY_S = 86_400
_EARLY = 0.05  # chance of a setting that was not announced, or not in time
_IDS = 16  # of each kind of announcement
_KINDS = ("set_policy", "set_asset", "set_market", "set_pool", "set_protocol_fee", "set_sale_order", "set_mode")
_POLICY, _ASSET, _MARKET, _POOL, _PROTOCOL_FEE, _SALE_ORDER, _MODE = range(len(_KINDS))
_POLICIES = (
    "policy:weight_fee",
    "policy:borrow_rate",
    "policy:funding_rate",
    "policy:price_impact",
    "policy:margin",
    "policy:liquidation",
    "policy:deleverage",
    "policy:circuit",
)
_REASONABLE_USD_WAD = 10**30


def near(p: Hand, value: int, share: float = 0.02) -> int:
    """A value a little away from this one."""
    return int(value * p.dice.between(1 - share, 1 + share))


def near_asset(p: Hand, k: int) -> list[int]:
    """Parameters of an asset near those of the design."""
    _, scale, feed, weight, haircut, depth, most, buffer = p.assets[k % len(p.assets)]
    moved = (min(near(p, weight), WAD), min(near(p, haircut), WAD), near(p, depth), near(p, most), buffer)
    return [p.address(p.token_of(k)), scale, feed, *moved]


def near_market(p: Hand, m: int) -> list[int]:
    """Parameters of a market near those of the design; the cap on profit only rises."""
    feed, long, short, reserve, cap, share, own, profit, impact, least, fee, _ = p.markets[m % len(p.markets)]
    profit = max(profit, p.seen.markets[m][7])
    limits = (near(p, reserve), near(p, cap), min(near(p, share), 1_000 * WAD), min(near(p, own), WAD), profit)
    return [feed, long, short, *limits, min(near(p, impact), WAD), near(p, least), near(p, fee), 0]


def _spoilt(p: Hand, params: list[int]) -> list[int]:
    """Sometimes one number at an edge."""
    if p.dice.chance(0.06):
        params[p.dice.below(len(params))] = p.dice.any_word()
    return params


@recipe("controller", "bind", 0.15)
def bind(p: Hand) -> list[Sent]:
    """Refused: the controller has its market."""
    return [p.sent(p.seen.admin, "controller", "bind", p.address("market"))]


@recipe("controller", "bind_doctor", 0.15)
def bind_doctor(p: Hand) -> list[Sent]:
    """Refused: the set-up is over."""
    return [p.sent(p.seen.admin, "controller", "bind_doctor", p.address("doctor"))]


@recipe("controller", "replace_failed", 0.3)
def replace_failed(p: Hand) -> list[Sent]:
    """A slot's own policy, as if it had failed, measured by itself or by nothing; sometimes announced, or none."""
    slot = p.dice.below(len(_POLICIES))
    policy = p.dice.pick(("stranger", "lens")) if p.dice.chance(0.1) else _POLICIES[slot]
    slot = 2**255 if p.dice.chance(0.03) else slot
    is_announced = int(p.dice.chance(0.1))
    return [p.sent("doctor", "controller", "replace_failed", slot, p.address(policy), p.dice.below(2), is_announced)]


@recipe("controller", "nominate_admin", 0.2)
def nominate_admin(p: Hand) -> list[Sent]:
    """The office goes to somebody and back."""
    other = p.dice.pick(("stranger", "lp0"))
    there = [
        p.sent(p.seen.admin, "controller", "nominate_admin", p.address(other)),
        p.sent(other, "controller", "accept_admin"),
    ]
    back = [
        p.sent(other, "controller", "nominate_admin", p.address("admin")),
        p.sent("admin", "controller", "accept_admin"),
    ]
    return there + back if p.seen.admin == "admin" else back


@recipe("controller", "accept_admin", 0.1)
def accept_admin(p: Hand) -> list[Sent]:
    """Mostly by somebody who was not nominated."""
    return [p.sent(p.actor(), "controller", "accept_admin")]


@recipe("controller", "set_guardian", 0.2)
def set_guardian(p: Hand) -> list[Sent]:
    """Another guardian."""
    return [p.sent(p.seen.admin, "controller", "set_guardian", p.address(p.dice.pick(("admin", "keepers"))))]


def _changed(p: Hand, kind: int, i: int, *words: int) -> list[Sent]:
    """Set what was announced in time, else mostly announce, for another day."""
    at_s, named, *row = p.seen.notices[kind * _IDS + i]
    setter = _KINDS[kind]
    if at_s and at_s + DAY_S <= p.seen.now_s <= at_s + 7 * DAY_S:
        return [p.sent(p.seen.admin, "controller", setter, *_announced(p, kind, i, named, row))]
    if p.dice.chance(_EARLY):
        return [p.sent(p.seen.admin, "controller", setter, *words)]
    if at_s + DAY_S > p.seen.now_s:
        return []
    return [p.sent(p.seen.admin, "controller", setter.replace("set_", "announce_"), *words)]


def _announced(p: Hand, kind: int, i: int, named: int, row: list[int]) -> list[int]:
    """Arguments of the setter."""
    if kind == _POLICY:
        return [i, p.address(p.stage.names.get(named, "stranger"))]
    if kind == _ASSET:
        return [i, p.address(p.token_of(i % len(p.assets))), *row[:7]]
    return {_MARKET: [i, *row[:12]], _POOL: row[:5]}.get(kind, row[:1])


@recipe("controller", "seal", 0.1)
def seal(p: Hand) -> list[Sent]:
    """Refused: the set-up is over."""
    return [p.sent(p.seen.admin, "controller", "seal")]


@recipe("controller", "set_mode", 0.5)
def set_mode(p: Hand) -> list[Sent]:
    """Tighten, try something, and open again; or leave it tight for a while."""
    mode = p.dice.pick((0, 1, 1, 2, 3))
    first = p.sent(p.dice.pick((p.seen.admin, p.seen.guardian)), "controller", "set_mode", mode)
    between = [p.sent("traders", "market", "assess", p.account())]
    return [first, *between, *([p.sent(p.seen.admin, "controller", "set_mode", 0)] if p.dice.chance(0.93) else [])]


@recipe("controller", "announce_mode", 0.3)
def announce_mode(p: Hand) -> list[Sent]:
    """Mostly the open one, which changes nothing."""
    mode = p.dice.pick((0, 0, 0, 1, 3))
    return [*_changed(p, _MODE, 0, mode), p.sent(p.seen.admin, "controller", "set_mode", 0)]


@recipe("controller", "end_brake", 0.3)
def end_brake(p: Hand) -> list[Sent]:
    """Of a market or of the pool."""
    return [p.sent(p.actor(), "controller", "end_brake", p.dice.below(9))]


@recipe("controller", "announce_policy", 0.3)
@recipe("controller", "set_policy", 0.8)
def set_policy(p: Hand) -> list[Sent]:
    """A slot's own policy, or one that the deployment left: a flat weight fee; sometimes what is none."""
    slot = p.dice.below(len(_POLICIES))
    policy = "policy:opening" if slot == 0 and p.dice.chance(0.3) else _POLICIES[slot]
    if p.dice.chance(0.05):
        policy = p.dice.pick(("stranger", "lens"))
    if p.dice.chance(0.03):
        role = p.dice.pick((8, 9, 10, 11, 12, 13, 2**255))
        return [p.sent(p.seen.admin, "controller", "set_policy", role, p.address(policy))]
    return _changed(p, _POLICY, slot, slot, p.address(policy))


@recipe("controller", "announce_protocol_fee", 0.1)
@recipe("controller", "set_protocol_fee", 0.3)
def set_protocol_fee(p: Hand) -> list[Sent]:
    """Another share."""
    return _changed(p, _PROTOCOL_FEE, 0, p.edge(near(p, p.stage.design.protocol_fee_share_wad)))


@recipe("controller", "announce_pool", 0.1)
@recipe("controller", "set_pool", 0.3)
def set_pool(p: Hand) -> list[Sent]:
    """Limits of the pool near those of the design."""
    most, delay, window, limit, rebate, *waits = p.limits
    limit = min(near(p, limit), WAD) if window else limit
    params = [
        most,
        near(p, delay),
        near(p, window),
        limit,
        min(near(p, rebate), WAD),
        *(near(p, wait) for wait in waits),
    ]
    return _changed(p, _POOL, 0, *_spoilt(p, params))


@recipe("controller", "announce_sale_order", 0.1)
@recipe("controller", "set_sale_order", 0.3)
def set_sale_order(p: Hand) -> list[Sent]:
    """The assets in any order, or one of them twice."""
    ids = list(range(len(p.assets)))
    for i in range(len(ids) - 1):
        j = i + p.dice.below(len(ids) - i)
        ids[i], ids[j] = ids[j], ids[i]
    if p.dice.chance(0.1):
        ids[0] = ids[-1]
    return _changed(p, _SALE_ORDER, 0, sum(k << (4 * i) for i, k in enumerate(ids)))


@recipe("controller", "announce_asset", 0.3)
@recipe("controller", "set_asset", 0.8)
def set_asset(p: Hand) -> list[Sent]:
    """Parameters near those of the design."""
    k = p.asset()
    return _changed(p, _ASSET, k, k, *_spoilt(p, near_asset(p, k)))


@recipe("controller", "announce_market", 0.3)
@recipe("controller", "set_market", 0.8)
def set_market(p: Hand) -> list[Sent]:
    """Parameters near those of the design."""
    m = p.market()
    return _changed(p, _MARKET, m, m, *_spoilt(p, near_market(p, m)))


@recipe("controller", "set_reduce_only", 0.3)
def set_reduce_only(p: Hand) -> list[Sent]:
    """Stop a market, and mostly let it go again at once."""
    m = p.market()
    stop = p.sent(p.dice.pick((p.seen.admin, p.seen.guardian)), "controller", "set_reduce_only", m, 1)
    start = p.sent(p.seen.admin, "controller", "set_reduce_only", m, 0)
    return [stop, start] if p.dice.chance(0.7) else [start]


@recipe("controller", "lower_open_interest_cap", 0.2)
def lower_open_interest_cap(p: Hand) -> list[Sent]:
    """A little lower."""
    m = p.market()
    cap = p.edge(p.seen.markets[m][4] * p.dice.pick((999, 990, 1_001)) // 1_000)
    sender = p.dice.pick((p.seen.admin, p.seen.guardian))
    return [p.sent(sender, "controller", "lower_open_interest_cap", m, cap)]
