"""MyPolicy by itself, on an EVM with nothing else in it.

Run it with `python -m pytest -p no:ape_test test_MyPolicy.py`.
"""

from pathlib import Path

import pytest

from sim.workbench import Bench, Refused

SOURCE = Path(__file__).with_name("MyPolicy.vy")
WAD = 10**18


def test_profit_above_the_trigger_is_to_be_realised() -> None:
    policy = Bench.of(SOURCE, trigger=0.5)
    assert policy.call("goal", 700 * WAD, 1_000 * WAD, 0).realise_usd_wad == 200 * WAD
    assert policy.call("goal", 400 * WAD, 1_000 * WAD, 0).realise_usd_wad == 0
    assert policy.call("goal", -700 * WAD, 1_000 * WAD, 0).realise_usd_wad == 0


def test_a_trigger_of_zero_never_asks() -> None:
    assert Bench.of(SOURCE, trigger=0).call("goal", 700 * WAD, 1_000 * WAD, 0).realise_usd_wad == 0


def test_winners_give_the_same_share_and_losers_nothing() -> None:
    policy = Bench.of(SOURCE, trigger=0.5)
    assert policy.call("allot", 200 * WAD, 200 * WAD, 70 * WAD, 700 * WAD) == 20 * WAD
    assert policy.call("allot", 10 * WAD, 200 * WAD, 70 * WAD, 700 * WAD) == 10 * WAD
    assert policy.call("score", 70 * WAD, 1_000 * WAD, 1_070 * WAD, 100 * WAD) > 0
    assert policy.call("score", 0, 1_000 * WAD, 900 * WAD, 100 * WAD) == 0


def test_a_trigger_above_its_bound_is_refused() -> None:
    with pytest.raises(Refused, match="MyPolicy: trigger_wad above ten"):
        Bench.of(SOURCE, trigger=11)
