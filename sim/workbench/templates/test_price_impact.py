"""MyPolicy by itself, on an EVM with nothing else in it.

Run it with `python -m pytest -p no:ape_test test_MyPolicy.py`.
"""

from pathlib import Path

import pytest

from sim.workbench import Bench, Refused

SOURCE = Path(__file__).with_name("MyPolicy.vy")
WAD = 10**18
BTC = 0


@pytest.mark.parametrize(("size", "expected"), [(WAD, 50_050 * WAD), (-WAD, 49_950 * WAD)])
def test_a_trade_fills_worse_than_the_oracle_by_the_spread(size: int, expected: int) -> None:
    policy = Bench.of(SOURCE, spread_bps=10)
    assert policy.call("fill_price", BTC, 50_000 * WAD, size, True, 0, 0, 7) == (expected, 7)


def test_a_spread_above_its_bound_is_refused() -> None:
    with pytest.raises(Refused, match="MyPolicy: spread_bps above 100"):
        Bench.of(SOURCE, spread_bps=101)
