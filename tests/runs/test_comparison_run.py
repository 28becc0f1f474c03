"""A comparison from inputs to its folder: designs that differ in all that has a name, neighbours, a stop on the way."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from storm import storm

from sim.design import load_design
from sim.runs import audit, comparison_run, experiment
from sim.runs.comparison_run import Finished, Interrupted, Plan, execute
from sim.runs.experiment import run_task

NAMES = ("pre_reform", "glp")


def plan(out: Path, *names: str, paths: int = 26, **others: object) -> Plan:
    made = Plan(
        designs=tuple(load_design(name) for name in names or NAMES),
        scenario=storm(**{"traders.count": 12}),
        seed=4,
        paths=paths,
        tapes=0,
        processes=1,
        out=out,
        audit_share=0.0,
    )
    return replace(made, **others)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    return execute(plan(tmp_path_factory.mktemp("runs")))


def test_designs_with_other_assets_and_feeds_are_matched_by_symbol(finished: Finished, tmp_path: Path) -> None:
    """Six feeds against four, the baseline either: nothing crashes, and the differences are each other's opposite."""
    assert len({record.feeds for record in finished.records}) == 2
    assert (finished.folder / "report.html").stat().st_size > 1_000_000
    turned = execute(plan(tmp_path, *NAMES[::-1]))
    for key, there in finished.comparison.differences.items():
        back = turned.comparison.differences[key[0], "pre_reform"]
        assert there.mean == pytest.approx(-back.mean, rel=1e-9, abs=1e-9, nan_ok=True), key


def test_the_order_of_designs_changes_no_number_of_theirs(finished: Finished, tmp_path: Path) -> None:
    turned = {record.design: record for record in execute(plan(tmp_path, *NAMES[::-1])).records}
    for record in finished.records:
        for name, series in record.series.items():
            assert np.array_equal(series, turned[record.design].series[name], equal_nan=True), name


def test_every_neighbour_has_a_row_and_the_headline_a_sentence(finished: Finished) -> None:
    told = json.loads((finished.folder / "comparison.json").read_text())
    assert [row["n"] for row in told["neighbours"]] == [4] * 7
    assert all(shift["design"] == "glp" for row in told["neighbours"] for shift in row["shifts"])
    leverage = {row["name"]: row["leverage"] for row in told["neighbours"]}
    assert leverage["half the leverage"] < 0.6 * leverage["twice as many arrivals"]
    text = " ".join((finished.folder / "table.txt").read_text().split())
    assert "7 neighbours (4 paths each)" in text
    for row in told["neighbours"]:
        assert row["name"] in text


def test_they_can_be_left_out_and_change_nothing_else(finished: Finished, tmp_path: Path) -> None:
    plain = execute(plan(tmp_path, has_neighbours=False))
    assert plain.comparison.neighbours == ()
    assert "neighbour" not in (plain.folder / "table.txt").read_text()
    assert plain.comparison.to_json() == replace(finished.comparison, neighbours=()).to_json()


def test_a_run_that_was_stopped_among_its_neighbours_goes_on_to_the_same_end(
    finished: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_all, stopped = comparison_run.run_all, []

    def stopping(work, *, processes):
        for task, records in run_all(work, processes=processes):
            yield task, records
            if task.variations and not stopped:
                stopped.append(task)
                raise KeyboardInterrupt

    monkeypatch.setattr(comparison_run, "run_all", stopping)
    with pytest.raises(Interrupted, match="2 of 2 tasks of the comparison and 1 of 4 of its neighbours are kept"):
        execute(plan(tmp_path))
    ran = []
    monkeypatch.setattr(experiment, "run_task", lambda task: (ran.append(task.name), run_task(task))[1])
    again = execute(plan(tmp_path))
    assert len(ran) == 3 and all("neighbours" in name for name in ran) and stopped[0].name not in ran
    assert again.comparison.neighbours == finished.comparison.neighbours
    assert again.comparison.to_json() == finished.comparison.to_json()


def test_a_run_that_was_stopped_before_its_neighbours_tells_of_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_all = comparison_run.run_all

    def stopping(work, *, processes):
        yield next(run_all(work, processes=processes))
        raise KeyboardInterrupt

    monkeypatch.setattr(comparison_run, "run_all", stopping)
    with pytest.raises(Interrupted, match="1 of 2 tasks of the comparison are kept"):
        execute(plan(tmp_path))


def test_tapes_and_audits_that_are_asked_for_later_are_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those paths alone are run once more; the tapes are those of a run that kept them at once."""
    small = {"paths": 4, "has_neighbours": False}
    first = execute(plan(tmp_path / "later", **small, tapes=1))
    ran = []
    monkeypatch.setattr(experiment, "run_task", lambda task: (ran.append(task), run_task(task))[1])
    later = execute(plan(tmp_path / "later", **small, tapes=3))
    assert [task.paths for task in ran] == [(1, 2)] * 2
    assert later.comparison.to_json() == first.comparison.to_json()
    assert _tapes(later) == _tapes(execute(plan(tmp_path / "at once", **small, tapes=3)))
    ran.clear()
    assert execute(plan(tmp_path / "later", **small, tapes=2, audit_share=0.5)).folder == later.folder
    assert {(item.design, item.path) for item in audit.load_all(later.folder)} >= {
        (name, path) for name in NAMES for path in audit.sample(4, 4, 0.5)
    }
    ran.clear()
    execute(plan(tmp_path / "later", **small, tapes=3, audit_share=0.5))
    assert ran == []


def _tapes(run: Finished) -> dict[str, bytes]:
    files = sorted((run.folder / "tapes").rglob("*.tape"))
    return {str(file.relative_to(run.folder)): file.read_bytes() for file in files}
