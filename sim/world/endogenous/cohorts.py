"""Cohorts: many like accounts each, cross-margined over all feeds, closed by one linear form.

A cohort holds `units` q and `cash_usd` k; what its members post in other feeds is among the units. With maintenance m

    liquidation:  z = k + sum (q - m |q|) p < 0            stop:  z = k - (1 - loss) equity0 + sum q p < 0

Members' cash is spread evenly by +-`spread_usd` about the cohort's, so a share closed = (1 - z / spread) / 2 of them,
from 0 to 1, has been closed at the lowest z so far, and only a new low has to be looked at. Those that are left are the
richer ones; of the cohort's cash they have

    (1 - closed) k + spread closed (1 - closed)

which is how every member's cash is accounted for without any of them.

What happens to all positions of a platform alike is kept once, not with each: of every unit in `units` a share `held`
is still there (the rest was closed by choice), and it has brought `brought` USD so far (what was received for the part
that was closed, less funding). So a cohort really holds held q, and k + sum brought q.
"""

from __future__ import annotations

import math
from typing import Annotated, NamedTuple

import numpy as np

from sim.kernels import kernel

NEVER = 1e300


class Cohorts(NamedTuple):
    """What moves; the amounts are those of the whole cohort, as if nobody had been closed or had left."""

    units: Annotated[np.ndarray, "P F A"]
    cash_usd: Annotated[np.ndarray, "P A"]
    form_usd: Annotated[np.ndarray, "P A"]  # what of z does not move with prices
    spread_usd: Annotated[np.ndarray, "P A"]
    lowest_usd: Annotated[np.ndarray, "P A"]  # z below which somebody is closed; -NEVER: nobody is left
    closed: Annotated[np.ndarray, "P A"]
    kept_usd: Annotated[np.ndarray, "P A"]  # what a ladder has left to those that it closed
    maintenance: Annotated[np.ndarray, "P A"]  # as a share of notional
    wish_usd: Annotated[np.ndarray, "P F A"]  # signed, of those that have not opened yet
    opens_on_fall: Annotated[np.ndarray, "P A"]  # log fall at which they open; NEVER: not so
    opens_at_s: Annotated[np.ndarray, "P A"]  # since the start; NEVER: not so


class CohortTerms(NamedTuple):
    """What never changes."""

    stop_loss: Annotated[np.ndarray, "P A"]  # share of equity at which members stop; 0: they do not


class Holding(NamedTuple):
    """What a unit of each feed at a platform has come to, (F,)."""

    held: np.ndarray  # share of it that is still there
    brought_usd: np.ndarray
    mark_usd: np.ndarray
    maintenance: np.ndarray  # share of notional


@kernel
def find_forms(cohorts: Cohorts, first: int, stops: int, last: int, now: Holding, form_usd: np.ndarray) -> None:
    """Write z of the cohorts [first, stops), who have to keep maintenance, and of [stops, last), who stop before."""
    # slices, from 0 on: where no index can be negative, several are worked on at once
    kept, stopped = form_usd[first:stops], form_usd[stops:last]
    kept_fixed, stopped_fixed = cohorts.form_usd[first:stops], cohorts.form_usd[stops:last]
    for i in range(kept.shape[0]):
        kept[i] = kept_fixed[i]
    for i in range(stopped.shape[0]):
        stopped[i] = stopped_fixed[i]
    for f in range(now.held.shape[0]):
        worth_usd = now.held[f] * now.mark_usd[f]
        per_unit, bound_usd = worth_usd + now.brought_usd[f], now.maintenance[f] * worth_usd
        units = cohorts.units[f, first:stops]
        for i in range(kept.shape[0]):
            kept[i] += units[i] * per_unit - abs(units[i]) * bound_usd
        others = cohorts.units[f, stops:last]
        for i in range(stopped.shape[0]):
            stopped[i] += others[i] * per_unit


@kernel
def closed_share(form_usd: float, spread_usd: float) -> float:
    """Share of members whose own z is below 0."""
    return min(max(0.5 * (1.0 - form_usd / spread_usd), 0.0), 1.0)


@kernel
def laddered_share(form_usd: float, spread_usd: float, notional_usd: float, maintenance: float) -> float:
    """Share of the position that ladders have closed.

    A ladder keeps equity / notional at m: dE = -N dx and N = E / m give N = N0 e^(-x / m) after a further log fall x.
    This is its mean over members with x from t - 2 h to t, t = h - z / N, h = spread / N.
    """
    h = spread_usd / notional_usd
    t = h - form_usd / notional_usd
    if t <= 0.0:
        return 0.0
    if t <= 2.0 * h:
        return min((t + maintenance * math.expm1(-t / maintenance)) / (2.0 * h), 1.0)
    mean = maintenance / (2.0 * h) * math.exp(-(t - 2.0 * h) / maintenance) * -math.expm1(-2.0 * h / maintenance)
    return 1.0 - mean


@kernel
def moved_cash_usd(cohorts: Cohorts, a: int, now: Holding, share: float) -> float:
    """Cash of the next `share` of members to be closed."""
    cash_usd = cohorts.cash_usd[a] + cohorts.spread_usd[a] * (2.0 * cohorts.closed[a] + share - 1.0)
    for f in range(now.held.shape[0]):
        cash_usd += cohorts.units[f, a] * now.brought_usd[f]
    return share * cash_usd


@kernel
def wake(cohorts: Cohorts, terms: CohortTerms, a: int, now: Holding) -> float:
    """Let a cohort open what it wishes at the marks; returns USD that it paid, net."""
    cost_usd, brought_usd = 0.0, 0.0
    for f in range(now.held.shape[0]):
        units = cohorts.wish_usd[f, a] / now.mark_usd[f] / now.held[f]
        cohorts.units[f, a] += units
        cost_usd += cohorts.wish_usd[f, a]
        brought_usd += units * now.brought_usd[f]  # before its time: not its own
        cohorts.wish_usd[f, a] = 0.0
    cohorts.cash_usd[a] -= cost_usd + brought_usd
    cohorts.form_usd[a] = cohorts.cash_usd[a]
    if terms.stop_loss[a] > 0.0:  # from what it has now
        equity_usd = cohorts.cash_usd[a]
        for f in range(now.held.shape[0]):
            equity_usd += cohorts.units[f, a] * (now.held[f] * now.mark_usd[f] + now.brought_usd[f])
        cohorts.form_usd[a] -= (1.0 - terms.stop_loss[a]) * equity_usd
    cohorts.lowest_usd[a] = cohorts.spread_usd[a]
    cohorts.opens_on_fall[a] = NEVER
    cohorts.opens_at_s[a] = NEVER
    return cost_usd


@kernel
def reduce_position(cohorts: Cohorts, a: int, f: int, now: Holding, fraction: float, price_usd: float) -> None:
    """Close a fraction of every member's position in a feed at a price."""
    units = fraction * cohorts.units[f, a]
    received_usd = units * (now.held[f] * price_usd + now.brought_usd[f])
    cohorts.units[f, a] -= units
    cohorts.cash_usd[a] += received_usd
    cohorts.form_usd[a] += received_usd
