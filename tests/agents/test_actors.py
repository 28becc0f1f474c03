"""Actors that a scenario names: what each gains from whom, and a user's own, whose faults are one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from people import crash

from sim.agents.actors.registry import KINDS, with_own
from sim.cli import main
from sim.design import load_design
from sim.inputs.errors import InputError
from sim.risk.comparison import compare
from sim.risk.records import Records
from sim.runs.experiment import Task, run_id, run_task
from sim.scenario.model import Scenario

PATHS = (0, 1, 2, 3)
_COMMON = {"name": "he", "accounts": 1, "capital_usd": 500_000.0, "source": "made up", "market": "BTC", "leverage": 8.0}
TABLES: dict[str, dict[str, Any]] = {
    "whale": {
        "side": "long", "parts": 3, "every_s": 20.0, "withdraw_after_s": 20.0, "withdraw_share": 0.9,
    },
    "squeezer": {"venue": "thin", "push_usd": 2e7, "push_s": 30.0, "begin_after_s": 10.0, "hold_s": 60.0},
    "oracle_attacker": {
        "venue": "thin", "side": "long", "push_usd": 2e7, "begin_after_s": 10.0, "hold_s": 30.0,
    },
    "toxic_arbitrageur": {"edge_bps": 10.0},
    "copy_traders": {"accounts": 6, "opens_per_hour": 200.0, "delay_s": 30.0, "stop_loss_share": 0.2},
}  # fmt: skip


def _with(kind: str, **changes: Any) -> Scenario:
    return crash(actor=[{"kind": kind} | _COMMON | TABLES[kind] | changes])


def _run(design: str, scenario: Scenario, paths: tuple[int, ...] = PATHS, **more: Any) -> Records:
    return run_task(Task(load_design(design), scenario, 3, paths, None, **more))


def _result(records: Records) -> np.ndarray:
    return records.totals["actor_he_usd"]


def test_every_kind_that_a_scenario_may_name_is_tried():
    assert set(TABLES) == set(KINDS)


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("design", ["glp", "gmx_v2", "hlp"])
def test_an_actor_acts_and_has_a_result(kind: str, design: str):
    """Where trades are at once, where they are requested, where insurance takes over."""
    found = _run(design, _with(kind))
    result = _result(found)
    assert np.isfinite(result).all() and (result != 0.0).any()
    most = _COMMON["capital_usd"] * TABLES[kind].get("accounts", 1)
    if "venue" not in TABLES[kind]:
        assert (result >= -most - 1.0).all(), "nobody loses what he has not put in"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_an_actor_without_money_changes_nothing_for_anybody(kind: str):
    without, with_him = _run("glp", crash()), _run("glp", _with(kind, capital_usd=0.0, **_still(kind)))
    for name, series in without.series.items():
        assert np.array_equal(series, with_him.series[name], equal_nan=True), name
    for name, total in without.totals.items():
        assert with_him.totals[name] == pytest.approx(total, rel=1e-12, nan_ok=True), name  # a sum over more accounts
    assert (_result(with_him) == 0.0).all()


def _still(kind: str) -> dict[str, float]:
    return {"push_usd": 0.0} if "push_usd" in TABLES[kind] else {}


@pytest.mark.parametrize("kind", ["copy_traders", "whale"])
def test_a_path_is_the_same_alone_and_among_others(kind: str):
    among, alone = _run("gmx_v2", _with(kind)), _run("gmx_v2", _with(kind), (2,))
    for name, series in alone.series.items():
        assert np.array_equal(series, among.series[name][2:3], equal_nan=True), name
    assert np.array_equal(_result(alone), _result(among)[2:3])


def test_a_whale_who_takes_out_his_margin_leaves_the_rest_to_others():
    """His long loses in the fall; with most of his margin out he is liquidated, and loses no more than what is left."""
    early = {"leverage": 6.0, "parts": 1, "every_s": 10.0, "withdraw_after_s": 10.0}
    stays, leaves = (_run("hlp", _with("whale", withdraw_share=share, **early)) for share in (0.0, 1.0))
    assert _result(leaves).min() > _result(stays).min() + 100_000.0
    assert _result(leaves).mean() > _result(stays).mean() + 100_000.0


def test_whoever_moves_a_venue_pays_for_it():
    """The push alone, without a position in the pool: bought dear, sold cheap."""
    found = _run("glp", _with("oracle_attacker", leverage=1e-6))
    assert (_result(found) < -1_000.0).all()


def test_an_attack_gains_more_where_one_venue_is_the_price():
    """The same push at the venue that one oracle listens to alone, the other among five, in a pool that is not full."""
    at = {
        "venue": "large_a",
        "push_usd": 1.5e8,
        "side": "long",
        "capital_usd": 50_000.0,
        "hold_s": 10.0,
        "leverage": 5.0,
    }
    table = _with("oracle_attacker", **at).model_dump(mode="json", by_alias=True)["actor"]
    calm = crash(actor=table, **{"market.news": [], "traders.seeded_share": 0.2})
    alone, among = (_result(_run(design, calm)) for design in ("single_venue", "glp"))
    assert (alone - among).mean() > 200.0
    assert (alone < 0.0).all(), "and the push costs more than so small a position gains"


def test_the_result_of_an_actor_is_a_row_of_the_comparison():
    records = [_run(design, _with("toxic_arbitrageur")) for design in ("glp", "hlp")]
    keys = [measure.key for measure in compare(records).measures]
    assert "actor_he_usd" in keys


# ---- a user's own ----

OWN = """
from sim import Actor

