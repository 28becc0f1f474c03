"""Positions in SOL that somebody else closes: where a price is lost, or a market is wound up."""

from __future__ import annotations

from contracts.stage import ALICE, BOB, BTC_1, SOL, SOL_1, USDC, USDC_1, WAD, Stage


def held(price: int, status: int = 0) -> Stage:
    """Alice is long 100 SOL and Bob short 50 from 100 USD on; then the price is another."""
    stage = Stage()
    stage.seed(10 * BTC_1, 100 * WAD, 5_000 * SOL_1, 500_000 * USDC_1)
    for account, size in ((ALICE, 100 * WAD), (BOB, -50 * WAD)):
        stage.deposit(account, USDC, 2_000 * USDC_1)
        stage.trade(account, SOL, size)
    stage.price(SOL, price * WAD, status=status)
    return stage


def settle(stage: Stage, account: int, m: int = SOL) -> str:
    """What anybody is answered who closes somebody's position."""
    return stage.liquidator.refusal("settle_position", account, m, by="stranger")
