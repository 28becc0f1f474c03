"""Reserves, open interest and caps: RO."""

from __future__ import annotations

from sim.chain.failures import name_of
from sim.fuzz.arena import Call
from sim.fuzz.facts import LONG, WAD
from sim.fuzz.properties import Step, expect, holds
from sim.fuzz.reckon import into_the_pot, is_empty, side_of, unit_usd, value_down
from sim.fuzz.snapshot import Side


def traded(step: Step, call: Call) -> tuple[int, int]:
    """Account and market of a trade, made at once or by an order."""
    account = call.arguments["account"]
    if call.verb == "trade":
        return account, call.arguments["m"]
    return account, step.orders[account, call.arguments["slot"]].m


@holds("RO-01", "I", "reserved tokens never exceed the pool's, asset by asset")
def _reserve_is_there(step: Step) -> bool:
    for k, bucket in enumerate(step.after.buckets):
        expect(bucket.reserved <= bucket.pool, "asset {}: {}", k, bucket)
    return any(bucket.reserved for bucket in step.after.buckets)


@holds("RO-02", "I", "reserves, open interest and debts are exactly the sums over positions")
def _sums_are_exact(step: Step) -> bool:
    state = step.after
    reserved = [0] * len(state.buckets)
    sums = [[[0, 0, 0, 0], [0, 0, 0, 0]] for _ in state.sides]
    for _, m, position in state.held():
        side = side_of(position)
        reserved[step.facts.markets[m].assets[side]] += position.reserve
        row = sums[m][side]
        row[0] += abs(position.size)
        row[1] += position.cost
        row[2] += position.borrow_debt
        row[3] += position.funding_debt
    for k, bucket in enumerate(state.buckets):
        expect(bucket.reserved == reserved[k], "asset {}: reserved {}, positions {}", k, bucket.reserved, reserved[k])
    for m, sides in enumerate(state.sides):
        for i, total in enumerate(sides):
            stored = list(_sums(total))
            expect(stored == sums[m][i], "market {} side {}: stored {}, positions {}", m, i, stored, sums[m][i])
    return any(reserved)


