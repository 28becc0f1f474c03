"""Order inside a step: whoever answers a report sooner is earlier in the chain, and within a block the higher bid is.

Machines answer some seconds after a report, keepers and arbitrageurs each with a latency of their own; people act at
any time of the step. So a few of them come before the first machine, and most after the second.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sim.scenario.people import Arbitrageur, Blocks, Keepers
from sim.scenario.variation import Factors
from sim.world.streams import Draws

Group = Literal["people", "keepers", "arbitrageur"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One group may act on some paths."""

    group: Group
    paths: np.ndarray  # (P,) bool
    first_s: np.ndarray  # (P,) seconds after the report at which the first machine answers
    step_s: float
    is_early: bool = False  # of people: those before the first machine, or those after it
    opens_blocks: bool = False  # empty ones: those of the next `lasts_s` seconds

    @property
    def lasts_s(self) -> np.ndarray:
        """Seconds of blocks that are opened, (P,)."""
        return self.first_s if self.is_early else self.step_s - self.first_s

    def may_act(self, name: str, seats: int, step: int, draws: Draws) -> np.ndarray:
        """Who of a group's agent acts in this turn, (P, seats)."""
        if self.group != "people":
            return np.broadcast_to(self.paths[:, None], (len(self.paths), seats))
        when_s = draws.uniform(f"{name}.when", step, (seats,)) * self.step_s
        return (when_s < self.first_s[:, None]) == self.is_early


@dataclass(frozen=True, slots=True)
class StepOrder:
    """Who is before whom, drawn anew at every step and on every path."""

    latencies_s: np.ndarray  # (paths, 2) mean, of keepers and of arbitrageurs
    bids: tuple[float, float]  # USD per unit of gas
    block_s: float

    @classmethod
    def of(
        cls, keepers: Keepers, arbitrageur: Arbitrageur, blocks: Blocks, gas: Mapping[str, int], factors: Factors
    ) -> StepOrder:
        """The order of a scenario; a bid is what a call's cost pays for a unit of its gas.

        An arbitrageur swaps, or asks for a swap: where one of the two is closed, it is refused for less than the other.
        """
        swap = max(gas["swap"], gas["request_swap"])
        bids = (keepers.cost_usd / gas["liquidate"], arbitrageur.cost_usd / swap)
        mean_s = np.array([keepers.latency_s, arbitrageur.latency_s])
        return cls(factors.latency[:, None] * mean_s, bids, blocks.block_s)

    @classmethod
    def by_group(cls, paths: int) -> StepOrder:
        """Keepers at once, then arbitrageurs, then people."""
        return cls(np.zeros((paths, 2)), (0.0, 0.0), 1.0)

    def turns(self, step: int, step_s: float, draws: Draws) -> Iterator[Turn]:
        """The turns of a step, in order: people who are early, machines, everybody else.

        Machines that have not answered when the step ends answer the next report.
        """
        uniform = draws.uniform("machines.latency", step, (2,))
        answers_s = np.minimum(-np.log1p(-uniform) * self.latencies_s, step_s)  # (P, 2)
        block = np.floor(answers_s / self.block_s)
        is_sooner, is_same = block[:, 0] < block[:, 1], block[:, 0] == block[:, 1]
        outbids = self.bids[0] > self.bids[1]
        is_quicker = (self.bids[0] == self.bids[1]) & (answers_s[:, 0] <= answers_s[:, 1])
        keepers_first = is_sooner | (is_same & (outbids | is_quicker))
        first_s = answers_s.min(axis=1)
        everywhere, is_in_time = np.ones(len(first_s), dtype=bool), first_s < step_s
        yield Turn("people", everywhere, first_s, step_s, is_early=True, opens_blocks=True)
        yield Turn("keepers", keepers_first & is_in_time, first_s, step_s, opens_blocks=True)
        yield Turn("arbitrageur", is_in_time, first_s, step_s)
        yield Turn("keepers", ~keepers_first & is_in_time, first_s, step_s)
        yield Turn("people", everywhere, first_s, step_s)
