"""Haircuts that an index takes from all winners of a side at once: AD."""

from __future__ import annotations

from fractions import Fraction

from sim.fuzz.facts import INSURANCE, WAD
from sim.fuzz.judges.shares import losses_told
from sim.fuzz.properties import Step, expect, holds
from sim.fuzz.reckon import HAIRCUT_ROUNDING_WEI, closing_price, gross_equity, is_capped, pnl_down, side_of
from sim.fuzz.snapshot import Position

#: A winner whose entry is nearer to the price than a cell is wide may give nothing (contracts/Cohorts.vy).
_CELL = Fraction(1, 60)
#: Of a profit, by which a share of it may differ.
_NEAR = Fraction(1, 10**9)


def _given(step: Step, m: int, side: int) -> int:
    return step.after.losses.given[m][side] - step.before.losses.given[m][side]


def _is_clear(position: Position, price: int) -> bool:
    """Whether all of its cell wins, wherever in it the position is."""
    entry = Fraction(position.booked * WAD, abs(position.size))
    return abs(entry - price) > _CELL * max(entry, Fraction(price))


@holds(
    "AD-14",
    "P",
    "a haircut by the index is given by all who win and by nobody else, each the same share of its profit, and is what "
    "they owe together",
)
def _all_winners_give_the_same_share(step: Step) -> bool:
    hit = False
    for m in range(len(step.facts.markets)):
        for side in range(2):
            total = _given(step, m, side)
            if total:
                hit = True
                _judge_a_haircut(step, m, side, total)
    return hit


def _judge_a_haircut(step: Step, m: int, side: int, total: int) -> None:
    price = closing_price(step.facts, step.before.prices, m, side)
    rows = {a: (row[m], step.after.positions[a][m]) for a, row in step.before.positions.items()}
    rows = {a: (was, now) for a, (was, now) in rows.items() if was.size and side_of(was) == side}
    took = {account: now.given - was.given for account, (was, now) in rows.items()}
    profits = {account: pnl_down(abs(was.size), was.booked, price, side) for account, (was, _) in rows.items()}
    gave = {account for account, usd in took.items() if usd > HAIRCUT_ROUNDING_WEI}
    for account, usd in took.items():
        may = account != INSURANCE and profits[account] > 0
        expect(may or abs(usd) <= HAIRCUT_ROUNDING_WEI, "account {} won {}, gave {}", account, profits[account], usd)
    won = sum(profits[account] for account in gave)
    for account, (was, _) in rows.items():
        if account == INSURANCE or profits[account] <= 0 or not (account in gave or _is_clear(was, price)):
            continue
        share = Fraction(total * profits[account], max(won, 1))
        off = abs(took[account] - share)
        expect(off <= HAIRCUT_ROUNDING_WEI + share * _NEAR, "account {}: gave {} of {}", account, took[account], share)
    owed = sum(took.values())
    expect(abs(owed - total) <= len(took) * HAIRCUT_ROUNDING_WEI, "{} given, {} owed", total, owed)


@holds(
    "AD-15",
    "I",
    "what haircuts took of positions and is not in their cost yet is what their side gave, counted once: a side "
    "without positions owes nothing",
)
def _what_is_owed_is_counted_once(step: Step) -> bool:
    state, hit = step.after, False
    for m, row in enumerate(state.losses.unbooked):
        for side, unbooked in enumerate(row):
            held = [p for _, n, p in state.held() if n == m and side_of(p) == side]
            owed = sum(position.given for position in held)
            most = len(held) * HAIRCUT_ROUNDING_WEI
            expect(abs(owed - unbooked) <= most, "market {} side {}: {} owed, {} counted", m, side, owed, unbooked)
            hit |= unbooked > 0
    return hit


@holds("AD-17", "I", "the margin of an account counts no more of a profit than haircuts leave of it")
def _margin_sees_what_was_given(step: Step) -> bool:
    hit = False
    for account, row in step.after.positions.items():
        if sum(position.given for position in row) > HAIRCUT_ROUNDING_WEI:
            owned = gross_equity(step.after, step.facts, step.after.sides, account)
            equity = step.after.health[account].equity
            most = owned + len(row) * HAIRCUT_ROUNDING_WEI
            expect(equity <= most, "account {} has {}, its margin counts {}", account, owned, equity)
            hit = True
    return hit


@holds(
    "AD-16",
    "P",
    "a loss is given as far as there are profits that no cap withholds: none of it is left to the pool where a winner "
    "keeps anything",
)
def _the_pool_has_it_at_once(step: Step) -> bool:
    call = step.accepted("liquidate")
    if call is None or not step.facts.is_cut_by_index or call.returns["bad_debt_usd"] == 0:
        return False
    left = losses_told(step)
    if left <= HAIRCUT_ROUNDING_WEI:
        return True
    if is_capped(step.before, step.facts):
        return False  # what winners give of a profit that is not paid anyway the pool does not get
    # The loss was above all profits: who won, clear of a cell's width, has nothing left of it.
    asked = [
        (m, side)
        for m, row in enumerate(step.after.losses.deficits)
        for side, usd in enumerate(row)
        if usd == left or usd - step.before.losses.deficits[m][side] == left
    ]
    expect(bool(asked), "{} are left, and no side is asked for it", left)
    wins = [_most_left(step, m, side) for m, side in asked]
    expect(min(wins) <= HAIRCUT_ROUNDING_WEI, "{} are lost, winners keep {}", left, min(wins))
    return True


def _most_left(step: Step, m: int, side: int) -> int:
    """The largest profit that is left on a side, of those who are clear of the price before it was taken."""
    price = closing_price(step.facts, step.after.prices, m, side)
    left = [0]
    for account, row in step.after.positions.items():
        was, now = step.before.positions[account][m], row[m]
        if account == INSURANCE or not now.size or side_of(now) != side or not _is_clear(was, price):
            continue
        left.append(pnl_down(abs(now.size), now.booked, price, side))
    return max(left)
