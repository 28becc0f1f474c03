"""The seam between the simulator and whatever runs the contracts.

Everything above it speaks natural units and columns; everything below it integers and bytes. A chain holds a set of
independent paths, each with its own copy of the whole protocol.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from sim.chain.deployment import Deployment


@dataclass(frozen=True, slots=True)
class Calls:
    """Encoded calls of one verb, in order."""

    verb: str
    path: np.ndarray  # (n,)
    actor: np.ndarray  # (n,)
    data: np.ndarray  # (n, bytes) uint8, selector included


@dataclass(frozen=True, slots=True)
class Receipts:
    """What became of the calls."""

    status: np.ndarray  # (n,) int32: failures.OK, a code, or failures.PANIC
    output: np.ndarray  # (n, words, 32) uint8; zero where the call was refused


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one transaction."""

    gas: int  # that it used, 21,000 and its data included, less what was refunded
    status: int  # as of Receipts


@dataclass(frozen=True, slots=True)
class Read:
    """A call that changes nothing: target's name in the deployment, and call data."""

    target: str
    data: bytes


class Asked(Protocol):
    """Answers views of a deployment."""

    deployment: Deployment
    paths: int

    def ask(self, path: np.ndarray, target: str, data: Sequence[bytes], words: int) -> np.ndarray:
        """Answers of a view, one row per call: (n, words, 32) uint8, zero where an answer is shorter.

        Args:
            path: (n,) where each call is made.
            target: name of the contract in the deployment.
            data: call data of each call, or one for all of them.
            words: the longest answer to be expected.
        """


class Chain(Asked, Protocol):
    """Runs calls on every path of a deployment."""

    def advance(self, time_s: int) -> None:
        """Begin a block at a time, on every path."""

    def apply(self, calls: Calls) -> Receipts:
        """Run calls in order inside the current block. A refused call changes nothing."""

    def foretell(self, calls: Calls) -> Receipts:
        """What each of the calls would answer now, were it the only one: nothing of it stays. Of verbs open to all."""

    def read(self, path: int, reads: Sequence[Read]) -> list[bytes]:
        """Answers of views on one path, as of the current block."""

    def close(self) -> None:
        """Give back what the chain holds."""
