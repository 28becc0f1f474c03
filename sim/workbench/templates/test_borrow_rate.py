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


def test_the_rate_is_linear_in_the_utilisation_of_each_side() -> None:
    policy = Bench.of(SOURCE, rate_at_full_per_year=0.5)
    utilisations, interest = (WAD, WAD // 2), (1_000 * WAD, 500 * WAD)
    long, short, memo = policy.call("rates", BTC, *utilisations, *interest, 60, 7)
    assert long == WAD // 2 // YEAR_S
    assert abs(2 * short - long) <= 1
    assert memo == 7


def test_nothing_borrowed_costs_nothing() -> None:
    policy = Bench.of(SOURCE, rate_at_full_per_year=0.5)
    assert policy.call("rates", BTC, 0, 0, 0, 0, 60, 0) == (0, 0, 0)


def test_a_rate_above_its_bound_is_refused() -> None:
    with pytest.raises(Refused, match="MyPolicy: rate_at_full_wad_per_s above the hard bound"):
        Bench.of(SOURCE, rate_at_full_per_year=11)
