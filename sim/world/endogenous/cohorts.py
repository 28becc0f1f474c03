"""Cohorts: many like accounts each, cross-margined over all feeds, closed by one linear form.

A cohort holds `units` q and `cash_usd` k; what its members post in other feeds stands among the units. With
maintenance m

    liquidation:  z = k + sum (q - m |q|) p < 0            stop:  z = k - (1 - loss) equity0 + sum q p < 0

both are z = form_usd + sum form_units p. Members' cash is spread evenly by +-`spread_usd` about the cohort's, so a
share closed = (1 - z / spread) / 2 of them, from 0 to 1, has been closed at the lowest z so far, and only a new low
has to be looked at. Those that are left are the richer ones; of the cohort's cash they have

    (1 - closed) k + spread closed (1 - closed)

which is how every member's cash is accounted for without any of them.
"""

from __future__ import annotations

import math
from typing import Annotated, NamedTuple

import numpy as np

from sim.kernels import kernel

NEVER = 1e300


class Cohorts(NamedTuple):
    """What moves; the amounts are those of the whole cohort, as if nobody had been closed."""

    units: Annotated[np.ndarray, "P F A"]
    cash_usd: Annotated[np.ndarray, "P A"]
    form_units: Annotated[np.ndarray, "P F A"]
    form_usd: Annotated[np.ndarray, "P A"]
    spread_usd: Annotated[np.ndarray, "P A"]
    lowest_usd: Annotated[np.ndarray, "P A"]  # z below which somebody is closed; -NEVER: nobody is left
    closed: Annotated[np.ndarray, "P A"]
    kept_usd: Annotated[np.ndarray, "P A"]  # what a ladder has left to those that it closed
    notional_usd: Annotated[np.ndarray, "P A"]
    maintenance: Annotated[np.ndarray, "P A"]  # as a share of notional
    wish_usd: Annotated[np.ndarray, "P F A"]  # signed, of those that have not opened yet
    opens_on_fall: Annotated[np.ndarray, "P A"]  # log fall at which they open; NEVER: not so
    opens_at_s: Annotated[np.ndarray, "P A"]  # since the start; NEVER: not so


class CohortTerms(NamedTuple):
    """What never changes."""

    stop_loss: Annotated[np.ndarray, "P A"]  # share of equity at which members stop; 0: they do not


@kernel
def find_forms(cohorts: Cohorts, first: int, last: int, mark_usd: np.ndarray, form_usd: np.ndarray) -> None:
    """Write z of the cohorts [first, last) at the marks (F,)."""
    found = form_usd[first:last]  # slices, from 0 on: a compiler can tell that no index is negative
    cash = cohorts.form_usd[first:last]
    for i in range(found.shape[0]):
        found[i] = cash[i]
    for f in range(mark_usd.shape[0]):
        price_usd = mark_usd[f]
        units = cohorts.form_units[f, first:last]
        for i in range(found.shape[0]):
            found[i] += units[i] * price_usd


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
def moved_cash_usd(cohorts: Cohorts, a: int, share: float) -> float:
    """Cash of the next `share` of members to be closed."""
    closed = cohorts.closed[a]
    return share * (cohorts.cash_usd[a] + cohorts.spread_usd[a] * (2.0 * closed + share - 1.0))


@kernel
def wake(cohorts: Cohorts, terms: CohortTerms, a: int, mark_usd: np.ndarray, maintenance: np.ndarray) -> float:
    """Let a cohort open what it wishes at the marks; returns USD that it paid, net."""
    cost_usd = 0.0
    for f in range(mark_usd.shape[0]):
        bought = cohorts.wish_usd[f, a] / mark_usd[f]
        cohorts.units[f, a] += bought
        cost_usd += bought * mark_usd[f]
        cohorts.wish_usd[f, a] = 0.0
    cohorts.cash_usd[a] -= cost_usd
    decide(cohorts, terms, a, mark_usd, maintenance)
    cohorts.opens_on_fall[a] = NEVER
    cohorts.opens_at_s[a] = NEVER
    return cost_usd


@kernel
def decide(cohorts: Cohorts, terms: CohortTerms, a: int, mark_usd: np.ndarray, maintenance: np.ndarray) -> None:
    """Set the linear form from what a cohort holds now; a stop counts its loss from here."""
    cash_usd = cohorts.cash_usd[a]
    stop_loss = terms.stop_loss[a]
    if stop_loss > 0.0:
        equity_usd = cash_usd
        for f in range(mark_usd.shape[0]):
            equity_usd += cohorts.units[f, a] * mark_usd[f]
            cohorts.form_units[f, a] = cohorts.units[f, a]
        cohorts.form_usd[a] = cash_usd - (1.0 - stop_loss) * equity_usd
    else:
        for f in range(mark_usd.shape[0]):
            cohorts.form_units[f, a] = cohorts.units[f, a] - maintenance[f] * abs(cohorts.units[f, a])
        cohorts.form_usd[a] = cash_usd
    cohorts.lowest_usd[a] = cohorts.spread_usd[a]
