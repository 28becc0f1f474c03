"""MyPolicy by itself, on an EVM with nothing else in it.

Run it with `python -m pytest -p no:ape_test test_MyPolicy.py`.
"""

from pathlib import Path

import pytest

from sim.workbench import Bench, Refused

SOURCE = Path(__file__).with_name("MyPolicy.vy")
WAD = 10**18
YEAR_S = 31_536_000
BTC = 0


def test_the_heavier_side_pays_in_proportion_to_the_skew() -> None:
    policy = Bench.of(SOURCE, maximum_per_year=1)
    rate, memo = policy.call("rate", BTC, 3_000 * WAD, 1_000 * WAD, 60, 7)
    assert rate == WAD // YEAR_S // 2
    assert memo == 7
    assert policy.call("rate", BTC, 1_000 * WAD, 3_000 * WAD, 60, 7) == (-rate, 7)


def test_an_even_market_pays_nothing() -> None:
    policy = Bench.of(SOURCE, maximum_per_year=1)
    assert policy.call("rate", BTC, 1_000 * WAD, 1_000 * WAD, 60, 0) == (0, 0)
    assert policy.call("rate", BTC, 0, 0, 60, 0) == (0, 0)


def test_a_rate_above_its_bound_is_refused() -> None:
    with pytest.raises(Refused, match="MyPolicy: maximum_wad_per_s above the hard bound"):
        Bench.of(SOURCE, maximum_per_year=11)
