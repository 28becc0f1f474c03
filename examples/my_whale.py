"""A whale of one's own: buys the first fall of 1 % with ten times its margin, and takes its loss at half of it."""

import numpy as np

from sim import Actor


class MyWhale(Actor):
    capital_usd = 2_000_000.0

    def begin(self, see):
        self.first = see.price_usd("BTC")
        self.has_bought = np.zeros(see.paths, dtype=bool)
        see.deposit(self.capital_usd)

    def act(self, see):
        has_fallen = see.price_usd("BTC") < 0.99 * self.first
        buys = has_fallen & ~self.has_bought
        see.trade("BTC", 10 * self.capital_usd * buys)
        self.has_bought |= buys
        see.close("BTC", see.profit_usd("BTC") < -0.5 * self.capital_usd)
