"""Market orders on the stage: a design that executes after the request."""

from __future__ import annotations

from contracts.orders import Terms, block, execute, order, place
from contracts.stage import ALICE, BOB, BTC, BTC_1, USDC, USDC_1, WAD, Stage

MARKET = 3  # kind
UNFILLED = 3  # outcome
WAIT_S, LIFE_S = 300, 86_400
REWARD = USDC_1 // 20
THOUSAND = 1_000 * USDC_1


def opened(*overrides: str) -> Stage:
    """A pool of 10 BTC and 500,000 USDC; Alice and Bob have 10,000 USDC each. Initial margin is 10 %."""
    stage = Stage("execution=after_request", *overrides)
    stage.seed(10 * BTC_1, 0, 0, 500_000 * USDC_1)
    for account in (ALICE, BOB):
        stage.deposit(account, USDC, 10_000 * USDC_1)
    return stage


def stake(size_wad: int, usd: int = 50_000) -> int:
    """A hundredth of a size, USDC."""
    return -(-abs(size_wad) * usd * USDC_1 // (100 * WAD))


def request(size_wad: int, *, reward: int = REWARD, worst_usd: int | None = None, closes: bool = False) -> Terms:
    """A market order; what closes needs no reward and no stake."""
    margin, reward = (0, 0) if closes else (stake(size_wad) + reward, reward)
    return order(size_wad, 0, kind=MARKET, worst_usd=worst_usd, is_reduce_only=closes, margin=margin, reward=reward)


def first(stage: Stage, usd: int, spread_usd: int = 0, status: int = 0) -> None:
    """From now on requests of before execute at this price, whatever the price of now becomes."""
    words = ((usd - spread_usd) * WAD, usd * WAD, (usd + spread_usd) * WAD, stage.time_s, status)
    stage.oracle.send("set_first", BTC, words, by="admin")


def entered(stage: Stage, account: int, size_wad: int) -> None:
    """A position, opened as everybody does."""
    slot = place(stage, account, request(size_wad))
    block(stage)
    execute(stage, account, slot)
