"""Orders of agents at venues: what they ask for in a step trades when the world moves on, at what it costs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.engine.agent import Agent, VenueTrader
from sim.engine.observation import Observation
from sim.world.base import Orders
from sim.world.market import Window


class VenueTrading:
    """Those who trade at venues, in one window of a world."""

    def __init__(self, window: Window, agents: Sequence[Agent]) -> None:
        self._window, self._world = window, window.world
        self._traders = [agent for agent in agents if isinstance(agent, VenueTrader)]
        paths = len(window.true_price_usd())
        self._quoted_usd = {trader.name: np.zeros(paths) for trader in self._traders}
        self._shortfall_usd = {trader.name: np.zeros(paths) for trader in self._traders}

    def send(self, seen: Observation) -> None:
        """Submit what everybody orders now."""
        for trader in self._traders:
            wanted = trader.order(seen)
            if wanted is None or not wanted.any():
                continue
            units = np.zeros((len(wanted), *self._world.is_listed.shape))
            units[:, :, self._window.feeds] = wanted
            self._quoted_usd[trader.name] += self._world.quotes().cash_usd(units)
            self._world.submit(Orders(units, trader.name))

    def hear(self) -> None:
        """Tell everybody by how much less, or more, his orders brought than quotes said when he gave them."""
        if not any(quoted.any() for quoted in self._quoted_usd.values()):
            return
        fills, price_usd = self._world.fills(), self._world.true_price_usd
        for trader in self._traders:
            source = fills.sources.index(trader.name)
            waiting_usd = fills.waiting_units[:, source] * price_usd[:, None]
            open_usd = waiting_usd.reshape(len(price_usd), -1).sum(axis=1)
            shortfall = fills.cash_usd[:, source] - open_usd - self._quoted_usd[trader.name]
            trader.filled(shortfall - self._shortfall_usd[trader.name])
            self._shortfall_usd[trader.name] = shortfall

    def close(self, seen: Observation) -> dict[str, np.ndarray]:
        """What is to be added to totals of the records."""
        self.hear()
        found: dict[str, np.ndarray] = {}
        for trader in self._traders:
            found |= trader.close(seen, self._quoted_usd[trader.name] + self._shortfall_usd[trader.name])
        return found
