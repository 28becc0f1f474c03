"""Every shipped contract can be translated, and `make lint-native` says where one cannot."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sim.inputs.compiler import CONTRACTS
from sim.native import lint
from sim.native.extents import EXTENTS

NAMES = [str(path.relative_to(CONTRACTS)) for path in lint.sources()]
CLOSED = "# pragma version 0.4.3\n\n\n@external\ndef f():\n    assert tx.origin == msg.sender\n"


@pytest.mark.parametrize("name", NAMES)
def test_a_contract_is_translated_unless_it_is_an_exception(name: str):
    assert (lint.refusal_of(CONTRACTS / name) is None) == (name not in lint.BYTECODE_ONLY)


def test_every_exception_is_a_contract():
    assert set(lint.BYTECODE_ONLY) <= set(NAMES)


def test_a_refusal_is_one_line_with_place_and_rule(tmp_path: Path):
    path = tmp_path / "Closed.vy"
    path.write_text(CLOSED)
    said = lint.refusal_of(path)
    rule, remedy = "block.timestamp, block.number or msg.sender", "pass anything else as an argument or a parameter"
    assert said == f"{path}:6: {rule} ({remedy})"


@pytest.fixture
def closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "Closed.vy").write_text(CLOSED)
    monkeypatch.setattr(lint, "CONTRACTS", tmp_path)
    return tmp_path


def test_any_refusal_fails(closed: Path, capsys: pytest.CaptureFixture[str]):
    assert lint.main() == 1
    assert "Closed.vy:6: " in capsys.readouterr().out


def test_an_exception_that_compiles_fails(closed: Path, monkeypatch: pytest.MonkeyPatch):
    (closed / "Closed.vy").write_text(CLOSED.replace("tx.origin", "self"))
    monkeypatch.setattr(lint, "BYTECODE_ONLY", {"Closed.vy": "for a test"})
    assert list(lint.refusals()) == ["contracts/Closed.vy:1: compiles, so it must not be among the exceptions"]


def test_nothing_to_refuse_passes(closed: Path, capsys: pytest.CaptureFixture[str]):
    (closed / "Closed.vy").write_text(CLOSED.replace("tx.origin", "self"))
    assert lint.main() == 0
    assert "compile to machine code" in capsys.readouterr().out


def test_every_kind_of_announcement_has_room():
    """Else the verbs of the last kind would be a limit in native code, always."""
    source = (CONTRACTS / "modules" / "notice.vy").read_text()
    ids = re.search(r"^IDS: constant\(uint256\) = (\d+)", source, re.MULTILINE)
    kinds = re.search(r"# Kinds of settings\.\n((?:\w+: constant\(uint256\) = \d+\n)+)", source)
    assert ids and kinds
    assert EXTENTS["notices"] == (len(kinds[1].splitlines()) * int(ids[1]),)
