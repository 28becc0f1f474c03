"""Accounts on their way down the ladder: what tests of its rungs begin with."""

from __future__ import annotations

from contracts.orders import FULL, open_stage
from contracts.stage import ALICE, BTC, INSURANCE, USDC, USDC_1, WAD, Stage

THOUSAND = 1_000 * USDC_1
#: Alice's long has 900 of equity left at this price, 18 less than she needs.
BTC_USD = 45_900


def long_stage(*overrides: str) -> Stage:
    """Alice has 5,000 USDC behind 1 BTC long at 50,000."""
    stage = open_stage(*overrides)
    stage.market.send("withdraw_collateral", ALICE, USDC, 5 * THOUSAND, stage.address("trader"), by="trader")
    stage.trade(ALICE, BTC, WAD)
    return stage


def take_over_stage(insurance_usd: int = 10_000, *overrides: str) -> Stage:
    """The same; the rule hands her over to insurance, for a flat reward of 2 USD."""
    stage = long_stage(*overrides)
    stage.fill("liquidation", FULL, 10, 5, 5, 2 * WAD, False, True, False)
    if insurance_usd:
        stage.deposit(INSURANCE, USDC, insurance_usd * USDC_1)
    return stage
