"""Books of orders: what a trade moves, and what it costs.

Within a log distance u of an undisturbed price, a book offers

    Y(u) = D a (u / 1 %)^g + h D (u / 1 %)^2        USD, one side

D: depth within 1 % in the calm; a: presence of the makers (1 in the calm); g: exponent, .67 to .87 measured on BTC
perps before 10 October 2025; h D: the patient part, which nobody withdraws: V-shaped latent orders, whence the
square-root impact of large ones (Donier and Bonart 2015). A taker's USD q moves the displacement d to Y^-1(Y(d) + q):
two orders in a row move the price like one of their sum. The state is d, so a change of depth moves no price.
"""

from __future__ import annotations

import math
from typing import Annotated, NamedTuple

import numpy as np

from sim.kernels import kernel, kernel_part

PERCENT = 100.0
MAX_HALF_SPREAD = 0.02  # of the price, however few makers are left
MOST_STEPS = 8  # in logs, where the slope lies between g and 2, one to three do
ROUNDING = 1e-5  # of a step: the next would be its cube
LEAST_BRAKE = 0.5  # of a step that starts far away
LEAST_DISTANCE = 1e-30  # percent: what a displacement fades to in the end
LEAST_USD = 1e-6  # less than any order: its logarithm would be far away


class Books(NamedTuple):
    """What moves."""

    fundamental_log: Annotated[np.ndarray, "P F"]
    permanent_log: Annotated[np.ndarray, "P F"]
    transient_log: Annotated[np.ndarray, "P F"]
    displacement_log: Annotated[np.ndarray, "P V F"]
    presence: Annotated[np.ndarray, "P V F"]  # of makers: their depth as a share of the calm


class BookTerms(NamedTuple):
    """What the scenario says."""

    depth_usd: Annotated[np.ndarray, "V F"]  # within 1 %, one side, in the calm; 0: not listed
    is_open: Annotated[np.ndarray, "V F"]  # 1, or 0 where nobody trades
    half_spread: Annotated[np.ndarray, "V"]  # of the price, in the calm
    exponent: float
    patient_share: float  # of the calm depth within 1 %


class Work(NamedTuple):
    """Room for one path's intermediate results."""

    mid_usd: Annotated[np.ndarray, "V F"]
    weight: Annotated[np.ndarray, "V F"]  # of a venue in the index: its share of the depth that is there now
    consensus_log: Annotated[np.ndarray, "F"]
    index_log: Annotated[np.ndarray, "F"]
    mark_usd: Annotated[np.ndarray, "K F"]
    momentum_units: Annotated[np.ndarray, "V F"]  # that momentum buys in this substep
    sold_share: Annotated[np.ndarray, "K 2"]  # of backlog and of stops in this substep
    sold_units: Annotated[np.ndarray, "K 2"]  # of them, of the feed that is being traded
    form_usd: Annotated[np.ndarray, "A"]  # what decides on each cohort


@kernel_part
def usd_of(displacement: float, makers_usd: float, patient_usd: float, exponent: float) -> float:
    """Signed USD that move an undisturbed book by `displacement`."""
    u = abs(displacement) * PERCENT
    if u == 0.0:
        return 0.0
    return math.copysign(makers_usd * math.exp(exponent * math.log(u)) + patient_usd * u * u, displacement)


@kernel
def move_of(usd: float, makers_usd: float, patient_usd: float, exponent: float) -> float:
    """The displacement that so many signed USD cause: the inverse of `usd_of`."""
    size = abs(usd)
    if size < LEAST_USD:
        return 0.0
    start = math.log(size / makers_usd) / exponent
    if patient_usd > 0.0:
        start = min(start, 0.5 * math.log(size / patient_usd))
    return math.copysign(_distance(size, start, makers_usd, patient_usd, exponent), usd)


@kernel_part
def _distance(size: float, start: float, makers_usd: float, patient_usd: float, exponent: float) -> float:
    """Y^-1(size) by Halley's method in logs, from the log `start` of a distance in percent.

    f = log Y(e^u) - log size has f' = (g makers + 2 patient) / Y and f'' = (2 - g)^2 makers patient / Y^2.
    """
    u = start
    for _ in range(MOST_STEPS):
        distance = math.exp(u)
        makers = makers_usd * math.exp(exponent * u)
        patient = patient_usd * distance * distance
        whole = makers + patient
        slope = (exponent * makers + 2.0 * patient) / whole
        bend = (2.0 - exponent) ** 2 * makers * patient / (whole * whole)
        step = math.log(whole / size) / slope
        step /= max(1.0 - 0.5 * bend / slope * step, LEAST_BRAKE)
        if abs(step) < ROUNDING:
            return distance * (1.0 - step + 0.5 * step * step) / PERCENT
        u -= step
    return math.exp(u) / PERCENT


@kernel_part
def trade(books: Books, terms: BookTerms, v: int, f: int, usd: float) -> float:
    """Let takers buy for so many signed USD; returns the log move of the price."""
    if usd == 0.0:
        return 0.0
    makers_usd = terms.depth_usd[v, f] * books.presence[v, f]
    patient_usd = terms.depth_usd[v, f] * terms.patient_share
    before = books.displacement_log[v, f]
    distance = max(abs(before) * PERCENT, LEAST_DISTANCE)
    makers = makers_usd * math.exp(terms.exponent * math.log(distance))
    patient = patient_usd * distance * distance
    whole = makers + patient
    filled = math.copysign(whole, before) + usd
    if filled * before > 0.0 and whole > LEAST_USD:  # start from where the book is, to second order
        slope = (terms.exponent * makers + 2.0 * patient) / whole
        bend = (2.0 - terms.exponent) ** 2 * makers * patient / (whole * whole)
        first = math.log(abs(filled) / whole) / slope
        start = math.log(distance) + first - 0.5 * bend / slope * first * first
        after = math.copysign(_distance(abs(filled), start, makers_usd, patient_usd, terms.exponent), filled)
    else:
        after = move_of(filled, makers_usd, patient_usd, terms.exponent)
    books.displacement_log[v, f] = after
    return after - before


@kernel_part
def half_spread_of(books: Books, terms: BookTerms, v: int, f: int) -> float:
    """What a taker pays beyond the mid, as a share of the price: it widens as makers leave."""
    return min(terms.half_spread[v] / books.presence[v, f], MAX_HALF_SPREAD)


@kernel_part
def is_trading(terms: BookTerms, v: int, f: int) -> bool:
    """Whether there is a book, and it is open."""
    return terms.depth_usd[v, f] > 0.0 and terms.is_open[v, f] > 0.0


@kernel
def find_prices(books: Books, terms: BookTerms, work: Work) -> None:
    """Write consensus, mids, the venues' weights and the index.

    index = consensus + sum w d, w the shares of depth present at open venues; the consensus where none is open.
    """
    venues, feeds = terms.depth_usd.shape
    for f in range(feeds):
        consensus = books.fundamental_log[f] + books.permanent_log[f] + books.transient_log[f]
        total, mean = 0.0, 0.0
        for v in range(venues):
            depth = terms.depth_usd[v, f] * books.presence[v, f] * terms.is_open[v, f]
            total += depth
            mean += depth * books.displacement_log[v, f]
            work.weight[v, f] = depth
        for v in range(venues):
            work.weight[v, f] = work.weight[v, f] / total if total > 0.0 else 0.0
            work.mid_usd[v, f] = math.exp(consensus + books.displacement_log[v, f])
        work.consensus_log[f] = consensus
        work.index_log[f] = consensus + (mean / total if total > 0.0 else 0.0)
