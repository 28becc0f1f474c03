"""An oracle attacker: he moves a thin venue that the pool's oracle listens to, and knows what that costs him."""

from __future__ import annotations

from sim.agents.actors.stage import Actor, View
from sim.scenario.actors import OracleAttacker as OracleAttackerTable


class OracleAttacker(Actor):
    """After Mango, October 2022: a position, then the push, then out at the new price. He sells what he bought."""

    def __init__(self, table: OracleAttackerTable) -> None:
        super().__init__()
        self._table = table

    def act(self, see: View) -> None:
        """Open; push in the next step; close after `hold_s`, and trade back when that is done."""
        table, after_s = self._table, see.since_start_s - self._table.begin_after_s
        sign = 1.0 if table.side == "long" else -1.0
        if 0.0 <= after_s < see.span_s:
            see.deposit(table.capital_usd)
            see.trade(table.market, sign * table.capital_usd * table.leverage)
        if see.span_s <= after_s < 2.0 * see.span_s:
            see.buy(table.venue, table.market, sign * table.push_usd)
        if after_s >= see.span_s + table.hold_s:
            see.close(table.market, see.size(table.market) != 0.0)
            is_out = (see.size(table.market) == 0.0).reshape(see.paths, -1).all(axis=1)
            worth = see.held(table.venue, table.market) * see.venue_usd(table.venue, table.market)
            see.buy(table.venue, table.market, -worth * is_out)
