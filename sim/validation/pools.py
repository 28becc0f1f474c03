"""A pool that stands in for those on the chain: longs who are closed on the way down, and a desk that hedges them.

It closes nothing in a book itself. Of longs of lognormal leverage L those are closed whose distance 1 / L the fall from
the start has passed; hedgers sell what was closed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtr

from sim.scenario.market import MarketScenario
from sim.world.endogenous.hedging import HedgeDesk
from sim.world.endogenous.world import EndogenousWorld

LEVERAGE_MEDIAN = 8.0
LEVERAGE_LOG_SD = 0.6


class StandInPool:
    """One pool on every path."""

    def __init__(self, market: MarketScenario, world: EndogenousWorld, size_usd: float, feeds: Sequence[str]) -> None:
        """size_usd: of its longs, in equal parts in the feeds."""
        assert market.hedge is not None, "who takes part in the hedge channel is in its table"
        shares = np.isin(market.feeds, feeds) / len(feeds)
        self._start_usd = world.true_price_usd.copy()
        self._units = size_usd * shares / self._start_usd  # (P, F)
        self._lowest_usd, self._closed = self._start_usd.copy(), np.zeros_like(self._start_usd)
        self._world, self._desk = world, HedgeDesk(market.hedge, world)
        self._desk.hold(self._units)

    def act(self, span_s: float) -> None:
        """Close who has fallen too far, and send what hedgers trade in the next step, `span_s` long."""
        self._lowest_usd = np.minimum(self._lowest_usd, self._world.true_price_usd)
        fall = np.maximum(1.0 - self._lowest_usd / self._start_usd, 1e-9)
        closed = ndtr(np.log(fall * LEVERAGE_MEDIAN) / LEVERAGE_LOG_SD)
        self._desk.hear(-(closed - self._closed) * self._units)
        self._closed = closed
        self._world.submit(self._desk.orders(span_s))
