"""The searcher: what it finds is real, is told in words, and plays again; what is sound, it leaves alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from fuzz.patched import Patch, contracts_instead

from sim.chain.evm import EvmChain
from sim.chain.tape import load, play
from sim.cli.root import main
from sim.design import load_design
from sim.fuzz.search.hunt import search
from sim.fuzz.search.trial import Place

#: A share in fifty too many for whoever mints.
GENEROUS = Patch(
    "    if self._ends(minted > 0 and minted >= min_shares, err.SHARES_TOO_FEW, is_held):",
    "    minted += minted // 50\n    if self._ends(minted > 0 and minted >= min_shares, err.SHARES_TOO_FEW, is_held):",
)
QUIET = Place("quiet", 0, "block", 0)


def test_a_generous_pool_is_found_told_in_words_and_kept_as_a_tape(tmp_path: Path) -> None:
    with contracts_instead([GENEROUS], tmp_path):
        finding = search(load_design("glp"), QUIET, 1, 150, None, tmp_path).finding
        assert finding is not None
        assert finding.property_id == "SE-01"
        assert finding.usd > 1_000
        assert finding.words[0].startswith("provider: mint: ")
        tape = load(finding.tape)
        chain, differences = play(tape, EvmChain)
        chain.close()
    assert differences == []
    assert tape.verb[-1] == "mint"
    assert tape.head.note == f"SE-01: nobody gains in one block at fixed prices: {finding.usd:,.2f} USD"


def test_the_same_seed_finds_the_same(tmp_path: Path) -> None:
    place = Place("crowded", 0, "either", 100)
    runs = [search(load_design("breakwater"), place, 7, 60, None, tmp_path) for _ in range(2)]
    assert runs[0].usd == runs[1].usd
    assert runs[0].sequences == runs[1].sequences == 60


def test_a_sound_pool_pays_nobody_for_a_circle(tmp_path: Path) -> None:
    assert search(load_design("breakwater"), QUIET, 1, 150, None, tmp_path).finding is None


def test_a_state_that_a_design_does_not_have_is_left_out(tmp_path: Path) -> None:
    result = search(load_design("glp"), Place("breaker", 0, "shut", 0), 1, 10, None, tmp_path)
    assert (result.sequences, result.finding) == (0, None)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--sequences", "5"], "error: --sequences: expected a --maximise beside it, got 5\n"),
        (["--examples", "5", "--maximise"], "error: --examples: expected no --maximise beside it, got 5\n"),
        (["--chain", "evm", "--maximise"], "error: --chain: expected no --maximise beside it, got evm\n"),
        (
            ["--minutes", "1", "--sequences", "5", "--maximise"],
            "error: --minutes: expected no --sequences beside it, got 1.0\n",
        ),
    ],
)
def test_flags_that_do_not_go_together_are_refused_in_one_line(arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(main, ["fuzz", "glp", *arguments])
    assert (result.exit_code, result.output) == (2, message)


def test_the_command_tells_every_search(tmp_path: Path) -> None:
    arguments = ["fuzz", "glp", "--sequences", "40", "--jobs", "1", "--out", str(tmp_path), "--maximise", "profit"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code in (0, 1), result.output
    assert "glp: " in result.output.splitlines()[-1]
    assert "findings" in result.output
