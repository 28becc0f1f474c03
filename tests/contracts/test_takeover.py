"""Insurance takes an account over at its bankruptcy price, and nothing is sold: the variant of a full close."""

from __future__ import annotations

import pytest
from contracts.codes import refuses
from contracts.ladders import BTC_USD, THOUSAND, take_over_stage
from contracts.orders import moved
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    BTC_1,
    ETH,
    HALTED,
    INSURANCE,
    KEEPER,
    LONG,
    MAX_UINT,
    SHORT,
    SOL,
    SOL_1,
    USDC,
    USDC_1,
    WAD,
    YEAR_S,
    Stage,
    event,
)

from contracts import books

FRACTION = "policies/liquidation/FixedFraction.vy"


@pytest.fixture
def stage() -> Stage:
    return take_over_stage()


def test_positions_and_margin_change_hands_and_nothing_is_sold(stage: Stage) -> None:
    stage.price(BTC, BTC_USD * WAD)
    position = (WAD, 50_000 * WAD, BTC_1, 0, 0)
    charges = 9_180 * WAD // 100 + 2 * WAD  # what a close would have cost
    result = (
        True,
        0,
        900 * WAD,
        918 * WAD,
        BTC_USD * WAD,
        charges,
        0,
        0,
        2 * WAD,
        4_998 * WAD,
        0,
        0,
        0,
        50_000 * WAD,
    )
    receipt = stage.liquidator.send("liquidate", ALICE, KEEPER, by="stranger")
    assert receipt.events == (
        event("PositionChanged", account=ALICE, market=BTC, position=(0, 0, 0, 0, 0)),
        event("PositionChanged", account=INSURANCE, market=BTC, position=position),
        event("PositionAssigned", source=ALICE, target=INSURANCE, market=BTC),
        moved(ALICE, -2 * USDC_1),
        moved(KEEPER, 2 * USDC_1),
        moved(ALICE, -4_998 * USDC_1),
        moved(INSURANCE, 4_998 * USDC_1),
        event("Liquidated", account=ALICE, keeper=KEEPER, result=result),
    )
    assert stage.market.read("markets_of", ALICE) == 0
    assert stage.market.read("markets_of", INSURANCE) == 1 << BTC


def test_insurance_is_richer_by_the_equity_that_was_left(stage: Stage) -> None:
    """The bankruptcy price is the one at which this is nothing."""
    stage.price(BTC, BTC_USD * WAD)
    before = stage.market.read("health", INSURANCE).equity
    stage.liquidate(ALICE)
    assert stage.market.read("health", INSURANCE).equity == before + 900 * WAD - 2 * WAD


@pytest.mark.parametrize("btc_usd", [45_900, 45_000, 44_000, 41_000])
def test_the_pool_neither_gains_nor_loses(stage: Stage, btc_usd: int) -> None:
    """Not even by an account that is bankrupt: its loss is insurance's now."""
    stage.price(BTC, btc_usd * WAD)

    def pool() -> list[object]:
        sides = [stage.market.read("sides", BTC, side) for side in (LONG, SHORT)]
        return [stage.market.read("aum"), sides, [stage.market.read("buckets", k).reserved for k in range(4)]]

    before = pool()
    result = stage.liquidate(ALICE)
    assert result.assigned_usd_wad == 50_000 * WAD
    assert (result.bad_debt_usd_wad, result.insured_usd_wad) == (0, 0)
    assert pool() == before
    assert stage.liquidator.read("deficits", BTC, SHORT) == 0
    books.check_sides(stage)


