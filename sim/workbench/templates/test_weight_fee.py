"""MyPolicy by itself, on an EVM with nothing else in it.

Run it with `python -m pytest -p no:ape_test test_MyPolicy.py`.
"""

from pathlib import Path

import pytest

from sim.workbench import Bench, Refused

SOURCE = Path(__file__).with_name("MyPolicy.vy")
WAD = 10**18
MINT, REDEEM, SWAP = 0, 1, 2
BTC, USDC = 0, 3


@pytest.mark.parametrize("kind", [MINT, REDEEM, SWAP])
def test_a_trade_of_the_pool_costs_the_fee(kind: int) -> None:
    policy = Bench.of(SOURCE, fee_bps=30)
    current, target, delta = 900 * WAD, 1_000 * WAD, 50 * WAD
    assert policy.call("fee", kind, BTC, USDC, current, target, delta, True) == 30 * WAD // 10_000


def test_a_fee_above_its_bound_is_refused() -> None:
    with pytest.raises(Refused, match="MyPolicy: fee_bps above 500"):
        Bench.of(SOURCE, fee_bps=501)
