"""`breakwater compare --until-ci`: it goes on until it is sure, stops there, and can be stopped and gone on with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sim.cli.root import main
from sim.report.words import HEADLINE_MEASURE

CSV = "timestamp,BTC,ETH,SOL\n" + "".join(
    f"2025-03-01T12:{minute:02d}:00Z,{80_000 - 900 * minute},{2_000 - 30 * minute},{100 - 2 * minute}\n"
    for minute in range(8)
)


@pytest.fixture(scope="module")
def prices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("until") / "prices.csv"
    file.write_text(CSV)
    return file


def run(prices: Path, out: Path, *flags: str, jobs: int = 1) -> Result:
    arguments = ["compare", "glp", "glp_partial", "--scenario", "replay", "--prices", str(prices), "--audit", "0"]
    arguments += ["--tapes", "0", "--jobs", str(jobs), "--out", str(out), "--json", *flags]
    result = CliRunner(mix_stderr=False).invoke(main, arguments)
    assert result.exit_code == 0, result.stderr
    return result


def width(told: dict) -> float:
    (row,) = (r for r in told["measures"] if r["measure"] == HEADLINE_MEASURE and r["design"] == "glp_partial")
    return row["difference_high"] - row["difference_low"]


def test_it_stops_at_the_first_look_that_is_narrow_enough_whatever_runs_it(prices: Path, tmp_path: Path) -> None:
    """The width is chosen between what 64 and what 128 paths give at the level of a look."""
    out = tmp_path / "runs"
    first = json.loads(run(prices, out, "--until-ci", "1e9", "--paths", "256").stdout)
    assert first["looks"]["stopped_at"] == first["n_paths"] == 64
    assert first["looks"]["confidence"] == pytest.approx(1 - 0.05 / 3)
    goal = 0.85 * width(first)  # a half of the paths more makes it 0.71

    found = run(prices, out, "--until-ci", f"{goal}", "--paths", "256").stdout  # goes on with what is there
    told = json.loads(found)
    assert told["looks"]["is_reached"] and told["looks"]["stopped_at"] == told["n_paths"] == 128
    assert width(told) <= goal < width(first)
    assert run(prices, tmp_path / "others", "--until-ci", f"{goal}", "--paths", "256", jobs=2).stdout == found
    (folder,) = out.iterdir()
    assert "128 of at most 256" in " ".join((folder / "table.txt").read_text().split())
    assert json.loads((folder / "run.json").read_text())["paths"] == 128


def test_what_is_not_reached_is_said(prices: Path, tmp_path: Path) -> None:
    told = json.loads(run(prices, tmp_path, "--until-ci", "1e-9", "--paths", "65").stdout)
    assert not told["looks"]["is_reached"]
    assert told["n_paths"] == told["looks"]["stopped_at"] == 65
    (folder,) = tmp_path.iterdir()
    assert "65 were not enough" in " ".join((folder / "report.html").read_text().split())
