"""What Market does for the other contracts of the protocol alone, called as each of them."""

from __future__ import annotations

import pytest
from contracts.codes import happy, refuses
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    BTC_1,
    INSURANCE,
    KEEPER,
    NOBODY,
    NORMAL,
    POOL,
    REDUCE_ONLY,
    TREASURY,
    USDC,
    USDC_1,
    WAD,
    Receipt,
    Stage,
    event,
    result_of,
)


@pytest.fixture
def stage() -> Stage:
    """A pool of 10 BTC and 500,000 USDC; Alice has 5,000 USDC behind 1 BTC long, a fifth of every fee leaves."""
    stage = Stage("protocol_fee_share=0.2")
    stage.seed(10 * BTC_1, 0, 0, 500_000 * USDC_1)
    stage.deposit(ALICE, USDC, 5_000 * USDC_1)
    stage.trade(ALICE, BTC, WAD)
    return stage


def moved(account: int, delta: int, asset: int = USDC):
    return event("CollateralMoved", account=account, asset=asset, delta=delta)


def pooled(delta: int, asset: int = USDC):
    return event("PoolMoved", asset=asset, delta=delta)


# ------------------------------------------------------------------ the pool desk


def exchange(
    stage: Stage, amount_in: int, amount_out: int, fee_usd_wad: int = 0, k_in: int = USDC, k_out: int = BTC
) -> Receipt:
    payer, receiver = stage.address("stranger"), stage.address("lp")
    arguments = (k_in, amount_in, payer, k_out, amount_out, receiver, fee_usd_wad)
    return stage.market.send("exchange", *arguments, by="pool")


@happy("exchange")
def test_the_pool_desk_exchanges_and_the_treasury_has_its_share_of_the_fee(stage: Stage) -> None:
    receipt = exchange(stage, 50_000 * USDC_1, BTC_1, fee_usd_wad=500 * WAD)
    market = stage.market.address
    share = BTC_1 // 500  # a fifth of 500 USD, in the asset that leaves
    assert receipt.events == (
        pooled(50_000 * USDC_1),
        pooled(-BTC_1, BTC),
        pooled(-share, BTC),
        moved(TREASURY, share, BTC),
        event("Transfer", sender=stage.address("stranger"), receiver=market, value=50_000 * USDC_1),
        event("Transfer", sender=market, receiver=stage.address("lp"), value=BTC_1),
    )


