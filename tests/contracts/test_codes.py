"""Every numbered error is provoked by a test, and every pair in the table of refusals has one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from contracts.codes import GATES, REFUSALS, code_of_gate

from sim.chain.failures import failures

FOLDER = Path(__file__).parent
TABLE = {(verb, code) for verb, codes in REFUSALS.items() for code in codes}


def _marks() -> Iterator[tuple[str, str]]:
    """Pairs in the decorators `@refuses(verb, code)` of all tests in this folder."""
    for path in FOLDER.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.FunctionDef) or not node.name.startswith("test_"):
                continue
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and getattr(mark.func, "id", "") == "refuses":
                    verb, code = (argument.value for argument in mark.args)
                    yield verb, code


def test_every_pair_of_the_table_has_a_test() -> None:
    assert sorted(TABLE - set(_marks())) == []


def test_every_test_of_a_refusal_is_in_the_table() -> None:
    assert sorted(set(_marks()) - TABLE) == []


def test_every_code_is_provoked_and_every_provoked_code_exists() -> None:
    gated = {code_of_gate(*cell) for cell in product(GATES, range(3), range(3))} - {"OK"}
    provoked = gated | {code for _, code in TABLE}
    assert provoked == {f.name for f in failures().values()} - {"PANIC"}


def test_codes_are_numbered_without_gap_or_repetition() -> None:
    codes = [code for code, failure in failures().items() if failure.name != "PANIC"]
    assert sorted(codes) == list(range(1, len(codes) + 1))
