"""Keepers of exits: they execute the requests of providers whose wait is over."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.agents.liquidity_providers import LiquidityProviders
from sim.agents.pay import Pay
from sim.chain.actions import Batch, batch
from sim.chain.deployment import Deployment
from sim.engine.agent import Outcome
from sim.engine.observation import Observation
from sim.engine.order import Group
from sim.world.streams import Draws


class ExitKeepers:
    """All keepers as one, like those who liquidate: after them, at the same prices."""

    group: Group = "keepers"
    name = "exit keepers"
    seats = 1

    def __init__(self, deployment: Deployment, providers: LiquidityProviders, pay: Pay) -> None:
        """`providers` have the requests that stand."""
        self._pay = pay
        self._actor = deployment.actor("keepers")
        self._providers = providers

    def act(self, seen: Observation, draws: Draws, may: np.ndarray) -> Sequence[Batch]:
        """One call for each request that is due and pays. Where its prices are too old the next step tries again."""
        path, provider = np.nonzero((self._providers.due_s < seen.time_s) & may)
        holder = self._providers.actors[provider]
        pays = self._pay.for_exits(seen, path, holder)
        return [batch("execute_exit", path[pays], self._actor, holder=holder[pays])] if pays.any() else []

    def hear(self, outcome: Outcome) -> None:
        """Let the providers know whose request came to its end."""
        self._providers.hear(outcome)
