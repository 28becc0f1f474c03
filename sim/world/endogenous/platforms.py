"""Platforms off the chain: they mark accounts, take over what is liquidated and sell it.

Mark: a mix of the own venue's mid and the index, in logs. `full` engines take over position and equity; a `ladder`
shrinks a position at the mark and leaves the account what equity is left. Both charge a fee on what they close, a
ladder no more than that equity. What was taken over waits and is sold at a rate of 1 / execution_s; stops likewise.
The fund is cash, with the backlog at market its net worth.
"""

from __future__ import annotations

import math
from typing import Annotated, NamedTuple

import numpy as np

from sim.kernels import kernel
from sim.world.endogenous.book import Books, BookTerms, Work, is_trading
from sim.world.endogenous.cohorts import (
    NEVER,
    Cohorts,
    CohortTerms,
    Holding,
    closed_share,
    find_forms,
    laddered_share,
    moved_cash_usd,
    wake,
)

GONE = 1.0 - 1e-12  # closed so far that nobody is left


class Platforms(NamedTuple):
    """What moves; counters run until somebody sets them to 0."""

    backlog_units: Annotated[np.ndarray, "P K F"]
    fund_usd: Annotated[np.ndarray, "P K"]
    stop_units: Annotated[np.ndarray, "P K F"]  # of people who sell, or who buy what they have opened
    stop_cash_usd: Annotated[np.ndarray, "P K"]
    fees_usd: Annotated[np.ndarray, "P K"]
    held: Annotated[np.ndarray, "P K F"]  # share of a position that was not closed by choice; of collateral 1
    brought_usd: Annotated[np.ndarray, "P K F"]  # USD that a unit has brought since the start
    net_units: Annotated[np.ndarray, "P K F"]  # of members that are left, as if nobody had left by choice
    gross_units: Annotated[np.ndarray, "P K F"]
    next_fall_log: Annotated[np.ndarray, "P K"]  # the least at which somebody opens
    next_opening_s: Annotated[np.ndarray, "P K"]  # the earliest that somebody opens at
    premium_s: Annotated[np.ndarray, "P V F"]  # of perps over spot, summed over time since funding was paid
    liquidated_usd: Annotated[np.ndarray, "P K 2"]  # longs, shorts: counters from here on
    stopped_usd: Annotated[np.ndarray, "P K"]
    deleveraged_usd: Annotated[np.ndarray, "P K"]
    bad_debt_usd: Annotated[np.ndarray, "P K"]
    opened_usd: Annotated[np.ndarray, "P K"]
    left_usd: Annotated[np.ndarray, "P K"]


class PlatformTerms(NamedTuple):
    """What the scenario says. Whole numbers are kept as floats."""

    venue: Annotated[np.ndarray, "K"]
    first: Annotated[np.ndarray, "K"]  # cohort
    stops: Annotated[np.ndarray, "K"]  # the first of those that stop
    last: Annotated[np.ndarray, "K"]  # and the one after the last
    maintenance: Annotated[np.ndarray, "K F"]  # share of notional; of collateral: its haircut
    is_collateral: Annotated[np.ndarray, "F"]  # no perpetual is traded on it
    own_share: Annotated[np.ndarray, "K F"]  # of the own mid in the mark
    execution_s: Annotated[np.ndarray, "K"]
    stop_s: Annotated[np.ndarray, "K"]
    deleverage_s: Annotated[np.ndarray, "K"]
    deleverage_below_usd: Annotated[np.ndarray, "K"]  # net worth of the fund
    is_ladder: Annotated[np.ndarray, "K"]
    fee_share: Annotated[np.ndarray, "K"]  # of what is liquidated
    close_per_s: Annotated[np.ndarray, "K"]  # of positions that are left by choice, in the calm
    panic: Annotated[np.ndarray, "K"]  # and more: as a multiple per calm 5-minute deviation of the price's trend


