"""Auto-deleveraging: when the fund is worth too little, those on the other side of the backlog take it over.

The other side: hedgers and accounts with the opposite position at the platform, pro rata of it. They get the own mid,
less up to `MAX_GIVEN_UP` to cover the deficit. With a backlog of shorts the same is done to longs.
"""

from __future__ import annotations

import math

from sim.kernels import kernel
from sim.world.endogenous.book import Work
from sim.world.endogenous.cohorts import Cohorts, reduce_position
from sim.world.endogenous.makers import Hedgers
from sim.world.endogenous.platforms import Platforms, PlatformTerms, holding_of

MAX_GIVEN_UP = 0.10  # of the price, by winners


@kernel
def worth_usd(platforms: Platforms, terms: PlatformTerms, work: Work, k: int) -> float:
    """Net worth of a platform's fund: cash, and the backlog at the own mid."""
    usd = platforms.fund_usd[k]
    for f in range(work.index_log.shape[0]):
        usd += platforms.backlog_units[k, f] * work.mid_usd[int(terms.venue[k]), f]
    return usd


@kernel
def deleverage(
    cohorts: Cohorts, hedgers: Hedgers, platforms: Platforms, terms: PlatformTerms, work: Work, span_s: float
) -> None:
    """Close backlogs against winners where the fund needs it."""
    for k in range(terms.venue.shape[0]):
        worth = worth_usd(platforms, terms, work, k)
        if worth >= terms.deleverage_below_usd[k]:
            continue
        share = -math.expm1(-span_s / terms.deleverage_s[k])
        gross_usd = 0.0
        for f in range(work.index_log.shape[0]):
            if terms.is_collateral[f] == 0.0:
                gross_usd += share * abs(platforms.backlog_units[k, f]) * work.mid_usd[int(terms.venue[k]), f]
        if gross_usd > 0.0:
            given_up = min(max(-worth / gross_usd, 0.0), MAX_GIVEN_UP)
            for f in range(work.index_log.shape[0]):
                if terms.is_collateral[f] == 0.0:
                    _take_over(cohorts, hedgers, platforms, terms, work, k, f, share, given_up)


@kernel
def _take_over(
    cohorts: Cohorts,
    hedgers: Hedgers,
    platforms: Platforms,
    terms: PlatformTerms,
    work: Work,
    k: int,
    f: int,
    share: float,
    given_up: float,
) -> None:
    """Close a share of one backlog against the other side of the market."""
    v, first, last = int(terms.venue[k]), int(terms.first[k]), int(terms.last[k])
    wanted = share * platforms.backlog_units[k, f]
    if wanted == 0.0:
        return
    side = math.copysign(1.0, wanted)
    of_hedgers = max(-side * hedgers.units[v, f], 0.0)
    held = platforms.held[k, f]
    other = of_hedgers
    for a in range(first, last):
        other += held * max(-side * cohorts.units[f, a], 0.0) * (1.0 - cohorts.closed[a])
    taken = min(abs(wanted), other)
    if taken <= 0.0:
        return
    price_usd = work.mid_usd[v, f] * (1.0 + side * given_up)
    fraction = taken / other
    platforms.backlog_units[k, f] -= side * taken
    platforms.fund_usd[k] += side * taken * price_usd
    platforms.deleveraged_usd[k] += taken * work.mid_usd[v, f]
    hedgers.units[v, f] += side * fraction * of_hedgers
    hedgers.cash_usd[0] -= side * fraction * of_hedgers * price_usd
    now = holding_of(platforms, terms, work, k)
    for a in range(first, last):
        there = 1.0 - cohorts.closed[a]
        if -side * cohorts.units[f, a] > 0.0 and there > 0.0:
            platforms.net_units[k, f] -= there * fraction * cohorts.units[f, a]
            platforms.gross_units[k, f] -= there * fraction * abs(cohorts.units[f, a])
            reduce_position(cohorts, a, f, now, fraction, price_usd)
