"""Runs: the same on any number of processes, resumed where they stopped, kept only when whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from storm import storm

from sim.chain.evm import EvmChain
from sim.chain.tape import load, play
from sim.design import load_design
from sim.inputs.compiler import ROOT
from sim.risk.records import Records
from sim.runs import experiment
from sim.runs.experiment import run_all, run_id, tasks
from sim.scenario import scenario_from_prices


def work(folder: Path | None, paths: int = 4, tapes: int = 0, names: tuple[str, ...] = ("glp",)) -> list:
    designs = [load_design(name) for name in names]
    return tasks(designs, storm(), seed=2, paths=paths, folder=folder, tapes=tapes, chunk=2)


def joined(found: list[tuple[object, Records]]) -> Records:
    return Records.concatenate([records for _, records in found])


def test_one_process_and_two_give_the_same_records(tmp_path: Path) -> None:
    one = joined(list(run_all(work(tmp_path / "a"), processes=1)))
    two = joined(list(run_all(work(tmp_path / "b"), processes=2)))
    for name in one.series:
        assert np.array_equal(one.series[name], two.series[name]), name
    for name in one.liquidations:
        assert np.array_equal(one.liquidations[name], two.liquidations[name]), name


def test_finished_tasks_are_not_run_again(tmp_path: Path, monkeypatch) -> None:
    first = joined(list(run_all(work(tmp_path), processes=1)))
    ran = []
    monkeypatch.setattr(experiment, "run_task", lambda task: ran.append(task))
    again = joined(list(run_all(work(tmp_path), processes=1)))
    assert ran == []
    assert np.array_equal(first.series["share_price_usd"], again.series["share_price_usd"])


def test_an_interrupt_keeps_what_is_finished(tmp_path: Path) -> None:
    running = run_all(work(tmp_path), processes=1)
    next(running)
    running.close()
    assert [file.name for file in (tmp_path / "paths").iterdir()] == ["glp-00000-00001.npz"]


def test_tapes_are_kept_for_as_many_paths_as_asked_and_play_again(tmp_path: Path) -> None:
    list(run_all(work(tmp_path, tapes=2), processes=1))
    files = sorted((tmp_path / "tapes" / "glp").iterdir())
    assert [file.name for file in files] == ["00000.tape", "00001.tape"]
    tape = load(files[0])
    _, differences = play(tape, EvmChain)
    assert differences == []
    assert tape.head.digest


def test_a_price_file_is_what_is_in_it_and_not_where_it_lies(tmp_path: Path) -> None:
    text, design = (ROOT / "examples" / "prices.csv").read_text(), [load_design("glp")]
    one, moved = tmp_path / "one.csv", tmp_path / "moved.csv"
    for file in (one, moved):
        file.write_text(text)
    before = run_id(design, scenario_from_prices(one), 1)
    assert run_id(design, scenario_from_prices(moved), 1) == before
    one.write_text(text.replace(",2196.43,", ",2196.44,"))
    assert run_id(design, scenario_from_prices(one), 1) != before


def test_contracts_that_changed_do_not_reuse_paths(tmp_path: Path, monkeypatch) -> None:
    contracts = tmp_path / "contracts"
    (contracts / "lib").mkdir(parents=True)
    monkeypatch.setattr(experiment, "CONTRACTS", contracts)
    names = set()
    for file, text in (("Market.vy", "a"), ("Market.vy", "b"), ("lib/room.vy", "c"), ("lib/IRoom.vyi", "d")):
        (contracts / file).write_text(text)
        names.add(run_id([load_design("glp")], storm(), 1))
    assert len(names) == 4


def test_a_run_is_named_by_its_inputs_and_not_by_its_size() -> None:
    design, other = load_design("glp"), load_design("glp", ["margin.minimum_usd=3"])
    scenario = storm()
    assert run_id([design], scenario, 1) == run_id([design], scenario, 1)
    names = {
        run_id([design], scenario, 1),
        run_id([design], scenario, 2),
        run_id([other], scenario, 1),
        run_id([design], storm(**{"traders.count": 41}), 1),
    }
    assert len(names) == 4