@kernel
def find_marks(books: Books, terms: PlatformTerms, work: Work) -> None:
    """Write every platform's marks; needs `find_prices`."""
    platforms, feeds = terms.maintenance.shape
    for k in range(platforms):
        v = int(terms.venue[k])
        for f in range(feeds):
            own = work.consensus_log[f] + books.displacement_log[v, f]
            share = terms.own_share[k, f]
            work.mark_usd[k, f] = math.exp(work.index_log[f] + share * (own - work.index_log[f]))


@kernel
def close_falling(
    cohorts: Cohorts, cohort_terms: CohortTerms, platforms: Platforms, terms: PlatformTerms, work: Work
) -> None:
    """Close whoever is at a new low of his form."""
    for k in range(terms.venue.shape[0]):
        first, last = int(terms.first[k]), int(terms.last[k])
        find_forms(cohorts, first, int(terms.stops[k]), last, holding_of(platforms, terms, work, k), work.form_usd)
        for a in range(first, last):
            if work.form_usd[a] < cohorts.lowest_usd[a]:
                _close(cohorts, cohort_terms, platforms, terms, work, k, a)


@kernel
def holding_of(platforms: Platforms, terms: PlatformTerms, work: Work, k: int) -> Holding:
    """What units at a platform have come to."""
    return Holding(platforms.held[k], platforms.brought_usd[k], work.mark_usd[k], terms.maintenance[k])


@kernel
def count(platforms: Platforms, cohorts: Cohorts, k: int, a: int, share: float) -> None:
    """Add a share of a cohort's members to those that are left."""
    for f in range(cohorts.units.shape[0]):
        platforms.net_units[k, f] += share * cohorts.units[f, a]
        platforms.gross_units[k, f] += share * abs(cohorts.units[f, a])


@kernel
def _close(
    cohorts: Cohorts, cohort_terms: CohortTerms, platforms: Platforms, terms: PlatformTerms, work: Work, k: int, a: int
) -> None:
    """Close members of a cohort as far as its form says."""
    form_usd = work.form_usd[a]
    cohorts.lowest_usd[a] = form_usd
    is_stop = cohort_terms.stop_loss[a] > 0.0
    is_ladder = terms.is_ladder[k] > 0.0 and not is_stop
    notional_usd = 0.0
    for f in range(work.index_log.shape[0]):
        if terms.is_collateral[f] == 0.0:
            notional_usd += abs(platforms.held[k, f] * cohorts.units[f, a]) * work.mark_usd[k, f]
    if is_ladder and notional_usd > 0.0:
        reached = laddered_share(form_usd, cohorts.spread_usd[a], notional_usd, cohorts.maintenance[a])
    else:
        reached = closed_share(form_usd, cohorts.spread_usd[a])
    if reached > GONE:
        reached = 1.0
        cohorts.lowest_usd[a] = -NEVER
    share = reached - cohorts.closed[a]
    if share <= 0.0:
        return
    cash_usd = moved_cash_usd(cohorts, a, holding_of(platforms, terms, work, k), share)
    count(platforms, cohorts, k, a, -share)
    long_usd, short_usd, worth_usd = 0.0, 0.0, 0.0
    for f in range(work.index_log.shape[0]):
        units = share * platforms.held[k, f] * cohorts.units[f, a]
        usd = units * work.mark_usd[k, f]
        worth_usd += usd
        if terms.is_collateral[f] == 0.0:
            long_usd += max(usd, 0.0)
            short_usd += max(-usd, 0.0)
        if is_stop:
            platforms.stop_units[k, f] += units
        else:
            platforms.backlog_units[k, f] += units
    cohorts.closed[a] = reached
    if is_stop:
        platforms.stop_cash_usd[k] += cash_usd
        platforms.stopped_usd[k] += long_usd + short_usd
        return
    platforms.liquidated_usd[k, 0] += long_usd
    platforms.liquidated_usd[k, 1] += short_usd
    fee_usd = terms.fee_share[k] * (long_usd + short_usd)
    if is_ladder:
        fee_usd = _leave_rest(cohorts, platforms, k, a, cash_usd + worth_usd, fee_usd)
        platforms.fund_usd[k] -= worth_usd
    else:
        platforms.fund_usd[k] += cash_usd - fee_usd
        platforms.bad_debt_usd[k] += max(-(cash_usd + worth_usd), 0.0)
    platforms.fees_usd[k] += fee_usd


