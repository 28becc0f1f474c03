"""A share's value counts no gain that reserves cannot pay, or the design says what that is worth to whom."""

from __future__ import annotations

import pytest
from contracts.stage import ALICE, BTC, BTC_1, USDC, USDC_1, WAD, Stage

from sim.design import Design, list_designs, load_design

#: USD that 900,000 earn, minted before four BTC of shorts close 65 % lower and redeemed after, where less is reserved.
LISTED_USD = {"gmx_v2": 34_833, "hlp": 18_685, "post_reform": 18_685, "pre_reform": 18_685}


def least_reserve(design: Design) -> float:
    return float(min(market.reserve_factor for market in design.markets))


def gain_usd(reserve_factor: float) -> float:
    """What shares earn that are held for the moment in which a winner leaves; nobody charges a fee here."""
    stage = Stage(f"market.BTC.reserve_factor={reserve_factor}")
    stage.seed(10 * BTC_1, 0, 0, 500_000 * USDC_1)
    stage.deposit(ALICE, USDC, 100_000 * USDC_1)
    stage.trade(ALICE, BTC, -4 * WAD)
    stage.price(BTC, 17_500 * WAD)
    provider = stage.address("trader")
    shares = stage.pool.send("mint", USDC, 900_000 * USDC_1, 0, provider, by="trader").returned[0]
    stage.trade(ALICE, BTC, 4 * WAD)
    got = stage.pool.send("redeem", USDC, shares, 0, provider, by="trader").returned[0]
    return got / USDC_1 - 900_000


@pytest.mark.parametrize("name", list_designs())
def test_nobody_earns_what_a_winner_is_not_paid_but_where_the_design_says_so(name: str) -> None:
    design = load_design(name)
    listed = {broken.property: broken.reason for broken in design.breaks}
    assert ("RO-11" in listed) == (name in LISTED_USD)
    gain = gain_usd(least_reserve(design))
    assert gain == pytest.approx(LISTED_USD.get(name, 0), abs=1)
    assert name not in LISTED_USD or f"{LISTED_USD[name]:,}" in listed["RO-11"]


def test_breakwater_caps_no_profit() -> None:
    """All of a position is reserved, so that nobody's profit depends on who else leaves."""
    markets = load_design("breakwater").markets
    assert {(market.reserve_factor, market.max_profit_share) for market in markets} == {(1, 1_000)}
