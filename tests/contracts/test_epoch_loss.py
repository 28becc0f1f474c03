"""Losses above an epoch's limit close the pool to new risk until the epoch ends."""

from __future__ import annotations

import pytest
from contracts.codes import refuses
from contracts.ladders import THOUSAND, long_stage
from contracts.orders import block
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    CAROL,
    INSURANCE,
    KEEPER,
    MAX_UINT,
    NORMAL,
    PAUSED,
    REDUCE_ONLY,
    T0,
    USDC,
    USDC_1,
    WAD,
    Stage,
    event,
)

EPOCH_S = 3_600
LIMIT_USD = 1_500


@pytest.fixture
def stage() -> Stage:
    """Alice, Bob and Carol: each fall to 44,000 costs the pool 1,000 USD."""
    stage = long_stage(f"losses.max_epoch_loss_usd={LIMIT_USD}", f"losses.epoch_s={EPOCH_S}")
    for account in (BOB, CAROL):
        stage.deposit(account, USDC, 5 * THOUSAND)
    return stage


def lose(stage: Stage, account: int, usd: int = 1_000) -> None:
    """Let the pool lose by an account that has 5,000 USDC, and give it as much again."""
    if not stage.market.read("markets_of", account):
        stage.price(BTC, 50_000 * WAD)
        stage.trade(account, BTC, WAD)
    stage.price(BTC, (45_000 - usd) * WAD)
    assert stage.liquidate(account).bad_debt_usd_wad == usd * WAD
    stage.deposit(account, USDC, 5 * THOUSAND)


def mode(stage: Stage) -> int:
    """The mode in force."""
    now: int = stage.market.read("aum").mode
    return now


@pytest.mark.parametrize(("usd", "expected"), [(LIMIT_USD, NORMAL), (LIMIT_USD + 1, REDUCE_ONLY)])
def test_the_limit_itself_is_still_borne(stage: Stage, usd: int, expected: int) -> None:
    lose(stage, ALICE, usd)
    assert mode(stage) == expected
    assert stage.market.read("mode") == NORMAL  # what the controller has set


def test_losses_of_an_epoch_add_up(stage: Stage) -> None:
    lose(stage, ALICE)
    assert mode(stage) == NORMAL
    stage.advance(EPOCH_S - 1)
    stage.price(BTC, 50_000 * WAD)
    stage.trade(BOB, BTC, WAD)
    stage.price(BTC, 44_000 * WAD)
    receipt = stage.liquidator.send("liquidate", BOB, KEEPER, by="keeper")
    assert event("ReduceOnlyUntil", time_s=T0 + EPOCH_S) in receipt.events
    assert stage.market.read("reduce_only_until_s") == stage.liquidator.read("epoch_ends_s") == T0 + EPOCH_S
    assert stage.liquidator.read("epoch_loss_usd_wad") == 2_000 * WAD
    assert mode(stage) == REDUCE_ONLY


def test_the_next_epoch_begins_with_nothing_lost(stage: Stage) -> None:
    lose(stage, ALICE)
    block(stage, seconds=EPOCH_S)
    lose(stage, BOB)
    assert stage.liquidator.read("epoch_loss_usd_wad") == 1_000 * WAD
    assert mode(stage) == NORMAL


def test_an_epoch_begins_with_its_first_loss(stage: Stage) -> None:
    block(stage, seconds=EPOCH_S * 5 // 2)
    lose(stage, ALICE)
    assert stage.liquidator.read("epoch_ends_s") == T0 + EPOCH_S * 7 // 2


class TestRestricted:
    """2,000 were lost, and BTC is back."""

    @pytest.fixture
    def stage(self, stage: Stage) -> Stage:
        stage.trade(BOB, BTC, WAD)
        for account in (ALICE, CAROL):
            lose(stage, account)
            stage.price(BTC, 50_000 * WAD)
        assert mode(stage) == REDUCE_ONLY
        return stage

    def test_new_risk_is_closed_and_old_risk_may_leave(self, stage: Stage) -> None:
        lp = stage.address("lp")
        assert stage.desk.refusal("trade", CAROL, BTC, WAD, MAX_UINT, by="trader") == "ACCESS_CLOSED_BY_MODE"
        assert stage.pool.refusal("mint", USDC, USDC_1, 0, lp, by="lp") == "ACCESS_CLOSED_BY_MODE"
        assert stage.pool.refusal("swap", USDC, BTC, USDC_1, 0, lp, by="lp") == "ACCESS_CLOSED_BY_MODE"
        assert stage.pool.refusal("redeem", USDC, WAD, 0, lp, by="lp") == "OK"
        assert stage.desk.refusal("trade", BOB, BTC, -WAD // 2, 0, by="trader") == "OK"
        withdrawal = ("withdraw_collateral", CAROL, USDC, 1, lp)
        assert stage.market.refusal(*withdrawal, by="trader") == "OK"
        stage.price(BTC, 40_000 * WAD)
        assert stage.liquidator.refusal("liquidate", BOB, KEEPER, by="keeper") == "OK"

    @pytest.mark.parametrize(("wait_s", "answer"), [(EPOCH_S - 1, "ACCESS_CLOSED_BY_MODE"), (EPOCH_S, "OK")])
    def test_it_ends_with_the_epoch_and_nobody_has_to_do_anything(self, stage: Stage, wait_s: int, answer: str) -> None:
        block(stage, seconds=wait_s)
        assert stage.desk.refusal("trade", CAROL, BTC, WAD // 10, MAX_UINT, by="trader") == answer

    def test_further_losses_do_not_prolong_the_epoch(self, stage: Stage) -> None:
        """Liquidation goes on, its losses are counted, and the end stays where it was."""
        until = stage.market.read("reduce_only_until_s")
        stage.advance(EPOCH_S // 2)
        lose(stage, BOB)
        assert stage.market.read("reduce_only_until_s") == until
        assert stage.liquidator.read("epoch_loss_usd_wad") == 3_000 * WAD

    def test_a_pause_is_stronger(self, stage: Stage) -> None:
        stage.controller.send("set_mode", PAUSED, by="admin")
        assert mode(stage) == PAUSED
        stage.controller.send("set_mode", NORMAL, by="admin")
        assert mode(stage) == REDUCE_ONLY  # the controller does not end it early


def test_what_insurance_pays_is_no_loss_of_the_pool(stage: Stage) -> None:
    stage.deposit(INSURANCE, USDC, 4 * THOUSAND)
    stage.price(BTC, 41_000 * WAD)
    assert stage.liquidate(ALICE).insured_usd_wad == 4_000 * WAD
    assert stage.liquidator.read("epoch_loss_usd_wad") == 0
    assert mode(stage) == NORMAL


def test_without_a_tolerance_the_first_dollar_closes_the_pool() -> None:
    stage = long_stage("losses.max_epoch_loss_usd=0", f"losses.epoch_s={EPOCH_S}")
    stage.price(BTC, 44_999 * WAD)
    stage.liquidate(ALICE)
    assert mode(stage) == REDUCE_ONLY


@refuses("restrict", "ACCESS_NOT_LIQUIDATOR")
@pytest.mark.parametrize("role", ["admin", "trader", "keeper", "stranger"])
def test_nobody_restricts_but_the_ladder(stage: Stage, role: str) -> None:
    assert stage.market.refusal("restrict", MAX_UINT, by=role) == "ACCESS_NOT_LIQUIDATOR"
