"""Pool.redeem: shares in at the pool's low value, an asset out at its high price."""

from __future__ import annotations

from fractions import Fraction

import pytest
from contracts.codes import happy, refuses
from contracts.stage import (
    ALICE,
    BTC,
    BTC_1,
    ETH,
    NOBODY,
    TREASURY,
    USDC,
    USDC_1,
    WAD,
    Stage,
    event,
)


def redeem(stage: Stage, k: int, shares: int, least: int = 0):
    return stage.pool.send("redeem", k, shares, least, stage.address("stranger"), by="lp")


def refusal(stage: Stage, k: int, shares: int, least: int = 0) -> str:
    return stage.pool.refusal("redeem", k, shares, least, stage.address("lp"), by="lp")


@happy("redeem")
def test_shares_are_worth_their_part_of_the_pool(stage: Stage) -> None:
    stage.seed(0, 0, 0, 1_000 * USDC_1)
    held = stage.balance(USDC, "stranger")
    receipt = redeem(stage, USDC, 100 * WAD)
    lp, stranger = stage.address("lp"), stage.address("stranger")
    assert receipt.returned == (100 * USDC_1, 0)
    assert receipt.events == (
        event("Transfer", sender=lp, receiver=NOBODY, value=100 * WAD),
        event(
            "Redeemed",
            asset=USDC,
            receiver=stranger,
            amount=100 * USDC_1,
            shares=100 * WAD,
            fee_usd_wad=0,
        ),
        event("PoolMoved", asset=USDC, delta=-100 * USDC_1),
        event("Transfer", sender=stage.market.address, receiver=stranger, value=100 * USDC_1),
    )
    assert stage.balance(USDC, "stranger") == held + 100 * USDC_1
    assert stage.pool.read("totalSupply") == 900 * WAD


