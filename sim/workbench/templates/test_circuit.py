"""MyPolicy by itself, on an EVM with nothing else in it.

Run it with `python -m pytest -p no:ape_test test_MyPolicy.py`.
"""

from pathlib import Path

import pytest

from sim.workbench import Bench, Refused

SOURCE = Path(__file__).with_name("MyPolicy.vy")
WAD = 10**18
BTC = 0
MINT, INCREASE = 0, 3  # contracts/lib/gates.vy


@pytest.mark.parametrize(("profit", "verbs"), [(100, 0), (600, (1 << MINT) | (1 << INCREASE))])
def test_minting_and_opening_close_while_profit_is_too_large(profit: int, verbs: int) -> None:
    policy = Bench.of(SOURCE, ratio=0.5)
    pnl, pool = [profit * WAD, -profit * WAD], [1_000 * WAD, 1_000 * WAD]
    assert policy.call("closed", BTC, 50_000 * WAD, pnl, pool, 60, 7) == (verbs, 7)


def test_a_ratio_above_its_bound_is_refused() -> None:
    with pytest.raises(Refused, match="MyPolicy: ratio_wad above ten"):
        Bench.of(SOURCE, ratio=11)
