"""Market.transfer_collateral: a withdrawal and a deposit in one, without the token."""

from __future__ import annotations

import pytest
from contracts.codes import happy, refuses
from contracts.orders import moved, open_stage
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    CAROL,
    HALTED,
    INSURANCE,
    KEEPER,
    MAX_UINT,
    PAUSED,
    REDUCE_ONLY,
    SOL,
    SOL_1,
    TREASURY,
    USDC,
    USDC_1,
    WAD,
    WIDE,
    Stage,
)

THOUSAND = 1_000 * USDC_1


@pytest.fixture
def stage() -> Stage:
    """Alice has 10,000 USDC and 10 SOL, Bob is 1 BTC long on 5,000 USDC."""
    stage = open_stage()
    stage.deposit(ALICE, SOL, 10 * SOL_1)
    stage.deposit(BOB, USDC, 5 * THOUSAND)
    stage.trade(BOB, BTC, WAD)
    return stage


def refusal(stage: Stage, source: int, target: int, amount: int, k: int = USDC, by: str = "trader") -> str:
    """What moving collateral is answered."""
    return stage.market.refusal("transfer_collateral", source, k, amount, target, by=by)


@happy("transfer_collateral")
def test_collateral_moves_between_accounts_and_no_token_does(stage: Stage) -> None:
    before = stage.market.read("buckets", USDC)
    receipt = stage.market.send("transfer_collateral", ALICE, USDC, 3 * THOUSAND, BOB, by="trader")
    assert receipt.events == (moved(ALICE, -3 * THOUSAND), moved(BOB, 3 * THOUSAND))
    assert (stage.collateral(ALICE), stage.collateral(BOB)) == (7 * THOUSAND, 8 * THOUSAND)
    assert stage.market.read("buckets", USDC) == before


@refuses("transfer_collateral", "ACCOUNT_NOT_AUTHORISED")
@pytest.mark.parametrize("role", ["stranger", "keeper", "lp"])
def test_nobody_moves_somebody_else_s_collateral(stage: Stage, role: str) -> None:
    """Not even into an account of its owner."""
    assert refusal(stage, ALICE, BOB, 1, by=role) == "ACCOUNT_NOT_AUTHORISED"


@refuses("transfer_collateral", "ACCOUNT_UNKNOWN")
@pytest.mark.parametrize("target", [0, KEEPER + 1, MAX_UINT])
def test_collateral_goes_to_accounts_that_exist(stage: Stage, target: int) -> None:
    assert refusal(stage, ALICE, target, 1) == "ACCOUNT_UNKNOWN"


@refuses("transfer_collateral", "ASSET_NOTHING_TO_MOVE")
def test_a_transfer_of_nothing_is_refused(stage: Stage) -> None:
    assert refusal(stage, ALICE, BOB, 0) == "ASSET_NOTHING_TO_MOVE"


@refuses("transfer_collateral", "ACCOUNT_TOO_LITTLE_COLLATERAL")
@pytest.mark.parametrize(("k", "amount"), [(USDC, 10 * THOUSAND + 1), (BTC, 1), (7, 1), (USDC, 2**254)])
def test_no_more_is_moved_than_there_is(stage: Stage, k: int, amount: int) -> None:
    assert refusal(stage, ALICE, BOB, amount, k) == "ACCOUNT_TOO_LITTLE_COLLATERAL"


@refuses("transfer_collateral", "MARGIN_BELOW_INITIAL")
def test_initial_margin_stays_to_the_unit(stage: Stage) -> None:
    stage.deposit(BOB, USDC, THOUSAND)
    assert refusal(stage, BOB, ALICE, THOUSAND + 1) == "MARGIN_BELOW_INITIAL"
    assert refusal(stage, BOB, ALICE, THOUSAND) == "OK"


@refuses("transfer_collateral", "POLICY_MARGIN_CROSSED")
def test_a_margin_policy_that_is_crossed_stops_transfers(stage: Stage) -> None:
    stage.rude("margin", 1, 2)
    assert refusal(stage, BOB, ALICE, 1) == "POLICY_MARGIN_CROSSED"


def test_unrealised_profit_does_not_leave(stage: Stage) -> None:
    stage.price(BTC, 54_000 * WAD)
    assert refusal(stage, BOB, ALICE, 1) == "MARGIN_BELOW_INITIAL"


@pytest.mark.parametrize(
    ("mode", "status", "with_positions", "without"),
    [
        (REDUCE_ONLY, 0, "OK", "OK"),
        (PAUSED, 0, "ACCESS_CLOSED_BY_MODE", "ACCESS_CLOSED_BY_MODE"),
        (0, WIDE, "PRICE_WIDE", "OK"),
        (0, HALTED, "PRICE_HALTED", "OK"),
    ],
)
def test_it_is_open_where_withdrawals_are(
    stage: Stage, mode: int, status: int, with_positions: str, without: str
) -> None:
    stage.deposit(BOB, USDC, 10 * THOUSAND)
    stage.controller.send("set_mode", mode, by="admin")
    stage.price(BTC, 50_000 * WAD, status=status)
    assert refusal(stage, BOB, CAROL, 1) == with_positions
    assert refusal(stage, ALICE, CAROL, 1) == without


@pytest.mark.parametrize(("target", "answer"), [(BOB, "PRICE_HALTED"), (CAROL, "OK"), (ALICE, "OK")])
def test_what_has_no_price_enters_no_account_with_positions(stage: Stage, target: int, answer: str) -> None:
    """As a deposit would not: a transfer is no way round."""
    stage.price(SOL, 100 * WAD, status=HALTED)
    assert refusal(stage, ALICE, target, SOL_1, SOL) == answer


def test_what_has_no_price_may_leave_an_account_with_positions(stage: Stage) -> None:
    """It carries nothing there: neither what leaves nor what stays is needed."""
    stage.deposit(BOB, SOL, 2 * SOL_1)
    stage.price(SOL, 100 * WAD, status=HALTED)
    assert refusal(stage, BOB, ALICE, SOL_1, SOL) == "OK"
    assert refusal(stage, BOB, ALICE, SOL_1, SOL) == "OK"


def test_moving_to_oneself_changes_nothing_and_needs_the_margin(stage: Stage) -> None:
    """TA-10"""
    assert refusal(stage, ALICE, ALICE, 4 * THOUSAND) == "OK"
    assert stage.collateral(ALICE) == 10 * THOUSAND
    assert refusal(stage, BOB, BOB, 1) == "MARGIN_BELOW_INITIAL"


@pytest.mark.parametrize("target", [INSURANCE, TREASURY])
def test_anybody_may_give_to_the_protocol_s_accounts(stage: Stage, target: int) -> None:
    assert refusal(stage, ALICE, target, THOUSAND) == "OK"
    assert stage.collateral(target) == THOUSAND


def test_the_book_alone_may_bring_back_what_has_no_price(stage: Stage) -> None:
    """Market trusts the address in its slot, not whoever owns an account of the same kind."""
    stage.price(SOL, 100 * WAD, status=HALTED)
    account = stage.market.send("open_account", by="stranger").returned
    stage.market.send("deposit_collateral", account, SOL, SOL_1, by="stranger")
    assert refusal(stage, account, BOB, SOL_1, SOL, by="stranger") == "PRICE_HALTED"