class Mine(Actor):
    capital_usd = 100_000.0

    def act(self, see):
        {line}
"""


def _own(folder: Path, line: str) -> Path:
    file = folder / "mine.py"
    file.write_text(OWN.format(line=line))
    return file


FAULTS = [
    ("see.trade('BTC', 1 / 0)", "line 8", ["ZeroDivisionError"]),
    ("see.trade('BTC', float('nan'))", "line 8", ["finite"]),
    ("see.trade('BTC', [1.0, 2.0, 3.0, 4.0, 5.0])", "line 8", ["array over"]),
    ("see.trade('DOGE', 1.0)", "line 8", ["DOGE", "BTC"]),
    ("see.deposit(-1.0)", "line 8", ["-1"]),
    ("see.deposit('much')", "line 8", ["numbers"]),
    ("see.buy('nowhere', 'BTC', 1.0)", "line 8", ["nowhere", "spot"]),
    ("see.mint(5)", "line 8", ["AttributeError"]),
    ("self.nothing", "line 8", ["AttributeError"]),
    ("see.trade('BTC' 1.0)", "line 8", ["compiles"]),
]


@pytest.mark.parametrize(("line", "where", "words"), FAULTS)
def test_a_fault_of_ones_own_actor_is_one_line_with_its_line(line: str, where: str, words: list[str], tmp_path: Path):
    file = _own(tmp_path, line)
    with pytest.raises(InputError) as told:
        _run("glp", with_own(crash(), [file]), (0, 1), steps=2)
    said = str(told.value)
    assert len(said.splitlines()) == 1 and "mine.py" in said and where in said
    assert all(word in said for word in words), said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["one class"]),
        ("import nothing_such", ["line 1", "ModuleNotFoundError"]),
        ("from sim import Actor\nclass A(Actor): ...\nclass B(Actor): ...", ["one class", "A, B"]),
        ("from sim import Actor\nclass A(Actor):\n    capital_usd = -1", ["capital_usd", "-1"]),
        ("from sim import Actor\nclass A(Actor):\n    accounts = 0", ["accounts"]),
        ("from sim import Actor\nclass A(Actor):\n    name = 'hedgers'", ["name", "hedgers"]),
    ],
)
def test_a_file_that_is_no_actor_is_one_line_and_nothing_is_written(text: str, words: list[str], tmp_path: Path):
    file, out = tmp_path / "mine.py", tmp_path / "runs"
    file.write_text(text)
    arguments = ["compare", "glp", "--scenario", "oct_2025", "--agent", str(file), "--paths", "2", "--out", str(out)]
    result = CliRunner(mix_stderr=False).invoke(main, arguments)
    assert result.exit_code == 2 and len(result.stderr.splitlines()) == 1 and result.stdout == ""
    assert all(word in result.stderr for word in words), result.stderr
    assert not out.exists()


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path):
    result = CliRunner(mix_stderr=False).invoke(main, ["compare", "glp", "--agent", str(tmp_path / "none.py")])
    assert result.exit_code == 2 and "none.py" in result.stderr and len(result.stderr.splitlines()) == 1


def test_a_run_is_named_for_what_is_in_the_file(tmp_path: Path):
    names = []
    for line in ("see.deposit(1.0)", "see.deposit(2.0)"):
        names.append(run_id([load_design("glp")], with_own(crash(), [_own(tmp_path, line)]), 1))
    assert names[0] != names[1]


def test_ones_own_has_what_he_was_given_and_no_more(tmp_path: Path):
    """He asks for ten times his capital, at every step."""
    found = _run("glp", with_own(crash(), [_own(tmp_path, "see.deposit(1e6); see.trade('BTC', 4e5)")]))
    assert (found.totals["actor_mine_usd"] >= -100_001.0).all()
    assert (found.totals["actor_mine_usd"] != 0.0).any()


def test_ones_own_draws_move_nobody_elses(tmp_path: Path):
    without, with_him = _run("glp", crash()), _run("glp", with_own(crash(), [_own(tmp_path, "see.uniform('x')")]))
    for name, series in without.series.items():
        assert np.array_equal(series, with_him.series[name], equal_nan=True), name
