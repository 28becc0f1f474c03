"""Arbitrage seen from both sides: what the pool loses to it at true prices, what the arbitrageur makes at his fills."""

from __future__ import annotations

import numpy as np

from sim.engine.ledger.requests import Moves
from sim.world.market import Market


class Arbitrage:
    """One arbitrageur; what he gives was bought at the best ask, what he gets he sells at the best bid."""

    def __init__(self, actor: int, asset_feeds: np.ndarray, paths: int) -> None:
        self._actor = actor
        self._feeds = asset_feeds
        self.pool_loss_usd = np.zeros(paths)
        self.result_usd = np.zeros(paths)
        self._asset = np.zeros(paths, dtype=int)  # of his request, and what it cost; 0: none stands
        self._cost = np.zeros(paths)

    def swapped(self, market: Market, moves: Moves) -> None:
        """Note swaps, of whomever: at true prices of the moment what left the pool less what it got."""
        mine = moves.is_swap & (moves.actor == self._actor)
        path, k, j = moves.path[mine], self._feeds[moves.k[mine]], self._feeds[moves.j[mine]]
        true = market.true_price_usd
        loss = moves.went[mine] * true[path, j] - moves.came[mine] * true[path, k]
        np.add.at(self.pool_loss_usd, path, loss)

    def filled(self, market: Market, moves: Moves) -> None:
        """Note his own swaps, executed at once."""
        mine = moves.is_swap & (moves.actor == self._actor)
        path, k, j = moves.path[mine], self._feeds[moves.k[mine]], self._feeds[moves.j[mine]]
        got = moves.went[mine] * market.bid_usd[path, j]
        np.add.at(self.result_usd, path, got - moves.came[mine] * market.ask_usd[path, k])

    def asked(self, market: Market, path: np.ndarray, actor: np.ndarray, k: np.ndarray, amount: np.ndarray) -> None:
        """Note requests to swap: he has bought all that he gives, the keeper's reward included."""
        mine = actor == self._actor
        path, k, amount = path[mine], k[mine], amount[mine]
        self._asset[path] = k
        self._cost[path] = amount * market.ask_usd[path, self._feeds[k]]

    def answered(self, market: Market, moves: Moves, returned: np.ndarray, ended: np.ndarray) -> None:
        """Note requests that came to their end: he sells what he got, or what came back."""
        mine = (moves.actor == self._actor) & ended & (self._cost[moves.path] > 0)
        path, j = moves.path[mine], self._feeds[moves.j[mine]]
        got = moves.went[mine] * market.bid_usd[path, j]
        got += returned[mine] * market.bid_usd[path, self._feeds[moves.k[mine]]]
        np.add.at(self.result_usd, path, got - self._cost[path])
        self._cost[path] = 0.0

    def close(self, market: Market, waiting: np.ndarray) -> None:
        """Mark a request that still stands: what he would sell, (paths, actors) tokens, at the bid."""
        path = np.flatnonzero(self._cost > 0)
        worth = waiting[path, self._actor] * market.bid_usd[path, self._feeds[self._asset[path]]]
        self.result_usd[path] += worth - self._cost[path]
