"""Winners to deleverage: a pool whose longs have earned, and what is left of their profits."""

from __future__ import annotations

from contracts.orders import CANDIDATES, block
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    BTC_1,
    CAROL,
    DAVE,
    LONG,
    MAX_RATE_WAD_PER_S,
    USDC,
    USDC_1,
    WAD,
    Receipt,
    Stage,
)

QUEUE = "policies/deleverage/QueueDeleverage.vy"
LISTED = "policies/deleverage/ListedQueue.vy"
PRO_RATA = "policies/deleverage/ProRataDeleverage.vy"
CAPPED = "policies/deleverage/CappedProRata.vy"
THOUSAND = 1_000 * USDC_1
PERCENT = WAD // 100


def winning_stage(*overrides: str) -> Stage:
    """At 60,000 Alice has earned 10,000 on 1 BTC and Bob, with as little cash on twice as much, 20,000.

    Carol bought at the top and has lost nothing yet; Dave is short. What backs the longs is 10 BTC, 600,000 USD.
    """
    stage = Stage(*overrides)
    stage.seed(10 * BTC_1, 0, 0, 500_000 * USDC_1)
    for account in (ALICE, BOB, CAROL, DAVE):
        stage.deposit(account, USDC, 10 * THOUSAND)
    stage.trade(ALICE, BTC, WAD)
    stage.trade(BOB, BTC, 2 * WAD)
    stage.trade(DAVE, BTC, -WAD // 10)
    stage.price(BTC, 60_000 * WAD)
    stage.trade(CAROL, BTC, WAD)
    return stage


def owing_stage(deficit_usd: int = 2_500, *, alice_usd: int = 10_000, long_fee_usd: int = 0) -> Stage:
    """At 62,500 Alice and Bob have earned 12,500 each on 1 BTC, less a fee; Dave's short has left the pool a loss."""
    stage = Stage()
    stage.seed(10 * BTC_1, 0, 0, 500_000 * USDC_1)
    for account, usd in ((ALICE, alice_usd), (BOB, 10_000), (DAVE, 12_500 - deficit_usd)):
        stage.deposit(account, USDC, usd * USDC_1)
    stage.trade(ALICE, BTC, WAD)
    stage.trade(BOB, BTC, WAD)
    stage.trade(DAVE, BTC, -WAD)
    if long_fee_usd:
        stage.rude("borrow_rate", MAX_RATE_WAD_PER_S)
        stage.advance(long_fee_usd * WAD // (50_000 * MAX_RATE_WAD_PER_S))
        stage.rude("borrow_rate", 0)
    block(stage, {BTC: 62_500})
    assert stage.liquidate(DAVE).bad_debt_usd_wad == deficit_usd * WAD
    return stage


def deficit(stage: Stage, side: int = LONG) -> int:
    """What BTC's winners on a side may be asked for, USD WAD."""
    usd_wad: int = stage.liquidator.read("deficits", BTC, side)
    return usd_wad


def named(*accounts: int) -> list[int]:
    """Candidates as `deleverage` takes them."""
    return [*accounts, *[0] * (CANDIDATES - len(accounts))]


def deleverage(stage: Stage, *accounts: int, side: int = LONG) -> Receipt:
    """Deleverage BTC, by somebody without any right."""
    return stage.liquidator.send("deleverage", BTC, side, named(*accounts), by="stranger")


def refusal(stage: Stage, *accounts: int, m: int = BTC, side: int = LONG) -> str:
    """What a call is answered; OK if it is accepted."""
    return stage.liquidator.refusal("deleverage", m, side, named(*accounts), by="stranger")


def size(stage: Stage, account: int) -> int:
    """Size of a BTC position."""
    wad: int = stage.market.read("positions", account, BTC).size_wad
    return wad


def profit(stage: Stage, account: int) -> int:
    """Profit of a BTC long at the price at which it would close, USD WAD."""
    position = stage.market.read("positions", account, BTC)
    low: int = stage.oracle.read("prices")[BTC].low
    worth: int = position.size_wad * low // WAD - position.cost_usd_wad
    return worth
