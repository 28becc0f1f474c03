"""The pool's share: a plain ERC-20."""

from __future__ import annotations

import pytest
from contracts.codes import happy, refuses
from contracts.stage import USDC_1, WAD, Stage, event


@pytest.fixture
def stage() -> Stage:
    """The LP holds 1,000 shares, but for the dead ones."""
    stage = Stage()
    stage.seed(0, 0, 0, 1_000 * USDC_1)
    return stage


def held(stage: Stage, role: str) -> int:
    return stage.pool.read("balanceOf", stage.address(role))


@happy("transfer")
def test_shares_move_from_holder_to_holder(stage: Stage) -> None:
    lp, stranger, before = stage.address("lp"), stage.address("stranger"), held(stage, "lp")
    receipt = stage.pool.send("transfer", stranger, 10 * WAD, by="lp")
    assert receipt.returned is True
    assert receipt.events == (event("Transfer", sender=lp, receiver=stranger, value=10 * WAD),)
    assert held(stage, "lp") == before - 10 * WAD
    assert held(stage, "stranger") == 10 * WAD


def test_a_transfer_to_oneself_changes_nothing(stage: Stage) -> None:
    before = held(stage, "lp")
    stage.pool.send("transfer", stage.address("lp"), before, by="lp")
    assert held(stage, "lp") == before


@happy("approve")
@happy("transferFrom")
def test_a_spender_moves_what_it_was_allowed_once(stage: Stage) -> None:
    lp, keeper, stranger = (stage.address(role) for role in ("lp", "keeper", "stranger"))
    receipt = stage.pool.send("approve", keeper, 3 * WAD, by="lp")
    assert receipt.returned is True
    assert receipt.events == (event("Approval", owner=lp, spender=keeper, value=3 * WAD),)
    receipt = stage.pool.send("transferFrom", lp, stranger, 2 * WAD, by="keeper")
    assert receipt.returned is True
    assert receipt.events == (event("Transfer", sender=lp, receiver=stranger, value=2 * WAD),)
    assert stage.pool.read("allowance", lp, keeper) == WAD
    assert held(stage, "stranger") == 2 * WAD


@refuses("transfer", "SHARES_BALANCE_TOO_LOW")
def test_nobody_sends_more_than_they_hold(stage: Stage) -> None:
    amount = held(stage, "lp") + 1
    status = stage.pool.refusal("transfer", stage.address("stranger"), amount, by="lp")
    assert status == "SHARES_BALANCE_TOO_LOW"


@refuses("transferFrom", "SHARES_ALLOWANCE_TOO_LOW")
def test_nobody_spends_more_than_they_were_allowed(stage: Stage) -> None:
    lp, keeper = stage.address("lp"), stage.address("keeper")
    stage.pool.send("approve", keeper, WAD, by="lp")
    status = stage.pool.refusal("transferFrom", lp, keeper, WAD + 1, by="keeper")
    assert status == "SHARES_ALLOWANCE_TOO_LOW"


@refuses("transferFrom", "SHARES_BALANCE_TOO_LOW")
def test_an_allowance_is_no_balance(stage: Stage) -> None:
    stranger, keeper = stage.address("stranger"), stage.address("keeper")
    stage.pool.send("approve", keeper, WAD, by="stranger")
    status = stage.pool.refusal("transferFrom", stranger, keeper, 1, by="keeper")
    assert status == "SHARES_BALANCE_TOO_LOW"
