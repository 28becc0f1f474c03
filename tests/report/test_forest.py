"""The figure of all differences draws what the table says, and nothing that has no interval."""

from __future__ import annotations

import numpy as np
from records_factory import storm

from sim.report.figures import forest
from sim.report.words import is_nowhere
from sim.risk.comparison import compare


def test_what_has_no_interval_is_not_drawn() -> None:
    comparison = compare([storm("a", paths=24, seed=1), storm("b", paths=24, seed=2, partial=1.0)])
    trace, arrows = forest(comparison).drawing.data
    shown = [m for m in comparison.measures if m.better != "neither" and not is_nowhere(comparison, m)]
    drawn = np.isfinite(np.array(trace.x, dtype=float))
    expected = [bool(np.isfinite(comparison.differences[m.key, "b"].low)) for m in shown]
    assert drawn.tolist() == expected
    assert sum(expected) > 0
    assert np.isfinite(np.array(arrows.x, dtype=float)).all()
