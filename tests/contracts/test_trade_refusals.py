"""Market.trade: what is refused, to the unit where there is a bound."""

from __future__ import annotations

import pytest
from contracts.codes import refuses
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    BTC_1,
    INSURANCE,
    MAX_UINT,
    SOL,
    SOL_1,
    TREASURY,
    USDC,
    USDC_1,
    WAD,
    Stage,
)


@pytest.fixture
def stage() -> Stage:
    """A pool of 10 BTC, 10,000 SOL and 500,000 USDC; Alice has 5,000 USDC, Bob 100,000."""
    stage = Stage()
    stage.seed(10 * BTC_1, 0, 10_000 * SOL_1, 500_000 * USDC_1)
    stage.deposit(ALICE, USDC, 5_000 * USDC_1)
    stage.deposit(BOB, USDC, 100_000 * USDC_1)
    return stage


def refusal(stage: Stage, account: int, m: int, size_delta_wad: int, by: str = "trader") -> str:
    acceptable = MAX_UINT if size_delta_wad > 0 else 0
    return stage.desk.refusal("trade", account, m, size_delta_wad, acceptable, by=by)


@refuses("trade", "ACCOUNT_NOT_AUTHORISED")
@pytest.mark.parametrize("account", [0, INSURANCE, TREASURY, ALICE, 99])
def test_strangers_do_not_trade(stage: Stage, account: int) -> None:
    assert refusal(stage, account, BTC, WAD, by="stranger") == "ACCOUNT_NOT_AUTHORISED"


def test_the_treasury_does_not_trade_because_nobody_could_liquidate_it(stage: Stage) -> None:
    stage.deposit(TREASURY, USDC, 5_000 * USDC_1)
    assert refusal(stage, TREASURY, BTC, WAD, by="admin") != "OK"


@refuses("trade", "MARKET_NOT_LISTED")
@pytest.mark.parametrize("m", [3, MAX_UINT])
def test_a_market_has_to_be_listed(stage: Stage, m: int) -> None:
    assert refusal(stage, ALICE, m, WAD) == "MARKET_NOT_LISTED"


@refuses("trade", "TRADE_NOTHING")
def test_a_trade_of_nothing_is_refused(stage: Stage) -> None:
    assert refusal(stage, ALICE, BTC, 0) == "TRADE_NOTHING"


