"""What is kept of a world: every k-th step, arrays over time."""

from __future__ import annotations

import numpy as np

from sim.world.endogenous.accounts import open_interest_usd
from sim.world.endogenous.state import State, consensus_log, price_usd

#: Counters of the state, which are set to 0 when they are taken.
COUNTERS = ("liquidated_usd", "stopped_usd", "deleveraged_usd", "bad_debt_usd", "opened_usd", "left_usd")
FLOWS = ("forced_usd", "stop_usd", "momentum_usd")


class Records:
    """Records of a run; flows are of the time since the record before."""

    def __init__(self, every: int) -> None:
        """every: steps."""
        self.every = every
        self._taken: dict[str, list[np.ndarray]] = {}

    def take(self, step: int, time_s: int, state: State) -> None:
        """Record a step if it is one of those that are kept."""
        if step % self.every:
            return
        mid_usd, platforms = price_usd(state), state.platforms
        v = state.platform_terms.venue.astype(int)
        now = {
            "time_s": time_s,
            "consensus_usd": np.exp(consensus_log(state)),
            "fundamental_usd": np.exp(state.books.fundamental_log),
            "mid_usd": mid_usd,
            "depth_usd": state.book_terms.depth_usd * state.books.presence,
            "open_interest_usd": open_interest_usd(state, mid_usd),  # with what nobody can force anybody to close
            "fund_usd": platforms.fund_usd + (platforms.backlog_units * mid_usd[:, v]).sum(axis=2),
            "makers_usd": state.makers.cash_usd + (state.makers.inventory_units * mid_usd).sum(axis=2),
            "substeps": state.shocks.substeps[:, 0],
            "arbitrage_usd": state.arbitrage.traded_usd[:, 0],
        }
        now |= {name: getattr(platforms, name) for name in COUNTERS}
        now |= {f"flow_{name}": getattr(state.flows, name) for name in FLOWS}
        now["flow_outside_usd"] = state.outside.traded_usd  # (P, S, V, F)
        for name, value in now.items():
            self._taken.setdefault(name, []).append(np.array(value))
        counters = [getattr(platforms, name) for name in COUNTERS]
        for counter in (*counters, *state.flows, state.outside.traded_usd, state.arbitrage.traded_usd):
            counter[:] = 0.0

    def arrays(self) -> dict[str, np.ndarray]:
        """`time_s` (T,), and of each name (P, T, ...)."""
        return {
            name: np.stack(rows) if name == "time_s" else np.stack(rows, axis=1) for name, rows in self._taken.items()
        }
