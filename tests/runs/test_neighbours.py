"""Neighbours of a scenario: rows of one chain that differ in people alone, and what few paths say of a difference."""

from __future__ import annotations

import numpy as np
import pytest
from storm import storm

from sim.design import load_design
from sim.risk.records import Records
from sim.risk.sensitivity import HOLDS, SHOWN, TURNS, UNSURE, judge, shifted
from sim.runs.experiment import Task, run_all, run_task
from sim.runs.neighbours import cells, least_paths, neighbourhood, paths_of
from sim.scenario import Scenario
from sim.scenario.variation import Variation


def same(one: Records, other: Records) -> bool:
    return all(np.array_equal(one.series[name], other.series[name], equal_nan=True) for name in one.series)


def test_rows_of_a_chain_do_not_notice_each_others_variation() -> None:
    """As it is, and with twice the leverage, side by side and each by itself: the same to the last bit."""
    design, scenario = load_design("glp"), storm()
    twice = Variation(leverage=2.0)
    mixed = run_task(Task(design, scenario, 1, (0, 1, 0, 1), None, variations=(Variation(), Variation(), twice, twice)))
    plain = run_task(Task(design, scenario, 1, (0, 1), None))
    alone = run_task(Task(design, scenario, 1, (0, 1), None, variations=(twice, twice)))
    ids = np.array([0, 1])
    assert same(mixed.part(np.array([0, 1]), ids), plain)
    assert same(mixed.part(np.array([2, 3]), ids), alone)
    assert not same(plain, alone)


@pytest.mark.parametrize("name", [cell.name for cell in cells(storm())])
def test_every_neighbour_differs_from_the_scenario(name: str) -> None:
    designs = [load_design("glp_partial")]
    found = neighbourhood(designs, storm(), seed=1, paths=30, folder=None, chains=["native"])
    done = {task.name: records for task, records in run_all(found.tasks, processes=1)}
    (records,) = next(parts for cell, parts in found.records(done) if cell == name)
    plain = run_task(Task(designs[0], storm(), 1, tuple(range(found.paths)), None))
    assert records.paths.tolist() == plain.paths.tolist()
    assert not same(records, plain)


def test_a_cell_that_shares_a_chain_is_the_scenario_with_that_number_changed() -> None:
    """The factor on arrivals is what the file's key does."""
    designs, halved = [load_design("glp")], storm(**{"traders.arrival_per_hour": 10.0})
    found = neighbourhood(designs, storm(), seed=1, paths=30, folder=None, chains=["native"])
    done = {task.name: records for task, records in run_all(found.tasks, processes=1)}
    (records,) = next(parts for cell, parts in found.records(done) if cell == "half as many arrivals")
    assert same(records, run_task(Task(designs[0], halved, 1, tuple(range(found.paths)), None)))


def test_neighbours_are_as_dear_as_the_comparison_at_most() -> None:
    """In paths times steps: those that share a chain have the steps of the comparison, the others half as many."""
    for paths in (30, 40, 64, 200, 1_000):
        few = paths_of(paths, storm())
        shared = sum(not cell.overrides for cell in cells(storm()))
        assert 0 < (shared + 0.5) * few <= paths
    assert paths_of(20, storm()) == 0


def test_neighbours_that_are_not_there_are_said_to_be_missing() -> None:
    scenario = storm()
    least = least_paths(scenario)
    assert paths_of(least - 1, scenario) == 0 < paths_of(least, scenario)

    def missing(scenario: Scenario, paths: int) -> tuple[str, ...]:
        designs = [load_design("glp"), load_design("hlp")]
        around = neighbourhood(designs, scenario, seed=1, paths=paths, folder=None, chains=["native"] * 2)
        return around.missing(scenario)

    assert missing(scenario, least) == ()
    (sentence,) = missing(scenario, least - 1)
    assert f"takes {least} paths" in sentence
    odd = storm(**{"clock.segment[0].step_s": 20})  # twice as long, none is at the waypoint in the middle
    (sentence,) = missing(odd, 64)
    assert "steps twice as long" in sentence and "waypoint" in sentence


def test_few_paths_tell_a_change_that_their_own_spread_would_hide() -> None:
    """Differences vary by 1, the neighbour moves each by -0.5 or so: eight paths show it, alone they would not."""
    rng = np.random.Generator(np.random.Philox(5))
    base = 0.2 + rng.normal(size=400)
    rows = np.arange(8)
    few = base[rows] - 0.5 + 0.02 * rng.normal(size=8)
    mean, low, high = shifted(base, few, rows)
    assert mean == pytest.approx(base.mean() - 0.5, abs=0.03)
    assert high < 0
    alone = 2.4 * few.std(ddof=1) / np.sqrt(8)
    assert high - low < alone


def test_the_interval_of_a_neighbour_covers() -> None:
    """Of 2,000 draws, 95 % or more hold the truth, whatever base and change have to do with each other."""
    rng = np.random.Generator(np.random.Philox(6))
    for common in (-0.8, 0.0, 0.8):
        hits = 0
        for _ in range(2_000):
            base = rng.normal(size=60)
            rows = np.arange(6)
            change = 0.3 + common * base[rows] + 0.5 * rng.normal(size=6)
            _, low, high = shifted(base, base[rows] + change, rows)
            hits += low <= 0.3 <= high
        assert hits >= 1_880, common


def test_a_verdict_that_turns_is_said_to_turn() -> None:
    assert (judge(0.1, 0.2, 1), judge(-0.2, -0.1, 1), judge(-0.1, 0.1, 1)) == (HOLDS, TURNS, UNSURE)
    assert (judge(0.1, 0.2, -1), judge(0.1, 0.2, 0), judge(-0.1, 0.2, 0)) == (TURNS, SHOWN, UNSURE)
    assert judge(np.nan, np.nan, 1) == UNSURE


def test_neighbours_on_bytecode_are_those_on_native_code() -> None:
    """To the bit, with funding that adapts and orders that wait: rows are cut into other tasks, and nothing else."""
    designs, scenario = [load_design("gmx_v2")], storm(**{"traders.count": 12})
    found: list[dict[str, Records]] = []
    for chain in ("native", "evm"):
        hood = neighbourhood(designs, scenario, seed=1, paths=26, folder=None, chains=[chain])
        done = {task.name: records for task, records in run_all(hood.tasks, processes=1)}
        found.append({cell: records for cell, (records,) in hood.records(done)})
    native, bytecode = found
    assert len(native) == len(cells(scenario)) and native.keys() == bytecode.keys()
    for cell, records in native.items():
        assert same(records, bytecode[cell]), cell
        for group in ("totals", "liquidations"):
            mine, theirs = getattr(records, group), getattr(bytecode[cell], group)
            assert all(np.array_equal(mine[name], theirs[name], equal_nan=True) for name in mine), (cell, group)
