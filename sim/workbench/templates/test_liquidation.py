"""MyPolicy by itself, on an EVM with nothing else in it.

Run it with `python -m pytest -p no:ape_test test_MyPolicy.py`.
"""

from pathlib import Path

import pytest

from sim.workbench import Bench, Refused

SOURCE = Path(__file__).with_name("MyPolicy.vy")
WAD = 10**18
MARKETS = 8


def test_everything_is_closed_for_the_penalty() -> None:
    policy = Bench.of(SOURCE, penalty_bps=50)
    notionals = [10_000 * WAD] + [0] * (MARKETS - 1)
    plan = policy.call("plan", 90 * WAD, 100 * WAD, notionals, 7)
    assert plan.is_full
    assert plan.penalty_wad == 50 * WAD // 10_000
    assert plan.memo == 7


def test_a_penalty_above_its_bound_is_refused() -> None:
    with pytest.raises(Refused, match="MyPolicy: penalty_bps above 1,000"):
        Bench.of(SOURCE, penalty_bps=1_001)
