"""Whoever leaves nobody behind takes of every asset, and the words of his call tell of one."""

from __future__ import annotations

import numpy as np

from sim.chain.protocol import Chain
from sim.chain.views import Views
from sim.engine.ledger.requests import Moves
from sim.engine.observation import Observation

#: Of all shares as a step begins: a step in which less is asked to leave has no last one.
MANY = 0.5


class Departures:
    """Where most shares may leave in one step, what went is what pool and treasury have less."""

    def __init__(self, chain: Chain) -> None:
        self._views = Views(chain)
        self._asked = np.zeros(chain.paths)  # shares in this step
        self._at = np.zeros(0, dtype=int)  # paths that are looked at
        self._before = np.zeros(0)  # (paths, assets) tokens

    def observe(self) -> None:
        """Begin a step."""
        self._asked[:] = 0.0

    def foresee(self, seen: Observation, path: np.ndarray, shares: np.ndarray) -> None:
        """Look at the pool before a batch of redemptions, where they are many."""
        np.add.at(self._asked, path, shares)
        here = np.unique(path)
        self._at = here[self._asked[here] > MANY * seen.pool.supply[here]]
        if len(self._at):
            self._before = self._held()

    def moved(self, moves: Moves) -> Moves:
        """What the batch moved: by its words, and where they may not tell all of it, by what is left."""
        if len(self._at) == 0:
            return moves
        gone = (self._before - self._held())[self._at]
        told = ~np.isin(moves.path, self._at)
        path, asset = np.repeat(self._at, gone.shape[1]), np.tile(np.arange(gone.shape[1]), len(self._at))
        nothing, nobody = np.zeros(len(path)), np.full(len(path), -1)
        return Moves(
            path=np.concatenate([moves.path[told], path]),
            actor=np.concatenate([moves.actor[told], nobody]),
            k=np.concatenate([moves.k[told], asset]),
            came=np.concatenate([moves.came[told], nothing]),
            j=np.concatenate([moves.j[told], asset]),
            went=np.concatenate([moves.went[told], gone.ravel()]),
            is_swap=np.concatenate([moves.is_swap[told], nothing > 0]),
        )

    def _held(self) -> np.ndarray:
        pool = self._views.pool()
        return pool.tokens + pool.treasury
