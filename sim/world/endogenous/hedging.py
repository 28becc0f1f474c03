"""The hedge channel: what a pool closes or takes over is traded on a venue, late and as far as capital goes.

A trade against a pool moves no book by itself. Of a change of the pool's delta a share is hedged; what waits is
ordered at a rate of 1 / delay, so what is left after a time does not depend on the steps. Orders that add to what is
held are cut, all alike, to what capital still allows.
"""

from __future__ import annotations

import numpy as np

from sim.scenario.market_tables import HedgeTable
from sim.world.base import Orders, World

SOURCE = "hedgers"


class HedgeDesk:
    """Hedgers of one pool on every path."""

    def __init__(self, table: HedgeTable, world: World) -> None:
        self._table, self._world = table, world
        self._venue = world.venues.index(table.venue)
        self._is_listed = world.is_listed[self._venue]  # (F,)
        shape = world.true_price_usd.shape
        self.waiting_units = np.zeros(shape)  # (P, F) to be bought
        self.held_units = np.zeros(shape)  # (P, F) ordered so far

    def hold(self, delta_units: np.ndarray) -> None:
        """Begin with the hedge of what has been opened before, (P, F)."""
        self.held_units[:] = self._table.share * delta_units * self._is_listed

    def hear(self, delta_units: np.ndarray) -> None:
        """Note what would bring the pool's delta back where it was: units to buy, (P, F).

        What the venue does not list stays unhedged.
        """
        self.waiting_units += self._table.share * delta_units * self._is_listed

    def orders(self, span_s: float) -> Orders:
        """What to submit for the next step, which is `span_s` long."""
        units = -np.expm1(-span_s / self._table.delay_s) * self.waiting_units
        price_usd, adds = self._world.true_price_usd, units * self.held_units >= 0.0
        used_usd = (np.abs(self.held_units) * price_usd).sum(axis=1, keepdims=True)
        added_usd = (np.abs(units) * price_usd * adds).sum(axis=1, keepdims=True)
        left_usd = np.maximum(self._table.capital_usd - used_usd, 0.0)
        share = np.divide(left_usd, added_usd, out=np.ones_like(added_usd), where=added_usd > left_usd)
        units = np.where(adds, share * units, units)
        self.waiting_units -= units
        self.held_units += units
        whole = np.zeros((len(units), *self._world.is_listed.shape))
        whole[:, self._venue] = units
        return Orders(whole, SOURCE)
