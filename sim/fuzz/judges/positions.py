"""Positions, profit and margin: PO."""

from __future__ import annotations

from fractions import Fraction

from sim.fuzz.closing import PAYS_WHAT_IT_HAS, owned_in_full, pays_what_it_has
from sim.fuzz.facts import LONG, SHORT, WAD
from sim.fuzz.judges.reserves import traded
from sim.fuzz.properties import Step, expect, holds
from sim.fuzz.reckon import (
    ACCOUNT_ROUNDING_WEI,
    HAIRCUT_ROUNDING_WEI,
    changes,
    free_equity,
    into_the_pot,
    pnl_down,
    side_of,
    unit_usd,
    with_earned,
    worth,
)
from sim.fuzz.snapshot import Position, Snapshot

_DUST_WEI = 2  # a partial liquidation rounds the closed size up and the cost that leaves up
#: Verbs that change positions.
_CHANGING = ("trade", "execute", "liquidate", "unwind", "deleverage")


def _free(state: Snapshot, step: Step, account: int) -> int:
    held = with_earned(state, step.facts, account, step.after.sides)
    return free_equity(step.facts, state.prices, held, state.positions[account], step.after.sides)


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
            unbooked = step.after.losses.unbooked[m][i]
            rounding = len(held) * HAIRCUT_ROUNDING_WEI if unbooked else 0
            for at in (price.low, price.mid, price.high, price.mid // 2, 2 * price.mid):
                together = pnl_down(side.size, side.cost, at, i) - unbooked
                apart = sum(pnl_down(abs(p.size), p.booked, at, i) for p in held)
                # Each position rounds down on its own, so the pool counts at most one wei for each more as owed.
                expect(
                    -rounding <= together - apart <= len(held) + rounding,
                    "market {} side {} at {}: {} together, {} apart",
                    *(m, i, at, together, apart),
                )
    return bool(rows)


@holds("PO-05", "P", "whatever changes positions changes the sums of their side by exactly as much, in the same call")
def _sums_move_along(step: Step) -> bool:
    hit = False
    for m, (old, new) in enumerate(zip(step.before.sides, step.after.sides, strict=True)):
        for i in (LONG, SHORT):
            moved = [0, 0]
            for account, row in step.after.positions.items():
                was, now = step.before.positions[account][m], row[m]
                if was != now:
                    hit = True
                moved[0] += _on(now, i) - _on(was, i)
                moved[1] += now.cost * (_on(now, i) > 0) - was.cost * (_on(was, i) > 0)
            told = [new[i].size - old[i].size, new[i].cost - old[i].cost]
            expect(told == moved, "market {} side {}: sums by {}, positions by {}", m, i, told, moved)
    expect(not hit or step.accepted(*_CHANGING) is not None, "positions changed by another verb")
    return hit


def _on(position: Position, side: int) -> int:
    """Size, if it is on a side."""
    return abs(position.size) if position.size and side_of(position) == side else 0


@holds(
    "PO-07",
    "P",
    "a trade that grows a position leaves initial margin; another leaves maintenance, or makes nothing worse",
)
def _traded_with_margin(step: Step) -> bool:
    call = step.traded()
    if call is None:
        return False
    account, m = traded(step, call)
    old, new = step.before.health[account], step.after.health[account]
    if abs(step.after.positions[account][m].size) > abs(step.before.positions[account][m].size):
        free = _free(step.after, step, account)
        expect(free + ACCOUNT_ROUNDING_WEI >= new.initial, "free {}, initial {}", free, new.initial)
        return True
    if call.verb == "execute":  # the margin of the order was added in between
        expect(not new.is_liquidatable or old.is_liquidatable, "below maintenance: {}", new)
        return True
    # Who has next to nothing for a fee pays none, and the rounding of tokens all the same.
    rounding = ACCOUNT_ROUNDING_WEI + unit_usd(step.facts, step.before.prices)
    least = new.equity if call.returns["fee_usd"] else new.equity + rounding
    if not new.is_liquidatable or least * old.maintenance >= old.equity * new.maintenance:
        return new.notional > 0
    expect(old.is_liquidatable, "below maintenance: {} -> {}", old, new)
    # What haircuts take is its own: fee and impact come out of that, too, as far as what stays open keeps its part.
    had, has = (_owned(state, step, account) for state in (step.before, step.after))
    if old.equity < 0 and had <= 0:  # a smaller requirement makes no debt worse: what counts is that it does not grow
        worse = new.equity + rounding < old.equity
    elif old.equity < 0:
        worse = (has + rounding) * old.notional < had * new.notional
    else:
        worse = (has + rounding) * old.maintenance < had * new.maintenance
    expect(not worse, "{} with {} -> {} with {}", old, int(had), new, int(has))
    return new.notional > 0


def _owned(state: Snapshot, step: Step, account: int) -> Fraction:
    return owned_in_full(state, step.facts, account, step.after.sides)


@holds("PO-17", "P", PAYS_WHAT_IT_HAS)
def _closed_for_what_it_has(step: Step) -> bool:
    call = step.accepted("trade")
    if call is None:
        return False
    account, m = traded(step, call)
    return pays_what_it_has(step.facts, step.before, step.after, call, account, m)


@holds("PO-08", "P", "what leaves an account leaves initial margin, profits not counted")
def _withdrawn_with_margin(step: Step) -> bool:
    call = step.accepted("withdraw_collateral", "transfer_collateral", "place")
    if call is None or call.arguments.get("margin") == 0:
        return False
    account = call.arguments["account"]
    if not any(position.size for position in step.after.positions[account]):
        return False
    free, initial = _free(step.after, step, account), step.after.health[account].initial
    expect(free + ACCOUNT_ROUNDING_WEI >= initial, "free {}, initial {}", free, initial)
    return True


@holds("PO-09", "I", "profit that is not realised is no collateral: free equity is what there is without it")
def _profit_is_no_collateral(step: Step) -> bool:
    winners = {account for account, m, position in step.after.held() if _profit(step, m, position) > 0}
    hit = False
    for account in winners:
        if all(
            step.after.clocks[m].accrued_at == step.after.time_s
            for m, position in enumerate(step.after.positions[account])
            if position.size
        ):
            free, told = _free(step.after, step, account), step.after.health[account].free
            expect(abs(told - free) <= ACCOUNT_ROUNDING_WEI, "account {}: free {}, not {}", account, told, free)
            hit = True
    return hit


def _profit(step: Step, m: int, position: Position) -> int:
    side, price = side_of(position), step.after.prices[step.facts.markets[m].feed]
    return pnl_down(abs(position.size), position.booked, price.low if side == LONG else price.high, side)


@holds(
    "PO-12", "P", "a loss takes from the account what it is, to a unit of each token; a profit pays at most what it is"
)
def _settled_as_told(step: Step) -> bool:
    call = step.accepted("trade")
    if call is None:
        return False
    account, m = traded(step, call)
    told, facts, prices = call.returns, step.facts, step.after.prices
    _check_profit(step, account, m, told)
    moved = changes(step.before.collateral[account], step.after.collateral[account])
    pot = step.before.clocks[m].funding_pot + into_the_pot(facts, told["funding_usd"])
    claimed = pot - step.after.clocks[m].funding_pot
    unit = unit_usd(facts, prices)
    if told["settled_usd"] < 0:
        taken = worth(facts, prices, [-min(units, 0) for units in moved], "low")
        got = worth(facts, prices, [max(units, 0) for units in moved], "high")
        # Claimed funding may come in the asset that pays, so it is on both sides.
        most = -told["settled_usd"] + len(facts.assets) * unit
        expect(taken <= most, "took {} for {}", int(taken), told["settled_usd"])
        expect(taken + claimed + unit >= -told["settled_usd"], "took {} for {}", int(taken), told["settled_usd"])
        expect(got <= claimed, "paid {} at a loss, claimed {}", int(got), claimed)
    else:
        gained = worth(facts, prices, moved, "high")
        expect(told["paid_usd"] <= told["settled_usd"], "paid {} of {}", told["paid_usd"], told["settled_usd"])
        expect(gained <= told["paid_usd"] + claimed, "got {} for {}", int(gained), told["paid_usd"])
    return True


def _check_profit(step: Step, account: int, m: int, told: dict[str, int]) -> None:
    """A part that closes settles its size times the way of the price, to two wei, never for the trader."""
    old, new = step.before.positions[account][m], step.after.positions[account][m]
    if abs(new.size) >= abs(old.size):
        return
    profit = told["settled_usd"] + told["fee_usd"] + told["borrow_usd"] + max(told["funding_usd"], 0)
    moved, size = abs(told["size"]), abs(old.size)
    direction = 1 if side_of(old) == LONG else -1
    exact = Fraction(direction * (moved * told["price_usd"] * size - old.booked * moved * WAD), WAD * size)
    at_most = profit > 0  # a side's profit may count less than it is
    expect(0 <= exact - profit <= 2 or (at_most and exact >= profit), "profit {}, exactly {}", profit, float(exact))


@holds("PO-14", "P", "a trade fills at no worse price than the caller accepts")
def _price_is_acceptable(step: Step) -> bool:
    call = step.traded()
    if call is None:
        return False
    if call.verb == "trade":
        limit = call.arguments["acceptable_price_usd"]
    else:
        limit = step.orders[call.arguments["account"], call.arguments["slot"]].acceptable
    fill, buys = call.returns["price_usd"], call.returns["size"] > 0
    expect(fill <= limit if buys else fill >= limit, "filled at {}, limit {}", fill, limit)
    return limit < 2**127 if buys else limit > 0


@holds("PO-15", "I", "a position is nothing or at least the minimum")
def _no_dust_positions(step: Step) -> bool:
    found = False
    for account, m, position in step.after.held():
        least = step.facts.markets[m].min_position_usd_wad
        expect(position.cost + _DUST_WEI >= least, "account {} market {}: cost {}", account, m, position.cost)
        found = True
    return found and step.accepted(*_CHANGING) is not None
