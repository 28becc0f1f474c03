"""What everybody holds, added up: units and cash are made by nobody and lost by nobody."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.world.endogenous.state import State


@dataclass(frozen=True, slots=True)
class Holdings:
    """Sums over all holders, and the gross amounts that rounding is measured against."""

    units: np.ndarray  # (P, V, F) of everybody who holds at a venue
    gross_units: np.ndarray  # (P, V, F)
    cash_usd: np.ndarray  # (P,)
    gross_usd: np.ndarray  # (P,)


def holdings(state: State) -> Holdings:
    """Add up accounts, platforms, makers, arbitrage, followers, hedgers, and whoever trades from outside."""
    cohorts, platforms = state.population.cohorts, state.platforms
    held = [
        state.makers.inventory_units,
        state.hedgers.units,
        state.arbitrage.units,
        state.momentum.units,
        state.outside.bought_units.sum(axis=1),
    ]
    units, gross_units = sum(held), sum(np.abs(each) for each in held)
    assert isinstance(units, np.ndarray) and isinstance(gross_units, np.ndarray)
    there = 1.0 - cohorts.closed
    cash_usd = cohorts.cash_usd.copy()  # with what units have brought
    for k, v in enumerate(state.platform_terms.venue.astype(int)):
        own = slice(state.population.first[k], state.population.last[k])
        cash_usd[:, own] += np.einsum("pfa,pf->pa", cohorts.units[:, :, own], platforms.brought_usd[:, k])
        now = platforms.held[:, k, :, None] * cohorts.units[:, :, own]
        of_members = (there[:, None, own] * now).sum(axis=2)
        for each in (of_members, platforms.backlog_units[:, k], platforms.stop_units[:, k]):
            units[:, v] += each
        gross_units[:, v] += np.abs(cohorts.units[:, :, own]).sum(axis=2) + np.abs(platforms.backlog_units[:, k])
    members = there * cash_usd + cohorts.spread_usd * cohorts.closed * there
    parts = [
        members,
        cohorts.kept_usd,
        platforms.fund_usd,
        platforms.stop_cash_usd,
        platforms.fees_usd,
        state.makers.cash_usd,
        state.hedgers.cash_usd,
        state.arbitrage.cash_usd,
        state.momentum.cash_usd,
        state.outside.cash_usd.sum(axis=2),
    ]
    cash = np.stack([part.sum(axis=1) for part in parts]).sum(axis=0)
    gross = np.stack([np.abs(part).sum(axis=1) for part in parts]).sum(axis=0)
    return Holdings(units, gross_units, cash, gross)


def open_interest_usd(state: State, price_usd: np.ndarray) -> np.ndarray:
    """Half of all absolute positions at every venue, (P, V, F) USD, at prices (P, V, F).

    Hedgers count as one account, net: where one who is never forced stands against another, it is the platform's
    `unforced_units`, of which as large a share is closed by choice as of all others.
    """
    one_side = 0.5 * holdings_gross(state)
    for k, v in enumerate(state.platform_terms.venue.astype(int)):
        one_side[:, v] += state.platforms.held[:, k] * state.unforced_units[:, k]
    return one_side * price_usd * (state.platform_terms.is_collateral == 0.0)


def holdings_gross(state: State) -> np.ndarray:
    """Absolute units of those who hold now, (P, V, F)."""
    platforms = state.platforms
    gross = (
        np.abs(state.makers.inventory_units)
        + np.abs(state.hedgers.units)
        + np.abs(state.arbitrage.units)
        + np.abs(state.momentum.units)
        + np.abs(state.outside.bought_units).sum(axis=1)
    )
    for k, v in enumerate(state.platform_terms.venue.astype(int)):
        gross[:, v] += platforms.held[:, k] * platforms.gross_units[:, k]
        gross[:, v] += np.abs(platforms.backlog_units[:, k]) + np.abs(platforms.stop_units[:, k])
    return np.asarray(gross)
