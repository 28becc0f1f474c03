"""Boundaries from the state: the most that a verb should take now, so that a draw is accepted, or one too many."""

from __future__ import annotations

from collections.abc import Callable

from eth_utils import keccak

from sim.chain.protocol import Read
from sim.fuzz.arena import Arena
from sim.fuzz.facts import LONG, SHORT, WAD, AssetFacts, Facts
from sim.fuzz.snapshot import Health, Snapshot, words

#: A mint away from the target weights is kept to this.
_AWAY_USD_WAD = 100_000 * WAD
_MAX_MARKETS = 8
_REQUIREMENT = keccak(text="requirement(uint256[8])")[:4]
_BISECTIONS = 24
_PRICE_BISECTIONS = 14


def value(asset: AssetFacts, units: int, price_wad: int) -> int:
    """USD WAD of token units."""
    return units * asset.scale * price_wad // WAD


def units_for(asset: AssetFacts, usd_wad: int, price_wad: int) -> int:
    """Token units of USD WAD."""
    return max(usd_wad, 0) * WAD // (price_wad * asset.scale)


def gaps(arena: Arena, state: Snapshot) -> list[int]:
    """USD WAD that each asset of the pool lacks to its target weight; negative above it."""
    assets = arena.facts.assets
    values = [value(a, b.pool, state.prices[a.feed].mid) for a, b in zip(assets, state.buckets, strict=True)]
    return [sum(values) * a.target_weight_wad // WAD - usd for a, usd in zip(assets, values, strict=True)]


def most_mint(arena: Arena, state: Snapshot, k: int) -> int:
    """Units that bring an asset to its target, or a moderate amount."""
    asset = arena.facts.assets[k]
    gap = gaps(arena, state)[k]
    usd = gap if gap > WAD else _AWAY_USD_WAD
    room = asset.max_pool - state.buckets[k].pool
    return min(room, units_for(asset, usd, state.prices[asset.feed].low))


def most_redeem(arena: Arena, state: Snapshot, k: int, holder: int) -> int:
    """Shares that a holder has and the free tokens of an asset can pay."""
    asset, bucket = arena.facts.assets[k], state.buckets[k]
    free = max(0, bucket.pool - bucket.reserved - asset.buffer)
    usd = value(asset, free, state.prices[asset.feed].high)
    payable = usd * state.supply // state.aum.low if state.aum.low else 0
    return min(state.shares[holder], payable)


def most_swap(arena: Arena, state: Snapshot, k: int, j: int) -> int:
    """Units of k that the free tokens of j can pay, not beyond both targets where that is the way."""
    source, target = arena.facts.assets[k], arena.facts.assets[j]
    bucket, gap = state.buckets[j], gaps(arena, state)
    free = max(0, bucket.pool - bucket.reserved - target.buffer)
    usd = value(target, free, state.prices[target.feed].low)
    if gap[k] > 0 > gap[j]:
        usd = min(usd, gap[k], -gap[j])
    return units_for(source, usd, state.prices[source.feed].low)


def most_withdraw(arena: Arena, state: Snapshot, account: int, k: int) -> int:
    """Units that an account can take out of an asset, as far as its view says."""
    held = state.collateral[account][k]
    health = state.health.get(account)
    if health is None or not health.notional:
        return held
    asset = arena.facts.assets[k]
    slack = (health.free - health.initial) * WAD // (WAD - asset.haircut_wad)
    return min(held, units_for(asset, slack, state.prices[asset.feed].low))


def most_open(arena: Arena, state: Snapshot, account: int, m: int, is_long: bool) -> int:
    """USD WAD of notional by which margin and reserves let a position grow."""
    facts = arena.facts
    market = facts.markets[m]
    k = market.assets[LONG if is_long else SHORT]
    price, asset = state.prices[market.feed], facts.assets[k]
    health = state.health[account]
    free = state.buckets[k].pool - state.buckets[k].reserved
    room = value(asset, free, state.prices[asset.feed].low) * 99 // 100
    spread_wad = (price.high - price.low) * WAD // price.low

    def fits(usd: int) -> bool:
        notionals = list(health.notionals)
        notionals[m] += usd
        costs = usd * (market.trade_fee_wad + spread_wad) // WAD
        return health.free - costs >= _initial(arena, notionals)

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


def price_where(
    arena: Arena,
    state: Snapshot,
    account: int,
    m: int,
    is_there: Callable[[Health], bool],
    quotes: Callable[[int], list[list[int]]],
) -> tuple[int, int] | None:
    """Neighbouring prices of a market, before and at which an account is where it is wanted.

    Longs get there by a fall, shorts by a rise, of at most a factor of four; else there is None. `quotes` makes a
    report from a price; it is tried on the chain and undone.
    """
    feed = arena.facts.markets[m].feed
    least, most = arena.facts.oracle.bounds_wad[feed]
    now = state.prices[feed].mid
    falls = state.positions[account][m].size > 0
    end = max(now // 4, least * 21 // 20) if falls else min(now * 4, most * 19 // 20)

    def there(price: int) -> bool:
        with arena.probe():
            arena.report(quotes(price))
            return is_there(arena.reader.health(account))

    if not there(end):
        return None
    outside, inside = now, end
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


def _initial(arena: Arena, notionals: list[int]) -> int:
    padded = (*notionals, *[0] * (_MAX_MARKETS - len(notionals)))
    data = _REQUIREMENT + b"".join(usd.to_bytes(32, "big") for usd in padded)
    return words(arena.chain.read(0, [Read("policy:margin", data)])[0])[0]
