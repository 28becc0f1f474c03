"""Keepers of entries: they execute the requests of providers and arbitrageurs whose wait is over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from sim.agents.pay import Pay
from sim.chain.actions import Batch, batch
from sim.chain.deployment import Deployment
from sim.engine.agent import Outcome
from sim.engine.observation import Observation
from sim.engine.order import Group
from sim.world.streams import Draws


class Asker(Protocol):
    """Who asks to enter."""

    actors: np.ndarray  # (n,)
    entry_due_s: np.ndarray  # (paths, n)

    def hear(self, outcome: Outcome) -> None:
        """What became of his requests."""


class EntryKeepers:
    """All keepers as one, like those who liquidate: after them, at the same prices."""

    group: Group = "keepers"
    name = "entry keepers"
    seats = 1

    def __init__(self, deployment: Deployment, askers: Sequence[Asker], pay: Pay) -> None:
        """`askers` have the requests that stand."""
        self._pay = pay
        self._actor = deployment.actor("keepers")
        self._askers = askers

    def act(self, seen: Observation, draws: Draws, may: np.ndarray) -> Sequence[Batch]:
        """One call for each request that is due and pays, a batch for each kind of asker."""
        calls = []
        for asker in self._askers:
            path, i = np.nonzero((asker.entry_due_s < seen.time_s) & may)
            holder = asker.actors[i]
            pays = self._pay.for_entries(seen, path, holder)
            if pays.any():
                calls.append(batch("execute_entry", path[pays], self._actor, holder=holder[pays]))
        return calls

    def hear(self, outcome: Outcome) -> None:
        """Let those who asked know: each batch is about one of them."""
        (asker,) = (each for each in self._askers if outcome.batch.columns["holder"][0] in each.actors)
        asker.hear(outcome)
