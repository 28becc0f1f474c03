"""What accounts and positions are worth, reckoned in Python's own integers and fractions."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from sim.fuzz.arena import Call
from sim.fuzz.facts import HALTED, LONG, OK, SHORT, WAD, AssetFacts, Facts
from sim.fuzz.snapshot import Position, Price, Side, Snapshot

#: Wei by which a sum over an account may differ from Market's: one rounding for each asset and market, and one more.
ACCOUNT_ROUNDING_WEI = 32
#: By which what haircuts took of positions may differ from what their side gave, while it is not booked.
HAIRCUT_ROUNDING_WEI = 10**12
#: Shares minted to nobody with the first deposit (contracts/modules/windows.vy).
DEAD_SHARES = 10**9


def value_down(asset: AssetFacts, units: int, price_wad: int) -> int:
    """USD WAD of token units."""
    return units * asset.scale * price_wad // WAD


def units_down(asset: AssetFacts, usd_wad: int, price_wad: int) -> int:
    """Token units of USD WAD."""
    return max(usd_wad, 0) * WAD // (price_wad * asset.scale)


def unit_usd(facts: Facts, prices: Sequence[Price]) -> int:
    """USD WAD that one unit of the dearest token is worth, at most: what rounding to a token can cost."""
    return max(asset.scale * prices[asset.feed].high // WAD + 1 for asset in facts.assets)


def oldest_of_a_share(facts: Facts, state: Snapshot, *assets: int) -> int:
    """When the oldest quote was observed of all prices that a share's value and these assets rest on, unix seconds."""
    feeds = {facts.assets[k].feed for k in assets}
    feeds |= {asset.feed for asset, bucket in zip(facts.assets, state.buckets, strict=True) if bucket.pool}
    feeds |= {m.feed for m, sides in zip(facts.markets, state.sides, strict=True) if any(s.size for s in sides)}
    return min(state.prices[f].observed_from_s for f in feeds)


def concerns(facts: Facts, state: Snapshot, m: int) -> bool:
    """Somebody is in a market, or the pool holds what its feed prices."""
    held = {asset.feed for asset, bucket in zip(facts.assets, state.buckets, strict=True) if bucket.pool}
    return not is_empty(state, m) or facts.markets[m].feed in held


def is_empty(state: Snapshot, m: int) -> bool:
    """Nobody has a position in a market."""
    return not any(side.size for side in state.sides[m])


def paid_for_better_prices(before: Snapshot, after: Snapshot) -> int:
    """What impact pools gave for prices better than the oracle's. USD WAD.

    In a market that nobody is left in, at most: what was left over then is the shareholders'.
    """
    clocks = zip(before.clocks, after.clocks, strict=True)
    return sum(max(0, was.impact_pool - now.impact_pool) for was, now in clocks)


def pnl_down(size: int, cost: int, price: int, side: int) -> int:
    """Profit in USD WAD, rounded against the trader."""
    return size * price // WAD - cost if side == LONG else cost + -size * price // WAD


