"""Herding: followers of the trend, and the signal that people who open on a fall share.

Followers want, of each feed, -size x present depth x tanh((trend / theta)^3) over all venues: present depth, because
a size that withdrawal does not shrink swings by itself. theta is in units of the feed's risk.
"""

from __future__ import annotations

import math
from typing import Annotated, NamedTuple

import numpy as np

from sim.kernels import kernel
from sim.world.endogenous.book import Books, BookTerms, Work, is_trading
from sim.world.endogenous.takers import Momentum


class HerdingTerms(NamedTuple):
    """What the scenario says."""

    theta_log: Annotated[np.ndarray, "F"]  # trend at which followers are fully in, about
    signal_weight: Annotated[np.ndarray, "F"]  # of a feed's fall in the signal that all share
    size: float  # of their position, in present depth within 1 %
    trend_s: float  # of the average that a trend departs from
    act_s: float  # in which they get what they want


@kernel
def find_wishes(
    books: Books, book_terms: BookTerms, momentum: Momentum, terms: HerdingTerms, work: Work, span_s: float
) -> None:
    """Write what followers buy in this substep."""
    venues, feeds = book_terms.depth_usd.shape
    share = -math.expm1(-span_s / terms.act_s)
    for f in range(feeds):
        trend = work.index_log[f] - momentum.trend_log[f]
        depth_usd, calm_usd = 0.0, 0.0
        for v in range(venues):
            depth_usd += book_terms.depth_usd[v, f] * books.presence[v, f] * book_terms.is_open[v, f]
            calm_usd += book_terms.depth_usd[v, f]
        wanted_usd = terms.size * depth_usd * math.tanh((trend / terms.theta_log[f]) ** 3)
        price_usd = math.exp(work.consensus_log[f])
        for v in range(venues):
            work.momentum_units[v, f] = 0.0
            if is_trading(book_terms, v, f):
                wanted = wanted_usd * book_terms.depth_usd[v, f] / calm_usd / price_usd
                work.momentum_units[v, f] = share * (wanted - momentum.units[v, f])


@kernel
def fall_of(momentum: Momentum, terms: HerdingTerms, work: Work) -> float:
    """The fall that all look at, as a positive log."""
    fall = 0.0
    for f in range(work.index_log.shape[0]):
        fall -= terms.signal_weight[f] * (work.index_log[f] - momentum.trend_log[f])
    return fall


@kernel
def follow_trend(momentum: Momentum, terms: HerdingTerms, work: Work, span_s: float) -> None:
    """Let the average follow the index."""
    share = -math.expm1(-span_s / terms.trend_s)
    for f in range(work.index_log.shape[0]):
        momentum.trend_log[f] += share * (work.index_log[f] - momentum.trend_log[f])
