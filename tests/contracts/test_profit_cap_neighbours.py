"""Where a side's profit is capped, who leaves at an unchanged price takes from others what counts of theirs (GMX v2).

A design with a cap lists it (LQ-03), and the Lens calls nobody safe for the sake of a profit that others can take away.
"""

from __future__ import annotations

import pytest
from contracts.stage import ALICE, BOB, BTC, BTC_1, ETH, USDC, USDC_1, WAD, Stage

from sim.design import list_designs, load_design

LEFT_USD = 5_000  # equity that Alice has above maintenance, before
#: Her 702,000 are more than nine tenths of 770,000, once Bob's loss of 13,000 no longer stands against them.
LOST_USD = 9_000


def scene(*overrides: str) -> Stage:
    """Alice has won on 26 BTC what she has lost on ETH; Bob has lost a little on one. Longs may win 9/10 of 10 BTC."""
    stage = Stage("market.BTC.reserve_factor=0.37", "market.ETH.reserve_factor=0.37", *overrides)
    stage.seed(10 * BTC_1, 0, 0, 2_000_000 * USDC_1)
    stage.deposit(ALICE, USDC, 600_000 * USDC_1)
    stage.deposit(BOB, USDC, 200_000 * USDC_1)
    stage.trade(ALICE, BTC, 26 * WAD)
    stage.trade(ALICE, ETH, -800 * WAD)
    stage.price(BTC, 90_000 * WAD)
    stage.trade(BOB, BTC, WAD)
    stage.price(BTC, 77_000 * WAD)
    low, high = 2_500, 5_000  # ETH, at which Alice is LEFT_USD above maintenance
    for _ in range(60):
        middle = (low + high) / 2
        stage.price(ETH, int(middle * WAD))
        low, high = (middle, high) if left(stage) > LEFT_USD else (low, middle)
    return stage


def left(stage: Stage, account: int = ALICE) -> float:
    health = stage.market.read("health", account)
    return (health.equity - health.maintenance) / WAD


def safe(stage: Stage) -> tuple[int, int]:
    """How far prices may move, and for how long, by the Lens."""
    (seen,) = stage.lens.read("accounts", stage.market.address, [ALICE])
    return seen.safe_move_wad, seen.safe_s


def test_a_loser_s_exit_makes_a_winner_liquidatable_and_the_lens_had_not_called_him_safe() -> None:
    stage = scene("market.BTC.max_profit_share=0.9")
    assert left(stage) == pytest.approx(LEFT_USD, abs=1)
    assert safe(stage) == (0, 0)
    stage.trade(BOB, BTC, -WAD)
    assert left(stage) == pytest.approx(LEFT_USD - LOST_USD, abs=1)
    assert stage.liquidator.refusal("liquidate", ALICE, BOB, by="keeper") == "OK"


def test_without_a_cap_nobody_s_margin_depends_on_who_leaves() -> None:
    stage = scene()
    before, (move_wad, seconds) = left(stage), safe(stage)
    assert move_wad > 0
    assert seconds > 0
    stage.trade(BOB, BTC, -WAD)
    assert left(stage) == before


@pytest.mark.parametrize("name", list_designs())
def test_a_design_that_caps_profits_says_what_it_does_to_others(name: str) -> None:
    design = load_design(name)
    caps = any(market.max_profit_share < 1_000 for market in design.markets)
    reasons = [broken.reason for broken in design.breaks if broken.property == "LQ-03"]
    assert bool(reasons) == caps
    assert all(f"{LOST_USD:,} USD" in reason for reason in reasons)
