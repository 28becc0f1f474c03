"""Sensitivity by itself: every comparison also runs some neighbours of its scenario, and says where its headline turns.

A neighbour differs in one assumption that nobody can look up: how much leverage people take, what keepers can do, how
quick machines are, how many come later, how fine the steps are. Neighbours run a few of the paths, with the same draws;
those that differ in people alone share a chain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np

from sim.design import Design
from sim.inputs.errors import InputError
from sim.risk.records import Records
from sim.runs.experiment import CHUNKS, Task
from sim.runs.kinds import Kind
from sim.scenario import Scenario, parse_scenario
from sim.scenario.variation import Variation

#: Each neighbour has this part of the comparison's paths, or as many as are enough to see a change of some size,
PART, ENOUGH = 8, 8
#: as long as all of them together are no dearer than the comparison; with fewer than this a change is never shown.
FEWEST = 4


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a grid of runs around a scenario."""

    name: str  # what differs, in words
    variation: Variation = Variation()
    overrides: dict[str, Any] = field(default_factory=dict)  # of the scenario; a cell with any has a run of its own


def cells(scenario: Scenario) -> list[Cell]:
    """The neighbours of a scenario."""
    found = [
        Cell("half the leverage", Variation(leverage=0.5)),
        Cell("twice the leverage", Variation(leverage=2.0)),
        Cell("a quarter of the keepers' capacity", Variation(capacity=0.25)),
        Cell("machines five times slower", Variation(latency=5.0)),
        Cell("half as many arrivals", Variation(arrival=0.5)),
        Cell("twice as many arrivals", Variation(arrival=2.0)),
    ]
    if scenario.clock is not None:
        document = scenario.clock.model_dump(mode="json", by_alias=True)
        for segment in document["segment"]:
            segment["step_s"] *= 2
        found.append(Cell("steps twice as long", overrides={"clock": document}))
    return found


def paths_of(paths: int, scenario: Scenario) -> int:
    """How many paths a neighbour has of a comparison's, 0 if there are too few for any."""
    few = min(max(ENOUGH, paths // PART), int(paths / _cost(scenario)))
    return few if few >= FEWEST else 0


def least_paths(scenario: Scenario) -> int:
    """Of how many paths a comparison has neighbours."""
    return ceil(FEWEST * _cost(scenario))


def _cost(scenario: Scenario) -> float:
    """Of one path in every neighbour, in paths of the comparison: steps twice as long are half as many."""
    return sum(0.5 if cell.overrides else 1.0 for cell in cells(scenario))


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """The tasks of the neighbours of one comparison, and how their records are told apart."""

    cells: tuple[Cell, ...]
    paths: int  # of each
    work: tuple[tuple[Task, np.ndarray], ...]  # and of each of the task's paths, which cell it belongs to
    skipped: tuple[str, ...]  # neighbours that the scenario does not allow, and why

    @property
    def tasks(self) -> list[Task]:
        """What is to be run."""
        return [task for task, _ in self.work]

    def missing(self, scenario: Scenario) -> tuple[str, ...]:
        """Which neighbours were wanted and are not there, and why, in sentences."""
        if not self.paths:
            return (f"No neighbours of the scenario were run: that takes {least_paths(scenario)} paths or more.",)
        return tuple(f"A neighbour of the scenario was not run: {reason}." for reason in self.skipped)

    def records(self, found: Mapping[str, Records]) -> Iterator[tuple[str, list[Records]]]:
        """Of each cell its name, and the records of every design, from those of the tasks by name."""
        for i, cell in enumerate(self.cells):
            parts: dict[str, list[Records]] = {}
            for task, cell_of in self.work:
                rows = np.flatnonzero(cell_of == i)
                if len(rows):
                    ids = np.array(task.paths)[rows]
                    parts.setdefault(str(task.design), []).append(found[task.name].part(rows, ids))
            yield cell.name, [Records.concatenate(each) for each in parts.values()]


def neighbourhood(
    designs: Sequence[Design],
    scenario: Scenario,
    *,
    seed: int,
    paths: int,
    folder: Path | None,
    chains: Sequence[Kind],
) -> Neighbourhood:
    """Cells and tasks of the neighbours of a comparison with so many paths."""
    few = paths_of(paths, scenario)
    allowed, skipped, scenarios = [], [], []
    for cell in cells(scenario) if few else []:
        try:
            scenarios.append(_changed(scenario, cell))
            allowed.append(cell)
        except InputError as error:
            skipped.append(f"{cell.name}: {error}")
    shared = [i for i, cell in enumerate(allowed) if not cell.overrides]
    alone = [i for i, cell in enumerate(allowed) if cell.overrides]
    work = []
    for design, chain in zip(designs, chains, strict=True):
        for group in (shared, *([i] for i in alone)):
            pairs = [(i, path) for i in group for path in range(few)]
            for start in range(0, len(pairs), CHUNKS[chain]):
                mine = pairs[start : start + CHUNKS[chain]]
                cell_of = np.array([i for i, _ in mine])
                task = Task(
                    design,
                    scenarios[group[0]],
                    seed,
                    tuple(path for _, path in mine),
                    folder,
                    chain=chain,
                    variations=tuple(allowed[i].variation for i, _ in mine),
                    label=f"neighbours-{few}-{group[0]}-{start}",
                )
                work.append((task, cell_of))
    return Neighbourhood(tuple(allowed), few, tuple(work), tuple(skipped))


def _changed(scenario: Scenario, cell: Cell) -> Scenario:
    """The scenario of a cell.

    Raises:
        InputError: its parts do not fit together as changed.
    """
    if not cell.overrides:
        return scenario
    document = scenario.model_dump(mode="json", by_alias=True, exclude_none=True)
    return parse_scenario(document | cell.overrides, f"scenario {scenario.name}")
