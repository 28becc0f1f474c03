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
from sim.world.endogenous.book import BookTerms, Work
from sim.world.endogenous.cohorts import NEVER, Cohorts, CohortTerms, wake
from sim.world.endogenous.makers import Hedgers, Makers
from sim.world.endogenous.platforms import Platforms, PlatformTerms
from sim.world.endogenous.takers import Momentum, Outside

RATE_PERIOD_S = 28_800.0  # that funding rates are quoted for


class ReviewTerms(NamedTuple):
    """What the scenario says."""

    calm_log: Annotated[np.ndarray, "F"]  # deviation of five calm minutes
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
def held(units: np.ndarray, closed: np.ndarray) -> tuple[float, float]:
    """Net and gross units of those who are left: four sums at a time are four times as fast."""
    n0, n1, n2, n3, g0, g1, g2, g3 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    fours = units.shape[0] // 4
    for j in range(fours):
        i = 4 * j
        u0, u1 = (1.0 - closed[i]) * units[i], (1.0 - closed[i + 1]) * units[i + 1]
        u2, u3 = (1.0 - closed[i + 2]) * units[i + 2], (1.0 - closed[i + 3]) * units[i + 3]
        n0, n1, n2, n3 = n0 + u0, n1 + u1, n2 + u2, n3 + u3
        g0, g1, g2, g3 = g0 + abs(u0), g1 + abs(u1), g2 + abs(u2), g3 + abs(u3)
    for i in range(4 * fours, units.shape[0]):
        n0 += (1.0 - closed[i]) * units[i]
        g0 += (1.0 - closed[i]) * abs(units[i])
    return (n0 + n1) + (n2 + n3), (g0 + g1) + (g2 + g3)


@kernel
def leave(
    cohorts: Cohorts, hedgers: Hedgers, platforms: Platforms, terms: PlatformTerms, work: Work, k: int, share: float
) -> None:
    """Close a share of every position of a platform by choice."""
    v, first, last = int(terms.venue[k]), int(terms.first[k]), int(terms.last[k])
    cash, form = cohorts.cash_usd[first:last], cohorts.form_usd[first:last]
    closed, notional = cohorts.closed[first:last], cohorts.notional_usd[first:last]
    received = work.form_usd[first:last]
    for i in range(received.shape[0]):
        received[i] = 0.0
    for f in range(work.index_log.shape[0]):
        price_usd = work.mark_usd[k, f]
        if terms.is_collateral[f] > 0.0:
            continue
        units, form_units = cohorts.units[f, first:last], cohorts.form_units[f, first:last]
        net, gross = held(units, closed)
        for i in range(units.shape[0]):  # of those that are closed, too: nothing is left of them to change
            received[i] += share * units[i] * price_usd
            units[i] *= 1.0 - share
            form_units[i] *= 1.0 - share
        hedgers.units[v, f] += share * net
        hedgers.cash_usd[0] -= share * net * price_usd
        platforms.left_usd[k] += share * gross * price_usd
    for i in range(notional.shape[0]):
        cash[i] += received[i]
        form[i] += received[i]
        notional[i] *= 1.0 - share


@kernel
def arrive(
    cohorts: Cohorts,
    cohort_terms: CohortTerms,
    hedgers: Hedgers,
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
        if cohorts.opens_at_s[a] > now_s:
            following = min(following, cohorts.opens_at_s[a])
            continue
        hedgers.cash_usd[0] += wake(cohorts, cohort_terms, a, work.mark_usd[k], terms.maintenance[k])
        for f in range(work.index_log.shape[0]):
            if terms.is_collateral[f] == 0.0:
                hedgers.units[v, f] -= cohorts.units[f, a]
                platforms.opened_usd[k] += abs(cohorts.units[f, a]) * work.mark_usd[k, f]
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
    cohorts: Cohorts,
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
                    _pay_at(cohorts, platforms, platform_terms, k, f, per_unit)


@kernel
def _pay_at(cohorts: Cohorts, platforms: Platforms, terms: PlatformTerms, k: int, f: int, per_unit: float) -> None:
    """Let a platform's accounts, its backlog and its stops pay."""
    platforms.fund_usd[k] -= platforms.backlog_units[k, f] * per_unit
    platforms.stop_cash_usd[k] -= platforms.stop_units[k, f] * per_unit
    for a in range(int(terms.first[k]), int(terms.last[k])):
        usd = cohorts.units[f, a] * per_unit
        cohorts.cash_usd[a] -= usd
        cohorts.form_usd[a] -= usd
