"""Market.claim_funding where one side pays the other: out of what was collected, never out of the pool."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import pytest
from contracts.codes import happy, refuses
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    BTC_1,
    CAROL,
    INSURANCE,
    LONG,
    MAX_UINT,
    SHORT,
    TREASURY,
    USDC,
    USDC_1,
    WAD,
    YEAR_S,
    Stage,
    event,
)

RATE = WAD // YEAR_S  # 100 % a year when one side has all
DAY_S = 86_400


@pytest.fixture
def stage() -> Stage:
    """Alice is long 3 BTC, Bob is short 1 BTC: longs pay half of the maximum."""
    stage = Stage("funding_settlement=other_side")
    stage.seed(10 * BTC_1, 0, 0, 500_000 * USDC_1)
    stage.fill("funding_rate", "policies/funding_rate/SkewLinearFunding.vy", RATE)
    for account in (ALICE, BOB, CAROL):
        stage.deposit(account, USDC, 20_000 * USDC_1)
    stage.trade(ALICE, BTC, 3 * WAD)
    stage.trade(BOB, BTC, -WAD)
    return stage


def indices(seconds: int) -> tuple[int, int]:
    """USD per unit of size that a long pays (rounded up) and a short earns (rounded down)."""
    speed = RATE * (150_000 - 50_000) // 200_000
    paid = ceil(Fraction(speed * seconds * 50_000))
    return paid, floor(Fraction(3 * paid))


def claim_refusal(stage: Stage, account: int, m: int = BTC, by: str = "trader") -> str:
    return stage.market.refusal("claim_funding", account, m, by=by)


def test_the_heavy_side_pays_and_the_light_side_earns_the_same(stage: Stage) -> None:
    stage.advance(DAY_S)
    stage.market.send("assess", ALICE, by="stranger")
    paid, earned = indices(DAY_S)
    assert stage.market.read("sides", BTC, LONG).funding_index_wad == paid
    assert stage.market.read("sides", BTC, SHORT).funding_index_wad == -earned


def test_earnings_wait_until_they_were_paid_in(stage: Stage) -> None:
    stage.advance(DAY_S)
    _, earned = indices(DAY_S)
    stage.trade(BOB, BTC, WAD)  # Bob leaves first
    assert stage.market.read("funding_claims", BOB, BTC) == earned
    assert stage.collateral(BOB) == 20_000 * USDC_1
    assert claim_refusal(stage, BOB) == "CLAIM_NOTHING"


@happy("claim_funding")
def test_a_claim_pays_what_was_collected_once(stage: Stage) -> None:
    stage.advance(DAY_S)
    paid, earned = indices(DAY_S)
    stage.trade(BOB, BTC, WAD)
    stage.trade(ALICE, BTC, -3 * WAD)
    assert stage.market.read("clocks", BTC).funding_pot_usd_wad == 3 * paid
    receipt = stage.market.send("claim_funding", BOB, BTC, by="trader")
    tokens = earned // 10**12  # what makes no unit stays to be claimed
    assert receipt.returned == tokens * 10**12
    assert receipt.events == (
        event("PoolMoved", asset=USDC, delta=-tokens),
        event("CollateralMoved", account=BOB, asset=USDC, delta=tokens),
        event("FundingClaimed", account=BOB, market=BTC, usd_wad=tokens * 10**12),
    )
    assert stage.market.read("funding_claims", BOB, BTC) == earned - tokens * 10**12
    assert stage.market.read("clocks", BTC).funding_pot_usd_wad == 3 * paid - tokens * 10**12
    assert claim_refusal(stage, BOB) == "CLAIM_NOTHING"


def test_closing_claims_at_once_where_the_pot_can(stage: Stage) -> None:
    stage.advance(DAY_S)
    paid, earned = indices(DAY_S)
    stage.trade(ALICE, BTC, -3 * WAD)
    receipt = stage.trade(BOB, BTC, WAD)
    assert receipt.returned.funding_usd_wad == -earned
    assert receipt.returned.settled_usd_wad == 0
    assert stage.collateral(BOB) == 20_000 * USDC_1 + earned // 10**12
    assert stage.collateral(ALICE) == 20_000 * USDC_1 - ceil(Fraction(3 * paid, 10**12))


def test_a_claim_is_paid_as_far_as_the_pot_goes(stage: Stage) -> None:
    stage.trade(ALICE, BTC, -2 * WAD)
    stage.trade(CAROL, BTC, 2 * WAD)  # one of three longs is Alice's
    stage.advance(DAY_S)
    paid, earned = indices(DAY_S)
    stage.trade(BOB, BTC, WAD)
    stage.trade(ALICE, BTC, -WAD)
    claimed = stage.market.send("claim_funding", BOB, BTC, by="stranger").returned  # into Bob's account
    assert claimed == paid // 10**12 * 10**12
    assert stage.market.read("funding_claims", BOB, BTC) == earned - claimed


def test_the_pool_is_neither_richer_nor_poorer_for_funding(stage: Stage) -> None:
    before = stage.market.read("aum").mid
    stage.advance(DAY_S)
    stage.trade(ALICE, BTC, -3 * WAD)
    stage.trade(BOB, BTC, WAD)
    gained = stage.market.read("aum").mid - before
    assert 0 <= gained < 2 * 10**12  # a unit of USDC for each of two settlements


def test_what_a_bankrupt_payer_lacks_is_not_promised(stage: Stage) -> None:
    stage.advance(30 * DAY_S)
    paid, _ = indices(30 * DAY_S)
    stage.market.send("assess", ALICE, by="stranger")
    stage.price(BTC, 43_400 * WAD)  # 19,800 lost of 20,000, and some 6,160 of funding due
    result = stage.liquidate(ALICE)
    lacking = 3 * paid + 19_800 * WAD - 20_000 * WAD
    assert result.bad_debt_usd_wad == lacking
    assert stage.market.read("clocks", BTC).funding_pot_usd_wad == 3 * paid - lacking


def test_with_one_side_empty_nobody_pays(stage: Stage) -> None:
    stage.trade(BOB, BTC, WAD)
    stage.advance(DAY_S)
    stage.market.send("assess", ALICE, by="stranger")
    assert stage.market.read("sides", BTC, LONG).funding_index_wad == 0


def test_no_claim_is_logged_where_nothing_was_paid(stage: Stage) -> None:
    stage.advance(DAY_S)
    stage.trade(BOB, BTC, WAD)
    stage.trade(ALICE, BTC, -3 * WAD)
    stage.market.send("claim_funding", BOB, BTC, by="trader")
    receipt = stage.trade(BOB, BTC, WAD)  # less than a unit of his claim is left
    assert "FundingClaimed" not in [e.name for e in receipt.events]


@refuses("claim_funding", "CLAIM_NOTHING")
def test_without_a_claim_there_is_nothing_to_pay(stage: Stage) -> None:
    assert claim_refusal(stage, CAROL) == "CLAIM_NOTHING"


@pytest.mark.parametrize("account", [0, INSURANCE, TREASURY, CAROL])
def test_whoever_is_owed_nothing_gets_nothing(stage: Stage, account: int) -> None:
    assert claim_refusal(stage, account, by="stranger") == "CLAIM_NOTHING"


@refuses("claim_funding", "MARKET_NOT_LISTED")
@pytest.mark.parametrize("m", [3, MAX_UINT])
def test_a_market_has_to_be_listed(stage: Stage, m: int) -> None:
    assert claim_refusal(stage, BOB, m) == "MARKET_NOT_LISTED"
