"""Borrow fee and funding: FF; what the clock does to a market: LV."""

from __future__ import annotations

from fractions import Fraction

from sim.fuzz.facts import LONG, MAX_RATE_WAD_PER_S, WAD
from sim.fuzz.judges.reserves import traded
from sim.fuzz.properties import Step, expect, holds
from sim.fuzz.reckon import owed, side_of
from sim.fuzz.snapshot import Snapshot


def _grown(step: Step, m: int) -> list[tuple[int, int]]:
    """By how much the indices of each side moved: (borrow, funding)."""
    return [
        (new.borrow_index - old.borrow_index, new.funding_index - old.funding_index)
        for old, new in zip(step.before.sides[m], step.after.sides[m], strict=True)
    ]


def _elapsed(step: Step, m: int) -> int:
    return step.after.clocks[m].accrued_at - step.before.clocks[m].accrued_at


@holds("FF-01", "I", "borrow indices never fall, and indices change only when a market accrues, never ahead of time")
def _indices_only_accrue(step: Step) -> bool:
    moved = False
    for m, (old, new) in enumerate(zip(step.before.clocks, step.after.clocks, strict=True)):
        expect(old.accrued_at <= new.accrued_at <= step.after.time_s, "market {}: {} -> {}", m, old, new)
        for borrow, funding in _grown(step, m):
            expect(borrow >= 0, "market {}: the borrow index fell by {}", m, -borrow)
            changed = borrow != 0 or funding != 0
            expect(not changed or new.accrued_at > old.accrued_at, "market {}: without time", m)
            moved |= changed
    return moved


def _settled(step: Step, m: int) -> tuple[int, int]:
    """Funding that a call settled in a market, USD WAD: (to be paid minus earned, to be paid)."""
    call = step.accepted("trade", "execute", "liquidate", "unwind", "deleverage")
    if call is None or call.returns.get("assigned_usd", 0) > 0:  # what was handed over stays as it is
        return 0, 0
    if call.verb == "execute" and not call.returns["size"]:
        return 0, 0
    if call.verb in ("trade", "execute"):
        account, market = traded(step, call)
        accounts = [account] if market == m else []
    else:
        accounts = [a for a, row in step.before.positions.items() if row[m].stored != step.after.positions[a][m].stored]
    rows = [step.before.positions[account][m] for account in accounts]
    funding = [owed(row, step.after.sides[m][side_of(row)])[1] for row in rows]
    return sum(funding), sum(max(usd, 0) for usd in funding)


@holds(
    "FF-03",
    "P",
    "funding is zero-sum over longs, shorts and pool: the pot changes by what came in and what went out; per unit the "
    "pool owes exactly what was earned, and both sides together were never promised more than they were charged",
    remembers=True,
)
def _funding_is_zero_sum(step: Step) -> bool:
    if step.facts.is_funding_per_unit:
        return _pool_owes_what_was_earned(step)
    call = step.accepted()
    hit, missing = False, 0
    for m, (old, new) in enumerate(zip(step.before.clocks, step.after.clocks, strict=True)):
        hit |= _accrual_is_zero_sum(step, m)
        settled, to_pay = _settled(step, m)
        gained = new.funding_pot - old.funding_pot - (_claims(step.after, m) - _claims(step.before, m))
        if call is not None and call.verb in ("liquidate", "unwind", "deleverage"):
            # What collateral could not pay stays out; the second pass of a liquidation may round up once more.
            expect(settled - to_pay <= gained <= settled + 1, "market {}: {} of {} arrived", m, gained, settled)
        else:
            expect(gained == settled, "market {}: {} of {} arrived", m, gained, settled)
        hit |= settled != 0 or new.funding_pot < old.funding_pot
        missing += settled - gained
    if call is not None and call.verb == "liquidate":  # what is paid late, by a later market or insurance, arrives
        lost = call.returns["bad_debt_usd"]
        expect(missing <= lost + 2 * len(step.after.clocks), "{} of funding is missing, {} lost", missing, lost)
    return hit


def _claims(state: Snapshot, m: int) -> int:
    return state.pool_claims[m] + sum(row[m] for row in state.claims.values())


def _accrual_is_zero_sum(step: Step, m: int) -> bool:
    """What one side is charged is what the other earns, less than one wei for each unit of its size."""
    old = step.before.sides[m]
    change = [funding for _, funding in _grown(step, m)]
    if change == [0, 0]:
        return False
    receiver = LONG if change[LONG] < 0 else 1 - LONG
    dust = sum(change[i] * old[i].size for i in range(2))
    expect(0 <= dust < max(old[receiver].size, 1), "market {}: dust {} of {}", m, dust, change)
    return True


