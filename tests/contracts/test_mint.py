"""Pool.mint: an asset in at its low price, shares out at the pool's high value."""

from __future__ import annotations

from fractions import Fraction

import pytest
from contracts.codes import happy, refuses
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    BTC_1,
    ETH_1,
    MAX_RATE_WAD_PER_S,
    MAX_UINT,
    NOBODY,
    TREASURY,
    USDC,
    USDC_1,
    WAD,
    Stage,
    event,
)

DEAD_SHARES = 10**9


def mint(stage: Stage, k: int, amount: int, least: int = 0):
    return stage.pool.send("mint", k, amount, least, stage.address("stranger"), by="lp")


def refusal(stage: Stage, k: int, amount: int, least: int = 0) -> str:
    return stage.pool.refusal("mint", k, amount, least, stage.address("lp"), by="lp")


@happy("mint")
def test_the_first_mint_gives_a_share_per_usd_and_burns_a_few(stage: Stage) -> None:
    receipt = mint(stage, USDC, 1_000 * USDC_1)
    lp, stranger = stage.address("lp"), stage.address("stranger")
    shares = 1_000 * WAD - DEAD_SHARES
    assert receipt.returned == (shares, 0)
    assert receipt.events == (
        event("Transfer", sender=NOBODY, receiver=stage.pool.address, value=DEAD_SHARES),
        event("Transfer", sender=NOBODY, receiver=stranger, value=shares),
        event(
            "Minted",
            asset=USDC,
            receiver=stranger,
            amount=1_000 * USDC_1,
            shares=shares,
            fee_usd_wad=0,
        ),
        event("PoolMoved", asset=USDC, delta=1_000 * USDC_1),
        event("Transfer", sender=lp, receiver=stage.market.address, value=1_000 * USDC_1),
    )
    assert stage.pool.read("balanceOf", stranger) == shares
    assert stage.pool.read("totalSupply") == 1_000 * WAD
    assert stage.tokens[USDC].read("balanceOf", stage.market.address) == 1_000 * USDC_1