def test_what_the_position_owes_moves_with_it() -> None:
    """Charged before or not: nobody's fee is forgiven, none is charged twice."""
    stage = take_over_stage()
    stage.rude("borrow_rate", WAD // 10 // YEAR_S)
    stage.advance(YEAR_S // 100)  # 50 USD
    stage.trade(ALICE, BTC, -WAD // 10)  # settles them
    stage.advance(YEAR_S // 100)  # 45 more
    stage.price(BTC, 45_000 * WAD)
    value = stage.market.send("accrue", by="stranger").returned.mid
    health = stage.market.read("health", ALICE)
    before = stage.market.read("health", INSURANCE).equity
    stage.liquidate(ALICE)
    gained = stage.market.read("health", INSURANCE).equity - before
    assert 0 <= health.equity - 2 * WAD - gained <= 10**12  # a unit of USDC
    assert stage.market.read("aum").mid == value
    books.check_sides(stage)


def test_all_collateral_goes_whatever_it_is(stage: Stage) -> None:
    stage.deposit(ALICE, BTC, 1)
    stage.deposit(ALICE, SOL, SOL_1)
    stage.price(SOL, 100 * WAD, status=HALTED)
    stage.price(BTC, 45_800 * WAD)
    stage.liquidate(ALICE)
    assert [stage.collateral(ALICE, k) for k in range(4)] == [0, 0, 0, 0]
    assert stage.collateral(INSURANCE, SOL) == SOL_1


def test_all_positions_go_at_once(stage: Stage) -> None:
    stage.deposit(ALICE, USDC, 3 * THOUSAND)
    stage.trade(ALICE, ETH, -10 * WAD)
    stage.price(BTC, 42_500 * WAD)  # 500 of 8,000 are left against 1,350
    assert stage.liquidate(ALICE).assigned_usd_wad == 75_000 * WAD
    held = [stage.market.read("positions", INSURANCE, m).size_wad for m in (BTC, ETH)]
    assert held == [WAD, -10 * WAD]
    books.check_accounts(stage)


def test_what_insurance_takes_over_joins_what_it_holds(stage: Stage) -> None:
    stage.deposit(BOB, USDC, 6 * THOUSAND)
    stage.trade(BOB, BTC, WAD)
    stage.price(BTC, BTC_USD * WAD)
    stage.liquidate(ALICE)
    stage.price(BTC, 44_800 * WAD)
    stage.liquidate(BOB)
    position = stage.market.read("positions", INSURANCE, BTC)
    assert (position.size_wad, position.cost_usd_wad, position.reserve) == (2 * WAD, 100_000 * WAD, 2 * BTC_1)
    books.check_sides(stage)


def test_insurance_holds_no_position_against_another(stage: Stage) -> None:
    """Bob's short is closed at the market's price, since insurance is long."""
    stage.deposit(BOB, USDC, 5 * THOUSAND)
    stage.trade(BOB, BTC, -WAD)
    stage.price(BTC, BTC_USD * WAD)
    stage.liquidate(ALICE)
    stage.price(BTC, 54_000 * WAD)
    result = stage.liquidate(BOB)
    assert (result.assigned_usd_wad, result.closed_usd_wad) == (0, 54_000 * WAD)
    assert stage.market.read("positions", INSURANCE, BTC).size_wad == WAD


@pytest.mark.parametrize(
    ("insurance_usd", "btc_usd", "is_taken"),
    [
        (0, BTC_USD, False),
        (1_835, BTC_USD, False),
        (1_836, BTC_USD, True),  # twice the maintenance margin of 918
        (2_759, 44_000, False),
        (2_760, 44_000, True),  # 1,760, and 1,000 that the account is short of
    ],
)
def test_insurance_takes_over_only_what_it_can_carry(insurance_usd: int, btc_usd: int, is_taken: bool) -> None:
    stage = take_over_stage(insurance_usd)
    stage.price(BTC, btc_usd * WAD)
    result = stage.liquidate(ALICE)
    assert (result.assigned_usd_wad > 0) == is_taken
    assert (result.closed_usd_wad > 0) != is_taken
    held = stage.market.read("positions", INSURANCE, BTC).size_wad
    assert held == (WAD if is_taken else 0)


def test_what_insurance_holds_counts_against_what_it_can_carry() -> None:
    stage = take_over_stage(7_000)
    stage.deposit(BOB, USDC, 5 * THOUSAND)
    stage.trade(BOB, BTC, WAD)
    stage.price(BTC, BTC_USD * WAD)
    assert stage.liquidate(ALICE).assigned_usd_wad > 0  # it has 11,998 now, has lost 4,100 and needs 4,590
    assert stage.liquidate(BOB).assigned_usd_wad > 0
    stage.deposit(BOB, USDC, 5 * THOUSAND)
    stage.trade(BOB, BTC, WAD)
    stage.price(BTC, 41_600 * WAD)
    assert stage.liquidate(BOB).assigned_usd_wad == 0


def test_a_reward_that_the_account_cannot_pay_comes_from_insurance(stage: Stage) -> None:
    stage.price(BTC, BTC_USD * WAD)
    stage.trade(ALICE, BTC, -WAD // 1_000)
    rest = stage.collateral(ALICE)
    assert rest > 2 * USDC_1
    assert stage.liquidate(ALICE).reward_usd_wad == 2 * WAD
    assert stage.collateral(KEEPER) == 2 * USDC_1
    assert stage.collateral(INSURANCE) == 10 * THOUSAND + rest - 2 * USDC_1


def test_a_partial_plan_hands_nothing_over(stage: Stage) -> None:
    """A fixed fraction first; only below two thirds of maintenance the account changes hands."""
    stage.fill("liquidation", FRACTION, WAD // 5, 0, 30, True, 2 * WAD // 3, True, 0, 0, 0, 0, False)
    stage.price(BTC, BTC_USD * WAD)
    first = stage.liquidate(ALICE)
    assert (first.is_full, first.assigned_usd_wad) == (False, 0)
    stage.advance(60)
    stage.price(BTC, 45_300 * WAD)
    assert stage.liquidate(ALICE).assigned_usd_wad == 40_000 * WAD


def test_nobody_moves_what_insurance_has(stage: Stage) -> None:
    stage.price(BTC, BTC_USD * WAD)
    stage.liquidate(ALICE)
    for role in ("trader", "admin", "keeper", "stranger"):
        assert stage.desk.refusal("trade", INSURANCE, BTC, -WAD, 0, by=role) == "ACCOUNT_NOT_AUTHORISED"
        for verb, arguments in (
            ("withdraw_collateral", (INSURANCE, USDC, 1, stage.address(role))),
            ("transfer_collateral", (INSURANCE, USDC, 1, ALICE)),
        ):
            assert stage.market.refusal(verb, *arguments, by=role) == "ACCOUNT_NOT_AUTHORISED"
    assert stage.desk.refusal("trade", 2, BTC, WAD, MAX_UINT, by="admin") == "ACCOUNT_UNKNOWN"


@refuses("assign", "ACCESS_NOT_LIQUIDATOR")
@pytest.mark.parametrize("role", ["admin", "trader", "keeper", "stranger"])
def test_nobody_hands_positions_over_but_the_ladder(stage: Stage, role: str) -> None:
    assert stage.market.refusal("assign", ALICE, BOB, BTC, by=role) == "ACCESS_NOT_LIQUIDATOR"


def test_funding_that_was_earned_goes_with_the_account() -> None:
    """What the pot could not pay yet is a part of the margin."""
    stage = take_over_stage(10_000, "funding_settlement=other_side")
    stage.deposit(BOB, USDC, 10 * THOUSAND)
    stage.trade(BOB, BTC, -2 * WAD)
    stage.fill("funding_rate", "policies/funding_rate/SkewLinearFunding.vy", WAD // YEAR_S)
    stage.advance(86_400)
    stage.trade(ALICE, BTC, -WAD // 10)  # earned, and the pot is empty: Bob has paid nothing yet
    claim = stage.market.read("funding_claims", ALICE, BTC)
    assert claim > 0
    stage.price(BTC, 45_000 * WAD)
    stage.liquidate(ALICE)
    assert stage.market.read("funding_claims", ALICE, BTC) == 0
    assert stage.market.read("funding_claims", INSURANCE, BTC) == claim
    stage.trade(BOB, BTC, WAD)  # Bob pays: now anybody may claim it for insurance
    assert stage.market.send("claim_funding", INSURANCE, BTC, by="stranger").returned > 0
