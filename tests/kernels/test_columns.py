"""Arguments of compiled loops: named by annotations, and checked before machine code sees them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from market_factory import small_market, world_of

from sim.inputs.compiler import ROOT
from sim.kernels import loading
from sim.kernels.columns import arguments, axes, fields, one_path, zeros
from sim.world.endogenous.book import Books, BookTerms
from sim.world.endogenous.substeps import advance
from sim.world.endogenous.world import STEP


def test_axes_and_fields_are_read_from_annotations():
    by_name = {field.name: field for field in fields(BookTerms)}
    assert by_name["depth_usd"].shape == ("V", "F") and not by_name["depth_usd"].has_paths
    assert by_name["exponent"].shape is None
    assert axes(advance) == ("P", "A", "F", "K", "S", "V")
    assert [field.name for field in arguments(advance)][:3] == ["", "", "fundamental_log"]


def test_one_path_is_a_view_of_its_own_row():
    books = zeros(Books, {"P": 3, "V": 2, "F": 4})
    one_path(books, 1).displacement_log[0, 2] = 5.0
    assert books.displacement_log[1, 0, 2] == 5.0 and books.displacement_log.sum() == 5.0


@pytest.mark.parametrize("fault", [lambda x: x[:, :1], lambda x: x.astype(np.float32), lambda x: x[::-1]])
def test_an_array_of_another_kind_does_not_reach_machine_code(fault):
    state = world_of(small_market()).state
    wrong = state.arguments(0.0, 10.0)
    wrong[3] = state.books._replace(displacement_log=fault(state.books.displacement_log))
    with pytest.raises(TypeError, match="displacement_log: expected float64"):
        loading.load(STEP).bind(state.sizes, wrong)


def test_a_changed_callee_asks_for_another_object(monkeypatch):
    sources = {path.name for path in loading.sources(STEP)}
    assert {"book.py", "cohorts.py", "review.py", "compiling.py"} <= sources
    assert all(path.is_relative_to(ROOT / "sim") for path in loading.sources(STEP))
    assert "population.py" not in sources, "not a kernel's: it may change without compiling again"
    before, read = loading.key(STEP), Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read(path) + b"#" * (path.name == "book.py"))
    assert loading.key(STEP) != before


def test_a_warm_start_does_not_import_the_compiler():
    world_of(small_market(), paths=(0,))  # now it is in the cache
    script = (
        "import sys; from sim.scenario.market import load_market; from sim.world.streams import Streams;"
        "from sim.world.endogenous.world import EndogenousWorld;"
        "EndogenousWorld(load_market('oct_2025'), Streams(1, (0,)), cohorts=100).advance(1);"
        "print([name for name in sys.modules if name.startswith('numba')])"
    )
    done = subprocess.run([sys.executable, "-P", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
