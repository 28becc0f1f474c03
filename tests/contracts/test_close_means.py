"""What a close may take: of all that an account owns, earned funding and what a haircut leaves out included."""

from __future__ import annotations

import pytest
from contracts.stage import ALICE, BTC, CAROL, DAVE, LONG, MAX_UINT, SHORT, USDC, USDC_1, WAD, YEAR_S, Stage
from contracts.test_own_close import CENT, IMPACTS, close, opened, skewed

DAY_S = 86_400
SETTLEMENTS = ("per_unit", "other_side")
LINEAR = "policies/funding_rate/SkewLinearFunding.vy"


def claim(stage: Stage, account: int) -> int:
    return stage.market.read("funding_claims", account, BTC)


def earned(settlement: str, side: int, impact: str = "power") -> Stage:
    """Alice has hardly any collateral and a claim of thousands that the heavy side has paid for already."""
    stage = skewed(impact, side, settlement=settlement)
    stage.fill("funding_rate", LINEAR, WAD // YEAR_S)
    opened(stage, side, 60)
    stage.advance(20 * DAY_S)
    stage.trade(CAROL, BTC, (1 if side == SHORT else -1) * WAD)  # the heavy side pays what it owes
    return stage


def fall(stage: Stage, side: int, usd_wad: int) -> None:
    """Take so much of Alice's twenty BTC, whichever side she is on."""
    moved = usd_wad // 20
    stage.price(BTC, 50_000 * WAD - (moved if side == LONG else -moved))


@pytest.mark.parametrize("settlement", SETTLEMENTS)
@pytest.mark.parametrize("side", [LONG, SHORT])
@pytest.mark.parametrize("impact", IMPACTS)
def test_who_has_earned_funding_pays_all_of_fee_and_impact(impact: str, side: int, settlement: str) -> None:
    stage = earned(settlement, side, impact)
    health = stage.market.read("health", ALICE)
    assert health.earned_usd_wad > 10_000 * WAD
    fall(stage, side, 5_900 * WAD)  # her collateral alone pays for this, and for no fee
    size = stage.market.read("positions", ALICE, BTC).size_wad
    told = stage.desk.read("impact_of", BTC, -size)
    fill = stage.trade(ALICE, BTC, -size).returned
    assert told > 1_000 * WAD
    assert fill.impact_usd_wad == pytest.approx(told, abs=CENT)
    assert fill.fee_usd_wad == pytest.approx(fill.price_wad * 20 * 5 // 10_000, abs=CENT)
    assert fill.unpaid_usd_wad == 0


def below_by_haircut(stage: Stage, equity_usd: int) -> None:
    """All of Alice's collateral is BTC of which 60 % count: she owns thousands, and her margin says that she owes."""
    stage.change_asset(BTC, haircut_wad=WAD * 2 // 5)
    opened(stage, LONG, 0, asset=BTC)
    held = stage.market.read("health", ALICE)
    # Every dollar that a BTC falls costs her twenty of the position and a part of her collateral.
    fallen = (held.equity - equity_usd * WAD) // 20
    while stage.market.read("health", ALICE).equity > equity_usd * WAD:
        fallen += 10 * WAD
        stage.price(BTC, 50_000 * WAD - fallen)


@pytest.mark.parametrize("parts", [2, 5])
@pytest.mark.parametrize("equity_usd", [-2_000, -1, 1, 1_000])
def test_below_maintenance_parts_cost_what_the_whole_does(equity_usd: int, parts: int) -> None:
    """What the haircut takes is hers; in parts the close was free of fee and impact."""
    stage = skewed("skew scale", LONG)
    below_by_haircut(stage, equity_usd)
    size = stage.market.read("positions", ALICE, BTC).size_wad
    mark = stage.chain.snapshot(0)
    before = stage.collateral(ALICE, BTC)
    assert close(stage) == "OK"
    at_once = before - stage.collateral(ALICE, BTC)
    stage.chain.revert(0, mark)
    for _ in range(parts):
        stage.trade(ALICE, BTC, -size // parts)
    assert stage.market.read("positions", ALICE, BTC).size_wad == 0
    in_parts = before - stage.collateral(ALICE, BTC)
    # Impact by size is less for parts; a fee and an impact there is for each of them.
    assert in_parts <= at_once + parts
    assert at_once - in_parts <= at_once // 1_000


@pytest.mark.parametrize("settlement", SETTLEMENTS)
def test_what_the_pool_cannot_pay_out_is_set_off_against_what_is_owed_to_it(settlement: str) -> None:
    """Every dollar is reserved, so her claim cannot be paid out; the pool owes her more than she owes it."""
    stage = earned(settlement, LONG)
    stage.fill("price_impact", "policies/price_impact/NoImpact.vy")
    fall(stage, LONG, 7_000 * WAD)
    reserve_all(stage)
    health, shares = stage.market.read("health", ALICE), stage.market.read("aum").low
    owned = health.earned_usd_wad + stage.collateral(ALICE) * 10**12
    assert health.equity > 10_000 * WAD
    fill = stage.trade(ALICE, BTC, -stage.market.read("positions", ALICE, BTC).size_wad).returned
    assert fill.unpaid_usd_wad == 0
    assert -fill.settled_usd_wad == pytest.approx(7_000 * WAD + fill.fee_usd_wad, abs=CENT)
    assert claim(stage, ALICE) + stage.collateral(ALICE) * 10**12 == pytest.approx(
        owned + fill.settled_usd_wad, abs=CENT
    )
    assert stage.market.read("aum").low - shares == pytest.approx(fill.fee_usd_wad, abs=CENT)


def reserve_all(stage: Stage) -> None:
    """Let shorts of Dave's reserve every dollar of the pool, and again what their fees bring."""
    price = stage.oracle.read("prices")[BTC].low
    for _ in range(3):
        bucket = stage.market.read("buckets", USDC)
        free = bucket.pool - bucket.reserved
        stage.deposit(DAVE, USDC, free)
        stage.desk.send("trade", DAVE, BTC, -(free * 10**12 * WAD // price), 0, by="trader")
    bucket = stage.market.read("buckets", USDC)
    assert bucket.pool - bucket.reserved <= USDC_1


@pytest.mark.parametrize("side", [LONG, SHORT])
def test_a_claim_that_nobody_has_paid_for_pays_no_fee_and_keeps_nobody_in(side: int) -> None:
    """Where one side pays the other, what is not in the pot yet is no means: she leaves with what she has."""
    stage = skewed("power", side, settlement="other_side")
    stage.fill("funding_rate", LINEAR, WAD // YEAR_S)
    opened(stage, side, 60)
    stage.advance(5 * DAY_S)
    fall(stage, side, 5_900 * WAD)
    assert stage.market.read("health", ALICE).earned_usd_wad == 0
    limit = MAX_UINT if side == SHORT else 0
    size = stage.market.read("positions", ALICE, BTC).size_wad
    assert stage.desk.refusal("trade", ALICE, BTC, -size, limit, by="trader") == "OK"
    assert claim(stage, ALICE) > 10_000 * WAD
    assert stage.collateral(ALICE) <= 10**4
