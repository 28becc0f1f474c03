"""Pool.swap: one asset in at its low price, another out at its high price."""

from __future__ import annotations

from fractions import Fraction

import pytest
from contracts.codes import happy, refuses
from contracts.stage import (
    ALICE,
    BTC,
    BTC_1,
    TREASURY,
    USDC,
    USDC_1,
    WAD,
    Stage,
    event,
)


@pytest.fixture
def stage() -> Stage:
    """A pool of 10 BTC and 500,000 USDC, half and half."""
    stage = Stage()
    stage.seed(10 * BTC_1, 0, 0, 500_000 * USDC_1)
    return stage


def swap(stage: Stage, k: int, j: int, amount: int, least: int = 0):
    return stage.pool.send("swap", k, j, amount, least, stage.address("lp"), by="stranger")


def refusal(stage: Stage, k: int, j: int, amount: int, least: int = 0) -> str:
    return stage.pool.refusal("swap", k, j, amount, least, stage.address("lp"), by="stranger")


@happy("swap")
def test_a_swap_exchanges_value_for_value(stage: Stage) -> None:
    receipt = swap(stage, BTC, USDC, BTC_1)
    lp, stranger, market = stage.address("lp"), stage.address("stranger"), stage.market.address
    assert receipt.returned == (50_000 * USDC_1, 0)
    assert receipt.events == (
        event(
            "Swapped",
            asset_in=BTC,
            asset_out=USDC,
            receiver=lp,
            amount_in=BTC_1,
            amount_out=50_000 * USDC_1,
            fee_usd_wad=0,
        ),
        event("PoolMoved", asset=BTC, delta=BTC_1),
        event("PoolMoved", asset=USDC, delta=-50_000 * USDC_1),
        event("Transfer", sender=stranger, receiver=market, value=BTC_1),
        event("Transfer", sender=market, receiver=lp, value=50_000 * USDC_1),
    )


def test_the_fee_is_taken_in_the_asset_that_leaves(stage: Stage) -> None:
    stage.govern("market", "set_protocol_fee", WAD // 5)
    stage.fill("weight_fee", "policies/weight_fee/FlatFee.vy", 0, 100)  # 1 %
    assert swap(stage, BTC, USDC, BTC_1).returned == (49_500 * USDC_1, 500 * WAD)
    assert stage.collateral(TREASURY, USDC) == 100 * USDC_1
    assert stage.market.read("buckets", USDC).pool == 450_400 * USDC_1


def test_the_worse_of_both_fees_is_charged(stage: Stage) -> None:
    # BTC is over its target of 23 %, USDC at its target of 50 %: both away, the larger tax counts.
    stage.fill("weight_fee", "policies/weight_fee/GlpTax.vy", 30, 30, 4, 50, 20, 0)
    tokens, fee_usd = swap(stage, BTC, USDC, BTC_1).returned
    target = 230_000
    mean = Fraction((500_000 - target) + (550_000 - target), 2)
    bps = 30 + int(50 * min(mean, target) / target)  # 80; USDC alone would pay 32
    assert fee_usd == 50_000 * WAD * bps // 10_000
    assert tokens == (50_000 * USDC_1) * (10_000 - bps) // 10_000


def test_the_spread_of_both_assets_is_against_the_swapper(stage: Stage) -> None:
    stage.price(BTC, 50_000 * WAD, spread=500 * WAD)
    stage.price(USDC, WAD, spread=WAD // 100)
    tokens, _ = swap(stage, BTC, USDC, BTC_1).returned
    assert tokens == int(Fraction(49_500) / Fraction(101, 100) * USDC_1)


def test_swap_honours_the_least_tokens_to_the_unit(stage: Stage) -> None:
    assert refusal(stage, BTC, USDC, BTC_1, 50_000 * USDC_1 + 1) == "TOKENS_TOO_FEW"
    assert refusal(stage, BTC, USDC, BTC_1, 50_000 * USDC_1) == "OK"


@refuses("swap", "TOKENS_TOO_FEW")
@pytest.mark.parametrize("amount", [0, 499])  # a unit of BTC is 500 units of USDC
def test_an_amount_that_buys_no_unit_is_refused(stage: Stage, amount: int) -> None:
    assert refusal(stage, USDC, BTC, amount) == "TOKENS_TOO_FEW"


@refuses("swap", "SWAP_SAME_ASSET")
def test_an_asset_is_not_swapped_for_itself(stage: Stage) -> None:
    assert refusal(stage, BTC, BTC, BTC_1) == "SWAP_SAME_ASSET"


@refuses("swap", "ASSET_NOT_LISTED")
@pytest.mark.parametrize(("k", "j"), [(4, USDC), (USDC, 4)])
def test_both_assets_have_to_be_listed(stage: Stage, k: int, j: int) -> None:
    assert refusal(stage, k, j, USDC_1) == "ASSET_NOT_LISTED"


@refuses("swap", "POOL_CAP")
def test_the_pool_takes_no_more_than_its_cap(stage: Stage) -> None:
    stage.change_asset(BTC, max_pool=11 * BTC_1)
    assert refusal(stage, BTC, USDC, BTC_1 + 1) == "POOL_CAP"
    assert refusal(stage, BTC, USDC, BTC_1) == "OK"


@refuses("swap", "POOL_RESERVED")
def test_reserves_and_buffer_stay_to_the_unit(stage: Stage) -> None:
    stage.deposit(ALICE, USDC, 20_000 * USDC_1)
    stage.trade(ALICE, BTC, 4 * WAD)  # reserves 4 BTC
    stage.change_asset(BTC, buffer=BTC_1)
    assert refusal(stage, USDC, BTC, 250_000 * USDC_1 + 500) == "POOL_RESERVED"
    assert refusal(stage, USDC, BTC, 250_000 * USDC_1) == "OK"


@refuses("swap", "POOL_WEIGHT_BAND")
def test_a_policy_may_close_the_band(stage: Stage) -> None:
    stage.fill("weight_fee", "policies/weight_fee/BandedTax.vy", 10, 2, 50, WAD // 5, 0)
    assert refusal(stage, BTC, USDC, BTC_1) == "POOL_WEIGHT_BAND"  # more of what is over its band


@refuses("swap", "POLICY_FEE_TOO_HIGH")
def test_a_fee_above_ten_per_cent_is_refused(stage: Stage) -> None:
    stage.rude("weight_fee", WAD // 10 + 1)
    assert refusal(stage, BTC, USDC, BTC_1) == "POLICY_FEE_TOO_HIGH"


@refuses("swap", "ASSET_TRANSFER_FAILED")
def test_a_token_that_answers_false_is_refused(stage: Stage) -> None:
    token = stage.deploy("mocks/ShyToken.vy")
    k = stage.list_asset(token, 18, USDC)
    assert refusal(stage, k, USDC, WAD) == "OK"
    token.send("refuse", True, by="lp")
    assert refusal(stage, k, USDC, WAD) == "ASSET_TRANSFER_FAILED"
    assert refusal(stage, USDC, k, USDC_1) == "ASSET_TRANSFER_FAILED"
