"""`breakwater validate`: what it prints, what it writes, and that neither processes nor misses change how it ends."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from sim.cli import main
from sim.validation import assembly, conservation, page
from sim.validation.checks import Check, Part, Plan, Task, at_most, equal, near, within

PLAN = Plan("oct_2025", 11, 4, False)


def _square(x: int) -> int:
    return x * x


def _stopped() -> None:
    raise KeyboardInterrupt


def _part(title: str, *tasks: Task) -> Part:
    def checks(plan: Plan, results) -> list[Check]:
        return [near(f"{title} of {task.arguments}", 4.0, float(results[task]), 0.5) for task in tasks]

    return Part(title, "About it.", lambda plan: tasks, checks)


GOOD = _part("squares", Task(_square, (2,)), Task(_square, (3,)))


@pytest.fixture
def run(monkeypatch):
    """Runs the command with some parts only."""

    def call(*flags: str, parts=(GOOD,)):
        monkeypatch.setattr(assembly, "PARTS", parts)
        return CliRunner().invoke(main, ["validate", "--jobs", "1", *flags])

    return call


def test_misses_are_printed_and_change_no_exit_code(run):
    result = run()
    assert result.exit_code == 0
    assert "holds" in result.output and "missed" in result.output
    assert "1 holds, 0 reached, 1 missed, 0 shown of 2 checks" in result.output


def test_a_page_tells_misses_first_and_every_check(run, monkeypatch, tmp_path):
    (tmp_path / "docs").mkdir()
    monkeypatch.setattr(page, "PAGE", tmp_path / "docs" / "validation.md")
    result = run("--write", "--paths", "4")
    text = (tmp_path / "docs" / "validation.md").read_text()
    assert result.exit_code == 0 and "written: docs/validation.md" in result.output
    assert "`breakwater validate --scenario oct_2025 --paths 4 --seed 11 --write`" in text
    assert text.index("## Missed") < text.index("## squares")
    assert "| squares of (3,) | 4 | 9 | 0.5 | missed |  |" in text and "no independent source" in text


def test_nothing_is_written_where_there_is_no_folder(run, monkeypatch, tmp_path):
    monkeypatch.setattr(page, "PAGE", tmp_path / "nowhere" / "validation.md")
    result = run("--write")
    assert result.exit_code == 2 and result.output.startswith("error: --write: expected a repository")


def test_ctrl_c_keeps_the_parts_that_are_complete(run, monkeypatch, tmp_path):
    (tmp_path / "docs").mkdir()
    monkeypatch.setattr(page, "PAGE", tmp_path / "docs" / "validation.md")
    result = run("--write", parts=(GOOD, _part("stopped", Task(_stopped))))
    assert result.exit_code == 130 and "squares" in result.output
    assert "stopped: what stands above is complete" in result.output
    assert not list((tmp_path / "docs").iterdir())


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--scenario", "oct_2024"), "error: --scenario: expected a market with facts: oct_2025, got oct_2024"),
        (("--paths", "0"), "'--paths'"),
        (("--jobs", "0"), "'--jobs'"),
        (("--seed", "-1"), "'--seed'"),
        (("--fast",), "--fast"),
    ],
)
def test_a_bad_flag_is_a_line_and_exit_code_2(run, flags, message):
    result = run(*flags)
    assert result.exit_code == 2 and message in result.output and "Traceback" not in result.output


def test_processes_do_not_change_what_is_found(monkeypatch):
    monkeypatch.setattr(assembly, "PARTS", (conservation.PART,))
    one, two = (assembly.validate(PLAN, jobs) for jobs in (1, 2))
    assert one.checks == two.checks and one.counts()["holds"] == len(one.checks["Conservation"]) > 0


def test_equal_tasks_are_run_once(monkeypatch):
    monkeypatch.setattr(assembly, "PARTS", (GOOD, _part("again", Task(_square, (2,)))))
    assert len(assembly.tasks_of(PLAN)) == 2


def test_without_full_only_quick_parts_are_run():
    assert set(assembly.parts_of(PLAN)) < set(assembly.PARTS)
    assert assembly.parts_of(Plan("oct_2025", 11, 4, True)) == assembly.PARTS


def test_verdicts():
    assert near("x", 1.0, 1.1, 0.2).verdict == "holds" and near("x", 1.0, 1.3, 0.2).verdict == "missed"
    assert within("x", 0.0, 1.0, 1.0).verdict == "holds" and within("x", 0.0, 1.0, 1.1).verdict == "missed"
    assert at_most("x", 1.0, 0.5).verdict == "holds" and at_most("x", 1.0, 1.5).verdict == "missed"
    assert equal("x", True).verdict == "holds" and equal("x", False).verdict == "missed"
    assert near("x", 1.0, float("nan"), 0.2).verdict == "missed"