@holds("RO-03", "P", "no more leaves the pool for a profit than was reserved for the part that closes")
def _profit_is_within_the_reserve(step: Step) -> bool:
    call = step.traded()
    if call is None:
        return False
    account, m = traded(step, call)
    old, new = step.before.positions[account][m], step.after.positions[account][m]
    if abs(new.size) >= abs(old.size) or call.returns["settled_usd"] <= 0:
        return False
    k = step.facts.markets[m].assets[side_of(old)]
    got = step.after.collateral[account][k] - step.before.collateral[account][k]
    if call.verb == "execute":
        order = step.orders[account, call.arguments["slot"]]
        got -= (order.margin - order.reward) * (order.asset == k)
    if k == step.facts.markets[m].assets[1 - LONG]:  # funding that was claimed along is paid in this asset, too
        asset, pot = step.facts.assets[k], step.before.clocks[m].funding_pot
        claimed = max(0, pot + into_the_pot(step.facts, call.returns["funding_usd"]) - step.after.clocks[m].funding_pot)
        got -= -(-claimed * WAD // (step.after.prices[asset.feed].high * asset.scale))
    expect(got <= old.reserve - new.reserve, "{} units of asset {} for {} reserved", got, k, old.reserve - new.reserve)
    return True


@holds("RO-11", "P", "a winner who closes is paid all that a share's value had counted for him")
def _counted_profit_is_paid(step: Step) -> bool:
    call = step.traded()
    if call is None or call.returns["settled_usd"] <= 0:
        return False
    account, m = traded(step, call)
    if abs(step.after.positions[account][m].size) >= abs(step.before.positions[account][m].size):
        return False
    missing = call.returns["settled_usd"] - call.returns["paid_usd"]
    expect(
        missing <= unit_usd(step.facts, step.before.prices), "{} USD WAD of {}", missing, call.returns["settled_usd"]
    )
    return True


@holds("RO-04", "P", "a position that grows leaves its side within its cap, and the account within its share of it")
def _caps_bind(step: Step) -> bool:
    call = step.traded()
    if call is None:
        return False
    account, m = traded(step, call)
    old, new = step.before.positions[account][m], step.after.positions[account][m]
    if abs(new.size) <= abs(old.size):
        return False
    side, market = side_of(new), step.facts.markets[m]
    cap = cap_of(step, m, side)
    # What it gave to a haircut comes into its cost with this trade, and is no interest that it opens.
    total = step.after.sides[m][side].cost - (old.given if side == LONG else 0)
    expect(total <= cap, "market {} side {}: {} above {}", m, side, total, cap)
    expect(new.cost <= cap * market.max_account_share_wad // WAD, "account {}: {} of {}", account, new.cost, cap)
    return True


def cap_of(step: Step, m: int, side: int) -> int:
    """The lower of the fixed cap on open interest and the share of what backs the side. USD WAD."""
    market = step.facts.markets[m]
    k = market.assets[side]
    asset = step.facts.assets[k]
    backing = value_down(asset, step.after.buckets[k].pool, step.after.prices[asset.feed].low)
    return min(market.max_open_interest_usd_wad, backing * market.max_open_interest_share_wad // WAD)


#: What may not stop a position from becoming smaller.
_CAPS = {"TRADE_OPEN_INTEREST_CAP", "TRADE_ACCOUNT_CAP", "TRADE_REDUCE_ONLY", "POOL_RESERVED", "MARGIN_BELOW_INITIAL"}


@holds("RO-06", "P", "no cap stops a position from becoming smaller, were it exceeded")
def _caps_never_stop_closing(step: Step) -> bool:
    call = step.tried("trade")
    if call is None:
        return False
    account, m = call.arguments["account"], call.arguments["m"]
    size = step.before.positions[account][m].size
    if size * call.arguments["size"] >= 0:
        return False
    expect(name_of(call.status) not in _CAPS, "refused: {}", name_of(call.status))
    return call.accepted


@holds("RO-07", "I", "a side without positions has sums of exactly zero, and a side with positions has size")
def _no_residue(step: Step) -> bool:
    counts = [[0, 0] for _ in step.after.sides]
    for _, m, position in step.after.held():
        counts[m][side_of(position)] += 1
    emptied = False
    for m, sides in enumerate(step.after.sides):
        for i, side in enumerate(sides):
            if counts[m][i] == 0:
                expect(not any(_sums(side)), "market {} side {}: {}", m, i, _sums(side))
                emptied |= step.before.sides[m][i].size > 0
            else:
                expect(side.size > 0, "market {} side {}: positions but no size", m, i)
    return emptied


@holds("RO-12", "I", "in a market without positions nothing is kept for better prices: it is the shareholders'")
def _nothing_waits_for_nobody(step: Step) -> bool:
    hit = False
    for m, (was, now) in enumerate(zip(step.before.clocks, step.after.clocks, strict=True)):
        if is_empty(step.after, m):
            expect(now.impact_pool == 0, "market {} is empty and keeps {}", m, now.impact_pool)
            hit |= was.impact_pool > 0
    return hit


@holds("RO-08", "P", "a call on one market leaves the sums of every other as they were")
def _markets_are_apart(step: Step) -> bool:
    call = step.accepted("trade", "execute", "claim_funding", "unwind", "deleverage")
    if call is None:
        return False
    m = call.arguments["m"] if "m" in call.arguments else traded(step, call)[1]
    for other, (old, new) in enumerate(zip(step.before.sides, step.after.sides, strict=True)):
        if other != m:
            same = [_sums(side) for side in old] == [_sums(side) for side in new]
            expect(same, "market {}: {} -> {}", other, old, new)
    return len(step.facts.markets) > 1


@holds("RO-09", "I", "utilisation is between zero and one")
def _utilisation_is_a_share(step: Step) -> bool:
    for bucket in step.after.buckets:
        expect(bucket.pool == 0 or 0 <= bucket.reserved * WAD // bucket.pool <= WAD, "{}", bucket)
    return step.before.buckets != step.after.buckets and any(b.reserved for b in step.after.buckets)


def _sums(side: Side) -> tuple[int, int, int, int]:
    """What a side adds up; its indices are not."""
    return side.size, side.cost, side.borrow_debt, side.funding_debt
