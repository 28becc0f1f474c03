"""A squeezer: long in the pool, and then he buys where shorts stand until they have to."""

from __future__ import annotations

import numpy as np

from sim.agents.actors.stage import Actor, View
from sim.scenario.actors import Squeezer as SqueezerTable


class Squeezer(Actor):
    """He pays for the push at the venue, and gains in the pool what its oracle follows."""

    def __init__(self, table: SqueezerTable) -> None:
        super().__init__()
        self._table = table

    def act(self, see: View) -> None:
        """Open, push evenly, hold, sell."""
        table, after_s = self._table, see.since_start_s - self._table.begin_after_s
        if 0.0 <= after_s < see.span_s:
            see.deposit(table.capital_usd)
            see.trade(table.market, table.capital_usd * table.leverage)
        if 0.0 <= after_s < table.push_s:
            see.buy(table.venue, table.market, table.push_usd * min(see.span_s / table.push_s, 1.0))
        if after_s >= table.push_s + table.hold_s:
            see.close(table.market, see.size(table.market) != 0.0)
            held = see.held(table.venue, table.market)
            share = min(see.span_s / max(table.push_s, see.span_s), 1.0)
            see.buy(
                table.venue, table.market, -held * np.maximum(see.venue_usd(table.venue, table.market), 0.0) * share
            )
