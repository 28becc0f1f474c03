"""What the Lens says of worth is what Market reckons: equity at any prices, claims that are its tokens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from contracts.ladders import BTC_USD, take_over_stage
from contracts.orders import block
from contracts.stage import ALICE, BOB, BTC, BTC_1, CAROL, INSURANCE, SCALES, USDC, USDC_1, WAD, Stage
from contracts.walk import Walk, busy_stage, rich_stage

from contracts import books

#: Roundings, a wei each: of every position's profit, fees and funding, and of every side's.
ROUNDING_WEI = 3 * 3 * len(books.ACCOUNTS) + books.AUM_ROUNDING_WEI


def capped_stage() -> Stage:
    """Longs may win a thousandth of what backs them."""
    stage = busy_stage("per_unit")
    for m in range(3):
        stage.change_market(m, max_profit_share_wad=WAD // 1_000)
    return stage


def cut_stage() -> Stage:
    """Winners give by an index what others lose."""
    stage = Stage("deleverage.policy=index_haircut", "protocol_fee_share=0.3", "margin.maintenance_bps=500")
    stage.seed(10 * BTC_1, 200 * WAD, 0, 1_000_000 * USDC_1)
    return stage


STAGES: dict[str, Callable[[], Stage]] = {
    "other_side": busy_stage,
    "per_unit": lambda: busy_stage("per_unit"),
    "rich": rich_stage,
    "capped": capped_stage,
    "cut": cut_stage,
}


class Story(Walk):
    """Calls alone: what they may do to the pool's value others judge."""

    def call(self, contract: str, verb: str, *arguments: Any, by: str) -> None:
        getattr(self.stage, contract).attempt(verb, *arguments, by=by)


def check_claims(stage: Stage) -> int:
    """Tokens of the pool are what everybody together has a claim to. @return what caps withhold, USD WAD."""
    ids = list(books.ACCOUNTS)
    told = stage.lens.read("books", stage.market.address)
    worths = stage.lens.read("worths", stage.market.address, ids)
    prices = stage.oracle.read("prices")
    for k in books.ASSETS:
        bucket = stage.market.read("buckets", k)
        assert (told.pools[k], told.collaterals[k]) == (bucket.pool, bucket.collateral)
        assert sum(w.collateral[k] for w in worths) == bucket.collateral
    tokens = sum(told.pools[k] * SCALES[k] * prices[k].mid for k in books.ASSETS) // WAD
    claims = told.aum.mid + told.impact_usd_wad + told.funding_usd_wad + told.treasury_usd_wad - told.withheld_usd_wad
    claims += sum(w.profit_usd_wad - w.borrow_usd_wad for w in worths)
    assert told.aum.mid == 0 or abs(claims - tokens) <= ROUNDING_WEI + (10**6 if stage.design.is_cut_by_index else 0)
    return told.withheld_usd_wad


