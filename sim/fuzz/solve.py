"""Boundaries from the state: the most that a verb should take now, so that a draw is accepted, or one too many."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sim.chain.plan import encode_call
from sim.fuzz.arena import Arena
from sim.fuzz.facts import LONG, MAX_FEE_WAD, SHORT, WAD, Facts
from sim.fuzz.foresight import requirement_of, weight_fee_of
from sim.fuzz.model import UNIT_WAD, OracleModel
from sim.fuzz.reckon import units_down, value_down
from sim.fuzz.snapshot import Health, Snapshot
from sim.inputs.compiler import artifact

#: A mint away from the target weights is kept to this.
_AWAY_USD_WAD = 100_000 * WAD
_BISECTIONS = 24
_PRICE_BISECTIONS = 14
#: How often an amount is halved that the weight-fee policy refuses.
_HALVINGS = 12
_MINT, _REDEEM, _SWAP = range(3)  # kinds of a weight fee


def gaps(arena: Arena, state: Snapshot) -> list[int]:
    """USD WAD that each asset of the pool lacks to its target weight; negative above it."""
    assets = arena.facts.assets
    values = [value_down(a, b.pool, state.prices[a.feed].mid) for a, b in zip(assets, state.buckets, strict=True)]
    return [sum(values) * a.target_weight_wad // WAD - usd for a, usd in zip(assets, values, strict=True)]


def _allowed(arena: Arena, state: Snapshot, kind: int, k: int, other: int, usd: int, grows: bool) -> int:
    """At most `usd`, halved until the weight-fee policy does not refuse it."""
    asset = arena.facts.assets[k]
    current = value_down(asset, state.buckets[k].pool, state.prices[asset.feed].mid)
    target = state.aum.tokens_mid * asset.target_weight_wad // WAD
    for _ in range(_HALVINGS):
        if usd <= 0 or abs(weight_fee_of(arena, kind, k, other, current, target, usd, grows)) <= MAX_FEE_WAD:
            return max(usd, 0)
        usd //= 2
    return usd


def most_mint(arena: Arena, state: Snapshot, k: int, *, beyond: bool = False) -> int:
    """Units that bring an asset to its target, or a moderate amount; or more than its cap."""
    asset = arena.facts.assets[k]
    if beyond:
        return max(0, asset.max_pool - state.buckets[k].pool) + 1
    gap = gaps(arena, state)[k]
    usd = min(gap if gap > WAD else _AWAY_USD_WAD, arena.facts.pool.max_aum_usd_wad - state.aum.high)
    usd = _allowed(arena, state, _MINT, k, k, usd, True)
    room = asset.max_pool - state.buckets[k].pool
    return max(0, min(room, units_down(asset, usd, state.prices[asset.feed].low)))


def most_redeem(arena: Arena, state: Snapshot, k: int, holder: str, *, beyond: bool = False) -> int:
    """Shares that a holder has, the limits let go and the free tokens of an asset can pay; or a little more."""
    facts = arena.facts
    asset, bucket = facts.assets[k], state.buckets[k]
    if beyond:
        usd = value_down(asset, bucket.pool - bucket.reserved, state.prices[asset.feed].high)
        payable = usd * state.supply // max(state.aum.low, 1)
        held = state.shares[facts.actor(holder) + 1]
        return min(held, payable, redeemable(arena, holder) * 11 // 10 or held)
    free = max(0, bucket.pool - bucket.reserved - asset.buffer)
    usd = _allowed(arena, state, _REDEEM, k, k, value_down(asset, free, state.prices[asset.feed].high), False)
    payable = usd * state.supply // state.aum.low if state.aum.low else 0
    return min(payable, redeemable(arena, holder))


def redeemable(arena: Arena, holder: str) -> int:
    """Shares that delay and window let a holder redeem now."""
    return pool_word(arena, "redeemable", arena.chain.deployment.addresses[holder])


def is_locked(arena: Arena, holder: str) -> bool:
    """The holder's shares do not move yet."""
    if not arena.facts.pool.redeem_delay_s:
        return False
    return pool_word(arena, "locked_until_s", arena.chain.deployment.addresses[holder]) > arena.time_s


def pool_word(arena: Arena, function: str, *arguments: object) -> int:
    """One word that the pool remembers."""
    return arena.view("pool", encode_call(artifact("Pool.vy"), function, arguments))[0]


def most_swap(arena: Arena, state: Snapshot, k: int, j: int, *, beyond: bool = False) -> int:
    """Units of k that the free tokens of j can pay, not beyond both targets where that is the way; or all of j."""
    source, target = arena.facts.assets[k], arena.facts.assets[j]
    bucket, gap = state.buckets[j], gaps(arena, state)
    if beyond:
        usd = value_down(target, bucket.pool - bucket.reserved, state.prices[target.feed].low)
        return units_down(source, usd, state.prices[source.feed].low)
    free = max(0, bucket.pool - bucket.reserved - target.buffer)
    usd = value_down(target, free, state.prices[target.feed].low)
    if gap[k] > 0 > gap[j]:
        usd = min(usd, gap[k], -gap[j])
    usd = _allowed(arena, state, _SWAP, k, j, usd, True)
    usd = _allowed(arena, state, _SWAP, j, k, usd, False)
    room = source.max_pool - state.buckets[k].pool
    return max(0, min(room, units_down(source, usd, state.prices[source.feed].low)))


