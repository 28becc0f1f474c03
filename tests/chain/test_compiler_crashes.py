"""A source on which the Vyper compiler itself fails is the user's input like any other: one line, exit code 2."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli.root import main
from sim.cli.shell import EXIT_BAD_INPUT
from sim.inputs import compiler
from sim.inputs.compiler import artifact
from sim.inputs.errors import InputError
from sim.native import lint
from sim.native.translator.adapter import Contract

HEAD = b"# pragma version 0.4.3\n"
#: Vyper's type checker lets it pass, and its code generator panics.
PANICS = (
    HEAD
    + b"""
rows: DynArray[DynArray[uint256, 2], 2]


@external
def rate():
    self.rows[self.rows[0].pop()].append(1)
"""
)
NO_TEXT = HEAD + b'\nname: public(constant(String[8])) = "\xff\xfe"\n'
NO_VYPER = HEAD + b"\ndef broken(:\n    pass\n"
SOURCES = {"panics": PANICS, "no text": NO_TEXT, "no Vyper": NO_VYPER}
DESIGN = 'extends = "glp"\ntitle = "Mine"\nsummary = "Mine."\n\n[borrow_rate]\npolicy = "Mine.vy"\n'
COMMANDS = {
    "compare": ["compare", "mine.toml", "glp", "--paths", "1"],
    "designs show": ["designs", "show", "mine.toml"],
    "designs diff": ["designs", "diff", "glp", "mine.toml"],
    "fuzz": ["fuzz", "mine.toml"],
    "certify": ["certify", "--design", "mine.toml", "--actions", "1", "--no-faults"],
    "init": ["init", "other", "--from", "mine.toml"],
}


@pytest.mark.parametrize("name", SOURCES)
def test_whatever_the_compiler_stops_with_is_an_error_of_the_input(name: str, tmp_path: Path) -> None:
    path = tmp_path / "Mine.vy"
    path.write_bytes(SOURCES[name])
    with pytest.raises(InputError, match="Mine.vy: expected Vyper source that compiles"):
        artifact(path)


def test_the_translator_takes_it_alike(tmp_path: Path) -> None:
    path = tmp_path / "Mine.vy"
    path.write_bytes(NO_TEXT)
    with pytest.raises(InputError, match="Vyper itself failed on it: UnicodeDecodeError"):
        Contract(path)
    assert "\n" not in (lint.refusal_of(path) or "\n")


@pytest.mark.parametrize("kind", [AssertionError, KeyError, RecursionError, TypeError])
def test_any_crash_is_one_line(kind: type[Exception], tmp_path: Path) -> None:
    with pytest.raises(InputError) as told, compiler.what_vyper_says(tmp_path / "Mine.vy"):
        raise kind("on\ntwo lines")
    assert kind.__name__ in str(told.value) and "\n" not in str(told.value)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", ["panics", "no text"])
def test_no_command_answers_with_a_traceback(
    name: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("Mine.vy").write_bytes(SOURCES[name])
    Path("mine.toml").write_text(DESIGN)
    result = CliRunner(mix_stderr=False).invoke(main, COMMANDS[command])
    assert isinstance(result.exception, SystemExit)
    assert result.exit_code == EXIT_BAD_INPUT
    first, _, details = result.stderr.partition("\n")
    assert first.startswith("error: ") and "Mine.vy" in first
    assert "Traceback" not in result.stderr and len(details.strip().splitlines()) <= 1
