"""Copy-traders: one leads, all others do what he did a while ago, and so they stop together, too."""

from __future__ import annotations

import numpy as np

from sim.agents.actors.stage import Actor, View
from sim.scenario.actors import CopyTraders as CopyTradersTable


class CopyTraders(Actor):
    """Many accounts of one mind: what is one position for the leader is a crowd for the pool."""

    def __init__(self, table: CopyTradersTable) -> None:
        super().__init__()
        self._table = table

    def begin(self, see: View) -> None:
        """Bring the margin, and draw how late each copies."""
        see.deposit(self._table.capital_usd)
        late = np.atleast_2d(see.uniform("late").reshape(see.paths, -1)) * self._table.delay_s
        late[:, 0] = 0.0
        self._late_s, self._wish = late, np.zeros(see.paths)
        self._since_s = np.zeros(see.paths)

    def act(self, see: View) -> None:
        """The leader opens at random and stops at a loss; each copy follows when its time has come."""
        table = self._table
        size = see.size(table.market).reshape(see.paths, -1)
        profit = see.profit_usd(table.market).reshape(see.paths, -1)[:, 0]
        draw = see.uniform("opens").reshape(see.paths, -1)[:, 0]
        rate = -np.expm1(-table.opens_per_hour * see.span_s / 3_600.0)
        opens = (self._wish == 0.0) & (draw < rate)
        stops = (self._wish != 0.0) & (profit < -table.stop_loss_share * table.capital_usd)
        changed = opens | stops
        side = np.where(draw < 0.5 * rate, 1.0, -1.0)
        self._wish = np.where(opens, side, np.where(stops, 0.0, self._wish))
        self._since_s = np.where(changed, see.since_start_s, self._since_s)
        follows = see.since_start_s - self._since_s[:, None] >= self._late_s
        wanted = np.where(follows, self._wish[:, None], np.sign(size))
        usd = np.maximum(see.equity_usd.reshape(see.paths, -1), 0.0) * table.leverage
        see.trade(table.market, wanted * usd * (size == 0.0))
        see.close(table.market, (size != 0.0) & (np.sign(size) != wanted))
