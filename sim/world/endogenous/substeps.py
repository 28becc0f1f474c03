"""One step of one path: as many substeps as the path's own cascade needs, in the order of world events.

Shocks and orders from outside are divided evenly over the substeps, but for jumps; nothing random is drawn in here.
"""

from __future__ import annotations

import math
from typing import Annotated, NamedTuple

import numpy as np

from sim.kernels import kernel
from sim.world.endogenous.arbitrage import Arbitrage, ArbitrageTerms, close_gaps, transfer
from sim.world.endogenous.book import Books, BookTerms, Work, find_prices, move_of, usd_of
from sim.world.endogenous.cohorts import Cohorts, CohortTerms
from sim.world.endogenous.deleveraging import deleverage
from sim.world.endogenous.discovery import DiscoveryTerms, follow
from sim.world.endogenous.herding import HerdingTerms, fall_of, find_wishes, follow_trend
from sim.world.endogenous.makers import Hedgers, Makers, MakerTerms, hand_over, react
from sim.world.endogenous.platforms import (
    Platforms,
    PlatformTerms,
    add_premiums,
    close_falling,
    enter_on_fall,
    find_marks,
)
from sim.world.endogenous.review import ReviewTerms, arrive, leave, panic_of, passed, pay_funding
from sim.world.endogenous.takers import Flows, Momentum, Outside, find_shares, trade_queues

NEWS_WEIGHT = 0.25  # news moves prices the same however time is cut; what follows from it does not
CALM = 2.0  # deviations that a price may be from its average before it counts as running


class Shocks(NamedTuple):
    """What comes from outside in this step, and what the step was like."""

    fundamental_log: Annotated[np.ndarray, "P F"]  # evenly over the step
    jump_log: Annotated[np.ndarray, "P F"]  # at its beginning, before anybody can trade
    # the fundamental before what comes evenly: it ends a step at the same bits however that is cut
    begin_log: Annotated[np.ndarray, "P F"]
    quote_log: Annotated[np.ndarray, "P V F"]  # noise of a venue's quotes
    substeps: Annotated[np.ndarray, "P 1"]  # out


class StepTerms(NamedTuple):
    """How finely a step is cut."""

    risk: Annotated[np.ndarray, "F"]  # of a feed, in that of the reference; at least 1: a peg that breaks is no worse
    most: float  # substeps
    tolerance_log: float  # move of the reference within a substep


@kernel
def substeps_of(
    books: Books,
    book_terms: BookTerms,
    makers: Makers,
    platforms: Platforms,
    platform_terms: PlatformTerms,
    outside: Outside,
    shocks: Shocks,
    terms: StepTerms,
    maker_terms: MakerTerms,
    work: Work,
    span_s: float,
) -> float:
    """1, 2, 4 ...: by what waiting orders and shocks will move, and how fast prices move now; of this path alone."""
    venues, feeds = book_terms.depth_usd.shape
    find_shares(platform_terms, work, span_s)
    most = 0.0
    for f in range(feeds):
        consensus = books.fundamental_log[f] + books.permanent_log[f] + books.transient_log[f]
        move = NEWS_WEIGHT * abs(shocks.fundamental_log[f] + shocks.jump_log[f])
        for v in range(venues):
            if book_terms.depth_usd[v, f] == 0.0:
                continue
            waiting = 0.0
            for k in range(platform_terms.venue.shape[0]):
                if int(platform_terms.venue[k]) == v:
                    units = work.sold_share[k, 0] * platforms.backlog_units[k, f]
                    waiting += abs(units + work.sold_share[k, 1] * platforms.stop_units[k, f])
            for s in range(outside.order_units.shape[0]):
                waiting += span_s * abs(outside.order_units[s, v, f])
            d = books.displacement_log[v, f]
            if waiting > 0.0:
                makers_usd = book_terms.depth_usd[v, f] * books.presence[v, f]
                patient_usd = book_terms.depth_usd[v, f] * book_terms.patient_share
                y = usd_of(abs(d), makers_usd, patient_usd, book_terms.exponent) + waiting * math.exp(consensus + d)
                move = max(move, move_of(y, makers_usd, patient_usd, book_terms.exponent) - abs(d))
            run = abs(consensus + d - makers.average_log[v, f]) - CALM * math.sqrt(maker_terms.calm_variance[v, f])
            move = max(move, run * span_s / maker_terms.average_s)
        most = max(most, move / terms.risk[f])
    count = 1.0
    while count < terms.most and most > terms.tolerance_log * count:
        count *= 2.0
    return count