def _pool_owes_what_was_earned(step: Step) -> bool:
    known = step.memory.setdefault("FF-03", {})  # market -> WAD times USD WAD that both sides were charged, net
    assert isinstance(known, dict)
    hit = False
    for m, clock in enumerate(step.after.clocks):
        owed = _claims(step.after, m)
        expect(clock.funding_pot == owed, "market {}: the pool counts {}, owed are {}", m, clock.funding_pot, owed)
        change = [funding for _, funding in _grown(step, m)]
        charged = sum(change[i] * step.before.sides[m][i].size for i in range(2))
        known[m] = known.get(m, 0) + charged
        expect(known[m] >= 0, "market {}: {} more was promised than charged", m, -known[m] // WAD)
        hit |= charged != 0 and clock.funding_pot + step.before.clocks[m].funding_pot > 0
    return hit


@holds(
    "FF-04",
    "P",
    "while one side of a market is empty the other pays nobody but the pool: nothing where funding is for the other "
    "side, else a unit pays what a unit of the empty side would earn",
)
def _nobody_pays_into_the_void(step: Step) -> bool:
    hit = False
    for m, sides in enumerate(step.before.sides):
        sizes = [side.size for side in sides]
        if not (_elapsed(step, m) and 0 in sizes and sum(sizes)):
            continue
        moved = [funding for _, funding in _grown(step, m)]
        if not step.facts.is_funding_per_unit:
            expect(moved == [0, 0], "market {}: sizes {}, funding indices moved by {}", m, sizes, moved)
            hit = True
            continue
        alone = 1 if sizes[0] == 0 else 0
        gap = sum(moved)  # what is earned is rounded down
        expect(0 <= gap <= 1 or moved[alone] <= 0, "market {}: sizes {}, indices moved by {}", m, sizes, moved)
        hit |= moved[alone] > 0
    return hit


@holds("FF-10", "P", "a unit of one side earns no more funding than a unit of the other pays")
def _nobody_earns_more_than_is_paid(step: Step) -> bool:
    hit = False
    for m in range(len(step.facts.markets)):
        moved = [funding for _, funding in _grown(step, m)]
        expect(sum(moved) >= 0, "market {}: sizes {}, indices moved by {}", m, step.before.sides[m], moved)
        hit |= min(moved) < 0
    return hit


@holds(
    "FF-06",
    "P",
    "a borrow fee is the exact product of cost and index since the last settlement, rounded up, to two wei",
    remembers=True,
)
def _fees_are_exact(step: Step) -> bool:
    known = step.memory.setdefault("FF-06", {})  # (account, market) -> index at the last settlement
    assert isinstance(known, dict)
    call = step.traded()
    hit = False
    if call is not None:
        account, m = traded(step, call)
        old = step.before.positions[account][m]
        if old.size and (account, m) in known:
            grown = step.after.sides[m][side_of(old)].borrow_index - known[account, m]
            exact = Fraction(old.cost * grown, WAD)
            charged = call.returns["borrow_usd"]
            expect(exact <= charged <= exact + 2, "charged {} of {}", charged, float(exact))
            hit = grown > 0
    for account, row in step.after.positions.items():
        for m, position in enumerate(row):
            if position.size == 0:
                known.pop((account, m), None)
            elif position.stored != step.before.positions[account][m].stored:
                known[account, m] = step.after.sides[m][side_of(position)].borrow_index
    return hit


@holds("FF-09", "I", "pending borrow fees in sum are those of the positions, never more, to a wei for each")
def _pending_is_the_sum(step: Step) -> bool:
    pending = [[0, 0] for _ in step.after.sides]
    counts = [[0, 0] for _ in step.after.sides]
    for _, m, position in step.after.held():
        side = side_of(position)
        pending[m][side] += owed(position, step.after.sides[m][side])[0]
        counts[m][side] += 1
    hit = False
    for m, sides in enumerate(step.after.sides):
        for i, sums in enumerate(sides):
            total = sums.cost * sums.borrow_index // WAD - sums.borrow_debt
            gap = pending[m][i] - total
            expect(0 <= gap <= counts[m][i] + 1, "market {} side {}: {} but {}", m, i, total, pending[m][i])
            hit |= total > 0
    return hit


@holds("LV-06", "P", "a time without prices is charged once when it ends, and within the bound on rates")
def _a_gap_is_charged_once(step: Step) -> bool:
    hit = False
    for m in range(len(step.facts.markets)):
        elapsed = _elapsed(step, m)
        for borrow, _ in _grown(step, m):
            expect(borrow <= MAX_RATE_WAD_PER_S * elapsed, "market {}: {} in {} s", m, borrow, elapsed)
            hit |= borrow > 0 and elapsed > step.facts.oracle.max_price_age_s
    return hit