def test_the_fee_stays_but_for_the_protocols_share(stage: Stage) -> None:
    stage.seed(0, 0, 0, 1_000 * USDC_1)
    stage.govern("market", "set_protocol_fee", WAD // 4)
    stage.fill("weight_fee", "policies/weight_fee/FlatFee.vy", 100, 100)  # 1 %
    assert redeem(stage, USDC, 100 * WAD).returned == (99 * USDC_1, WAD)
    assert stage.collateral(TREASURY) == USDC_1 // 4
    assert stage.market.read("buckets", USDC).pool == 900_750_000  # 1,000 - 99 - 0.25


def test_the_spread_is_against_the_redeemer(stage: Stage) -> None:
    stage.seed(2 * BTC_1)  # 100,000 shares
    stage.price(BTC, 50_000 * WAD, spread=500 * WAD)  # 49,500 to 50,500
    tokens, _ = redeem(stage, BTC, 50_000 * WAD).returned
    assert tokens == int(Fraction(49_500, 50_500) * BTC_1)


def test_redeem_honours_the_least_tokens_to_the_unit(stage: Stage) -> None:
    stage.seed(0, 0, 0, 1_000 * USDC_1)
    assert refusal(stage, USDC, WAD, USDC_1 + 1) == "TOKENS_TOO_FEW"
    assert refusal(stage, USDC, WAD, USDC_1) == "OK"


@refuses("redeem", "TOKENS_TOO_FEW")
@pytest.mark.parametrize("shares", [0, 10**12 - 1])  # a millionth of a USD is one unit
def test_shares_that_buy_no_unit_are_refused(stage: Stage, shares: int) -> None:
    stage.seed(0, 0, 0, 1_000 * USDC_1)
    assert refusal(stage, USDC, shares) == "TOKENS_TOO_FEW"


def test_redeeming_from_an_empty_pool_is_refused(stage: Stage) -> None:
    assert refusal(stage, USDC, 0) == "TOKENS_TOO_FEW"


@refuses("redeem", "SHARES_BALANCE_TOO_LOW")
def test_nobody_redeems_more_than_they_hold(stage: Stage) -> None:
    stage.seed(0, 0, 0, 1_000 * USDC_1)
    held = stage.pool.read("balanceOf", stage.address("lp"))
    assert refusal(stage, USDC, held + 1) == "SHARES_BALANCE_TOO_LOW"
    assert refusal(stage, USDC, held) == "OK"


@refuses("redeem", "POOL_RESERVED")
def test_reserved_tokens_stay_to_the_unit(stage: Stage) -> None:
    stage.seed(10 * BTC_1)  # 500,000 shares
    stage.deposit(ALICE, USDC, 20_000 * USDC_1)
    stage.trade(ALICE, BTC, 4 * WAD)  # reserves 4 BTC
    one_unit = WAD // 2_000  # 0.0005 USD
    assert refusal(stage, BTC, 300_000 * WAD + one_unit) == "POOL_RESERVED"
    assert refusal(stage, BTC, 300_000 * WAD) == "OK"


def test_the_buffer_stays_to_the_unit(stage: Stage) -> None:
    stage.seed(10 * BTC_1)
    stage.change_asset(BTC, buffer=4 * BTC_1)
    assert refusal(stage, BTC, 300_000 * WAD + WAD // 2_000) == "POOL_RESERVED"
    assert refusal(stage, BTC, 300_000 * WAD) == "OK"


def test_the_protocols_share_of_a_fee_leaves_the_buffer_alone(stage: Stage) -> None:
    """SW-06"""
    stage.seed(0, 0, 0, 1_000 * USDC_1)
    stage.govern("market", "set_protocol_fee", WAD)
    stage.fill("weight_fee", "policies/weight_fee/FlatFee.vy", 100, 100)  # 1 %
    stage.change_asset(USDC, buffer=901 * USDC_1)
    redeem(stage, USDC, 100 * WAD)  # 99 to the receiver, 1 to the treasury
    assert stage.market.read("buckets", USDC).pool >= 901 * USDC_1


def test_an_asset_without_tokens_cannot_be_redeemed_into(stage: Stage) -> None:
    stage.seed(0, 0, 0, 1_000 * USDC_1)
    assert refusal(stage, ETH, WAD) == "POOL_RESERVED"


@refuses("redeem", "ASSET_NOT_LISTED")
def test_an_asset_that_is_not_listed_is_refused(stage: Stage) -> None:
    stage.seed(0, 0, 0, 1_000 * USDC_1)
    assert refusal(stage, 4, WAD) == "ASSET_NOT_LISTED"


@refuses("redeem", "POOL_WEIGHT_BAND")
def test_a_policy_may_close_the_band(stage: Stage) -> None:
    stage.seed(BTC_1, 0, 0, 50_000 * USDC_1)  # USDC at one half, its target
    stage.fill("weight_fee", "policies/weight_fee/BandedTax.vy", 10, 2, 50, WAD // 5, 0)
    assert refusal(stage, USDC, 10_001 * WAD) == "POOL_WEIGHT_BAND"
    assert refusal(stage, USDC, 10_000 * WAD) == "OK"


@refuses("redeem", "POLICY_FEE_TOO_HIGH")
def test_a_fee_above_ten_per_cent_is_refused(stage: Stage) -> None:
    stage.seed(0, 0, 0, 1_000 * USDC_1)
    stage.rude("weight_fee", WAD // 10 + 1)
    assert refusal(stage, USDC, WAD) == "POLICY_FEE_TOO_HIGH"


@refuses("redeem", "ASSET_TRANSFER_FAILED")
def test_a_token_that_answers_false_is_refused(stage: Stage) -> None:
    token = stage.deploy("mocks/ShyToken.vy")
    k = stage.list_asset(token, 18, USDC)
    stage.pool.send("mint", k, 10 * WAD, 0, stage.address("lp"), by="lp")
    token.send("refuse", True, by="lp")
    assert refusal(stage, k, WAD) == "ASSET_TRANSFER_FAILED"