def check_margins(stage: Stage) -> None:
    """At the prices of now, and at others before they are there."""
    ids, market = list(books.ACCOUNTS), stage.market.address
    stage.market.send("accrue", by="stranger")  # rates of the time until now are those of the prices until now
    for shift in (0, -31, 12):
        quoted = stage.oracle.read("prices")
        mids = [price.mid + price.mid * shift // 1_000 for price in quoted[: len(SCALES)]]
        spreads = [mid // 700 for mid in mids]
        rest = [0] * (8 - len(mids))
        lows = [mid - spread for mid, spread in zip(mids, spreads, strict=True)]
        highs = [mid + spread for mid, spread in zip(mids, spreads, strict=True)]
        told = stage.lens.read("margins_at", market, ids, lows + rest, highs + rest)
        for feed, (mid, spread) in enumerate(zip(mids, spreads, strict=True)):
            stage.price(feed, mid, spread)
        for account, margin in zip(ids, told, strict=True):
            health = stage.market.read("health", account)
            assert (margin.equity, margin.maintenance) == (health.equity, health.maintenance)


@pytest.mark.parametrize("kind", STAGES)
def test_stories_leave_claims_that_are_the_tokens_and_margins_that_are_market_s(kind: str) -> None:
    stage = STAGES[kind]()
    walk, withheld, held = Story(11, stage), 0, 0
    for step in range(120):
        walk.step()
        if step % 8 == 0:
            withheld += check_claims(stage)
            held += sum(stage.market.read("markets_of", account) != 0 for account in books.ACCOUNTS)
        if step % 24 == 0:
            check_margins(stage)
            walk.usd = [price.mid // WAD for price in stage.oracle.read("prices")[:3]]
    assert held > 10
    assert (withheld > 0) == (kind == "capped")


def test_collateral_that_is_not_priced_by_venues_keeps_its_price() -> None:
    """Redemption rates are no quotes: only what counts at low counts at the low that is asked for."""
    stage = Stage()
    stage.seed(10 * BTC_1, 0, 0, 1_000_000 * USDC_1)
    stage.deposit(ALICE, USDC, 1_000 * USDC_1)
    stage.deposit(ALICE, BTC, BTC_1)
    lows = highs = [40_000 * WAD, 2_500 * WAD, 100 * WAD, WAD, 0, 0, 0, 0]
    (margin,) = stage.lens.read("margins_at", stage.market.address, [ALICE], lows, highs)
    assert margin.equity == 41_000 * WAD
    stage.oracle.send("set_collateral", BTC, 45_000 * WAD, by="admin")
    (margin,) = stage.lens.read("margins_at", stage.market.address, [ALICE], lows, highs)
    assert margin.equity == 46_000 * WAD


def test_every_call_that_books_a_loss_is_in_the_sum() -> None:
    """A liquidation that insurance cannot pay, and unwinding what it took over."""
    stage = take_over_stage()
    stage.price(BTC, BTC_USD * WAD)
    stage.liquidate(ALICE)
    assert stage.liquidator.read("lost_usd_wad") == 0
    lost = 0
    for price in (20_000, 19_000):
        block(stage, {BTC: price}, seconds=1)
        receipt = stage.liquidator.send("unwind", BTC, by="stranger")
        (unwound,) = [event for event in receipt.events if event.name == "Unwound"]
        lost += unwound.fields["bad_debt_usd_wad"]
        assert stage.lens.read("pool", stage.market.address).lost_usd_wad == lost
        if stage.market.read("positions", INSURANCE, BTC).size_wad == 0:
            break
    assert lost > 0
    block(stage, {BTC: 50_000}, seconds=1)
    stage.deposit(BOB, USDC, 6_000 * USDC_1)
    stage.trade(BOB, BTC, WAD)
    block(stage, {BTC: 40_000}, seconds=1)
    lost += stage.liquidate(BOB).bad_debt_usd_wad
    assert stage.lens.read("pool", stage.market.address).lost_usd_wad == lost


@pytest.mark.parametrize("share", [None, WAD // 1_000])
def test_deltas_are_what_moves_the_value(share: int | None) -> None:
    """Bump and revalue: each feed by a hundredth of a per cent, whatever a side is capped at."""
    stage = Stage()
    stage.seed(10 * BTC_1, 200 * WAD, 0, 1_000_000 * USDC_1)
    for account, size in ((ALICE, 3), (BOB, -1), (CAROL, 1)):
        stage.deposit(account, USDC, 100_000 * USDC_1)
        stage.trade(account, BTC, size * WAD)
    stage.price(BTC, 55_000 * WAD)
    if share is not None:
        stage.change_market(BTC, max_profit_share_wad=share)
    for feed, mid in ((BTC, 55_000 * WAD), (1, 2_500 * WAD), (USDC, WAD)):
        told = stage.lens.read("pool", stage.market.address)
        stage.price(feed, mid + mid // 10_000)
        moved = stage.market.read("aum").mid - told.aum.mid
        assert moved == pytest.approx(told.deltas_wad[feed] * (mid // 10_000) // WAD, abs=10)
        stage.price(feed, mid)


@pytest.mark.parametrize("settlement", ["other_side", "per_unit"])
def test_what_the_indices_charge_in_a_week_is_what_the_pool_is_worth_more(settlement: str) -> None:
    """Fees for borrowing less the protocol's share; and funding, where the pool stands between the sides."""
    stage = busy_stage(settlement)
    for account, m, size in ((ALICE, BTC, 2), (BOB, BTC, -1), (CAROL, 1, -30)):
        stage.deposit(account, USDC, 100_000 * USDC_1)
        stage.trade(account, m, size * WAD)
    market = stage.market.address
    before = stage.lens.read("pool", market)
    stage.advance(7 * 86_400)
    after = stage.lens.read("pool", market)
    places = [(m, i) for m in range(3) for i in range(2)]
    grown = {p: after.borrow_wad[p[0]][p[1]] - before.borrow_wad[p[0]][p[1]] for p in places}
    charged = {p: after.funding_wad[p[0]][p[1]] - before.funding_wad[p[0]][p[1]] for p in places}
    borrow = sum(after.costs_usd_wad[m][i] * grown[m, i] for m, i in places) // WAD
    funding = sum(after.sizes_wad[m][i] * charged[m, i] for m, i in places) // WAD
    assert after.per_unit == (settlement == "per_unit") and borrow > WAD and any(charged.values())
    gained = borrow * 7 // 10 + funding * after.per_unit
    assert after.aum.mid - before.aum.mid == pytest.approx(gained, abs=books.AUM_ROUNDING_WEI)
