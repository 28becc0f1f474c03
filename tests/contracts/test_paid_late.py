"""What a liquidated account owed is paid late, by a later market or by insurance: it goes where it was owed first."""

from __future__ import annotations

import pytest
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    BTC_1,
    CAROL,
    DAVE,
    ETH,
    ETH_1,
    INSURANCE,
    TREASURY,
    USDC,
    USDC_1,
    WAD,
    YEAR_S,
    Stage,
)

DAY_S = 86_400
THOUSAND = 1_000 * USDC_1


def owing(own_usd: int, insurance_usd: int = 0, settlement: str = "other_side") -> Stage:
    """Carol is long BTC and ETH and owes fees, and funding to Bob, who is gone; Alice owes it along with her."""
    stage = Stage(
        f"funding_settlement={settlement}",
        "protocol_fee_share=0.25",
        "margin.initial_bps=100",
        "margin.maintenance_bps=50",
    )
    stage.seed(100 * BTC_1, 1_000 * ETH_1, 0, 5_000 * THOUSAND)
    stage.fill("funding_rate", "policies/funding_rate/SkewLinearFunding.vy", WAD // YEAR_S)
    stage.fill("borrow_rate", "policies/borrow_rate/LinearBorrow.vy", 2 * WAD // YEAR_S)
    for account, usd in ((ALICE, 400_000), (BOB, 400_000), (CAROL, own_usd)):
        stage.deposit(account, USDC, usd * USDC_1)
    if insurance_usd:
        stage.deposit(INSURANCE, USDC, insurance_usd * USDC_1)
    stage.trade(ALICE, BTC, WAD)
    stage.trade(BOB, BTC, -10 * WAD)
    stage.trade(CAROL, BTC, 20 * WAD)
    stage.trade(CAROL, ETH, 100 * WAD)
    stage.advance(10 * DAY_S)
    stage.market.send("accrue", by="stranger")
    stage.trade(BOB, BTC, 10 * WAD)  # he leaves: his claim waits for what Carol and Alice owe
    return stage


def ends(stage: Stage) -> tuple[int, int, int]:
    """(pot, treasury in units, what Bob can claim) after the liquidation."""
    pot = stage.market.read("clocks", BTC).funding_pot_usd_wad
    held = stage.market.read("funding_claims", BOB, BTC)
    return pot, stage.collateral(TREASURY), min(pot, held)


def in_time(settlement: str = "other_side") -> tuple[int, int, int]:
    """The same where her collateral pays everything when it is due; she closes by herself."""
    stage = owing(300_000, settlement=settlement)
    stage.price(BTC, 48_000 * WAD)
    stage.trade(CAROL, BTC, -20 * WAD)
    stage.trade(CAROL, ETH, -100 * WAD)
    return ends(stage)


@pytest.mark.parametrize(("settlement", "eth_usd"), [("other_side", 2_856), ("per_unit", 2_924)])
def test_the_profit_of_a_later_market_pays_whom_an_earlier_one_left_without(settlement: str, eth_usd: int) -> None:
    stage = owing(30_000, settlement=settlement)
    stage.price(BTC, 48_000 * WAD)
    stage.price(ETH, eth_usd * WAD)
    health = stage.market.read("health", CAROL)
    assert health.equity < health.maintenance
    result = stage.liquidate(CAROL, DAVE)
    assert (result.insured_usd_wad, result.bad_debt_usd_wad) == (0, 0)
    assert ends(stage) == pytest.approx(in_time(settlement), abs=10**13)
    if settlement == "other_side":
        assert ends(stage)[2] > 4_000 * WAD
        assert stage.market.send("claim_funding", BOB, BTC, by="stranger").returned > 4_000 * WAD


@pytest.mark.parametrize("settlement", ["other_side", "per_unit"])
def test_insurance_pays_whom_the_account_left_without(settlement: str) -> None:
    stage = owing(30_000, 200_000, settlement)
    stage.price(BTC, 48_000 * WAD)
    result = stage.liquidate(CAROL, DAVE)
    assert result.insured_usd_wad > 0 == result.bad_debt_usd_wad
    assert ends(stage) == pytest.approx(in_time(settlement), abs=10**13)


@pytest.mark.parametrize("insurance_usd", [0, 3_000, 12_000, 18_000])
def test_what_is_missing_in_the_end_is_missing_from_funding_and_fees_first(insurance_usd: int) -> None:
    """As if what insurance pays had been in the account from the beginning."""
    stage = owing(30_000, insurance_usd)
    stage.price(BTC, 48_000 * WAD)
    result = stage.liquidate(CAROL, DAVE)
    assert result.bad_debt_usd_wad > 0
    richer = owing(30_000 + insurance_usd)
    richer.price(BTC, 48_000 * WAD)
    assert richer.liquidate(CAROL, DAVE).bad_debt_usd_wad == pytest.approx(result.bad_debt_usd_wad, abs=10**13)
    pot, treasury, _ = ends(stage)
    same_pot, same_treasury, _ = ends(richer)
    assert pot == pytest.approx(same_pot, abs=10**13)
    assert treasury == pytest.approx(same_treasury, abs=2)


@pytest.mark.parametrize("role", ["admin", "trader", "keeper", "stranger"])
def test_nobody_credits_a_pot_but_the_ladder(role: str) -> None:
    stage = owing(300_000)
    assert stage.market.refusal("credit", BTC, WAD, WAD, by=role) == "ACCESS_NOT_LIQUIDATOR"
