"""The books after long stories: identities to the unit, no panic, no loss to the pool."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from fractions import Fraction

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
    KEEPER,
    PRICES_USD,
    TREASURY,
    USDC,
    USDC_1,
    WAD,
    Stage,
)
from contracts.walk import FULL, Walk, busy_stage, rich_stage

from contracts import books


def forfeiting_stage() -> Stage:
    """The same, but a liquidation closes everything and the pool keeps what is left."""
    stage = busy_stage("per_unit")
    stage.fill("liquidation", FULL, 10, 5, 5, 2 * WAD, True, False, False)
    return stage


def test_the_books_close_after_a_story_with_everything_in_it() -> None:
    stage, pots, seen = busy_stage(), books.Pots(), Counter()

    def trade(account: int, m: int, size: float) -> None:
        pots.note(stage.trade(account, m, int(size * 10**6) * 10**12).events)

    def liquidate(account: int) -> None:
        result = stage.liquidate(account)
        pots.note(stage.logged())
        seen["full" if result.is_full else "partial"] += 1
        seen["bad debt"] += result.bad_debt_usd_wad > 0
        seen["insured"] += result.insured_usd_wad > 0

    for account in (ALICE, BOB, CAROL, DAVE):
        stage.deposit(account, USDC, 20_000 * USDC_1)
    stage.deposit(INSURANCE, USDC, 500 * USDC_1)
    stage.deposit(CAROL, BTC, BTC_1 // 7)
    trade(ALICE, BTC, 2)
    trade(BOB, BTC, -0.7)
    trade(CAROL, ETH, 31.3)
    trade(DAVE, BTC, 1.1)
    trade(DAVE, ETH, -17.9)
    books.check(stage, pots)
    stage.advance(7 * 86_400)
    stage.price(BTC, 49_333 * WAD, spread=7 * WAD)
    stage.price(ETH, 2_511 * WAD + 1, spread=WAD // 3)
    trade(BOB, BTC, 0.3)
    trade(ALICE, BTC, -0.333333)
    trade(CAROL, ETH, -11.1)
    trade(DAVE, ETH, 3)
    books.check(stage, pots)
    claims = [stage.market.read("funding_claims", BOB, BTC)]
    stage.advance(3_600)
    stage.price(BTC, 41_800 * WAD, spread=3 * WAD)
    liquidate(ALICE)
    books.check(stage, pots)
    stage.price(BTC, 34_000 * WAD, spread=3 * WAD)
    liquidate(ALICE)
    liquidate(DAVE)
    trade(BOB, BTC, 0.4)
    books.check(stage, pots)
    claims.append(stage.market.read("funding_claims", BOB, BTC))
    trade(CAROL, ETH, -20.2)
    books.check(stage, pots)
    # The story is not vacuous.
    assert seen["full"] > 0
    assert seen["partial"] > 0
    assert seen["bad debt"] > 0
    assert seen["insured"] > 0
    assert pots.funding_claimed > 0
    assert stage.collateral(TREASURY) > 0
    assert stage.collateral(KEEPER) > 0
    assert max(claims) > 0


@pytest.mark.parametrize(
    ("prepare", "wanted"),
    [
        (busy_stage, ("partial", "DeficitChanged", "FundingClaimed")),
        (forfeiting_stage, ("Liquidated", "DeficitChanged", "FundingClaimed")),
        (rich_stage, ("PositionAssigned", "Unwound", "Deleveraged", "RebateBudgetMoved")),
    ],
)
def test_the_books_close_on_any_walk(prepare: Callable[[], Stage], wanted: tuple[str, ...]) -> None:
    seen: Counter[str] = Counter()
    for seed in range(5):
        walk = Walk(seed, prepare())
        for _ in range(5):
            for _ in range(60):
                walk.step()
            books.check(walk.stage, walk.pots)
        assert walk.answers["trade OK"] > 10
        seen += walk.answers + walk.seen
    assert min(seen[name] for name in (*wanted, "execute OK", "cancel OK", "release OK", "Liquidated")) > 1, seen


def test_the_last_one_out_finds_the_pool_whole() -> None:
    """LV-01, LV-03: positions close, claims and shares are paid, and only dust stays."""
    stage = busy_stage()
    for account in (ALICE, BOB):
        stage.deposit(account, USDC, 20_000 * USDC_1)
    stage.trade(ALICE, BTC, 2 * WAD)
    stage.trade(BOB, ETH, -20 * WAD)
    stage.advance(86_400)
    stage.trade(ALICE, BTC, -2 * WAD)
    stage.trade(BOB, ETH, 20 * WAD)
    lp = stage.address("lp")
    stage.fill("weight_fee", "policies/weight_fee/FlatFee.vy", 0, 0)
    for k in range(4):
        aum, supply = stage.market.read("aum").low, stage.pool.read("totalSupply")
        pool = stage.market.read("buckets", k).pool
        worth = Fraction(pool * books.SCALES[k] * PRICES_USD[k])
        held = stage.pool.read("balanceOf", lp)
        shares = min(held, int(worth * supply / aum))
        stage.pool.send("redeem", k, shares, 0, lp, by="lp")
    assert stage.market.read("aum").mid < WAD // 100
    assert stage.market.read("buckets", USDC).reserved == 0
