"""The books after long stories: identities to the unit, no panic, no loss to the pool."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from fractions import Fraction

import numpy as np
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
    MAX_UINT,
    PRICES_USD,
    SOL_1,
    TREASURY,
    USDC,
    USDC_1,
    WAD,
    YEAR_S,
    Stage,
)

from contracts import books

FULL = "policies/liquidation/FullLiquidation.vy"
RESTORE = "policies/liquidation/RestoreMargin.vy"
#: Roundings that may fall on the pool's value in one call, a wei each; see books.AUM_ROUNDING_WEI.
VALUE_ROUNDING_WEI = books.AUM_ROUNDING_WEI


def busy_stage() -> Stage:
    """Every fee is on: funding, borrowing, trade fees, haircuts, a protocol share."""
    stage = Stage(
        *(f"market.{symbol}.trade_fee_bps=7" for symbol in ("BTC", "ETH", "SOL")),
        *(f"asset.{symbol}.haircut=0.05" for symbol in ("BTC", "ETH", "SOL")),
        "protocol_fee_share=0.3",
    )
    stage.fill("weight_fee", "policies/weight_fee/GlpTax.vy", 30, 30, 4, 50, 20, 8)
    stage.fill("borrow_rate", "policies/borrow_rate/LinearBorrow.vy", 2 * WAD // YEAR_S)
    stage.fill("funding_rate", "policies/funding_rate/SkewLinearFunding.vy", 3 * WAD // YEAR_S)
    stage.fill("liquidation", RESTORE, WAD // 10, WAD, 50 * WAD, 10, 5, 5, 2 * WAD, False)
    stage.seed(10 * BTC_1, 200 * WAD, 5_000 * SOL_1, 1_000_000 * USDC_1)
    return stage


def test_the_books_close_after_a_story_with_everything_in_it() -> None:
    stage, funding, seen = busy_stage(), books.Funding(), Counter()

    def trade(account: int, m: int, size: float) -> None:
        funding.note(stage.trade(account, m, int(size * 10**6) * 10**12).events)

    def liquidate(account: int) -> None:
        result = stage.liquidate(account)
        funding.note(stage.logged())
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
    books.check(stage, funding)
    stage.advance(7 * 86_400)
    stage.price(BTC, 49_333 * WAD, spread=7 * WAD)
    stage.price(ETH, 2_511 * WAD + 1, spread=WAD // 3)
    trade(BOB, BTC, 0.3)
    trade(ALICE, BTC, -0.333333)
    trade(CAROL, ETH, -11.1)
    trade(DAVE, ETH, 3)
    books.check(stage, funding)
    claims = [stage.market.read("funding_claims", BOB, BTC)]
    stage.advance(3_600)
    stage.price(BTC, 41_800 * WAD, spread=3 * WAD)
    liquidate(ALICE)
    books.check(stage, funding)
    stage.price(BTC, 34_000 * WAD, spread=3 * WAD)
    liquidate(ALICE)
    liquidate(DAVE)
    trade(BOB, BTC, 0.4)
    books.check(stage, funding)
    claims.append(stage.market.read("funding_claims", BOB, BTC))
    trade(CAROL, ETH, -20.2)
    books.check(stage, funding)
    # The story is not vacuous.
    assert seen["full"] > 0
    assert seen["partial"] > 0
    assert seen["bad debt"] > 0
    assert seen["insured"] > 0
    assert funding.claimed_usd_wad > 0
    assert stage.collateral(TREASURY) > 0
    assert stage.collateral(KEEPER) > 0
    assert max(claims) > 0


class Walk:
    """A random story: calls that anybody might try, prices that move, time that passes."""

    def __init__(self, seed: int, rule: str) -> None:
        self.rng = np.random.Generator(np.random.Philox(seed))
        self.stage, self.funding = busy_stage(), books.Funding()
        if rule == FULL:
            self.stage.fill("liquidation", FULL, 10, 5, 5, 2 * WAD, True, False)
        self.answers: Counter[str] = Counter()
        self.usd = list(PRICES_USD[:3])
        for account in (ALICE, BOB, CAROL, DAVE):
            self.stage.deposit(account, USDC, 4_000 * USDC_1)

    def step(self) -> None:
        """One call, or a new block with new prices."""
        moves: list[Callable[[], None]] = [self.trade] * 6 + [self.liquidate] * 3
        moves += [self.block] * 2 + [self.claim, self.mint, self.redeem, self.swap, self.move]
        moves[self.rng.integers(len(moves))]()

    def amount(self, top: int) -> int:
        """Nothing, next to nothing, any order of magnitude up to `top`, or a part of it."""
        return int(self.rng.choice([0, 1, top ** self.rng.random(), *(top * self.rng.random(5))]))

    def account(self) -> int:
        return int(self.rng.choice([ALICE, BOB, CAROL, DAVE]))

    def call(self, contract: str, verb: str, *arguments: object, by: str) -> object:
        """An answered call: never a panic, and no loss to those who hold shares."""
        before, supply = self.stage.market.read("aum"), self.stage.market.read("totalSupply")
        target = getattr(self.stage, contract)
        status, returned = target.attempt(verb, *arguments, by=by)
        self.answers[f"{verb} {status}"] += 1
        assert status != "PANIC", (verb, arguments)
        if status != "OK":
            return None
        self.funding.note(self.stage.logged())
        lost = returned.bad_debt_usd_wad if verb == "liquidate" else 0
        after, supply_after = self.stage.market.read("aum"), self.stage.market.read("totalSupply")
        for edge in ("low", "high"):  # LP-04
            least = (getattr(before, edge) - lost - VALUE_ROUNDING_WEI) * supply_after
            assert getattr(after, edge) * supply >= least, (verb, arguments)
        return returned

    def trade(self) -> None:
        m = int(self.rng.integers(3))
        size = self.amount(int(40_000 * WAD / self.usd[m])) * int(self.rng.choice([-1, 1]))
        limit = MAX_UINT if size > 0 else 0
        self.call("market", "trade", self.account(), m, size, limit, by="trader")

    def liquidate(self) -> None:
        self.call("liquidator", "liquidate", self.account(), KEEPER, by="keeper")

    def claim(self) -> None:
        m = int(self.rng.integers(3))
        self.call("market", "claim_funding", self.account(), m, by="trader")

    def mint(self) -> None:
        k = int(self.rng.integers(4))
        lp = self.stage.address("lp")
        self.call("market", "mint", k, self.amount(10**9), 0, lp, by="lp")

    def redeem(self) -> None:
        k, lp = int(self.rng.integers(4)), self.stage.address("lp")
        self.call("market", "redeem", k, self.amount(50_000 * WAD), 0, lp, by="lp")

    def swap(self) -> None:
        k, j = (int(each) for each in self.rng.integers(4, size=2))
        lp = self.stage.address("lp")
        self.call("market", "swap", k, j, self.amount(10**10), 0, lp, by="lp")

    def move(self) -> None:
        k, lp = int(self.rng.integers(4)), self.stage.address("lp")
        amount = self.amount((BTC_1 // 20, WAD, 30 * SOL_1, 3_000 * USDC_1)[k])
        self.call("market", "deposit_collateral", self.account(), k, amount, by="trader")
        self.call("market", "withdraw_collateral", self.account(), k, amount, lp, by="trader")

    def block(self) -> None:
        self.stage.advance(int(self.rng.choice([1, 60, 86_400])))
        for feed in range(3):
            self.usd[feed] *= float(np.exp(self.rng.normal(0, 0.08)))
            mid = int(self.usd[feed] * 10**6) * 10**12
            spread = int(mid * self.rng.random() / 500)
            self.stage.price(feed, mid, spread)


@pytest.mark.parametrize("rule", [RESTORE, FULL], ids=["partial", "full"])
@pytest.mark.parametrize("seed", range(3))
def test_the_books_close_on_any_walk(seed: int, rule: str) -> None:
    walk = Walk(seed, rule)
    for _ in range(8):
        for _ in range(40):
            walk.step()
        books.check(walk.stage, walk.funding)
    assert walk.answers["liquidate OK"] > 0
    assert walk.answers["trade OK"] > 10


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
        aum, supply = stage.market.read("aum").low, stage.market.read("totalSupply")
        pool = stage.market.read("buckets", k).pool
        worth = Fraction(pool * books.SCALES[k] * PRICES_USD[k])
        held = stage.market.read("balanceOf", lp)
        shares = min(held, int(worth * supply / aum))
        stage.market.send("redeem", k, shares, 0, lp, by="lp")
    assert stage.market.read("aum").mid < WAD // 100
    assert stage.market.read("buckets", USDC).reserved == 0
