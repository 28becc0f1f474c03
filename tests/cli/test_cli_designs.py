"""The designer's commands, as typed: what they print, what they write, and how they say no."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sim.cli.root import main
from sim.cli.shell import PLAIN_WIDTH
from sim.design import SLOTS, list_designs
from sim.inputs.compiler import ROOT
from sim.report.html import write_report  # noqa: F401  (imported early: the first import of plotly takes seconds)
from sim.workbench.scaffold import TEMPLATES

EXAMPLES = ROOT / "examples"
BIN = Path(sys.executable).parent
PRICES = "timestamp,BTC,ETH,SOL\n" + "".join(
    f"2025-03-01T12:{minute:02d}:00Z,{80_000 - 400 * minute},{2_000 - 12 * minute},{100 - minute}\n"
    for minute in range(12)
)
PARAMETERS = {
    "weight_fee": "fee_bps = 30",
    "borrow_rate": "rate_at_full_per_year = 0.9",
    "funding_rate": "maximum_per_year = 0.5",
    "price_impact": "spread_bps = 5",
    "margin": "initial_bps = 200",
    "liquidation": "penalty_bps = 20",
    "deleverage": "trigger = 0.6",
    "circuit": "ratio = 0.5",
}


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner(mix_stderr=False, env=environment).invoke(main, list(arguments))


def printed(*arguments: str, **environment: str) -> str:
    result = run(*arguments, **environment)
    assert result.exit_code == 0, result.stderr
    return result.stdout


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


# --- designs


def test_designs_are_listed_with_one_line_each() -> None:
    lines = printed("designs").splitlines()
    assert [line.split()[0] for line in lines] == list_designs()
    assert all(len(line.split()) > 1 for line in lines)


@pytest.mark.parametrize("name", [*list_designs(), "examples/my_pool.toml", "examples/own_rule.toml"])
def test_a_page_of_a_design_reads_well_in_a_file(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    text = printed("designs", "show", name, FORCE_COLOR="1", COLUMNS="40")
    assert "\x1b" not in text
    lines = text.splitlines()
    assert max(len(line) for line in lines) <= PLAIN_WIDTH
    assert all(line == line.rstrip() for line in lines)
    for slot in SLOTS:
        assert sum(line.startswith(f"{slot}: ") for line in lines) == 1
    assert "decrease a position" in text


def test_show_takes_what_compare_takes() -> None:
    assert "set on the command line" in printed("designs", "show", "glp", "--set", "weight_fee.tax_bps=60")


def test_a_policy_by_path_is_shown_like_a_shipped_one() -> None:
    text = printed("designs", "show", str(EXAMPLES / "own_rule.toml"))
    section = text[text.index("borrow_rate: QuadraticBorrow.vy") : text.index("funding_rate: ")]
    assert "Quadratic borrow rate" in section
    assert re.search(r"rate_at_full_per_year +1\.752 +per year +assumption", section)


def test_diff_prints_what_differs_and_nothing_else() -> None:
    text = printed("designs", "diff", "glp_partial", str(EXAMPLES / "my_pool.toml"))
    assert re.search(r"borrow_rate +linear_borrow +kinked_borrow", text)
    assert re.search(r"liquidation\.close_factor +1 +0\.5", text)
    assert "liquidation.buffer" not in text
    assert "weight_fee" not in text
    assert "no difference" not in text


def test_diff_says_when_nothing_differs() -> None:
    assert printed("designs", "diff", "glp", "glp") == "no difference in behaviour\n"
    changed = printed("designs", "diff", "glp", "glp", "--set", "glp#2:weight_fee.tax_bps=60")
    assert re.search(r"weight_fee\.tax_bps +50 +60", changed)


# --- init and new


def test_init_says_what_it_wrote_and_what_to_do_next(here: Path) -> None:
    text = printed("init", "mine", "--from", "jlp", "--dir", "pools")
    assert text.splitlines()[:2] == ["wrote pools/mine.toml", "wrote pools/test_mine.py"]
    assert printed("designs", "diff", "jlp", "pools/mine.toml") == "no difference in behaviour\n"


def test_new_policies_fill_every_slot_of_a_pool_that_runs_and_replays(here: Path) -> None:
    tables = []
    for slot in SLOTS:
        name = "Own" + "".join(part.title() for part in slot.split("_"))
        assert f"[{slot}]" in printed("new", "policy", slot, name, "--dir", "policies")
        tables.append(f'[{slot}]\npolicy = "policies/{name}.vy"\n{PARAMETERS[slot]}\n')
    (here / "own.toml").write_text('extends = "glp"\n' + "".join(tables))
    (here / "prices.csv").write_text(PRICES)
    small = ["--scenario", "replay", "--prices", "prices.csv", "--paths", "1", "--jobs", "1"]
    text = printed("compare", "glp", "own.toml", *small)
    assert "LP return" in text and "own" in text
    (tape,) = here.glob("runs/*/tapes/own/*.tape")
    again = printed("replay", str(tape))
    assert "receipts: 0 differ" in again
    assert "as on the tape" in again


@pytest.mark.parametrize("slot", ["borrow_rate", "liquidation"])
def test_a_policy_by_path_goes_into_a_shipped_design_from_the_command_line(here: Path, slot: str) -> None:
    printed("new", "policy", slot, "Own")
    key, _, value = PARAMETERS[slot].partition(" = ")
    sets = ["--set", f"{slot}.policy=Own.vy", "--set", f"{slot}.{key}={value}"]
    (here / "prices.csv").write_text(PRICES)
    small = ["--scenario", "replay", "--prices", "prices.csv", "--paths", "1", "--jobs", "1", "--tapes", "0"]
    assert "LP return" in printed("compare", "glp", *sets, *small)
    assert f"{slot}: Own.vy" in printed("designs", "show", "glp", *sets)


# --- how it says no


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["designs", "show", "gpl"], ["gpl", "glp", "jlp"]),
        (["designs", "show", "none.toml"], ["none.toml"]),
        (["designs", "show", "glp", "--set", "margin.maintenance_pct=2"], ["--set", "maintenance_bps"]),
        (["designs", "diff", "glp", "gpl"], ["gpl", "glp"]),
        (["designs", "show", "glp", "--set", "weight_fee.tax_bps=501"], ["--set", "GlpTax: tax_bps above 500", "501"]),
        (["designs", "show", "glp", "--set", "margin.policy=none.vy"], ["--set", "margin.policy", "none.vy"]),
        (["init", "my-pool", "--from", "glp"], ["NAME", "my-pool"]),
        (["init", "glp", "--from", "glp"], ["NAME", "no shipped design"]),
        (["init", "mine", "--from", "gpl"], ["gpl", "glp"]),
        (["new", "policy", "fees", "Mine"], ["SLOT", "weight_fee", "fees"]),
        (["new", "policy", "margin", "mine"], ["NAME", "capital", "mine"]),
        (["new", "policy", "margin", "FlatMargin"], ["NAME", "no shipped contract"]),
    ],
    ids=lambda value: " ".join(value),
)
def test_bad_input_is_one_line_and_writes_nothing(arguments: list[str], words: list[str], here: Path) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("error: ")
    assert len(result.stderr.splitlines()) == 1
    for word in words:
        assert word in result.stderr
    assert list(here.iterdir()) == []


@pytest.mark.parametrize(
    "arguments", [["designs", "nonsense"], ["designs", "diff", "glp"], ["init", "mine"], ["new", "policy", "margin"]]
)
def test_a_command_that_is_not_whole_explains_itself(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Usage: " in result.stderr


def test_the_same_command_again_overwrites_nothing(here: Path) -> None:
    printed("init", "mine", "--from", "glp")
    printed("new", "policy", "margin", "Mine")
    before = {file.name: file.read_bytes() for file in here.iterdir()}
    for arguments in (("init", "mine", "--from", "jlp"), ("new", "policy", "circuit", "Mine")):
        result = run(*arguments)
        assert result.exit_code == 2
        assert "nothing is overwritten" in result.stderr
    assert {file.name: file.read_bytes() for file in here.iterdir()} == before


@pytest.mark.parametrize("command", [("compare",), ("designs", "show"), ("fuzz",)], ids=" ".join)
def test_what_vyper_says_is_shown_as_vyper_says_it(command: tuple[str, ...], here: Path) -> None:
    text = (TEMPLATES / "borrow_rate.vy").read_text()
    (here / "Mine.vy").write_text(text.replace("utilisation_short_wad),", "utilisation_shorts_wad),"))
    (here / "mine.toml").write_text('extends = "glp"\n[borrow_rate]\npolicy = "Mine.vy"\nrate_at_full_per_year = 1\n')
    result = run(*command, "mine.toml")
    assert result.exit_code == 2
    assert result.stdout == ""
    first, blank, *vyper = result.stderr.splitlines()
    assert first == "error: mine.toml: borrow_rate.policy: expected Vyper source that compiles, got Mine.vy"
    assert blank == ""
    assert vyper[0] == "'utilisation_shorts_wad' has not been declared."
    assert any(line.startswith("  ---> ") and "utilisation_shorts_wad" in line for line in vyper)
    assert "Traceback" not in result.stderr


def test_a_bound_of_an_own_constructor_is_one_line(here: Path) -> None:
    printed("new", "policy", "borrow_rate", "Mine")
    (here / "mine.toml").write_text('extends = "glp"\n[borrow_rate]\npolicy = "Mine.vy"\nrate_at_full_per_year = 11\n')
    result = run("compare", "mine.toml")
    assert result.exit_code == 2
    assert result.stderr == (
        "error: mine.toml: borrow_rate.rate_at_full_per_year: expected what Mine.vy accepts "
        "(Mine: rate_at_full_wad_per_s above the hard bound), got 11\n"
    )


# --- README


def test_the_commands_of_the_readme_work_as_typed(here: Path) -> None:
    text = (ROOT / "README.md").read_text()
    section = text[text.index("## Begin a design of your own") :]
    block = re.search(r"```console\n(.*?)```", section, re.DOTALL)
    assert block is not None
    commands = [line.removeprefix("$ ") for line in block[1].splitlines()]
    assert [shlex.split(command)[:2] for command in commands].count(["breakwater", "init"]) == 1
    environment = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    for command in commands:
        done = subprocess.run(command, shell=True, cwd=here, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
