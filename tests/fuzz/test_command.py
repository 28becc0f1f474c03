"""`breakwater fuzz`: how long, on what, and what it leaves."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from fuzz.faults import named
from fuzz.patched import compile_patched, deployed_instead

from sim.cli.root import main
from sim.design import list_designs
from sim.fuzz import catalogue


@pytest.fixture
def fuzz(tmp_path):
    def run(*arguments: str):
        return CliRunner().invoke(main, ["fuzz", *arguments, "--steps", "3", "--out", str(tmp_path)])

    return run


def test_a_time_and_a_number_of_sequences_exclude_each_other(fuzz):
    result = fuzz("glp", "--minutes", "1", "--examples", "1")
    assert result.exit_code == 2
    assert result.output == "error: --minutes: expected no --examples beside it, got 1.0\n"


def test_without_a_name_every_shipped_design_is_fuzzed(fuzz):
    result = fuzz("--seed", "5", "--examples", "1")
    assert result.exit_code == 0, result.output
    assert f"{len(list_designs())} sequences, " in result.output


def test_a_time_is_kept_and_the_share_of_accepted_calls_is_told(fuzz):
    result = fuzz("glp", "--minutes", "0.01")
    assert result.exit_code == 0, result.output
    assert f" of {len(catalogue.statements())} properties met, " in result.output
    assert "% of calls accepted, 0 broken" in result.output


def test_a_broken_property_is_told_with_its_sequence_and_its_tape(fuzz, tmp_path: Path):
    fault = named("there are no dead shares")
    with deployed_instead(fault.shell, compile_patched(fault.shell, fault.patches, tmp_path)):
        result = fuzz("glp", "--examples", "1")
    assert result.exit_code == 1
    assert "glp, sequence 0: LP-09: there are no shares, or at least the dead ones" in result.output
    assert (tmp_path / "LP-09-glp.tape").is_file()
