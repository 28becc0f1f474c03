"""A toxic arbitrageur: he trades against the pool while venues have moved and its oracle has not."""

from __future__ import annotations

import numpy as np

from sim.agents.actors.stage import Actor, View
from sim.scenario.actors import ToxicArbitrageur as ToxicArbitrageurTable


class ToxicArbitrageur(Actor):
    """What he gains providers lose: the price that he gets is known to be old."""

    def __init__(self, table: ToxicArbitrageurTable) -> None:
        super().__init__()
        self._table = table

    def begin(self, see: View) -> None:
        """Bring the margin."""
        see.deposit(self._table.capital_usd)

    def act(self, see: View) -> None:
        """In while the best of all venues is beyond the pool's price by the edge; out when it no longer is."""
        table = self._table
        price = see.price_usd(table.market)
        safe = np.where(price > 0.0, price, np.inf)
        up = see.best_bid_usd(table.market) / safe - 1.0 > table.edge_bps * 1e-4
        down = 1.0 - see.best_ask_usd(table.market) / safe > table.edge_bps * 1e-4
        size, is_flat = see.size(table.market), see.size(table.market) == 0.0
        wanted = np.where(up, 1.0, np.where(down, -1.0, 0.0)) * (price > 0.0)
        wanted = wanted if size.ndim == 1 else wanted[:, None]
        usd = np.maximum(see.equity_usd, 0.0) * table.leverage
        see.trade(table.market, wanted * usd * is_flat)
        see.close(table.market, ~is_flat & (np.sign(size) != wanted))
