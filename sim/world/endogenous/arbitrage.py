"""Arbitrage between venues: gaps close, as far as capital and transfers allow.

Each connected venue closes 1 - e^(-dt/tau) of its gap to the depth-weighted mean m, beyond a band, by orders of Y(d')
- Y(d). Where an order adds to the inventory J it is scaled by the room left, 1 - sum |J| p / K. Inventory moves
between connected venues with tau_transfer, and none is made or lost by that. A venue that is halted, or whose transfers
are, takes part in neither.
"""

from __future__ import annotations

import math
from typing import Annotated, NamedTuple

import numpy as np

from sim.kernels import kernel
from sim.world.endogenous.book import Books, BookTerms, Work, is_trading, usd_of
from sim.world.endogenous.makers import Hedgers, Makers


class Arbitrage(NamedTuple):
    """What moves."""

    units: Annotated[np.ndarray, "P V F"]
    cash_usd: Annotated[np.ndarray, "P 1"]
    traded_usd: Annotated[np.ndarray, "P 1"]  # since it was last asked for


class ArbitrageTerms(NamedTuple):
    """What the scenario says."""

    is_connected: Annotated[np.ndarray, "V"]  # 1, or 0 while transfers are halted
    close_s: float
    band_log: float
    capital_usd: float
    transfer_s: float


@kernel
def close_gaps(
    books: Books,
    book_terms: BookTerms,
    makers: Makers,
    arbitrage: Arbitrage,
    terms: ArbitrageTerms,
    work: Work,
    span_s: float,
) -> None:
    """Trade venues towards each other; makers are the other side."""
    if terms.capital_usd <= 0.0:
        return
    venues, feeds = arbitrage.units.shape
    used_usd = 0.0
    for v in range(venues):
        for f in range(feeds):
            used_usd += abs(arbitrage.units[v, f]) * work.mid_usd[v, f]
    room = min(max(1.0 - used_usd / terms.capital_usd, 0.0), 1.0)
    share = -math.expm1(-span_s / terms.close_s)
    for f in range(feeds):
        total, mean = 0.0, 0.0
        for v in range(venues):
            total += work.weight[v, f] * terms.is_connected[v]
            mean += work.weight[v, f] * terms.is_connected[v] * books.displacement_log[v, f]
        if total == 0.0:
            continue
        mean /= total
        for v in range(venues):
            before = books.displacement_log[v, f]
            gap = before - mean
            if abs(gap) <= terms.band_log or terms.is_connected[v] == 0.0 or not is_trading(book_terms, v, f):
                continue
            gap -= math.copysign(terms.band_log, gap)
            adds = -gap * arbitrage.units[v, f] > 0.0
            after = before - share * gap * (room if adds else 1.0)
            makers_usd = book_terms.depth_usd[v, f] * books.presence[v, f]
            patient_usd = book_terms.depth_usd[v, f] * book_terms.patient_share
            bought_usd = usd_of(after, makers_usd, patient_usd, book_terms.exponent)
            bought_usd -= usd_of(before, makers_usd, patient_usd, book_terms.exponent)
            units = bought_usd / work.mid_usd[v, f]
            half_way = math.exp(0.5 * (after - before))
            paid_usd = bought_usd * half_way
            books.displacement_log[v, f] = after
            work.mid_usd[v, f] *= half_way * half_way
            arbitrage.units[v, f] += units
            arbitrage.cash_usd[0] -= paid_usd
            arbitrage.traded_usd[0] += abs(paid_usd)
            makers.inventory_units[v, f] -= units
            makers.cash_usd[v] += paid_usd


@kernel
def transfer(arbitrage: Arbitrage, hedgers: Hedgers, terms: ArbitrageTerms, work: Work, span_s: float) -> None:
    """Move inventory towards the weights of the connected venues, against hedgers at the mid of each."""
    venues, feeds = arbitrage.units.shape
    share = -math.expm1(-span_s / terms.transfer_s)
    for f in range(feeds):
        total, weights = 0.0, 0.0
        for v in range(venues):
            if work.weight[v, f] > 0.0 and terms.is_connected[v] > 0.0:
                total += arbitrage.units[v, f]
                weights += work.weight[v, f]
        for v in range(venues):
            if work.weight[v, f] == 0.0 or terms.is_connected[v] == 0.0:
                continue
            units = share * (arbitrage.units[v, f] - work.weight[v, f] / weights * total)
            usd = units * work.mid_usd[v, f]
            arbitrage.units[v, f] -= units
            arbitrage.cash_usd[0] += usd
            hedgers.units[v, f] += units
            hedgers.cash_usd[0] -= usd
