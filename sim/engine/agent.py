"""What the loop asks of who acts, and what it tells them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from sim.chain.actions import Batch
from sim.engine.observation import Observation
from sim.engine.order import Group
from sim.world.streams import Draws


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


@runtime_checkable
class VenueTrader(Protocol):
    """Trades at venues, beside what he asks of the chain."""

    name: str  # of the source of his orders, too

    def order(self, seen: Observation) -> np.ndarray | None:
        """Units to buy (+) and to sell (-) at the end of a step, (paths, venues, feeds of the deployment)."""

    def filled(self, shortfall_usd: np.ndarray) -> None:
        """What his orders brought since he last heard beyond what quotes said when he gave them, (paths,)."""

    def close(self, seen: Observation, proceeds_usd: np.ndarray) -> Mapping[str, np.ndarray]:
        """What is to be added to totals of the records, (paths,) each, given what all of his orders brought."""


class Wished(Protocol):
    """What people want who have no position, one wish per account at most, and what became of wishes."""

    is_open: np.ndarray  # (paths, accounts) bool: wants a position that he has not
    was_made: np.ndarray  # (paths, accounts) bool: had a wish at any time
    size_usd: np.ndarray  # (paths, accounts) signed
    margin_usd: np.ndarray  # (paths, accounts)
    taken: np.ndarray  # (paths, accounts) share of the wish that he asked for last
    made: np.ndarray  # (paths,) counts
    met: np.ndarray
    reduced: np.ndarray
    given_up: np.ndarray
    shortages: dict[str, np.ndarray]  # why they were not allowed as they are, each (paths,)

    def forget_counts(self) -> None:
        """Count anew: what follows is another chapter, which begins with the wishes that stand."""


@runtime_checkable
class Settler(Agent, Protocol):
    """Those whose positions are open before time starts: one agent of every run is such."""

    @property
    def wishes(self) -> Wished:
        """What they want and have not."""

    def settle_in(self, seen: Observation, draws: Draws) -> Iterable[Batch]:
        """A round of the opening book: those whose time it is come, and who was refused tries again."""

    def execute_own(self, seen: Observation, may: np.ndarray) -> Iterable[Batch]:
        """Requests that nobody is paid enough for, brought to their end by those who asked, (paths, seats)."""
