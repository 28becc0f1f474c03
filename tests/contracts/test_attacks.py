"""What has broken other pools: donations, dust, unrealised profit, liquidating oneself."""

from __future__ import annotations

import pytest
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    BTC_1,
    ETH,
    FINE,
    HALTED,
    INSURANCE,
    KEEPER,
    MAX_UINT,
    SOL,
    USDC,
    USDC_1,
    WAD,
    Stage,
)

#: What a victim of 1,000 USD may lose to rounding: a millionth.
DUST_USD_WAD = WAD // 1_000
FULL = "policies/liquidation/FullLiquidation.vy"


def share_value_wad(stage: Stage, role: str) -> int:
    held = stage.pool.read("balanceOf", stage.address(role))
    return held * stage.market.read("aum").low // stage.pool.read("totalSupply")


@pytest.mark.parametrize("first_mint", [1, USDC_1 // 1_000, USDC_1, 1_000 * USDC_1])
@pytest.mark.parametrize("gift", ["transfer", "swap fee"])
def test_the_first_depositor_cannot_take_from_the_second(stage: Stage, first_mint: int, gift: str) -> None:
    """LP-10: dust, a donation of 10,000 USD, then the victim."""
    stage.pool.send("mint", USDC, first_mint, 0, stage.address("stranger"), by="stranger")
    if gift == "transfer":
        stage.tokens[USDC].send("transfer", stage.market.address, 10_000 * USDC_1, by="stranger")
    else:
        stage.fill("weight_fee", "policies/weight_fee/FlatFee.vy", 0, 500)
        stage.pool.send("mint", BTC, BTC_1, 0, stage.address("stranger"), by="stranger")
        swap = (USDC, BTC, 40_000 * USDC_1, 0, stage.address("stranger"))
        stage.pool.send("swap", *swap, by="stranger")  # 2,000 of fees
        stage.fill("weight_fee", "policies/weight_fee/FlatFee.vy", 0, 0)
    stage.seed(0, 0, 0, 1_000 * USDC_1)
    assert share_value_wad(stage, "lp") >= 1_000 * WAD - DUST_USD_WAD


def test_a_direct_transfer_changes_nothing(stage: Stage) -> None:
    """TA-02"""
    stage.seed(10 * BTC_1, 0, 0, 500_000 * USDC_1)
    stage.deposit(ALICE, USDC, 10_000 * USDC_1)
    stage.trade(ALICE, BTC, WAD)

    def seen() -> list[object]:
        market = stage.market
        buckets = [market.read("buckets", k) for k in range(4)]
        return [market.read("aum"), market.read("health", ALICE), *buckets]

    before = seen()
    for k, token in enumerate(stage.tokens):
        for target in (stage.market, stage.liquidator, stage.controller, stage.oracle):
            token.send("transfer", target.address, 10**6 * (k + 1), by="stranger")
    assert seen() == before


def test_unrealised_profit_is_no_collateral(stage: Stage) -> None:
    """PO-09"""
    stage.seed(10 * BTC_1, 200 * WAD, 0, 500_000 * USDC_1)
    stage.deposit(ALICE, USDC, 5_000 * USDC_1)
    stage.trade(ALICE, BTC, WAD)
    stage.price(BTC, 100_000 * WAD)  # 50,000 earned on paper
    lp = stage.address("lp")
    withdrawal = ("withdraw_collateral", ALICE, USDC, 1, lp)
    assert stage.market.refusal(*withdrawal, by="trader") == "MARGIN_BELOW_INITIAL"
    more = ("trade", ALICE, ETH, WAD, MAX_UINT)
    assert stage.desk.refusal(*more, by="trader") == "MARGIN_BELOW_INITIAL"


def test_one_market_s_profit_does_not_carry_another_s_margin(stage: Stage) -> None:
    """PO-09: a loss counts, a profit elsewhere does not offset it."""
    stage.seed(10 * BTC_1, 200 * WAD, 0, 500_000 * USDC_1)
    stage.deposit(ALICE, USDC, 10_000 * USDC_1)
    stage.trade(ALICE, BTC, WAD)
    stage.trade(ALICE, ETH, 10 * WAD)
    stage.price(BTC, 60_000 * WAD)  # +10,000
    stage.price(ETH, 2_300 * WAD)  # -2,000
    health = stage.market.read("health", ALICE)
    profit = 10_000 * BTC_1 // 60_000 * 60_000 * WAD // BTC_1  # as the whole units it would be paid in
    assert (health.equity, health.free) == (8_000 * WAD + profit, 8_000 * WAD)


@pytest.mark.parametrize("price_usd", [45_900, 45_100, 44_000])
def test_liquidating_oneself_keeps_no_more_than_closing(price_usd: int) -> None:
    """LQ-12: the same charges for a close as for a liquidation; the keeper is the trader's."""

    def kept(by_liquidation: bool) -> int:
        stage = Stage("market.BTC.trade_fee_bps=10")
        stage.seed(10 * BTC_1, 0, 0, 500_000 * USDC_1)
        stage.fill("liquidation", FULL, 10, 0, 5, 0, False, False, False)
        stage.deposit(ALICE, USDC, 5_050 * USDC_1)
        stage.trade(ALICE, BTC, WAD)
        stage.price(BTC, price_usd * WAD)
        if by_liquidation:
            stage.liquidate(ALICE, BOB)
        else:
            stage.desk.attempt("trade", ALICE, BTC, -WAD, 0, by="trader")
        closed = stage.market.read("markets_of", ALICE) == 0
        return stage.collateral(ALICE) + stage.collateral(BOB) if closed else 0

    assert kept(by_liquidation=True) <= kept(by_liquidation=False)


def test_a_keeper_account_that_is_liquidated_by_itself_gains_nothing(stage: Stage) -> None:
    stage.seed(10 * BTC_1, 0, 0, 500_000 * USDC_1)
    stage.fill("liquidation", FULL, 10, 0, 5, 2 * WAD, False, False, False)
    stage.deposit(INSURANCE, USDC, 100 * USDC_1)
    stage.deposit(ALICE, USDC, 5_000 * USDC_1)
    stage.trade(ALICE, BTC, WAD)
    stage.price(BTC, 45_900 * WAD)
    stage.liquidate(ALICE, ALICE)
    assert stage.collateral(ALICE) <= 900 * USDC_1
    assert stage.collateral(INSURANCE) == 100 * USDC_1


@pytest.fixture
def dusted(stage: Stage) -> Stage:
    """Alice is below maintenance; a stranger gives her a wei of SOL, whose price is then lost."""
    stage.seed(10 * BTC_1, 0, 0, 500_000 * USDC_1)
    stage.deposit(ALICE, USDC, 5_000 * USDC_1)
    stage.trade(ALICE, BTC, WAD)
    stage.market.send("deposit_collateral", ALICE, SOL, 1, by="stranger")
    stage.price(SOL, 100 * WAD, status=HALTED)
    return stage


def test_dust_without_a_price_cannot_stop_a_liquidation(dusted: Stage) -> None:
    """LQ-01, LQ-14"""
    dusted.price(BTC, 45_900 * WAD)
    assert dusted.liquidator.refusal("liquidate", ALICE, KEEPER, by="keeper") == "OK"


def test_dust_without_a_price_cannot_keep_a_trader_in(dusted: Stage) -> None:
    """LV-08: a stranger cannot close somebody's exit."""
    assert dusted.desk.refusal("trade", ALICE, BTC, -WAD, 0, by="trader") == "OK"


def test_a_lost_price_of_one_market_leaves_the_exit_from_another_open(stage: Stage) -> None:
    """Closing is open whenever there is a price of what is closed."""
    stage.seed(10 * BTC_1, 200 * WAD, 0, 500_000 * USDC_1)
    stage.deposit(ALICE, USDC, 20_000 * USDC_1)
    stage.trade(ALICE, BTC, WAD)
    stage.trade(ALICE, ETH, WAD)
    stage.price(ETH, 2_500 * WAD, status=HALTED)
    stage.price(BTC, 50_000 * WAD, status=FINE)
    assert stage.desk.refusal("trade", ALICE, BTC, -WAD, 0, by="trader") == "OK"


def test_collateral_without_a_price_pays_last_and_at_its_last_price(stage: Stage) -> None:
    """A halt neither shields an account nor takes its collateral out of the pool's reach."""
    stage.seed(10 * BTC_1, 0, 0, 500_000 * USDC_1)
    stage.deposit(ALICE, SOL, 40 * 10**9)  # 4,000 USD at 100
    stage.deposit(ALICE, USDC, 1_500 * USDC_1)
    stage.trade(ALICE, BTC, WAD)
    stage.price(SOL, 100 * WAD, status=HALTED)
    stage.price(BTC, 45_300 * WAD)  # lost 4,700: the USDC pays 1,500, SOL the rest
    assert stage.liquidator.refusal("liquidate", ALICE, KEEPER, by="keeper") == "OK"
    assert stage.market.read("collateral", ALICE, USDC) == 0
    paid = 40 * 10**9 - stage.market.read("collateral", ALICE, SOL)
    assert 32 * 10**9 <= paid < 33 * 10**9  # 3,200 USD at the last price, and the charges


def test_nothing_without_a_price_is_added_to_an_account_with_positions(stage: Stage) -> None:
    """Else a trader could hold up a liquidation with an asset that has just collapsed."""
    stage.seed(10 * BTC_1, 0, 0, 500_000 * USDC_1)
    stage.deposit(ALICE, USDC, 5_000 * USDC_1)
    stage.trade(ALICE, BTC, WAD)
    stage.price(SOL, 100 * WAD, status=HALTED)
    answer = stage.market.refusal("deposit_collateral", ALICE, SOL, 1, by="stranger")
    assert answer == "PRICE_HALTED"
