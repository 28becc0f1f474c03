"""An unrealised profit counts like the tokens that it is paid in, so that realising it does not lower the equity."""

from __future__ import annotations

from contracts.stage import ALICE, BTC, BTC_1, USDC, USDC_1, WAD, Stage

MARGIN_USD, PROFIT_USD, DEPTH_USD = 20_000, 10_000, 100_000


def winner() -> Stage:
    stage = Stage(f"asset.BTC.depth_usd={DEPTH_USD}")
    stage.seed(20 * BTC_1, 0, 0, 1_000_000 * USDC_1)
    stage.deposit(ALICE, USDC, MARGIN_USD * USDC_1)
    stage.trade(ALICE, BTC, WAD)
    stage.price(BTC, 60_000 * WAD)
    return stage


def equity(stage: Stage) -> int:
    return stage.market.read("health", ALICE).equity


def test_a_profit_is_discounted_by_its_size() -> None:
    counted = PROFIT_USD * DEPTH_USD / (DEPTH_USD + PROFIT_USD)
    assert abs(equity(winner()) / WAD - (MARGIN_USD + counted)) < 0.01


def test_closing_a_winner_leaves_its_equity_where_it_was() -> None:
    stage = winner()
    before = equity(stage)
    stage.trade(ALICE, BTC, -WAD)
    assert abs(equity(stage) - before) < WAD // 100
