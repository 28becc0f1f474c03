"""What all policies have in common: stated bounds, no storage, one contract per name.

The bounds themselves are tried in test_policy_bounds_rates.py and test_policy_risk_bounds.py.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from sim.design import SLOTS
from sim.inputs.compiler import CONTRACTS, artifact

POLICIES = sorted((CONTRACTS / "policies").rglob("*.vy"))
BOUNDS = Path(__file__).parent.glob("test_policy_*bounds*.py")


def _slots(path: Path) -> set[str]:
    """The slots that a file of tests says that it covers."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "SLOTS":
            return set(ast.literal_eval(node.value))
    return set()


def test_the_bounds_of_every_slot_are_tried() -> None:
    assert set().union(*map(_slots, BOUNDS)) == set(SLOTS)
    assert {path.parent.name for path in POLICIES} == set(SLOTS)


def test_no_two_contracts_have_one_name() -> None:
    stems = [path.stem for path in CONTRACTS.rglob("*.vy")]
    assert len(set(stems)) == len(stems)


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_every_bound_says_which_policy_refuses(path: Path) -> None:
    bounds = re.findall(r"^ +assert .*$", path.read_text(), re.MULTILINE)
    assert all(re.search(rf', "{path.stem}: [^"]+"( *#.*)?$', bound) for bound in bounds)


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_a_policy_remembers_nothing_and_changes_nothing(path: Path) -> None:
    assert "self." not in re.sub(r"self\._\w+\(", "", path.read_text())  # but its own internal functions
    functions = [entry for entry in artifact(path).abi if entry["type"] == "function"]
    assert {entry["stateMutability"] for entry in functions} <= {"view", "pure"}