def owed(position: Position, side: Side) -> tuple[int, int]:
    """(borrow fee, funding) since the last settlement at a side's indices, rounded up; funding < 0 is earned."""
    borrow = -(-position.cost * side.borrow_index // WAD) - position.borrow_debt
    funding = -(-abs(position.size) * side.funding_index // WAD) - position.funding_debt
    return borrow, funding


def into_the_pot(facts: Facts, funding: int) -> int:
    """What settling funding puts into the pot, if it is all paid: what one side pays; per unit what the pool owes."""
    return max(-funding if facts.is_funding_per_unit else funding, 0)


def side_of(position: Position) -> int:
    """LONG or SHORT."""
    return LONG if position.size > 0 else SHORT


def closing_price(facts: Facts, prices: Sequence[Price], m: int, side: int) -> int:
    """The price at which a side closes, without impact."""
    price = prices[facts.markets[m].feed]
    return price.low if side == LONG else price.high


def opening_price(facts: Facts, prices: Sequence[Price], m: int, side: int) -> int:
    """The price at which a side opens, without impact."""
    return closing_price(facts, prices, m, 1 - side)


def status_of(facts: Facts, prices: Sequence[Price], m: int, side: int) -> int:
    """Worst status of the prices that a position on a side rests on."""
    market = facts.markets[m]
    return max(prices[market.feed].status, prices[facts.assets[market.assets[side]].feed].status)


def priced_markets(state: Snapshot, facts: Facts, account: int) -> list[int]:
    """Markets of an account's positions whose price, and what their profit is paid in, is not lost."""
    held = [(m, position) for m, position in enumerate(state.positions[account]) if position.size]
    return [m for m, position in held if status_of(facts, state.prices, m, side_of(position)) < HALTED]


def margin_value(facts: Facts, prices: Sequence[Price], collateral: Sequence[int], *, sure: bool = False) -> int:
    """What collateral counts as margin, after haircuts; what has its full price alone, if `sure`. USD WAD."""
    total = 0
    for units, asset in zip(collateral, facts.assets, strict=True):
        if sure and prices[asset.feed].status != OK:
            continue
        usd = value_down(asset, units, prices[asset.feed].collateral) * (WAD - asset.haircut_wad) // WAD
        total += usd * asset.depth_usd_wad // (asset.depth_usd_wad + usd) if asset.depth_usd_wad else usd
    return total


def with_earned(state: Snapshot, facts: Facts, account: int, sides: Sequence[tuple[Side, Side]]) -> list[int]:
    """Token units that an account holds, and those that its funding would bring: out of the pot, per unit in full."""
    units = list(state.collateral[account])
    for m, position in enumerate(state.positions[account]):
        due = state.claims[account][m]
        if position.size:
            due += max(-owed(position, sides[m][side_of(position)])[1], 0)
        if not facts.is_funding_per_unit:
            due = min(due, state.clocks[m].funding_pot)
        if due:
            k = facts.markets[m].assets[SHORT]
            units[k] += units_down(facts.assets[k], due, state.prices[facts.assets[k].feed].high)
    return units


def free_equity(
    facts: Facts,
    prices: Sequence[Price],
    collateral: Sequence[int],
    positions: Sequence[Position],
    sides: Sequence[tuple[Side, Side]],
) -> int:
    """Sure margin minus losses and debts, without profits; indices of now. USD WAD, to `ACCOUNT_ROUNDING_WEI`."""
    total = margin_value(facts, prices, collateral, sure=True)
    for m, position in enumerate(positions):
        if position.size:
            side = side_of(position)
            borrow, funding = owed(position, sides[m][side])
            pnl = pnl_down(abs(position.size), position.booked, closing_price(facts, prices, m, side), side)
            total += min(pnl, 0) - borrow - max(funding, 0)
    return total


def gross_equity(before: Snapshot, facts: Facts, sides: Sequence[tuple[Side, Side]], account: int) -> int:
    """Worth of an account without any haircut or cap, claims included; indices of now. USD WAD, rounded up."""
    total = 0
    for units, asset in zip(before.collateral[account], facts.assets, strict=True):
        total += -(-units * asset.scale * before.prices[asset.feed].low // WAD)
    for m, position in enumerate(before.positions[account]):
        if position.size:
            side = side_of(position)
            borrow, funding = owed(position, sides[m][side])
            at = closing_price(facts, before.prices, m, side)
            total += pnl_down(abs(position.size), position.booked, at, side) - borrow - funding
        total += before.claims[account][m]
    return total


def worth(facts: Facts, prices: Sequence[Price], collateral: Sequence[int], which: str) -> Fraction:
    """Tokens in USD WAD at the low, mid or high price, exactly."""
    return sum(
        (
            Fraction(units * asset.scale * getattr(prices[asset.feed], which), WAD)
            for units, asset in zip(collateral, facts.assets, strict=True)
        ),
        Fraction(0),
    )


def changes(before: Sequence[int], after: Sequence[int]) -> list[int]:
    """What each one changed by."""
    return [now - was for was, now in zip(before, after, strict=True)]


def profit_cap(state: Snapshot, facts: Facts, m: int, side: int) -> int:
    """A side's profit counts no higher than this. USD WAD."""
    market = facts.markets[m]
    asset = facts.assets[market.assets[side]]
    backing = value_down(asset, state.buckets[market.assets[side]].pool, state.prices[asset.feed].low)
    return backing * market.max_profit_share_wad // WAD


def is_capped(state: Snapshot, facts: Facts) -> bool:
    """Some side's profit counts less than it is, at some price of the band."""
    for m, sides in enumerate(state.sides):
        price = state.prices[facts.markets[m].feed]
        for i, side in enumerate(sides):
            best = price.high if i == LONG else price.low
            pnl = pnl_down(side.size, side.cost, best, i) - state.losses.unbooked[m][i]
            if side.size and pnl > profit_cap(state, facts, m, i):
                return True
    return False


def is_firm(state: Snapshot) -> bool:
    """Every price has its full status."""
    return all(price.status == OK for price in state.prices)


def leaves_last(before: Snapshot, call: Call) -> bool:
    """Whether an accepted redemption took a part of every token: no position is open, others keep hardly a share."""
    if call.verb != "redeem" or any(bucket.reserved for bucket in before.buckets):
        return False
    owned = before.supply - DEAD_SHARES
    return (owned - call.arguments["amount"]) * 10_000 <= owned
