"""The example in the docstring of Market.vy, number by number."""

from __future__ import annotations

import re

import pytest
from contracts.stage import ALICE, BTC, BTC_1, KEEPER, USDC, USDC_1, WAD, Stage

from sim.inputs.compiler import CONTRACTS

DEPOSIT_USD = 10_000
CHARGE_BPS = 10


@pytest.fixture
def stage() -> Stage:
    """1,000,000 USDC and 20 BTC at 50,000 in the pool; a trader buys 2 BTC with 10,000 USDC."""
    stage = Stage()
    stage.seed(20 * BTC_1, 0, 0, 1_000_000 * USDC_1)
    stage.deposit(ALICE, USDC, DEPOSIT_USD * USDC_1)
    stage.trade(ALICE, BTC, 2 * WAD)
    return stage


def test_ten_fold_leverage_reserves_two_btc(stage: Stage) -> None:
    position = stage.market.read("positions", ALICE, BTC)
    assert position.cost_usd_wad == 100_000 * WAD == 10 * DEPOSIT_USD * WAD
    assert position.reserve == 2 * BTC_1
    assert stage.market.read("buckets", BTC).reserved == 2 * BTC_1


def test_a_fall_of_six_per_cent_leaves_four_thousand(stage: Stage) -> None:
    stage.price(BTC, 47_000 * WAD)
    assert 47_000 == 50_000 * 94 // 100
    health = stage.market.read("health", ALICE)
    assert health.equity == 4_000 * WAD == (DEPOSIT_USD - 6_000) * WAD
    assert sum(health.notionals) == 94_000 * WAD
    assert health.maintenance == 1_880 * WAD  # 2 %
    status = stage.liquidator.refusal("liquidate", ALICE, KEEPER, by="stranger")
    assert status == "LIQUIDATION_HEALTHY"


def test_at_45_900_anybody_may_liquidate(stage: Stage) -> None:
    stage.price(BTC, 45_900 * WAD)
    health = stage.market.read("health", ALICE)
    assert health.equity == 1_800 * WAD
    assert sum(health.notionals) == 91_800 * WAD
    assert health.maintenance == 1_836 * WAD
    assert stage.liquidator.refusal("liquidate", ALICE, KEEPER, by="stranger") == "OK"


@pytest.mark.parametrize("charge_bps", [0, CHARGE_BPS])
def test_a_full_liquidation_leaves_what_is_left_less_the_charges(stage: Stage, charge_bps: int) -> None:
    rule = "policies/liquidation/FullLiquidation.vy"
    stage.fill("liquidation", rule, charge_bps, 0, 0, 0, False, False, False)
    stage.price(BTC, 45_900 * WAD)
    result = stage.liquidate(ALICE)
    charges = 91_800 * USDC_1 * charge_bps // 10_000
    assert (result.is_full, result.closed_usd_wad) == (True, 91_800 * WAD)
    assert stage.market.read("buckets", USDC).pool == 1_008_200 * USDC_1 + charges
    assert stage.collateral(ALICE) == 1_800 * USDC_1 - charges


def test_the_docstring_says_these_numbers() -> None:
    """Whoever changes the example changes this file."""
    source = (CONTRACTS / "Market.vy").read_text()
    example = source[source.index("A worked example") : source.index("@dev Modules own")]
    numbers = re.findall(r"\d[\d,]*", example.replace("test_worked_example.py", ""))
    assert [int(number.replace(",", "")) for number in numbers] == [
        *(1_000_000, 20, 50_000, 10_000, 2, 100_000),
        *(2, 6, 47_000, 6_000, 4_000, 94_000),
        *(2, 45_900, 1_800, 91_800, 1_836),
        *(2, 45_900, 8_200, 1_800),
    ]