@kernel
def _leave_rest(cohorts: Cohorts, platforms: Platforms, k: int, a: int, equity_usd: float, fee_usd: float) -> float:
    """Leave to members what a ladder has closed, less a fee; returns the fee.

    Nobody owes a platform anything: a fee is no more than what is there, and what is missing is the fund's.
    """
    rest_usd = cohorts.kept_usd[a] + equity_usd
    if rest_usd < 0.0:
        platforms.fund_usd[k] += rest_usd
        platforms.bad_debt_usd[k] -= rest_usd
    fee_usd = min(fee_usd, max(rest_usd, 0.0))
    cohorts.kept_usd[a] = max(rest_usd, 0.0) - fee_usd
    return fee_usd


@kernel
def can_open(cohorts: Cohorts, book_terms: BookTerms, v: int, a: int) -> bool:
    """Whether all that a cohort wishes to open is traded now; until then it waits."""
    for f in range(cohorts.wish_usd.shape[0]):
        if cohorts.wish_usd[f, a] != 0.0 and not is_trading(book_terms, v, f):
            return False
    return True


@kernel
def enter_on_fall(
    cohorts: Cohorts,
    cohort_terms: CohortTerms,
    book_terms: BookTerms,
    platforms: Platforms,
    terms: PlatformTerms,
    work: Work,
    fall_log: float,
) -> None:
    """Open for those who waited for such a fall: they get the mark, and the platform trades it in the book for them."""
    feeds = work.index_log.shape[0]
    for k in range(terms.venue.shape[0]):
        if fall_log < platforms.next_fall_log[k]:
            continue
        following = NEVER
        for a in range(int(terms.first[k]), int(terms.last[k])):
            if cohorts.opens_on_fall[a] == NEVER:
                continue
            if fall_log < cohorts.opens_on_fall[a] or not can_open(cohorts, book_terms, int(terms.venue[k]), a):
                following = min(following, cohorts.opens_on_fall[a])
                continue
            for f in range(feeds):
                platforms.stop_units[k, f] -= cohorts.wish_usd[f, a] / work.mark_usd[k, f]
            platforms.stop_cash_usd[k] += open_wish(cohorts, cohort_terms, platforms, terms, work, k, a)
        platforms.next_fall_log[k] = following


@kernel
def open_wish(
    cohorts: Cohorts, cohort_terms: CohortTerms, platforms: Platforms, terms: PlatformTerms, work: Work, k: int, a: int
) -> float:
    """Let a cohort open at the marks; returns USD that it paid, net, to whoever took the other side."""
    for f in range(work.index_log.shape[0]):
        platforms.opened_usd[k] += abs(cohorts.wish_usd[f, a])
    cost_usd = wake(cohorts, cohort_terms, a, holding_of(platforms, terms, work, k))
    count(platforms, cohorts, k, a, 1.0)
    return cost_usd


@kernel
def add_premiums(
    books: Books, book_terms: BookTerms, terms: PlatformTerms, platforms: Platforms, span_s: float
) -> None:
    """Add up how far perps stand from spot: what funding will be paid on.

    Spot: the depth-weighted displacement of venues without a platform.
    """
    venues, feeds = book_terms.depth_usd.shape
    for f in range(feeds):
        total, spot = 0.0, 0.0
        for v in range(venues):
            if not _has_platform(terms, v):
                depth = book_terms.depth_usd[v, f] * books.presence[v, f] * book_terms.is_open[v, f]
                total += depth
                spot += depth * books.displacement_log[v, f]
        if total > 0.0 and terms.is_collateral[f] == 0.0:
            for v in range(venues):
                if _has_platform(terms, v) and book_terms.depth_usd[v, f] > 0.0:
                    platforms.premium_s[v, f] += span_s * (books.displacement_log[v, f] - spot / total)


@kernel
def _has_platform(terms: PlatformTerms, v: int) -> bool:
    count = 0
    for k in range(terms.venue.shape[0]):
        count += int(terms.venue[k]) == v
    return count > 0
