"""What happens once a minute or rarer, on moments that do not depend on the step: people come and go, funding is paid.

Leaving: of every open position a share 1 - e^(-rate dt) is closed by choice, at the mark, against hedgers: longs and
shorts leave together, so no price moves. The rate rises with the trend of prices, in units of calm deviations.
Opening: cohorts whose time has come open at the mark, against hedgers.

Funding, per unit and interval: rate x index x interval / 8 h, rate = premium + clamp(interest - premium, +-damper),
at most `cap`, premium the mean of log perp less log spot since the last payment. Longs pay it and shorts get it;
whoever holds units at the venue takes part, so that it adds up to nothing.
"""

from __future__ import annotations

import math
from typing import Annotated, NamedTuple

import numpy as np

from sim.kernels import kernel
from sim.world.endogenous.arbitrage import Arbitrage
from sim.world.endogenous.book import BookTerms, Work, is_trading
from sim.world.endogenous.cohorts import NEVER, Cohorts, CohortTerms
from sim.world.endogenous.makers import Hedgers, Makers
from sim.world.endogenous.platforms import Platforms, PlatformTerms, can_open, open_wish
from sim.world.endogenous.takers import Momentum, Outside

RATE_PERIOD_S = 28_800.0  # that funding rates are quoted for


class ReviewTerms(NamedTuple):
    """What the scenario says."""

    calm_log: Annotated[np.ndarray, "F"]  # deviation of five calm minutes; 0: nobody has a position in it
    review_s: float
    funding_s: float
    interest: float  # per 8 h
    damper: float  # per 8 h
    cap: float  # per 8 h


@kernel
def passed(begin_s: float, end_s: float, every_s: float) -> float:
    """How many multiples of `every_s` lie in (begin, end]."""
    return math.floor(end_s / every_s) - math.floor(begin_s / every_s)


@kernel
def leave(
    hedgers: Hedgers,
    book_terms: BookTerms,
    platforms: Platforms,
    terms: PlatformTerms,
    work: Work,
    k: int,
    share: float,
) -> None:
    """Close a share of every position of a platform by choice, where its venue is open."""
    v = int(terms.venue[k])
    for f in range(work.index_log.shape[0]):
        if terms.is_collateral[f] > 0.0 or not is_trading(book_terms, v, f):
            continue
        price_usd, left = work.mark_usd[k, f], share * platforms.held[k, f]
        platforms.held[k, f] -= left
        platforms.brought_usd[k, f] += left * price_usd
        hedgers.units[v, f] += left * platforms.net_units[k, f]
        hedgers.cash_usd[0] -= left * platforms.net_units[k, f] * price_usd
        platforms.left_usd[k] += left * platforms.gross_units[k, f] * price_usd


@kernel
def arrive(
    cohorts: Cohorts,
    cohort_terms: CohortTerms,
    hedgers: Hedgers,
    book_terms: BookTerms,
    platforms: Platforms,
    terms: PlatformTerms,
    work: Work,
    k: int,
    now_s: float,
) -> None:
    """Open for those whose time has come."""
    if now_s < platforms.next_opening_s[k]:
        return
    v, following = int(terms.venue[k]), NEVER
    for a in range(int(terms.first[k]), int(terms.last[k])):
        if cohorts.opens_at_s[a] > now_s or not can_open(cohorts, book_terms, v, a):
            following = min(following, cohorts.opens_at_s[a])
            continue
        for f in range(work.index_log.shape[0]):
            hedgers.units[v, f] -= cohorts.wish_usd[f, a] / work.mark_usd[k, f]
        hedgers.cash_usd[0] += open_wish(cohorts, cohort_terms, platforms, terms, work, k, a)
    platforms.next_opening_s[k] = following


@kernel
def panic_of(momentum: Momentum, terms: ReviewTerms, work: Work) -> float:
    """How far the index has run from its average, in calm deviations: of the feed that has run farthest."""
    most = 0.0
    for f in range(work.index_log.shape[0]):
        if terms.calm_log[f] > 0.0:
            most = max(most, abs(work.index_log[f] - momentum.trend_log[f]) / terms.calm_log[f])
    return most


@kernel
def pay_funding(
    makers: Makers,
    hedgers: Hedgers,
    arbitrage: Arbitrage,
    platforms: Platforms,
    platform_terms: PlatformTerms,
    momentum: Momentum,
    outside: Outside,
    book_terms: BookTerms,
    terms: ReviewTerms,
    work: Work,
    since_s: float,
) -> None:
    """Pay for the time since the last payment."""
    venues, feeds = book_terms.depth_usd.shape
    for v in range(venues):
        for f in range(feeds):
            premium = platforms.premium_s[v, f] / since_s
            platforms.premium_s[v, f] = 0.0
            is_traded = False
            for k in range(platform_terms.venue.shape[0]):
                is_traded = is_traded or int(platform_terms.venue[k]) == v
            if not is_traded or platform_terms.is_collateral[f] > 0.0 or book_terms.depth_usd[v, f] == 0.0:
                continue
            rate = premium + min(max(terms.interest - premium, -terms.damper), terms.damper)
            rate = min(max(rate, -terms.cap), terms.cap)
            per_unit = rate * math.exp(work.index_log[f]) * since_s / RATE_PERIOD_S
            makers.cash_usd[v] -= makers.inventory_units[v, f] * per_unit
            hedgers.cash_usd[0] -= hedgers.units[v, f] * per_unit
            arbitrage.cash_usd[0] -= arbitrage.units[v, f] * per_unit
            momentum.cash_usd[0] -= momentum.units[v, f] * per_unit
            for s in range(outside.bought_units.shape[0]):
                outside.cash_usd[s, v] -= outside.bought_units[s, v, f] * per_unit
            for k in range(platform_terms.venue.shape[0]):
                if int(platform_terms.venue[k]) == v:
                    platforms.brought_usd[k, f] -= platforms.held[k, f] * per_unit
                    platforms.fund_usd[k] -= platforms.backlog_units[k, f] * per_unit
                    platforms.stop_cash_usd[k] -= platforms.stop_units[k, f] * per_unit
