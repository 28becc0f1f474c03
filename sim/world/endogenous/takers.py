"""Takers: orders that wait, netted on each book and filled at one price.

All orders of a substep on a book pay p exp(dd / 2), dd the move that their sum makes, and each half the spread on its
own size. Makers absorb a share, hedgers the rest.
"""

from __future__ import annotations

import math
from typing import Annotated, NamedTuple

import numpy as np

from sim.kernels import kernel, kernel_part
from sim.world.endogenous.book import Books, BookTerms, Work, half_spread_of, is_trading, trade
from sim.world.endogenous.makers import Hedgers, Makers, MakerTerms
from sim.world.endogenous.platforms import Platforms, PlatformTerms

LEAST_QUEUE_USD = 1.0  # of what waits: a share of less would leave a queue that never ends


class Momentum(NamedTuple):
    """Those who follow the trend."""

    units: Annotated[np.ndarray, "P V F"]
    cash_usd: Annotated[np.ndarray, "P 1"]
    trend_log: Annotated[np.ndarray, "P F"]  # average of the index


class Outside(NamedTuple):
    """Orders from outside of the market, by source: hedgers of pools, arbitrageurs, a user's agents."""

    order_units: Annotated[np.ndarray, "P S V F"]  # what is to be bought in this step, per second
    bought_units: Annotated[np.ndarray, "P S V F"]  # since the start
    cash_usd: Annotated[np.ndarray, "P S V"]  # since the start
    traded_usd: Annotated[np.ndarray, "P S V F"]  # counter


class Flows(NamedTuple):
    """USD traded by kind of taker; counters."""

    forced_usd: Annotated[np.ndarray, "P V F"]
    stop_usd: Annotated[np.ndarray, "P V F"]
    momentum_usd: Annotated[np.ndarray, "P V F"]


@kernel_part
def paid_usd(units: float, price_usd: float, half_spread: float) -> float:
    """What a taker pays for so many units."""
    return units * price_usd + abs(units) * price_usd * half_spread


@kernel
def find_shares(terms: PlatformTerms, work: Work, span_s: float) -> None:
    """Write which share of what waits is sold in so many seconds: of backlogs, and of stops."""
    for k in range(terms.venue.shape[0]):
        work.sold_share[k, 0] = -math.expm1(-span_s / terms.execution_s[k])
        work.sold_share[k, 1] = -math.expm1(-span_s / terms.stop_s[k])


@kernel
def trade_queues(
    books: Books,
    book_terms: BookTerms,
    makers: Makers,
    maker_terms: MakerTerms,
    hedgers: Hedgers,
    platforms: Platforms,
    platform_terms: PlatformTerms,
    momentum: Momentum,
    outside: Outside,
    flows: Flows,
    work: Work,
    span_s: float,
) -> None:
    """Trade what waits, book by book; needs `find_prices`, and momentum's wishes in `work`."""
    venues, feeds = book_terms.depth_usd.shape
    find_shares(platform_terms, work, span_s)
    for v in range(venues):
        for f in range(feeds):
            if not is_trading(book_terms, v, f):
                continue
            units = work.momentum_units[v, f]
            for k in range(platform_terms.venue.shape[0]):
                if int(platform_terms.venue[k]) == v:
                    backlog, stops = platforms.backlog_units[k, f], platforms.stop_units[k, f]
                    work.sold_units[k, 0] = _part(backlog, work.sold_share[k, 0], work.mid_usd[v, f])
                    work.sold_units[k, 1] = _part(stops, work.sold_share[k, 1], work.mid_usd[v, f])
                    units -= work.sold_units[k, 0] + work.sold_units[k, 1]
            for s in range(outside.order_units.shape[0]):
                units += span_s * outside.order_units[s, v, f]
            half_spread = half_spread_of(books, book_terms, v, f)
            mid_usd = work.mid_usd[v, f]
            move = trade(books, book_terms, v, f, units * mid_usd)
            half_way = math.exp(0.5 * move)
            price_usd = mid_usd * half_way
            work.mid_usd[v, f] = price_usd * half_way
            total_usd = _settle(
                platforms, platform_terms, momentum, outside, flows, work, v, f, price_usd, half_spread, span_s
            )
            makers.inventory_units[v, f] -= maker_terms.flow_share * units
            makers.cash_usd[v] += maker_terms.flow_share * total_usd
            hedgers.units[v, f] -= (1.0 - maker_terms.flow_share) * units
            hedgers.cash_usd[0] += (1.0 - maker_terms.flow_share) * total_usd


@kernel_part
def _part(units: float, share: float, price_usd: float) -> float:
    """What of a queue is sold now: a share, or all that is left."""
    return share * units if abs(units) * price_usd > LEAST_QUEUE_USD else units


@kernel_part
def _settle(
    platforms: Platforms,
    terms: PlatformTerms,
    momentum: Momentum,
    outside: Outside,
    flows: Flows,
    work: Work,
    v: int,
    f: int,
    price_usd: float,
    half_spread: float,
    span_s: float,
) -> float:
    """Book the fills of one book; returns all that was paid, net."""
    total_usd = paid_usd(work.momentum_units[v, f], price_usd, half_spread)
    momentum.units[v, f] += work.momentum_units[v, f]
    momentum.cash_usd[0] -= total_usd
    flows.momentum_usd[v, f] += abs(work.momentum_units[v, f]) * price_usd
    for k in range(terms.venue.shape[0]):
        if int(terms.venue[k]) != v:
            continue
        sold = work.sold_units[k, 0]
        paid = paid_usd(-sold, price_usd, half_spread)
        platforms.backlog_units[k, f] -= sold
        platforms.fund_usd[k] -= paid
        flows.forced_usd[v, f] += abs(sold) * price_usd
        total_usd += paid
        sold = work.sold_units[k, 1]
        paid = paid_usd(-sold, price_usd, half_spread)
        platforms.stop_units[k, f] -= sold
        platforms.stop_cash_usd[k] -= paid
        flows.stop_usd[v, f] += abs(sold) * price_usd
        total_usd += paid
    for s in range(outside.order_units.shape[0]):
        bought = span_s * outside.order_units[s, v, f]
        paid = paid_usd(bought, price_usd, half_spread)
        outside.bought_units[s, v, f] += bought
        outside.cash_usd[s, v] -= paid
        outside.traded_usd[s, v, f] += abs(bought) * price_usd
        total_usd += paid
    return total_usd