@refuses("trade", "TRADE_REDUCE_ONLY")
def test_a_market_that_winds_down_takes_smaller_positions_only(stage: Stage) -> None:
    stage.trade(ALICE, BTC, WAD // 2)
    stage.change_market(BTC, is_reduce_only=True)
    assert refusal(stage, ALICE, BTC, WAD // 10) == "TRADE_REDUCE_ONLY"
    assert refusal(stage, BOB, BTC, -WAD) == "TRADE_REDUCE_ONLY"
    assert refusal(stage, ALICE, BTC, -WAD // 10) == "OK"


@refuses("trade", "POLICY_IMPACT_TOO_HIGH")
@pytest.mark.parametrize(
    ("size_delta_wad", "bad_price", "good_price"),
    [
        (WAD, 55_000 * WAD + 1, 55_000 * WAD),
        (WAD, 45_000 * WAD - 1, 45_000 * WAD),
        (-WAD, 55_000 * WAD + 1, 55_000 * WAD),
        (-WAD, 45_000 * WAD - 1, 45_000 * WAD),
    ],
)
def test_impact_is_at_most_ten_per_cent_in_both_directions(
    stage: Stage, size_delta_wad: int, bad_price: int, good_price: int
) -> None:
    stage.rude("price_impact", bad_price)
    assert refusal(stage, BOB, BTC, size_delta_wad) == "POLICY_IMPACT_TOO_HIGH"
    stage.rude("price_impact", good_price)
    assert refusal(stage, BOB, BTC, size_delta_wad) == "OK"


@refuses("trade", "TRADE_PRICE_TOO_HIGH")
@refuses("trade", "TRADE_PRICE_TOO_LOW")
@pytest.mark.parametrize(
    ("size_delta_wad", "acceptable_usd_wad", "answer"),
    [
        (WAD, 50_000 * WAD - 1, "TRADE_PRICE_TOO_HIGH"),
        (WAD, 50_000 * WAD, "OK"),
        (-WAD, 50_000 * WAD + 1, "TRADE_PRICE_TOO_LOW"),
        (-WAD, 50_000 * WAD, "OK"),
    ],
)
def test_the_fill_is_at_an_acceptable_price(
    stage: Stage, size_delta_wad: int, acceptable_usd_wad: int, answer: str
) -> None:
    arguments = (BOB, BTC, size_delta_wad, acceptable_usd_wad)
    assert stage.desk.refusal("trade", *arguments, by="trader") == answer


@refuses("trade", "TRADE_LOSS_UNPAID")
def test_a_loss_beyond_the_collateral_is_left_to_a_liquidation(stage: Stage) -> None:
    stage.trade(ALICE, BTC, WAD)
    stage.price(BTC, 44_999 * WAD)  # 5,001 lost of 5,000
    assert refusal(stage, ALICE, BTC, -WAD) == "TRADE_LOSS_UNPAID"


def test_a_fee_beyond_the_collateral_is_refused(stage: Stage) -> None:
    stage.change_market(BTC, trade_fee_wad=WAD // 10)
    assert refusal(stage, ALICE, BTC, 2 * WAD) == "TRADE_LOSS_UNPAID"


@refuses("trade", "TRADE_POSITION_TOO_SMALL")
def test_a_position_has_a_least_cost(stage: Stage) -> None:
    ten_usd = WAD // 5_000
    assert refusal(stage, ALICE, BTC, ten_usd - 1) == "TRADE_POSITION_TOO_SMALL"
    assert refusal(stage, ALICE, BTC, ten_usd) == "OK"


@pytest.mark.parametrize("direction", [1, -1])
def test_what_remains_of_a_position_is_not_too_small(stage: Stage, direction: int) -> None:
    stage.trade(ALICE, BTC, direction * WAD)
    ten_usd = WAD // 5_000
    almost_all = -direction * (WAD - ten_usd)
    assert refusal(stage, ALICE, BTC, almost_all - direction) == "TRADE_POSITION_TOO_SMALL"
    assert refusal(stage, ALICE, BTC, almost_all) == "OK"


@pytest.mark.parametrize("direction", [1, -1])
def test_no_dust_of_a_cheap_asset_is_left(stage: Stage, direction: int) -> None:
    """PO-15: one wei of a position at half a USD costs half a wei."""
    stage.price(SOL, WAD // 2)
    size = direction * 1_000 * WAD
    stage.trade(ALICE, SOL, size)
    assert refusal(stage, ALICE, SOL, direction - size) == "TRADE_POSITION_TOO_SMALL"


@refuses("trade", "TRADE_OPEN_INTEREST_CAP")
def test_open_interest_has_a_cap_per_side(stage: Stage) -> None:
    stage.change_market(BTC, max_open_interest_usd_wad=50_000 * WAD)
    stage.trade(BOB, BTC, WAD)
    assert refusal(stage, ALICE, BTC, WAD // 100) == "TRADE_OPEN_INTEREST_CAP"
    assert refusal(stage, ALICE, BTC, -WAD) == "OK"


def test_a_position_above_a_lowered_cap_may_shrink(stage: Stage) -> None:
    """RO-06"""
    stage.trade(BOB, BTC, 2 * WAD)
    stage.change_market(BTC, max_open_interest_usd_wad=10_000 * WAD)
    assert refusal(stage, BOB, BTC, -WAD // 2) == "OK"


@refuses("trade", "POOL_RESERVED")
def test_the_pool_reserves_what_it_has(stage: Stage) -> None:
    assert refusal(stage, BOB, BTC, 10 * WAD + 10**10) == "POOL_RESERVED"  # one unit of BTC more
    assert refusal(stage, BOB, BTC, 10 * WAD) == "OK"


@refuses("trade", "MARGIN_BELOW_INITIAL")
def test_a_growing_position_needs_initial_margin_to_the_wei(stage: Stage) -> None:
    assert refusal(stage, ALICE, BTC, WAD + 1) == "MARGIN_BELOW_INITIAL"
    assert refusal(stage, ALICE, BTC, WAD) == "OK"


@pytest.mark.parametrize(("price_usd", "cost_usd"), [(45_200, 100), (45_500, 227)])
def test_below_maintenance_a_reduction_never_worsens_the_margin(stage: Stage, price_usd: int, cost_usd: int) -> None:
    """Refused, it left its owner to the liquidator; now half of the position costs half of the equity at most."""
    stage.change_market(BTC, trade_fee_wad=WAD // 100)  # 1 %
    stage.deposit(ALICE, USDC, 500 * USDC_1)
    stage.trade(ALICE, BTC, WAD)
    stage.price(BTC, price_usd * WAD)
    before = stage.market.read("health", ALICE)
    stage.trade(ALICE, BTC, -WAD // 2)
    after = stage.market.read("health", ALICE)
    assert (before.equity - after.equity) // WAD == cost_usd - (price_usd == 45_200)
    assert after.equity * before.maintenance >= before.equity * after.maintenance


@refuses("trade", "POLICY_MARGIN_CROSSED")
@refuses("assess", "POLICY_MARGIN_CROSSED")
def test_initial_margin_is_never_below_maintenance(stage: Stage) -> None:
    stage.rude("margin", 1, 2)
    assert refusal(stage, ALICE, BTC, WAD) == "POLICY_MARGIN_CROSSED"
    stage.rude("margin", 2, 2)
    assert refusal(stage, ALICE, BTC, WAD) == "OK"
    stage.rude("margin", 1, 2)
    assert stage.market.refusal("assess", ALICE, by="stranger") == "POLICY_MARGIN_CROSSED"
    assert stage.market.refusal("assess", BOB, by="stranger") == "OK"  # without a position nobody is asked


@refuses("trade", "ACCOUNT_UNKNOWN")
def test_the_treasury_has_no_positions(stage: Stage) -> None:
    """It could not be liquidated."""
    answer = stage.desk.refusal("trade", TREASURY, BTC, WAD, MAX_UINT, by="admin")
    assert answer == "ACCOUNT_UNKNOWN"
