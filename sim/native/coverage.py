"""Which statements and branches of the contracts were reached, counted by compiled code itself.

The same library stands in several contracts: visits of a place add up over all of them.
"""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sim.inputs.compiler import CONTRACTS
from sim.native.objects import Loaded
from sim.native.world import World

#: (file, below the contracts folder where it lies there; line; arm of a branch, "" for a statement)
Place = tuple[str, int, str]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Visits of every place that a design's contracts have, zero included."""

    visits: Mapping[Place, int] = field(default_factory=dict)

    def __add__(self, other: Coverage) -> Coverage:
        """Visits of both."""
        total = Counter(dict(self.visits))
        for place, count in other.visits.items():
            total[place] += count
        return Coverage(dict(total))

    def share(self, *, branches: bool) -> tuple[int, int]:
        """Statements, or arms of branches: (reached, all)."""
        counts = [count for place, count in self.visits.items() if bool(place[2]) == branches]
        return sum(1 for count in counts if count), len(counts)

    def missed(self) -> list[Place]:
        """Places that were never reached, in the order of the files."""
        return sorted(place for place, count in self.visits.items() if not count)

    def by_file(self) -> dict[str, tuple[int, int]]:
        """Places (reached, all) of each file, statements and branches together."""
        table: dict[str, tuple[int, int]] = {}
        for (file, _, _), count in sorted(self.visits.items()):
            reached, places = table.get(file, (0, 0))
            table[file] = (reached + bool(count), places + 1)
        return table


def merged(parts: Iterable[Coverage]) -> Coverage:
    """All visits together."""
    total = Coverage()
    for part in parts:
        total = total + part
    return total


class Counters:
    """The counters of a world whose objects were compiled with them.

    They belong to the objects, which worlds of one process share: one world is counted at a time.
    """

    def __init__(self, world: World) -> None:
        self._objects: list[tuple[Loaded, np.ndarray]] = []
        for loaded in dict.fromkeys(world.contracts.values()):
            self._objects.append((loaded, _array(loaded)))

    def reset(self) -> None:
        """Begin anew."""
        for _, visits in self._objects:
            visits[:] = 0

    def read(self) -> Coverage:
        """Visits since the beginning."""
        total: Counter[Place] = Counter()
        for loaded, visits in self._objects:
            for site, count in zip(loaded.object.sites, visits.tolist(), strict=True):
                if site.line is not None:  # a getter that the compiler added has none
                    total[_name(site.file), site.line, site.branch] += count
        return Coverage(dict(total))


def _array(loaded: Loaded) -> np.ndarray:
    """A window on an object's counters, (sites,) int64."""
    count = len(loaded.object.sites)
    return np.ctypeslib.as_array((ctypes.c_int64 * count).from_address(loaded.counters))


def _name(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(CONTRACTS)) if path.is_relative_to(CONTRACTS) else file
