"""The house: rooms stand on floors, and nothing uses what stands above it (docs/house.md)."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import networkx as nx
import pytest

import sim

ROOT = Path(__file__).resolve().parents[1]
#: Whose files call each other because what they translate does.
RECURSIVE = "sim.native.translator."


def _floors() -> dict[str, int]:
    rows = re.findall(r"^\| (\d) \| `(\w+)` \|", (ROOT / "docs" / "house.md").read_text(), re.M)
    return {room: int(floor) for floor, room in rows}


def _modules() -> dict[str, Path]:
    files = sorted((ROOT / "sim").rglob("*.py"))
    names = {file: ".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files}
    return {name.removesuffix(".__init__"): file for file, name in names.items()}


def _imports(file: Path, modules: dict[str, Path]) -> set[str]:
    """Modules of `sim` that a file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{each.name}" for each in node.names}
            found |= {name for name in inner if name in modules} or {node.module}
    return {name for name in found if name in modules}


@pytest.fixture(scope="module")
def graph() -> nx.DiGraph:
    """Who imports whom."""
    modules = _modules()
    edges = [(name, other) for name, file in modules.items() for other in _imports(file, modules)]
    return nx.DiGraph(edges)


def _room(module: str) -> str:
    return module.split(".")[1]


def _between_rooms(graph: nx.DiGraph) -> list[tuple[str, str]]:
    """Imports from one room into another; `sim` itself, which lends names to users, has no floor."""
    return [(a, b) for a, b in graph.edges if "." in a and "." in b and _room(a) != _room(b)]


def test_every_room_has_a_floor_and_every_floor_a_room():
    rooms = {path.parent.name for path in (ROOT / "sim").glob("*/__init__.py")}
    assert rooms == set(_floors())


def test_no_module_lives_outside_a_room():
    assert [path.name for path in (ROOT / "sim").glob("*.py")] == ["__init__.py"]


def test_nothing_uses_what_stands_above_it(graph: nx.DiGraph):
    floor = _floors()
    assert [(a, b) for a, b in _between_rooms(graph) if floor[_room(b)] > floor[_room(a)]] == []


def test_neighbours_on_a_floor_do_not_use_each_other_in_a_circle(graph: nx.DiGraph):
    rooms = nx.DiGraph((_room(a), _room(b)) for a, b in _between_rooms(graph))
    assert list(nx.simple_cycles(rooms)) == []


def test_files_do_not_import_each_other_in_a_circle(graph: nx.DiGraph):
    circles = [sorted(files) for files in nx.strongly_connected_components(graph) if len(files) > 1]
    assert [files for files in circles if not all(file.startswith(RECURSIVE) for file in files)] == []


def test_no_module_has_the_name_of_a_public_function():
    functions = {name for name in sim.__all__ if name.islower()}
    named = {module.rsplit(".", 1)[-1] for module in _modules()}
    assert functions and not functions & named
