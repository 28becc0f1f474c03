"""Makers: they hold what takers sell, leave when prices run or money is lost, and come back slowly.

Target of the presence a:

    (max(s, |r|) / s0)^-gamma (1 - c L) exp(-(inventory / limit)^2),  at most 1, times `beyond` once L passes the loss
    stop

r: log price less its average over `average_s`; s^2: average of r^2 over `variance_s`; s0: the same in the calm, quote
noise included (a fixed horizon: the variance of step returns would depend on the step); L: loss as a share of
capital. Presence falls with `leave_s` and rises with `return_s`.
"""

from __future__ import annotations

import math
from typing import Annotated, NamedTuple

import numpy as np

from sim.kernels import kernel
from sim.world.endogenous.book import Books, BookTerms, Work


class Makers(NamedTuple):
    """What moves."""

    average_log: Annotated[np.ndarray, "P V F"]
    variance: Annotated[np.ndarray, "P V F"]
    inventory_units: Annotated[np.ndarray, "P V F"]
    cash_usd: Annotated[np.ndarray, "P V"]


class Hedgers(NamedTuple):
    """Everybody who is never forced: short sellers who cover, value buyers, unlevered holders."""

    units: Annotated[np.ndarray, "P V F"]
    cash_usd: Annotated[np.ndarray, "P 1"]


class MakerTerms(NamedTuple):
    """What the scenario says."""

    calm_variance: Annotated[np.ndarray, "V F"]  # of r
    inventory_limit_usd: Annotated[np.ndarray, "V F"]
    capital_usd: Annotated[np.ndarray, "V"]
    flow_share: float  # of takers' flow that makers absorb; hedgers take the rest
    withdrawal_exponent: float
    loss_withdrawal: float  # c
    loss_stop_share: float  # of capital
    beyond_stop: float  # of the target, once that is lost
    least: float  # presence
    average_s: float
    variance_s: float
    leave_s: float
    return_s: float
    hand_over_s: float  # in which inventory goes to hedgers


@kernel
def hand_over(makers: Makers, hedgers: Hedgers, books: BookTerms, terms: MakerTerms, work: Work, span_s: float) -> None:
    """Pass inventory on to hedgers at the mid, where the book is open."""
    venues, feeds = makers.inventory_units.shape
    share = -math.expm1(-span_s / terms.hand_over_s)
    for v in range(venues):
        for f in range(feeds):
            units = share * makers.inventory_units[v, f] * books.is_open[v, f]
            usd = units * work.mid_usd[v, f]
            makers.inventory_units[v, f] -= units
            makers.cash_usd[v] += usd
            hedgers.units[v, f] += units
            hedgers.cash_usd[0] -= usd


@kernel
def react(books: Books, book_terms: BookTerms, makers: Makers, terms: MakerTerms, work: Work, span_s: float) -> None:
    """Withdraw or refill; needs prices after all trades."""
    venues, feeds = makers.inventory_units.shape
    toward_average = -math.expm1(-span_s / terms.average_s)
    toward_variance = -math.expm1(-span_s / terms.variance_s)
    leaving = -math.expm1(-span_s / terms.leave_s)
    returning = -math.expm1(-span_s / terms.return_s)
    for v in range(venues):
        worth = makers.cash_usd[v]
        for f in range(feeds):
            worth += makers.inventory_units[v, f] * work.mid_usd[v, f]
        loss = min(max(-worth / terms.capital_usd[v], 0.0), 1.0) if terms.capital_usd[v] > 0.0 else 0.0
        stays = 1.0 - terms.loss_withdrawal * loss
        if loss > terms.loss_stop_share:
            stays *= terms.beyond_stop
        for f in range(feeds):
            if book_terms.depth_usd[v, f] == 0.0:
                continue
            mid_log = work.consensus_log[f] + books.displacement_log[v, f]
            makers.average_log[v, f] += toward_average * (mid_log - makers.average_log[v, f])
            r = mid_log - makers.average_log[v, f]
            makers.variance[v, f] += toward_variance * (r * r - makers.variance[v, f])
            excess = max(max(makers.variance[v, f], r * r) / terms.calm_variance[v, f], 1.0)
            held = makers.inventory_units[v, f] * work.mid_usd[v, f] / terms.inventory_limit_usd[v, f]
            target = stays * math.exp(-held * held)
            if excess > 1.0:
                target *= excess ** (-0.5 * terms.withdrawal_exponent)
            target = max(target, terms.least)
            presence = books.presence[v, f]
            rate = leaving if target < presence else returning
            books.presence[v, f] = presence + rate * (target - presence)