def test_a_later_mint_gets_its_part_of_the_value_after_the_fee(stage: Stage) -> None:
    stage.seed(0, 0, 0, 100_000 * USDC_1)
    stage.govern("market", "set_protocol_fee", WAD // 4)
    stage.fill("weight_fee", "policies/weight_fee/FlatFee.vy", 100, 100)  # 1 %
    receipt = mint(stage, BTC, BTC_1)
    # 1 BTC at 50,000: fee 500, of which 125 to the treasury in BTC; 49,500 of shares at 1 USD each.
    assert receipt.returned == (49_500 * WAD, 500 * WAD)
    assert receipt.fields("Minted")["shares"] == 49_500 * WAD
    assert stage.collateral(TREASURY, BTC) == BTC_1 // 400  # 125 / 50,000
    assert stage.market.read("buckets", BTC).pool == BTC_1 - BTC_1 // 400


def test_the_spread_is_against_the_minter(stage: Stage) -> None:
    stage.seed(2 * BTC_1)  # 100,000 USD
    stage.price(BTC, 50_000 * WAD, spread=500 * WAD)  # 49,500 to 50,500
    shares, _ = mint(stage, BTC, BTC_1).returned
    # 49,500 credited; the pool counts 2 BTC at 50,500 against 100,000 shares.
    assert shares == int(Fraction(49_500 * 100_000, 101_000) * WAD)


def test_mint_honours_the_least_shares_to_the_unit(stage: Stage) -> None:
    stage.seed(0, 0, 0, 1_000 * USDC_1)
    assert refusal(stage, USDC, USDC_1, WAD) == "OK"
    assert refusal(stage, USDC, USDC_1, WAD + 1) == "SHARES_TOO_FEW"


@refuses("mint", "SHARES_TOO_FEW")
@pytest.mark.parametrize("amount", [0, DEAD_SHARES])
def test_a_first_mint_that_leaves_nothing_is_refused(stage: Stage, amount: int) -> None:
    k = stage.list_asset(stage.deploy("mocks/MockToken.vy", "A", "A", 18), 18, USDC)
    assert refusal(stage, k, amount) == "SHARES_TOO_FEW"


def test_a_later_mint_of_nothing_is_refused(stage: Stage) -> None:
    stage.seed(0, 0, 0, 1_000 * USDC_1)
    assert refusal(stage, USDC, 0) == "SHARES_TOO_FEW"


@refuses("mint", "ASSET_NOT_LISTED")
@pytest.mark.parametrize("k", [4, MAX_UINT])
def test_an_asset_that_is_not_listed_is_refused(stage: Stage, k: int) -> None:
    assert refusal(stage, k, USDC_1) == "ASSET_NOT_LISTED"


@refuses("mint", "POOL_CAP")
def test_the_pool_takes_no_more_than_its_cap(stage: Stage) -> None:
    stage.change_asset(USDC, max_pool=100 * USDC_1)
    stage.seed(0, 0, 0, 100 * USDC_1)
    assert refusal(stage, USDC, 1) == "POOL_CAP"


@refuses("mint", "POOL_WORTHLESS")
def test_a_pool_that_owes_all_it_has_takes_no_more(stage: Stage) -> None:
    stage.change_market(BTC, reserve_factor_wad=WAD // 100)
    stage.seed(0, 10 * ETH_1)  # 25,000 USD
    stage.seed(BTC_1 // 10)  # 5,000 USD reserve 500,000 of longs
    stage.deposit(ALICE, USDC, 40_000 * USDC_1)
    stage.trade(ALICE, BTC, 8 * WAD)
    stage.price(BTC, 60_000 * WAD)  # the long earns 80,000
    assert stage.market.read("aum").low == 0
    assert refusal(stage, USDC, USDC_1) == "POOL_WORTHLESS"


@refuses("mint", "POOL_WEIGHT_BAND")
def test_a_policy_may_close_the_band(stage: Stage) -> None:
    stage.fill("weight_fee", "policies/weight_fee/BandedTax.vy", 10, 2, 50, WAD // 5, 0)
    stage.seed(0, 0, 0, 1_000 * USDC_1)  # all of the pool, target one half
    assert refusal(stage, USDC, USDC_1) == "POOL_WEIGHT_BAND"


@refuses("mint", "POLICY_FEE_TOO_HIGH")
def test_a_fee_above_ten_per_cent_is_refused(stage: Stage) -> None:
    stage.rude("weight_fee", WAD // 10)
    assert refusal(stage, USDC, USDC_1) == "OK"
    stage.rude("weight_fee", WAD // 10 + 1)
    assert refusal(stage, USDC, USDC_1) == "POLICY_FEE_TOO_HIGH"


@pytest.mark.parametrize(
    ("slot", "answer"),
    [
        ("borrow_rate", (MAX_RATE_WAD_PER_S + 1, 0)),
        ("borrow_rate", (0, MAX_RATE_WAD_PER_S + 1)),
        ("funding_rate", (MAX_RATE_WAD_PER_S + 1,)),
        ("funding_rate", (-MAX_RATE_WAD_PER_S - 1,)),
    ],
)
def test_a_rate_above_its_bound_is_clamped_and_stops_nothing(stage: Stage, slot: str, answer: tuple[int, ...]) -> None:
    stage.seed(10 * BTC_1, 0, 0, 100_000 * USDC_1)
    stage.deposit(ALICE, USDC, 10_000 * USDC_1)
    stage.trade(ALICE, BTC, WAD)
    stage.deposit(BOB, USDC, 10_000 * USDC_1)
    stage.trade(BOB, BTC, -WAD)
    stage.rude(slot, *answer)
    stage.advance(1)
    assert refusal(stage, USDC, USDC_1) == "OK"
    stage.market.send("assess", ALICE, by="stranger")
    sides = [stage.market.read("sides", BTC, side) for side in range(2)]
    if slot == "borrow_rate":
        rates = [min(rate, MAX_RATE_WAD_PER_S) for rate in answer]
        assert [side.borrow_index_wad for side in sides] == rates
    else:
        payer = 0 if answer[0] > 0 else 1
        assert sides[payer].funding_index_wad == MAX_RATE_WAD_PER_S * 50_000


@refuses("mint", "ASSET_TRANSFER_FAILED")
def test_a_token_that_keeps_a_fee_on_transfer_is_refused(stage: Stage) -> None:
    token = stage.deploy("mocks/FeeToken.vy")
    token.send("mint", stage.address("lp"), 10**18, by="lp")
    token.send("approve", stage.market.address, 10**18, by="lp")
    k = stage.list_asset(token, 18, USDC)
    assert refusal(stage, k, 10**18) == "ASSET_TRANSFER_FAILED"