def most_withdraw(arena: Arena, state: Snapshot, account: int, k: int) -> int:
    """Units that an account can take out of an asset, as far as its view says."""
    held = state.collateral[account][k]
    health = state.health.get(account)
    if health is None or not health.notional:
        return held
    asset = arena.facts.assets[k]
    counted = max(1, value_down(asset, 10**30, state.prices[asset.feed].collateral) * (WAD - asset.haircut_wad) // WAD)
    return max(0, min(held, (health.free - health.initial) * 10**30 // counted))


def most_open(arena: Arena, state: Snapshot, account: int, m: int, is_long: bool, *, beyond: bool = False) -> int:
    """USD WAD of notional by which margin, reserves and, unless `beyond`, caps let a position grow."""
    facts = arena.facts
    market, side = facts.markets[m], LONG if is_long else SHORT
    k = market.assets[side]
    price, asset, bucket = state.prices[market.feed], facts.assets[k], state.buckets[k]
    low = state.prices[asset.feed].low
    if not (price.low and low):
        return 0
    health = state.health[account]
    free = value_down(asset, bucket.pool - bucket.reserved, low) * 99 // 100
    room = free * WAD // market.reserve_factor_wad
    share = value_down(asset, bucket.pool, low) * market.max_open_interest_share_wad // WAD
    cap = min(share, market.max_open_interest_usd_wad)
    own = cap * market.max_account_share_wad // WAD - state.positions[account][m].booked
    if not beyond:
        room = max(0, min(room, cap - state.sides[m][side].cost, own))
    spread_wad = (price.high - price.low) * WAD // price.low
    interest = [max(row.cost for row in sides) for sides in state.sides]

    def fits(usd: int) -> bool:
        notionals = list(health.notionals[: len(facts.markets)])
        notionals[m] += usd
        costs = usd * (market.trade_fee_wad + spread_wad) // WAD
        others = [max(total, state.sides[m][side].cost + usd) if i == m else total for i, total in enumerate(interest)]
        return health.free - costs >= requirement_of(arena, notionals, others)[0]

    return largest(fits, room)


def largest(fits: Callable[[int], bool], most: int) -> int:
    """The largest number up to `most` that fits, to about a millionth; zero if none does."""
    if most <= 0 or fits(most):
        return max(most, 0)
    low, high = 0, most
    for _ in range(_BISECTIONS):
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def reachable(oracle: OracleModel, feed: int, now_s: int) -> tuple[int, int]:
    """The prices (lowest, highest) of a feed that the oracle would not take for an error now, with some room."""
    rules, memory = oracle.facts.oracle, oracle.memory[feed]
    least, most = rules.bounds_wad[feed]
    low, high = least * 21 // 20, most * 19 // 20
    limits = []
    if rules.max_step_wad:
        step_wad = rules.max_step_wad + rules.max_step_wad_per_s * (now_s - memory.accepted_at)
        limits.append((memory.price.mid, step_wad))
    if rules.max_average_distance_wad and memory.average:
        limits.append((memory.average * UNIT_WAD, rules.max_average_distance_wad))
    for centre, distance_wad in limits:
        room_wad = min(distance_wad * 8 // 10, WAD)
        low = max(low, centre - centre * room_wad // WAD)
        high = min(high, centre + centre * room_wad // WAD)
    return low, max(low, high)


def price_where(
    arena: Arena,
    state: Snapshot,
    account: int,
    m: int,
    is_there: Callable[[Health], bool],
    quotes: Callable[[int], Sequence[Sequence[int]]],
    end: int,
) -> tuple[int, int] | None:
    """Neighbouring prices of a market, before and at which an account is where it is wanted.

    There is none if not even `end` is there. `quotes` makes a report from a price; it is tried on the chain and undone.
    """

    def there(price: int) -> bool:
        with arena.probe():
            arena.report(quotes(price))
            return is_there(arena.reader.health(account))

    if not there(end):
        return None
    outside, inside = state.prices[arena.facts.markets[m].feed].mid, end
    for _ in range(_PRICE_BISECTIONS):
        middle = (outside + inside) // 2
        outside, inside = (outside, middle) if there(middle) else (middle, inside)
    return outside, inside


def ladder(depth: str, facts: Facts) -> Callable[[Health], bool]:
    """Whether an account is at a place of its ladder: below maintenance, below all charges, below zero, far below."""

    def is_there(health: Health) -> bool:
        match depth:
            case "charges":
                return health.equity <= health.notional * facts.charges_wad // WAD + facts.keeper_usd_wad
            case "broke":
                return health.equity < 0
            case "ruin":
                return health.equity < -health.notional // 10
        return health.is_liquidatable

    return is_there
