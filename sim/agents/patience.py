"""What refusals make of a wish that comes again while its owner has it: he asks for less, and later, or gives up."""

from __future__ import annotations

import numpy as np

from sim.engine.observation import Observation, places
from sim.scenario.people import LiquidityProviders as ProvidersTable
from sim.world.streams import Draws

#: Who has come down to less than this share of his wish has none left to ask for.
LEAST_SHARE = 1e-3


class Patience:
    """Of one kind of wish, (paths, people): it begins whole when its owner begins to have it.

    While he has it he asks for no more than was last taken, or less than was last refused.
    """

    def __init__(self, table: ProvidersTable, purpose: str, shape: tuple[int, ...]) -> None:
        """`purpose` names its draws."""
        self._table = table
        self._purpose = purpose
        self.share = np.ones(shape)  # of his wish that he still asks for
        self.has_given_up = np.zeros(shape, dtype=bool)
        self._refused = np.zeros(shape, dtype=bool)  # since the last look
        self._next_s = np.full(shape, -np.inf)

    def hear(self, path: np.ndarray, who: np.ndarray, ok: np.ndarray) -> None:
        """Answers, (n,), to those who asked."""
        self._refused[path[~ok], who[~ok]] = True

    def look(self, seen: Observation, draws: Draws, wants: np.ndarray) -> np.ndarray:
        """Who of those with the wish may ask now, (paths, people)."""
        table = self._table
        self.share[~wants], self.has_given_up[~wants], self._next_s[~wants] = 1.0, False, -np.inf
        path, who = places(self._refused & wants)
        self._refused[:] = False
        if len(path):
            uniform = draws.uniform_at(self._purpose, seen.step, wants.shape[1:], path, who)
            self.share[path, who] *= table.retry_size_share
            self._next_s[path, who] = seen.time_s + table.retry_after_s
            leaves = (uniform < table.leave_share) | (self.share[path, who] < LEAST_SHARE)
            self.has_given_up[path, who] = leaves
        return wants & ~self.has_given_up & (self._next_s <= seen.time_s)
