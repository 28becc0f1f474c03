"""A whale: one position in parts, then his free margin is taken out, and the pool has what is left of him."""

from __future__ import annotations

import numpy as np

from sim.agents.actors.stage import Actor, View
from sim.scenario.actors import Whale as WhaleTable


class Whale(Actor):
    """After Hyperliquid's whale of 12 March 2025, who withdrew 17 million dollars and was taken over."""

    def __init__(self, table: WhaleTable) -> None:
        super().__init__()
        self._table = table

    def begin(self, see: View) -> None:
        """Who is not let out with all that he asks for asks for half of it next time."""
        self._share = np.full(see.equity_usd.shape, self._table.withdraw_share)

    def act(self, see: View) -> None:
        """A part each `every_s`; then the margin out."""
        table = self._table
        sign = 1.0 if table.side == "long" else -1.0
        part = int(see.since_start_s // table.every_s)
        before = int((see.since_start_s - see.span_s) // table.every_s) if see.step else -1
        if before < part < table.parts:
            margin = table.capital_usd / table.parts
            see.deposit(margin)
            see.trade(table.market, sign * margin * table.leverage * np.ones(see.size(table.market).shape))
        is_over = see.since_start_s >= (table.parts - 1) * table.every_s + table.withdraw_after_s
        if is_over and table.withdraw_share > 0.0:
            self._share = np.where(see.refused, 0.5 * self._share, self._share)
            see.withdraw(self._share * np.maximum(see.loose_usd, 0.0))