@kernel
def advance(
    begin_s: float,
    span_s: float,
    shocks: Shocks,
    books: Books,
    book_terms: BookTerms,
    discovery_terms: DiscoveryTerms,
    makers: Makers,
    maker_terms: MakerTerms,
    hedgers: Hedgers,
    arbitrage: Arbitrage,
    arbitrage_terms: ArbitrageTerms,
    cohorts: Cohorts,
    cohort_terms: CohortTerms,
    platforms: Platforms,
    platform_terms: PlatformTerms,
    momentum: Momentum,
    herding_terms: HerdingTerms,
    outside: Outside,
    flows: Flows,
    review_terms: ReviewTerms,
    step_terms: StepTerms,
    work: Work,
) -> None:
    """Move one path from `begin_s` (since the start) by `span_s`."""
    venues, feeds = book_terms.depth_usd.shape
    count = substeps_of(
        books, book_terms, makers, platforms, platform_terms, outside, shocks, step_terms, maker_terms, work, span_s
    )
    shocks.substeps[0] = count
    dt = span_s / count
    for f in range(feeds):
        shocks.begin_log[f] = books.fundamental_log[f] + shocks.jump_log[f]
    for i in range(int(count)):
        for f in range(feeds):
            books.fundamental_log[f] = shocks.begin_log[f] + shocks.fundamental_log[f] * ((i + 1) / count)
            for v in range(venues):
                if book_terms.depth_usd[v, f] > 0.0 and book_terms.is_open[v, f] > 0.0:
                    books.displacement_log[v, f] += shocks.quote_log[v, f] / count
        find_prices(books, book_terms, work)
        find_marks(books, platform_terms, work)
        close_falling(cohorts, cohort_terms, platforms, platform_terms, work)
        fall = fall_of(momentum, herding_terms, work)
        enter_on_fall(cohorts, cohort_terms, book_terms, platforms, platform_terms, work, fall)
        close_gaps(books, book_terms, makers, arbitrage, arbitrage_terms, work, 0.5 * dt)
        find_wishes(books, book_terms, momentum, herding_terms, work, dt)
        trade_queues(
            books,
            book_terms,
            makers,
            maker_terms,
            hedgers,
            platforms,
            platform_terms,
            momentum,
            outside,
            flows,
            work,
            dt,
        )
        close_gaps(books, book_terms, makers, arbitrage, arbitrage_terms, work, 0.5 * dt)
        transfer(arbitrage, hedgers, arbitrage_terms, work, dt)
        hand_over(makers, hedgers, book_terms, maker_terms, work, dt)
        follow_trend(momentum, herding_terms, work, dt)
        follow(books, book_terms, discovery_terms, work, dt)
        add_premiums(books, book_terms, platform_terms, platforms, dt)
        find_prices(books, book_terms, work)
        react(books, book_terms, makers, maker_terms, work, dt)
        deleverage(cohorts, hedgers, platforms, platform_terms, work, dt)
    reviews = passed(begin_s, begin_s + span_s, review_terms.review_s)
    payments = passed(begin_s, begin_s + span_s, review_terms.funding_s)
    if reviews + payments == 0.0:
        return
    find_marks(books, platform_terms, work)
    panic = panic_of(momentum, review_terms, work)
    for k in range(platform_terms.venue.shape[0]):
        rate = platform_terms.close_per_s[k] * (1.0 + platform_terms.panic[k] * panic)
        if reviews > 0.0 and rate > 0.0:
            share = -math.expm1(-rate * reviews * review_terms.review_s)
            leave(hedgers, book_terms, platforms, platform_terms, work, k, share)
        if reviews > 0.0:
            arrive(cohorts, cohort_terms, hedgers, book_terms, platforms, platform_terms, work, k, begin_s + span_s)
    if payments > 0.0:
        pay_funding(
            makers,
            hedgers,
            arbitrage,
            platforms,
            platform_terms,
            momentum,
            outside,
            book_terms,
            review_terms,
            work,
            payments * review_terms.funding_s,
        )
