"""Neighbours of a scenario are counted as well as the scenario: their measures come out of tapes again.

A neighbour's records are rows of a chain that it shares with others, and leave no tape; a run of that neighbour alone
leaves one. Both have to be what the tape comes to.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from recount import runs
from recount.everything import differences

from sim.chain.actions import VERBS
from sim.design import load_design
from sim.risk.records import Records
from sim.runs.experiment import Task, run_task
from sim.runs.neighbours import Neighbourhood, cells, least_paths, neighbourhood

DESIGNS = ("glp", "breakwater")
PATH = np.array([3])
GAS = dict.fromkeys(VERBS, runs.GAS)


@cache
def around() -> tuple[Neighbourhood, dict[str, dict[str, Records]]]:
    """The neighbours of a comparison as it runs them: by cell and design."""
    scenario, designs = runs.scenario(), [load_design(name) for name in DESIGNS]
    paths = least_paths(scenario)
    hood = neighbourhood(designs, scenario, seed=runs.SEED, paths=paths, folder=None, chains=["native"] * 2)
    done = {task.name: run_task(replace(task, gas=GAS)) for task in hood.tasks}
    return hood, {cell: {each.design: each for each in found} for cell, found in hood.records(done)}


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("name", [cell.name for cell in cells(runs.scenario())])
def test_measures_of_a_neighbour_are_what_its_tape_comes_to(name: str, design: str, tmp_path: Path) -> None:
    hood, records = around()
    i, cell = next((i, cell) for i, cell in enumerate(hood.cells) if cell.name == name)
    scenario = next(task.scenario for task, cell_of in hood.work if i in cell_of)
    kept = frozenset(PATH.tolist())
    alone = Task(
        load_design(design),
        scenario,
        runs.SEED,
        tuple(kept),
        tmp_path,
        kept,
        gas=GAS,
        variations=(cell.variation,),
    )
    found = runs.recounted(alone)
    assert differences(found.records, found.accounts) == {}
    assert differences(records[name][design].part(PATH, PATH), found.accounts) == {}


def test_neighbours_are_told_apart() -> None:
    """No two of them, nor one and the scenario, have the same share prices."""
    _, records = around()
    plain = run_task(Task(load_design("glp"), runs.scenario(), runs.SEED, (0, 1, 2, 3), None, gas=GAS))
    prices = [found["glp"].series["share_price_usd"][:, -1].tobytes() for found in records.values()]
    assert len({*prices, plain.series["share_price_usd"][:, -1].tobytes()}) == len(cells(runs.scenario())) + 1
