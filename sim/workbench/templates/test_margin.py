"""MyPolicy by itself, on an EVM with nothing else in it.

Run it with `python -m pytest -p no:ape_test test_MyPolicy.py`.
"""

from pathlib import Path

import pytest

from sim.workbench import Bench, Refused

SOURCE = Path(__file__).with_name("MyPolicy.vy")
WAD = 10**18
MARKETS = 8


def test_margins_of_markets_add_up() -> None:
    policy = Bench.of(SOURCE, markets=("BTC", "ETH"), initial_bps={"BTC": 100, "ETH": 200})
    notionals = [10_000 * WAD, 1_000 * WAD] + [0] * (MARKETS - 2)
    assert policy.call("requirement", notionals, [0] * MARKETS) == (120 * WAD, 60 * WAD)


def test_an_account_without_positions_needs_no_margin() -> None:
    policy = Bench.of(SOURCE, initial_bps=100)
    assert policy.call("requirement", [0] * MARKETS, [0] * MARKETS) == (0, 0)


def test_a_margin_outside_its_bounds_is_refused() -> None:
    with pytest.raises(Refused, match="MyPolicy: initial_bps above 10,000"):
        Bench.of(SOURCE, initial_bps=10_001)
    with pytest.raises(Refused, match="MyPolicy: initial_bps is zero"):
        Bench.of(SOURCE, initial_bps=0)
