"""Positions, reserves, borrow fee and funding: RO, PO, FF."""

from __future__ import annotations

from sim.fuzz.facts import LONG, SHORT, WAD
from sim.fuzz.properties import Step, expect, holds
from sim.fuzz.snapshot import Position, Side, Snapshot

_DUST_WEI = 2  # a partial liquidation rounds the closed size up and the cost that leaves up


def pnl_down(size: int, cost: int, price: int, side: int) -> int:
    """Profit in USD WAD, rounded against the trader."""
    return size * price // WAD - cost if side == LONG else cost + -size * price // WAD


def owed(position: Position, side: Side) -> tuple[int, int]:
    """(borrow fee, funding) since the last settlement at a side's indices, rounded up; funding < 0 is earned."""
    borrow = -(-position.cost * side.borrow_index // WAD) - position.borrow_debt
    funding = -(-abs(position.size) * side.funding_index // WAD) - position.funding_debt
    return borrow, funding


def side_of(position: Position) -> int:
    """LONG or SHORT."""
    return LONG if position.size > 0 else SHORT


def free_equity(state: Snapshot, step: Step, account: int) -> int:
    """Collateral after haircut minus losses and debts, without profits; indices must be of now. USD WAD, to 16 wei."""
    total = 0
    for units, asset in zip(state.collateral[account], step.facts.assets, strict=True):
        value = units * asset.scale * state.prices[asset.feed].low
        total += value * (WAD - asset.haircut_wad) // WAD**2
    for m, position in enumerate(state.positions[account]):
        if position.size:
            side = side_of(position)
            price = state.prices[step.facts.markets[m].feed]
            at = price.low if side == LONG else price.high
            borrow, funding = owed(position, state.sides[m][side])
            pnl = pnl_down(abs(position.size), position.cost, at, side)
            total += min(pnl, 0) - borrow - max(funding, 0)
    return total


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
            stored = [total.size, total.cost, total.borrow_debt, total.funding_debt]
            expect(stored == sums[m][i], "market {} side {}: stored {}, positions {}", m, i, stored, sums[m][i])
    return any(reserved)


@holds("RO-07", "I", "a side without positions has sums of exactly zero, and a side with positions has size")
def _no_residue(step: Step) -> bool:
    counts = [[0, 0] for _ in step.after.sides]
    for _, m, position in step.after.held():
        counts[m][side_of(position)] += 1
    emptied = False
    for m, sides in enumerate(step.after.sides):
        for i, side in enumerate(sides):
            if counts[m][i] == 0:
                rest = (side.size, side.cost, side.borrow_debt, side.funding_debt)
                expect(not any(rest), "market {} side {}: {}", m, i, rest)
                emptied |= step.before.sides[m][i].size > 0
            else:
                expect(side.size > 0, "market {} side {}: positions but no size", m, i)
    return emptied


@holds("RO-09", "I", "utilisation is between zero and one")
def _utilisation_is_a_share(step: Step) -> bool:
    for bucket in step.after.buckets:
        expect(bucket.pool == 0 or 0 <= bucket.reserved * WAD // bucket.pool <= WAD, "{}", bucket)
    return step.before.buckets != step.after.buckets and any(b.reserved for b in step.after.buckets)


@holds(
    "PO-04",
    "I",
    "a side's profit is the sum over its positions at five prices, to a wei for each, never against the pool",
)
def _profit_is_the_sum(step: Step) -> bool:
    rows: dict[tuple[int, int], list[Position]] = {}
    for _, m, position in step.after.held():
        rows.setdefault((m, side_of(position)), []).append(position)
    for m, sides in enumerate(step.after.sides):
        price = step.after.prices[step.facts.markets[m].feed]
        for i, side in enumerate(sides):
            held = rows.get((m, i), [])
            for at in (price.low, price.mid, price.high, price.mid // 2, 2 * price.mid):
                together = pnl_down(side.size, side.cost, at, i)
                apart = sum(pnl_down(abs(p.size), p.cost, at, i) for p in held)
                # Each position rounds down on its own, so the pool counts at most one wei for each more as owed.
                expect(
                    0 <= together - apart <= len(held),
                    "market {} side {} at {}: {} together, {} apart",
                    *(m, i, at, together, apart),
                )
    return bool(rows)


@holds("PO-07", "P", "after a trade that grows a position free equity covers initial margin")
def _opened_with_margin(step: Step) -> bool:
    call = step.accepted("trade")
    if call is None:
        return False
    account, m = call.arguments["account"], call.arguments["m"]
    if abs(step.after.positions[account][m].size) <= abs(step.before.positions[account][m].size):
        return False
    free, initial = free_equity(step.after, step, account), step.after.health[account].initial
    expect(free + 16 >= initial, "free {}, initial {}", free, initial)
    return True


@holds("PO-08", "P", "after a withdrawal free equity covers initial margin, profits not counted")
def _withdrawn_with_margin(step: Step) -> bool:
    call = step.accepted("withdraw_collateral")
    if call is None or not any(p.size for p in step.after.positions[call.arguments["account"]]):
        return False
    account = call.arguments["account"]
    free, initial = free_equity(step.after, step, account), step.after.health[account].initial
    expect(free + 16 >= initial, "free {}, initial {}", free, initial)
    return True


@holds("PO-15", "I", "a position is nothing or at least the minimum")
def _no_dust_positions(step: Step) -> bool:
    found = False
    for account, m, position in step.after.held():
        least = step.facts.markets[m].min_position_usd_wad
        expect(position.cost + _DUST_WEI >= least, "account {} market {}: cost {}", account, m, position.cost)
        found = True
    return found and step.accepted("trade", "liquidate") is not None


@holds("FF-01", "I", "borrow indices never fall, and indices change only when a market accrues, never ahead of time")
def _indices_only_accrue(step: Step) -> bool:
    moved = False
    for m, (old, new) in enumerate(zip(step.before.clocks, step.after.clocks, strict=True)):
        expect(old.accrued_at <= new.accrued_at <= step.after.time_s, "market {}: {} -> {}", m, old, new)
        for i in range(2):
            was, now = step.before.sides[m][i], step.after.sides[m][i]
            expect(now.borrow_index >= was.borrow_index, "market {} side {}: {} -> {}", m, i, was, now)
            changed = (now.borrow_index, now.funding_index) != (was.borrow_index, was.funding_index)
            expect(not changed or new.accrued_at > old.accrued_at, "market {} side {} without time", m, i)
            moved |= changed
    return moved


@holds("FF-03", "P", "funding is paid out of what was collected: the pot changes by exactly what came and what went")
def _funding_comes_from_the_pot(step: Step) -> bool:
    call = step.accepted()
    hit = False
    for m, (old, new) in enumerate(zip(step.before.clocks, step.after.clocks, strict=True)):
        hit |= _accrual_is_zero_sum(step, m)
        account = 0 if call is None else call.arguments.get("account", 0)
        if account not in step.before.claims:
            expect(old.pot == new.pot, "market {}: pot {} -> {}", m, old.pot, new.pot)
            continue
        position = step.before.positions[account][m]
        settles = call is not None and (
            (call.verb == "trade" and call.arguments["m"] == m)
            or (call.verb == "liquidate" and position != step.after.positions[account][m])
        )
        funding = owed(position, step.after.sides[m][side_of(position)])[1] if settles else 0
        was, now = step.before.claims[account][m], step.after.claims[account][m]
        paid = was + max(-funding, 0) - now
        came = new.pot - old.pot + paid
        # In a liquidation the funding that collateral could not pay stays out; its second pass may round up once more.
        least, most = max(funding, 0), max(funding, 0)
        if call is not None and call.verb == "liquidate":
            least, most = 0, most + 1
        expect(
            paid >= 0 and least <= came <= most,
            "market {} account {}: funding {}, paid {}, pot {} -> {}",
            *(m, account, funding, paid, old.pot, new.pot),
        )
        hit |= funding != 0 or paid > 0
    return hit


def _accrual_is_zero_sum(step: Step, m: int) -> bool:
    """What one side is charged is what the other earns, less than one wei for each unit of its size."""
    old, new = step.before.sides[m], step.after.sides[m]
    change = [new[i].funding_index - old[i].funding_index for i in range(2)]
    if change == [0, 0]:
        return False
    receiver = LONG if change[LONG] < 0 else SHORT
    dust = sum(change[i] * old[i].size for i in range(2))
    expect(0 <= dust < max(old[receiver].size, 1), "market {}: dust {} of {}", m, dust, change)
    return True