@pytest.mark.parametrize(("amount_in", "amount_out", "asset"), [(USDC_1, 0, USDC), (0, BTC_1 // 50_000, BTC)])
def test_a_fee_without_a_second_leg_leaves_in_the_asset_that_moves(
    stage: Stage, amount_in: int, amount_out: int, asset: int
) -> None:
    exchange(stage, amount_in, amount_out, fee_usd_wad=WAD, k_out=BTC)
    assert stage.collateral(TREASURY, asset) == (USDC_1 // 5 if asset == USDC else BTC_1 // 250_000)


@refuses("exchange", "POOL_CAP")
@refuses("exchange", "POOL_RESERVED")
def test_an_exchange_stays_within_cap_reserve_and_buffer(stage: Stage) -> None:
    stage.change_asset(USDC, max_pool=500_001 * USDC_1)
    stage.change_asset(BTC, buffer=2 * BTC_1)  # and Alice's position reserves 1

    def refusal(amount_in: int, amount_out: int) -> str:
        payer, receiver = stage.address("stranger"), stage.address("lp")
        return stage.market.refusal("exchange", USDC, amount_in, payer, BTC, amount_out, receiver, 0, by="pool")

    assert refusal(USDC_1 + 1, 0) == "POOL_CAP"
    assert refusal(USDC_1, 0) == "OK"
    assert refusal(0, 7 * BTC_1 + 1) == "POOL_RESERVED"
    assert refusal(0, 7 * BTC_1) == "OK"


@refuses("exchange", "ASSET_TRANSFER_FAILED")
@pytest.mark.parametrize("leg", ["in", "out"])
def test_an_exchange_with_a_token_that_answers_false_is_refused(stage: Stage, leg: str) -> None:
    token = stage.deploy("mocks/ShyToken.vy")
    k = stage.list_asset(token, 18, USDC)
    exchange(stage, WAD, 0, k_in=k)
    token.send("refuse", True, by="stranger")
    amounts = (k, WAD, NOBODY, k, 0, NOBODY, 0) if leg == "in" else (k, 0, NOBODY, k, WAD, NOBODY, 0)
    assert stage.market.refusal("exchange", *amounts, by="pool") == "ASSET_TRANSFER_FAILED"


# ------------------------------------------------------------------ the liquidator


@happy("close_out")
def test_the_liquidator_reduces_where_the_owner_would_close_without_the_fee(stage: Stage) -> None:
    """100 USD of impact on each whole coin; there is no room for it in a hundredth more."""
    stage.change_market(BTC, trade_fee_wad=WAD // 100)
    stage.price(BTC, 49_000 * WAD, spread=100 * WAD)
    stage.rude("price_impact", 48_800 * WAD)
    receipt = stage.desk.send("close_out", ALICE, BTC, -WAD // 2, 0, 0, True, by="liquidator")
    fill = result_of(
        "Desk.vy",
        "close_out",
        size_delta_wad=-WAD // 2,
        price_wad=48_800 * WAD,
        settled_usd_wad=-600 * WAD,
        impact_usd_wad=50 * WAD,
    )
    assert tuple(vars(receipt.returned).values()) == fill
    held = (WAD // 2, 25_000 * WAD, BTC_1 // 2, 0, 0)
    assert receipt.events == (
        event("PositionChanged", account=ALICE, market=BTC, position=held),
        moved(ALICE, -600 * USDC_1),
        pooled(600 * USDC_1),
        event("Traded", account=ALICE, market=BTC, fill=fill),
    )


def test_a_forced_trade_says_what_the_collateral_could_not_pay(stage: Stage) -> None:
    stage.price(BTC, 44_000 * WAD)
    fill = stage.desk.send("close_out", ALICE, BTC, -WAD, 0, 0, True, by="liquidator").returned
    assert (fill.settled_usd_wad, fill.unpaid_usd_wad) == (-6_000 * WAD, 1_000 * WAD)
    assert stage.collateral(ALICE) == 0


@refuses("close_out", "MARKET_NOT_LISTED")
@refuses("close_out", "TRADE_REDUCE_ONLY")
def test_the_liquidator_opens_nothing(stage: Stage) -> None:
    assert stage.desk.refusal("close_out", BOB, BTC, 10**10, 0, 0, True, by="liquidator") == "TRADE_REDUCE_ONLY"
    assert stage.desk.refusal("close_out", ALICE, BTC, 10**10, 0, 0, True, by="liquidator") == "TRADE_REDUCE_ONLY"
    assert stage.desk.refusal("close_out", ALICE, 7, -WAD, 0, 0, True, by="liquidator") == "MARKET_NOT_LISTED"


@happy("seize")
def test_the_liquidator_moves_collateral_and_learns_what_was_not_there(stage: Stage) -> None:
    receipt = stage.market.send("seize", ALICE, KEEPER, 100 * WAD, False, by="liquidator")
    assert (receipt.returned, receipt.events) == (0, (moved(ALICE, -100 * USDC_1), moved(KEEPER, 100 * USDC_1)))
    receipt = stage.market.send("seize", ALICE, POOL, 4_901 * WAD, False, by="liquidator")
    assert (receipt.returned, receipt.events) == (WAD, (moved(ALICE, -4_900 * USDC_1), pooled(4_900 * USDC_1)))


def test_the_treasury_has_its_share_of_a_fee_that_is_seized_as_far_as_it_arrived(stage: Stage) -> None:
    receipt = stage.market.send("seize", ALICE, POOL, 6_000 * WAD, True, by="liquidator")
    assert receipt.returned == 1_000 * WAD
    assert receipt.events == (
        moved(ALICE, -5_000 * USDC_1),
        pooled(5_000 * USDC_1),
        pooled(-1_000 * USDC_1),
        moved(TREASURY, 1_000 * USDC_1),
    )


@happy("credit")
def test_what_was_paid_late_goes_into_the_pot_and_to_the_treasury() -> None:
    stage = Stage("protocol_fee_share=0.2", "funding_settlement=other_side")
    stage.seed(0, 0, 0, 500_000 * USDC_1)
    receipt = stage.market.send("credit", BTC, 3 * WAD, 10 * WAD, by="liquidator")
    assert receipt.events == (
        pooled(-2 * USDC_1),
        moved(TREASURY, 2 * USDC_1),
        event("PaidLate", market=BTC, funding_usd_wad=3 * WAD, fees_usd_wad=10 * WAD),
    )
    assert stage.market.read("clocks", BTC).funding_pot_usd_wad == 3 * WAD


@happy("pay_from_pool")
def test_the_liquidator_pays_out_of_what_is_not_reserved(stage: Stage) -> None:
    receipt = stage.market.send("pay_from_pool", KEEPER, 2 * WAD, by="liquidator")
    assert (receipt.returned, receipt.events) == (2 * WAD, (pooled(-2 * USDC_1), moved(KEEPER, 2 * USDC_1)))
    stage.deposit(BOB, USDC, 100_000 * USDC_1)
    stage.trade(BOB, BTC, -9 * WAD)  # reserves 450,000
    paid = stage.market.send("pay_from_pool", KEEPER, 10**6 * WAD, by="liquidator").returned
    assert paid == 49_998 * WAD
    assert stage.market.read("buckets", USDC).pool == 450_000 * USDC_1


def test_a_seizure_may_go_to_insurance(stage: Stage) -> None:
    stage.market.send("seize", ALICE, INSURANCE, WAD, False, by="liquidator")
    assert stage.collateral(INSURANCE) == USDC_1


@happy("assign")
def test_a_position_is_handed_over_at_its_own_cost(stage: Stage) -> None:
    """Nothing is sold: no sum over positions changes, and no token moves."""
    held = (WAD, 50_000 * WAD, BTC_1, 0, 0)
    before = stage.market.read("sides", BTC, 0), stage.market.read("buckets", BTC), stage.market.read("aum")
    stage.price(BTC, 45_000 * WAD)
    receipt = stage.market.send("assign", ALICE, INSURANCE, BTC, by="liquidator")
    assert receipt.events == (
        event("PositionChanged", account=ALICE, market=BTC, position=(0, 0, 0, 0, 0)),
        event("PositionChanged", account=INSURANCE, market=BTC, position=held),
        event("PositionAssigned", source=ALICE, target=INSURANCE, market=BTC),
    )
    assert (stage.market.read("markets_of", ALICE), stage.market.read("markets_of", INSURANCE)) == (0, 1 << BTC)
    stage.price(BTC, 50_000 * WAD)
    assert before == (stage.market.read("sides", BTC, 0), stage.market.read("buckets", BTC), stage.market.read("aum"))


@happy("restrict")
def test_a_restriction_is_reduce_only_until_its_time(stage: Stage) -> None:
    until = stage.time_s + 60
    receipt = stage.market.send("restrict", until, by="liquidator")
    assert receipt.events == (event("ReduceOnlyUntil", time_s=until),)
    stage.advance(59)
    assert stage.market.read("aum").mode == REDUCE_ONLY
    stage.advance(1)
    assert stage.market.read("aum").mode == NORMAL
