"""Who acts: each agent proposes batches of calls for all paths at once, and hears what became of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from sim.chain.actions import Batch
from sim.engine.observation import Observation
from sim.engine.order import Group
from sim.world.streams import Draws

#: Quantities reach a chain with this many decimals; rounding down to it never asks for more than there is.
QUANTUM = 1e-9


def round_down(tokens: np.ndarray) -> np.ndarray:
    """Tokens rounded down to what a chain keeps, and one quantum more: a float may lie above its integer."""
    rounded = np.maximum(np.floor(tokens / QUANTUM) - 1.0, 0.0) * QUANTUM
    return np.minimum(rounded, tokens * (1.0 - 2.0**-51))  # of millions of tokens a double does not keep the quantum


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch."""

    batch: Batch
    status: np.ndarray  # (n,) failures.OK or a code
    values: dict[str, np.ndarray]  # returned, natural units, zero where refused

    @property
    def ok(self) -> np.ndarray:
        """Which calls succeeded, (n,)."""
        return self.status == 0


class Agent(Protocol):
    """Proposes; never touches a chain."""

    group: Group
    name: str  # of its draws
    seats: int  # how many act on a path, each at a time of its own

    def act(self, seen: Observation, draws: Draws, may: np.ndarray) -> Iterable[Batch]:
        """Calls of those who may act now, (paths, seats), in the order in which they are to be tried.

        Each batch is tried before the next one is asked for. All turns of a step see the beginning of it.
        """

    def hear(self, outcome: Outcome) -> None:
        """What became of one of the batches, as far as it found room in a block."""
