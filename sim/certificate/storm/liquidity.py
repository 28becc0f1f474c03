"""Recipes of liquidity providers: the pool's verbs, its shares, and the tokens."""

from __future__ import annotations

from sim.certificate.machine import Sent
from sim.certificate.storm.hand import Hand
from sim.certificate.storm.recipes import recipe
from sim.certificate.storm.stage import ACTORS, PROVIDERS

WAD = 10**18
_MOST_SHARE_WAD = WAD // 50  # of the pool, that one call moves
_BITE = 20  # of what is free, one part in so many
_SPENDERS = (("lp0", "arbitrageur"), ("lp1", "lp0"), ("stranger", "lp1"))


def _gap(p: Hand, k: int) -> int:
    """USD WAD that an asset lacks to its target weight; negative above it."""
    s = p.seen
    return s.aum[4] * s.assets[k][3] // WAD - s.usd(k, s.buckets[k][0])


def _bite(p: Hand) -> int:
    """USD WAD that one call should move at most."""
    return max(p.seen.aum[1] * _MOST_SHARE_WAD // WAD, 1_000 * WAD)


def _free(p: Hand, k: int) -> int:
    """Token units that reserves and buffer let go."""
    pool, reserved, _ = p.seen.buckets[k]
    return max(0, pool - reserved - p.seen.assets[k][7])


def _sorted_by_gap(p: Hand) -> list[int]:
    return sorted(range(len(p.seen.assets)), key=lambda k: -_gap(p, k))


def _by_request(p: Hand) -> bool:
    """Mostly not tried at once where that is refused."""
    return p.seen.limits[6] > 0 and p.dice.chance(0.9)


def deposit(p: Hand) -> tuple[str, int, int, int, int]:
    """What the pool lacks, or anything: sender, asset, units, the fewest shares, receiver."""
    s = p.seen
    k = _sorted_by_gap(p)[0] if p.dice.chance(0.6) else p.asset()
    gap = _gap(p, k)
    usd = p.dice.some(min(_bite(p), gap) if gap > WAD else _bite(p) // 4)
    units = min(s.units(k, usd), max(0, s.assets[k][6] - s.buckets[k][0]))
    sender = p.dice.pick(("arbitrageur", "arbitrageur", "arbitrageur", *PROVIDERS))
    receiver = sender if s.limits[1] or p.dice.chance(0.8) else p.actor()
    fewest = 0 if p.dice.chance(0.9) else s.supply * usd // max(s.aum[2], 1)
    return sender, k, p.edge(units), fewest, p.address(receiver)


@recipe("pool", "mint", 4)
def mint(p: Hand) -> list[Sent]:
    """Deposit at once."""
    if _by_request(p):
        return []
    sender, k, units, fewest, receiver = deposit(p)
    return [p.sent(sender, "pool", "mint", k, units, fewest, receiver)]


@recipe("pool", "redeem", 4)
def redeem(p: Hand) -> list[Sent]:
    """Burn shares of somebody who has some that are not locked."""
    s = p.seen
    able = [a for a in ACTORS if s.shares[a] and s.locked_until_s[a] <= s.now_s]
    if not able:
        return [] if p.dice.chance(0.9) else [p.sent("lp0", "pool", "redeem", 0, WAD, 0, p.address("lp0"))]
    holder = p.dice.pick(able)
    k = _sorted_by_gap(p)[-1] if p.dice.chance(0.6) else p.asset()
    usd = min(_bite(p), s.usd(k, _free(p, k)) // _BITE)
    most = min(s.shares[holder], usd * s.supply // max(s.aum[0], 1))
    if not most and p.dice.chance(0.9):
        return []
    shares = s.shares[holder] if p.dice.chance(0.02) else p.dice.some(most)
    return [p.sent(holder, "pool", "redeem", k, p.edge(shares), 0, p.address(p.actor()))]


def exchange(p: Hand) -> tuple[int, int, int, int, int]:
    """Give what the pool lacks for what it has too much of, mostly: both assets, units, the fewest, receiver."""
    order = _sorted_by_gap(p)
    k, j = order[0], order[-1]
    if p.dice.chance(0.4):
        k, j = p.asset(), p.asset()
    if k == j and p.dice.chance(0.8):
        j = (k + 1) % len(order)
    usd = p.dice.some(min(_bite(p) // 2, p.seen.usd(j, _free(p, j)) // _BITE))
    fewest = 0 if p.dice.chance(0.9) else p.seen.units(j, usd)
    units = p.edge(p.seen.units(k, usd))
    return k, j, units, fewest, p.address(p.actor())


@recipe("pool", "swap", 4)
def swap(p: Hand) -> list[Sent]:
    """Swap at once."""
    if _by_request(p):
        return []
    return [p.sent("arbitrageur", "pool", "swap", *exchange(p))]


def _unlocked(p: Hand) -> str:
    able = [a for a in ACTORS if p.seen.shares[a] and p.seen.locked_until_s[a] <= p.seen.now_s]
    return p.dice.pick(able) if able else "lp0"


@recipe("pool", "transfer", 1)
def transfer_shares(p: Hand) -> list[Sent]:
    """Hand shares over."""
    holder = _unlocked(p)
    amount = p.edge(p.dice.some(p.seen.shares[holder] // 10))
    return [p.sent(holder, "pool", "transfer", p.address(p.anybody()), amount)]


@recipe("pool", "approve", 1)
def approve_shares(p: Hand) -> list[Sent]:
    """Allow somebody shares."""
    owner, spender = p.dice.pick(_SPENDERS)
    amount = p.dice.any_word() if p.dice.chance(0.3) else 10**30
    return [p.sent(owner, "pool", "approve", p.address(spender), amount)]


@recipe("pool", "transferFrom", 1)
def take_shares(p: Hand) -> list[Sent]:
    """Take shares that were allowed just before, or perhaps earlier."""
    owner = _unlocked(p)
    spender = p.dice.pick(("arbitrageur", "stranger"))
    amount = p.edge(p.dice.some(p.seen.shares[owner] // 20))
    calls = [p.sent(owner, "pool", "approve", p.address(spender), amount)] if p.dice.chance(0.8) else []
    return [*calls, p.sent(spender, "pool", "transferFrom", p.address(owner), p.address(p.actor()), amount)]


@recipe("token", "mint", 0.7)
def mint_tokens(p: Hand) -> list[Sent]:
    """New tokens for anybody."""
    amount = p.dice.any_word() if p.dice.chance(0.1) else p.dice.amount(10**24)
    return [p.sent(p.actor(), p.token(), "mint", p.address(p.anybody()), amount)]


@recipe("token", "transfer", 1)
def transfer_tokens(p: Hand) -> list[Sent]:
    """Tokens to somebody, or past the verbs to a contract."""
    amount = p.edge(p.dice.amount(10**15))
    return [p.sent(p.actor(), p.token(), "transfer", p.address(p.anybody()), amount)]


@recipe("token", "approve", 0.7)
def approve_tokens(p: Hand) -> list[Sent]:
    """Allow tokens; what the market is allowed stays large."""
    amount = p.dice.any_word() if p.dice.chance(0.3) else 10**30
    spender = p.dice.pick(("stranger", "keepers", "pool", "lens"))
    return [p.sent(p.actor(), p.token(), "approve", p.address(spender), amount)]


@recipe("token", "transferFrom", 1)
def take_tokens(p: Hand) -> list[Sent]:
    """Take tokens that were allowed."""
    owner, spender, token = p.actor(), p.dice.pick(("stranger", "keepers")), p.token()
    amount = p.edge(p.dice.amount(10**15))
    calls = [p.sent(owner, token, "approve", p.address(spender), 10**30)] if p.dice.chance(0.8) else []
    return [*calls, p.sent(spender, token, "transferFrom", p.address(owner), p.address(p.anybody()), amount)]
