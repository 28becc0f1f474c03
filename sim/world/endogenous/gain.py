"""The gain of a market: what a further fall would force to be sold, over what its books take within that fall.

Below 1 a shock dies out, above 1 it feeds itself until whoever can be forced is closed.
"""

from __future__ import annotations

import numpy as np

from sim.scenario.market import MarketScenario
from sim.world.endogenous.cohorts import Cohorts
from sim.world.endogenous.state import State, price_usd

FALL = 0.01  # of the reference; every feed falls by as much as its news beta says


def gain(market: MarketScenario, state: State) -> np.ndarray:
    """USD of the reference that a further fall of 1 % forces, over USD that all books of it take within 1 %, (P,).

    Platforms are asked at mids of their venues; a ladder closes what brings its accounts back to maintenance.
    """
    reference = market.feeds.index(market.reference)
    beta = {asset.feed: asset.news_beta for asset in market.assets}
    falls = np.array([1.0 - FALL * beta.get(feed, 0.0) for feed in market.feeds])
    mids = price_usd(state)
    forced = np.zeros(len(mids))
    for k, venue in enumerate(state.platform_terms.venue.astype(int)):
        mark = mids[:, venue] * falls
        forced += _forced_usd(state, k, mark, reference)
    depth = state.book_terms.depth_usd[:, reference]
    taken = (state.books.presence[:, :, reference] + state.book_terms.patient_share) * depth
    return np.asarray(forced / np.maximum(taken.sum(axis=1), 1.0))


def _forced_usd(state: State, k: int, mark_usd: np.ndarray, feed: int) -> np.ndarray:
    """USD of a feed that a platform would have to close at marks (P, F), of what it has not closed yet, (P,)."""
    cohorts, terms, platforms = state.population.cohorts, state.platform_terms, state.platforms
    first, stops, last = (int(each[k]) for each in (terms.first, terms.stops, terms.last))
    held, brought = platforms.held[:, k], platforms.brought_usd[:, k]
    there = cohorts.units[:, :, first:last]
    z = cohorts.form_usd[:, first:last] + np.einsum("pfa,pf->pa", there, held * mark_usd + brought)
    keeps = slice(0, stops - first)  # of the rest it is a stop, which leaves no maintenance
    bound = terms.maintenance[k] * held * mark_usd
    z[:, keeps] -= np.einsum("pfa,pf->pa", np.abs(there[:, :, keeps]), bound)
    share = np.clip(0.5 * (1.0 - z / np.maximum(cohorts.spread_usd[:, first:last], 1e-9)), 0.0, 1.0)
    share = np.where(z < cohorts.lowest_usd[:, first:last], share, 0.0)
    new = np.maximum(share - cohorts.closed[:, first:last], 0.0)
    if terms.is_ladder[k]:
        new[:, keeps] *= _of_a_ladder(cohorts, first, stops, there, held * mark_usd, z)
    sold = new * there[:, feed] * held[:, feed, None] * mark_usd[:, feed, None]
    return np.asarray(np.maximum(sold.sum(axis=1), 0.0))


def _of_a_ladder(
    cohorts: Cohorts, first: int, stops: int, units: np.ndarray, worth_usd: np.ndarray, z: np.ndarray
) -> np.ndarray:
    """Share of their positions that those who are below would have to close: -z / (maintenance notional), (P, A)."""
    notional = np.einsum("pfa,pf->pa", np.abs(units[:, :, : stops - first]), worth_usd)
    required = np.maximum(notional * cohorts.maintenance[:, first:stops], 1e-9)
    return np.clip(-z[:, : stops - first] / required, 0.0, 1.0)
