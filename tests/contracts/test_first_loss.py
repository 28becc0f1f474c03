"""Everything that an account owns stands before anybody else's first loss: earned funding like collateral."""

from __future__ import annotations

import pytest
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    BTC_1,
    CAROL,
    DAVE,
    ETH,
    INSURANCE,
    POOL,
    USDC,
    USDC_1,
    WAD,
    YEAR_S,
    Stage,
    event,
)

from sim.design import load_design

DAY_S = 86_400
THOUSAND = 1_000 * USDC_1
FULL = "policies/liquidation/FullLiquidation.vy"


def earning(settlement: str, *overrides: str) -> Stage:
    """Alice is long 40 BTC, Bob short 20, at 100 % a year of skew; a hundred days pass, and nobody has paid."""
    stage = Stage(f"funding_settlement={settlement}", "margin.initial_bps=100", "margin.maintenance_bps=50", *overrides)
    stage.seed(100 * BTC_1, 0, 0, 5_000 * THOUSAND)
    stage.fill("funding_rate", "policies/funding_rate/SkewLinearFunding.vy", WAD // YEAR_S)
    for account, thousands in ((ALICE, 400), (BOB, 30), (CAROL, 400), (DAVE, 400)):
        stage.deposit(account, USDC, thousands * THOUSAND)
    stage.trade(ALICE, BTC, 40 * WAD)
    stage.trade(BOB, BTC, -20 * WAD)
    stage.advance(100 * DAY_S)
    stage.trade(BOB, BTC, WAD // 1_000)  # what he has earned is a claim now
    return stage


def equity(stage: Stage, account: int) -> int:
    return stage.market.read("health", account).equity


def claim(stage: Stage, account: int) -> int:
    return stage.market.read("funding_claims", account, BTC)


def value(stage: Stage) -> int:
    return stage.market.read("aum").mid


def test_a_claim_is_set_off_against_the_bad_debt_of_whoever_has_earned_it() -> None:
    """Bob was bankrupt by some 70,000 and went with a claim of 182,000; the pool had the loss."""
    stage = earning("other_side")
    earned = claim(stage, BOB)
    assert earned // WAD == 182_648
    stage.price(BTC, 55_000 * WAD)
    lacks = -equity(stage, BOB)  # the pot is empty: what is in no pot supports nothing
    assert 65_000 * WAD < lacks < 75_000 * WAD
    stage.market.send("accrue", by="stranger")
    before = value(stage)
    receipt = stage.liquidator.send("liquidate", BOB, DAVE, by="keeper")
    result = receipt.returned
    assert (result.bad_debt_usd_wad, result.insured_usd_wad) == (0, 0)
    assert earned - claim(stage, BOB) == claim(stage, POOL) == pytest.approx(lacks, abs=10**13)
    assert event("FundingSetOff", account=BOB, market=BTC, usd_wad=claim(stage, POOL)) in receipt.events
    assert abs(value(stage) - before) <= 2 * 10**12  # it is good for its money: Alice still has to pay more than that
    stage.trade(ALICE, BTC, -40 * WAD)
    owned, taken = claim(stage, POOL), value(stage)
    assert stage.market.send("claim_funding", POOL, BTC, by="stranger").returned == owned
    assert value(stage) == taken  # it was counted before
    stage.market.send("claim_funding", BOB, BTC, by="stranger")
    assert max(claim(stage, BOB), claim(stage, POOL)) < 10**12


@pytest.mark.parametrize("is_insured", [True, False])
def test_a_claim_that_is_too_small_leaves_the_rest_of_the_loss(is_insured: bool) -> None:
    stage = earning("other_side")
    if is_insured:
        stage.deposit(INSURANCE, USDC, 1_000 * THOUSAND)
    stage.price(BTC, 65_000 * WAD)
    lacks, earned = -equity(stage, BOB), claim(stage, BOB)
    result = stage.liquidate(BOB, DAVE)
    lost = result.insured_usd_wad if is_insured else result.bad_debt_usd_wad
    assert lost == pytest.approx(lacks - earned, abs=10**13)
    assert claim(stage, BOB) == 0


def test_what_the_pot_holds_supports_positions_and_the_rest_does_not() -> None:
    stage = earning("other_side")
    alone = equity(stage, BOB)
    stage.trade(ALICE, BTC, -WAD)  # pays all that is due
    pot = stage.market.read("clocks", BTC).funding_pot_usd_wad
    assert pot >= claim(stage, BOB) - 10**13
    assert equity(stage, BOB) == pytest.approx(alone + claim(stage, BOB), abs=10**13)
    with_claim = stage.market.read("health", BOB)
    stage.market.send("claim_funding", BOB, BTC, by="stranger")
    paid = stage.market.read("health", BOB)
    for name in ("equity", "free", "collateral"):  # whoever claims it moves nothing
        assert getattr(paid, name) == pytest.approx(getattr(with_claim, name), abs=10**13)
    assert (with_claim.earned_usd_wad > 0, paid.earned_usd_wad < 10**12) == (True, True)


@pytest.mark.parametrize("haircut", ["0", "0.2"])
def test_per_unit_all_that_was_earned_counts_like_the_tokens_that_it_is_paid_in(haircut: str) -> None:
    stage = earning("per_unit", f"asset.USDC.haircut={haircut}")
    stage.advance(10 * DAY_S)
    stage.market.send("accrue", by="stranger")
    pending = stage.market.read("health", BOB)
    assert pending.earned_usd_wad > 0
    stage.trade(BOB, BTC, WAD // 1_000)
    settled = stage.market.read("health", BOB)
    assert settled.equity == pytest.approx(pending.equity, abs=10**13)
    assert settled.free == pytest.approx(pending.free, abs=10**13)


def test_no_reservation_of_tokens_makes_anybody_liquidatable() -> None:
    """What the pool owes is set off where it cannot be paid: others who take its free tokens change nothing."""
    stage = earning("per_unit")
    stage.advance(100 * DAY_S)
    before = equity(stage, BOB)
    bucket = stage.market.read("buckets", USDC)
    stage.trade(CAROL, BTC, -((bucket.pool - bucket.reserved) // USDC_1 - 10) * WAD // 50_000)
    assert equity(stage, BOB) == pytest.approx(before, abs=10**13)


def test_a_liquidation_collects_first_what_the_pot_holds() -> None:
    """The claim is paid into the collateral before anything is planned: no keeper is paid by insurance beside it."""
    stage = earning("other_side")
    stage.fill("liquidation", FULL, 10, 0, 0, 50 * WAD, False, False, False)
    stage.deposit(INSURANCE, USDC, 10 * THOUSAND)
    stage.trade(ALICE, BTC, -WAD)
    stage.price(BTC, 60_620 * WAD)
    held = claim(stage, BOB)
    assert 0 < equity(stage, BOB) < stage.market.read("health", BOB).maintenance
    result = stage.liquidate(BOB, DAVE)
    assert (result.insured_usd_wad, result.bad_debt_usd_wad, result.reward_usd_wad) == (0, 0, 50 * WAD)
    assert stage.collateral(INSURANCE) == 10 * THOUSAND
    assert claim(stage, BOB) < 10**12 < held


@pytest.mark.parametrize("settlement", ["other_side", "per_unit"])
def test_the_lens_promises_nothing_for_what_others_may_be_paid_first(settlement: str) -> None:
    stage = earning(settlement)
    stage.trade(ALICE, BTC, -WAD)
    stage.price(BTC, 51_700 * WAD)  # without what he has earned Bob were below zero
    health = stage.market.read("health", BOB)
    (view,) = stage.lens.read("accounts", stage.market.address, [BOB])
    assert view.equity == health.equity > health.maintenance
    assert (view.safe_s > 0, view.safe_move_wad > 0) == ((False, False), (True, True))[settlement == "per_unit"]


def test_claims_of_every_market_go_with_an_account_that_insurance_takes_over() -> None:
    stage = earning("other_side")
    stage.fill("liquidation", FULL, 10, 0, 0, 2 * WAD, False, True, False)
    stage.deposit(INSURANCE, USDC, 400 * THOUSAND)
    stage.trade(BOB, BTC, 20 * WAD)  # flat here, and owed for it
    stage.trade(BOB, ETH, -100 * WAD)  # 250,000 USD of ETH on 30,000
    stage.price(ETH, 2_795 * WAD)
    owed = claim(stage, BOB)
    assert owed > 0
    result = stage.liquidate(BOB, DAVE)
    assert result.assigned_usd_wad > 0
    assert (claim(stage, BOB), claim(stage, INSURANCE)) == (0, owed)
    assert stage.market.read("markets_of", INSURANCE) == 0b10


#: USD of Bob's margin that a claim of Carol's takes: what waits in a pot is whose comes first.
TAKEN_USD = 54_797


@pytest.mark.parametrize("settlement", ["other_side", "per_unit"])
def test_others_who_are_paid_first_take_margin_only_where_a_pot_is_shared(settlement: str) -> None:
    stage = earning(settlement)
    stage.trade(DAVE, BTC, 20 * WAD)
    stage.trade(CAROL, BTC, -20 * WAD)
    stage.advance(100 * DAY_S)
    stage.trade(DAVE, BTC, -20 * WAD)  # he pays his part, Alice not yet
    before = equity(stage, BOB)
    stage.trade(CAROL, BTC, 20 * WAD)
    lost = (before - equity(stage, BOB)) // WAD
    reasons = {broken.property: broken.reason for broken in load_design("gmx_v2").breaks}
    if settlement == "per_unit":
        assert lost == 0
    else:
        assert lost == TAKEN_USD
        assert f"{TAKEN_USD:,} USD" in reasons["LQ-04"]
