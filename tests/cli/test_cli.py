"""The command: one clear line and exit code 2 for bad input; an interrupt that keeps what is finished."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sim.cli.root import main
from sim.report.html import write_report  # noqa: F401  (imported early: the first import of plotly takes seconds)

GOOD_CSV = "timestamp,BTC,ETH,SOL\n" + "".join(
    f"2025-03-01T12:{minute:02d}:00Z,{80_000 - 400 * minute},{2_000 - 12 * minute},{100 - minute}\n"
    for minute in range(12)
)


def run(*arguments: str) -> Result:
    return CliRunner(mix_stderr=False).invoke(main, list(arguments))


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    file = tmp_path / "prices.csv"
    file.write_text(GOOD_CSV)
    return file


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["compare", "gpl"], ["gpl", "glp", "jlp"]),
        (["compare", "glp", "--scenario", "oct"], ["oct", "oct_2025_replay"]),
        (["compare", "none.toml"], ["none.toml"]),
        (["compare", "glp", "--set", "liquidation.close_factr=0.2"], ["--set", "close_factr"]),
        (["compare", "glp_partial", "--set", "liquidation.close_factor=much"], ["--set", "close_factor"]),
        (["compare", "glp", "--set", "margin.maintenance_pct=2"], ["--set", "maintenance_pct", "maintenance_bps"]),
        (["compare", "glp", "--set", "asset.BTC.target_weight=-1"], ["--set", "target_weight"]),
        (["compare", "glp", "--set", "asset.BTC.target_weight=0.9"], ["--set", "sum to 1"]),
        (["compare", "glp", "--set", "weight_fee.policy=magic"], ["--set", "magic", "glp_tax"]),
        (["compare", "glp", "--scenario", "replay"], ["--prices"]),
        (["compare", "glp", "--prices", "x.csv"], ["--prices", "--scenario replay"]),
        (["compare", "glp", "--scenario", "replay", "--prices", "x.csv"], ["x.csv"]),
        (
            ["compare", "glp", "--scenario", "replay", "--prices", "x.csv", "--column", "BTC"],
            ["--column", "FEED=COLUMN"],
        ),
        (["compare", "glp", "jlp", "--until-ci", "0"], ["--until-ci", "above 0"]),
        (["compare", "glp", "jlp", "--until-ci", "-1"], ["--until-ci", "-1"]),
        (["compare", "glp", "jlp", "--until-ci", "nan"], ["--until-ci", "nan"]),
        (["compare", "glp", "jlp", "--until-ci", "narrow"], ["--until-ci", "narrow"]),
        (["compare", "glp", "--until-ci", "1"], ["--until-ci", "second design"]),
        (["replay", "none.tape"], ["none.tape"]),
        (["replay", "none.tape", "--url", "http://127.0.0.1:1"], ["--url", "--chain devnet"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_bad_input_is_one_line_and_exit_code_2(
    arguments: list[str], words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("error: ")
    assert len(result.stderr.splitlines()) == 1
    for word in words:
        assert word in result.stderr
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    "flags", [["--paths", "0"], ["--seed", "-1"], ["--jobs", "0"], ["--audit", "nan"], ["--nonsense"]]
)
def test_a_wrong_flag_is_explained_with_exit_code_2(flags: list[str]) -> None:
    result = run("compare", "glp", *flags)
    assert result.exit_code == 2
    assert flags[0] in result.stderr


def test_a_policy_that_refuses_its_parameters_says_so(tmp_path: Path) -> None:
    """The bound is the policy's own, in Vyper; the message names the policy and what it objects to."""
    result = run(
        "compare", "glp", "--set", "weight_fee.tax_bps=501", "--paths", "1", "--jobs", "1", "--out", str(tmp_path)
    )
    assert result.exit_code == 2
    assert "GlpTax: tax_bps above 500" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_price_that_the_oracle_would_not_accept_is_named_before_anything_runs(tmp_path: Path) -> None:
    file = tmp_path / "cheap.csv"
    file.write_text(GOOD_CSV.replace(",80000,", ",1,"))
    arguments = ["compare", "glp", "--scenario", "replay", "--prices", str(file), "--out", str(tmp_path / "runs")]
    result = run(*arguments)
    assert result.exit_code == 2
    assert "BTC: expected an opening price between" in result.stderr
    assert not (tmp_path / "runs").exists()


def test_a_comparison_leaves_table_report_and_tapes(tmp_path: Path, prices: Path) -> None:
    out = tmp_path / "runs"
    arguments = ["compare", "glp", "glp_partial", "--scenario", "replay", "--prices", str(prices)]
    result = run(*arguments, "--paths", "2", "--jobs", "1", "--out", str(out))
    assert result.exit_code == 0, result.stderr
    assert "LP return" in result.stdout
    (folder,) = out.iterdir()
    names = {file.name for file in folder.iterdir()}
    assert {"table.txt", "table.csv", "comparison.json", "report.html", "run.json", "tapes", "paths", "audit"} == names
    assert "0 differences in" in result.stdout
    assert "glp_partial" in (folder / "report.html").read_text()
    assert len(list((folder / "tapes" / "glp").iterdir())) == 2

    replayed = run("replay", str(folder / "tapes" / "glp_partial" / "00001.tape"))
    assert replayed.exit_code == 0, replayed.stdout
    assert "receipts: 0 differ" in replayed.stdout
    assert "as on the tape" in replayed.stdout


def test_json_is_all_that_is_printed_when_asked_for(tmp_path: Path, prices: Path) -> None:
    arguments = ["compare", "glp", "glp", "--scenario", "replay", "--prices", str(prices), "--json"]
    result = run(*arguments, "--paths", "2", "--jobs", "1", "--out", str(tmp_path))
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)


def test_a_tape_that_was_tampered_with_is_found_out(tmp_path: Path, prices: Path) -> None:
    from dataclasses import replace

    from sim.chain.tape import load

    arguments = ["compare", "glp", "--scenario", "replay", "--prices", str(prices), "--paths", "1"]
    assert run(*arguments, "--jobs", "1", "--out", str(tmp_path)).exit_code == 0
    tape = load(next(tmp_path.rglob("*.tape")))
    status = tape.status.copy()
    status[0] = 12
    replace(tape, status=status).save(tmp_path / "other.tape")
    result = run("replay", str(tmp_path / "other.tape"))
    assert result.exit_code == 1
    assert "row 0" in result.stdout


_LISTEN = signal.SIGINT, signal.SIG_DFL


def test_an_interrupt_keeps_finished_paths_and_the_same_command_goes_on(tmp_path: Path, prices: Path) -> None:
    command = [str(Path(sys.executable).with_name("breakwater")), "compare", "glp", "--paths", "400", "--jobs", "1"]
    command += ["--scenario", "replay", "--prices", str(prices), "--out", str(tmp_path)]
    # A test run in the background of a shell ignores SIGINT and would hand that down.
    running = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=partial(signal.signal, *_LISTEN)
    )
    deadline = time.monotonic() + 240
    while not list(tmp_path.rglob("*.npz")) and time.monotonic() < deadline and running.poll() is None:
        time.sleep(0.2)
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=60)
    assert running.returncode == 130, errors
    assert "Traceback" not in errors
    assert "of 7 tasks of the comparison are kept" in errors
    finished = len(list(tmp_path.rglob("*.npz")))
    assert 0 < finished < 7

    short = run(*command[1:3], "--paths", "64", *command[5:])
    assert short.exit_code == 0, short.stderr
    assert len(list(tmp_path.rglob("*.npz"))) == finished
    assert not list(tmp_path.rglob("*.tmp"))
