"""Market.deposit_collateral, withdraw_collateral, open_account and set_operator."""

from __future__ import annotations

import pytest
from contracts.codes import happy, refuses
from contracts.stage import (
    ALICE,
    BTC,
    BTC_1,
    INSURANCE,
    KEEPER,
    TREASURY,
    USDC,
    USDC_1,
    WAD,
    Stage,
    event,
)


def deposit_refusal(stage: Stage, account: int, k: int, amount: int) -> str:
    return stage.market.refusal("deposit_collateral", account, k, amount, by="stranger")


def withdrawal_refusal(stage: Stage, account: int, k: int, amount: int, by: str = "trader") -> str:
    receiver = stage.address("lp")
    return stage.market.refusal("withdraw_collateral", account, k, amount, receiver, by=by)


@happy("open_account")
def test_an_account_belongs_to_who_opened_it(stage: Stage) -> None:
    receipt = stage.market.send("open_account", by="stranger")
    account = receipt.returned
    assert account == KEEPER + 1  # the next after those of the deployment
    assert receipt.events == (event("AccountOpened", account=account, owner=stage.address("stranger")),)
    assert stage.market.read("owner_of", account) == stage.address("stranger")


def test_the_first_two_accounts_are_insurance_and_treasury(stage: Stage) -> None:
    assert stage.market.read("owner_of", INSURANCE) == stage.market.address
    assert stage.market.read("owner_of", TREASURY) == stage.address("admin")


@happy("set_operator")
def test_an_owner_approves_and_dismisses_operators(stage: Stage) -> None:
    account = stage.market.send("open_account", by="stranger").returned
    stage.deposit(account, USDC, 2 * USDC_1)
    lp = stage.address("lp")
    assert withdrawal_refusal(stage, account, USDC, USDC_1, by="lp") == "ACCOUNT_NOT_AUTHORISED"
    receipt = stage.market.send("set_operator", account, lp, True, by="stranger")
    assert receipt.events == (event("OperatorChanged", account=account, operator=lp, is_approved=True),)
    assert withdrawal_refusal(stage, account, USDC, USDC_1, by="lp") == "OK"
    stage.market.send("set_operator", account, lp, False, by="stranger")
    assert withdrawal_refusal(stage, account, USDC, USDC_1, by="lp") == "ACCOUNT_NOT_AUTHORISED"


@refuses("set_operator", "ACCOUNT_NOT_OWNER")
@pytest.mark.parametrize("account", [0, INSURANCE, TREASURY, ALICE, KEEPER + 1])
def test_only_the_owner_approves_operators(stage: Stage, account: int) -> None:
    operator = stage.address("trader")
    for role in ("trader", "stranger"):  # an operator is no owner
        status = stage.market.refusal("set_operator", account, operator, True, by=role)
        assert status == "ACCOUNT_NOT_OWNER"


@happy("deposit_collateral")
def test_anybody_may_add_collateral_to_any_account(stage: Stage) -> None:
    receipt = stage.market.send("deposit_collateral", INSURANCE, USDC, USDC_1, by="stranger")
    stranger, market = stage.address("stranger"), stage.market.address
    assert receipt.events == (
        event("CollateralMoved", account=INSURANCE, asset=USDC, delta=USDC_1),
        event("Transfer", sender=stranger, receiver=market, value=USDC_1),
    )
    assert stage.collateral(INSURANCE) == USDC_1
    assert stage.market.read("buckets", USDC).collateral == USDC_1


@refuses("deposit_collateral", "ASSET_NOT_LISTED")
def test_collateral_has_to_be_a_listed_asset(stage: Stage) -> None:
    assert deposit_refusal(stage, ALICE, 4, 1) == "ASSET_NOT_LISTED"


@refuses("deposit_collateral", "ACCOUNT_UNKNOWN")
@pytest.mark.parametrize("account", [0, KEEPER + 1, 2**256 - 1])
def test_collateral_goes_to_accounts_that_exist(stage: Stage, account: int) -> None:
    assert deposit_refusal(stage, account, USDC, USDC_1) == "ACCOUNT_UNKNOWN"


@refuses("deposit_collateral", "ASSET_NOTHING_TO_MOVE")
def test_a_deposit_of_nothing_is_refused(stage: Stage) -> None:
    assert deposit_refusal(stage, ALICE, USDC, 0) == "ASSET_NOTHING_TO_MOVE"


@refuses("deposit_collateral", "ASSET_TRANSFER_FAILED")
def test_a_token_that_answers_false_is_no_collateral(stage: Stage) -> None:
    token = stage.deploy("mocks/ShyToken.vy")
    k = stage.list_asset(token, 18, USDC)
    token.send("refuse", True, by="stranger")
    assert deposit_refusal(stage, ALICE, k, WAD) == "ASSET_TRANSFER_FAILED"


@happy("withdraw_collateral")
def test_an_account_without_positions_withdraws_all_of_it(stage: Stage) -> None:
    stage.deposit(ALICE, USDC, 10 * USDC_1)
    lp = stage.address("lp")
    receipt = stage.market.send("withdraw_collateral", ALICE, USDC, 10 * USDC_1, lp, by="trader")
    assert receipt.events == (
        event("CollateralMoved", account=ALICE, asset=USDC, delta=-10 * USDC_1),
        event("Transfer", sender=stage.market.address, receiver=lp, value=10 * USDC_1),
    )
    assert stage.collateral(ALICE) == 0
    assert stage.market.read("buckets", USDC).collateral == 0


def test_the_treasurer_withdraws_the_treasury(stage: Stage) -> None:
    stage.deposit(TREASURY, USDC, USDC_1)
    assert withdrawal_refusal(stage, TREASURY, USDC, USDC_1, by="admin") == "OK"


@refuses("withdraw_collateral", "ACCOUNT_NOT_AUTHORISED")
@pytest.mark.parametrize("account", [0, INSURANCE, TREASURY, ALICE, KEEPER + 1])
def test_strangers_withdraw_nothing(stage: Stage, account: int) -> None:
    assert withdrawal_refusal(stage, account, USDC, 1, by="stranger") == "ACCOUNT_NOT_AUTHORISED"


@refuses("withdraw_collateral", "ACCOUNT_TOO_LITTLE_COLLATERAL")
@pytest.mark.parametrize("k", [USDC, BTC, 4])
def test_nobody_withdraws_more_than_the_account_holds(stage: Stage, k: int) -> None:
    stage.deposit(ALICE, USDC, USDC_1)
    status = withdrawal_refusal(stage, ALICE, k, USDC_1 + 1)
    assert status == "ACCOUNT_TOO_LITTLE_COLLATERAL"


@refuses("withdraw_collateral", "ASSET_NOTHING_TO_MOVE")
@pytest.mark.parametrize("k", [USDC, 4])
def test_a_withdrawal_of_nothing_is_refused(stage: Stage, k: int) -> None:
    assert withdrawal_refusal(stage, ALICE, k, 0) == "ASSET_NOTHING_TO_MOVE"


@refuses("withdraw_collateral", "ASSET_TRANSFER_FAILED")
def test_a_token_that_will_not_go_reverts_the_withdrawal(stage: Stage) -> None:
    token = stage.deploy("mocks/ShyToken.vy")
    k = stage.list_asset(token, 18, USDC)
    stage.deposit(ALICE, k, WAD)
    token.send("refuse", True, by="stranger")
    assert withdrawal_refusal(stage, ALICE, k, WAD) == "ASSET_TRANSFER_FAILED"


@refuses("withdraw_collateral", "MARGIN_BELOW_INITIAL")
def test_initial_margin_stays_to_the_unit(stage: Stage) -> None:
    stage.seed(10 * BTC_1)
    stage.deposit(ALICE, USDC, 8_000 * USDC_1)
    stage.trade(ALICE, BTC, WAD)  # 50,000 USD need 5,000
    assert withdrawal_refusal(stage, ALICE, USDC, 3_000 * USDC_1 + 1) == "MARGIN_BELOW_INITIAL"
    assert withdrawal_refusal(stage, ALICE, USDC, 3_000 * USDC_1) == "OK"


def test_haircuts_bound_what_collateral_carries(stage: Stage) -> None:
    stage.seed(10 * BTC_1)
    stage.change_asset(BTC, haircut_wad=WAD // 5)  # 20 %
    stage.deposit(ALICE, BTC, BTC_1)  # counts 40,000
    stage.trade(ALICE, BTC, 4 * WAD)  # 200,000 USD need 20,000, which half a BTC carries
    assert withdrawal_refusal(stage, ALICE, BTC, BTC_1 // 2 + 1) == "MARGIN_BELOW_INITIAL"
    assert withdrawal_refusal(stage, ALICE, BTC, BTC_1 // 2) == "OK"


@refuses("withdraw_collateral", "POLICY_MARGIN_CROSSED")
def test_a_margin_policy_that_is_crossed_stops_withdrawals(stage: Stage) -> None:
    stage.seed(10 * BTC_1)
    stage.deposit(ALICE, USDC, 10_000 * USDC_1)
    stage.trade(ALICE, BTC, WAD)
    stage.rude("margin", 1, 2)
    assert withdrawal_refusal(stage, ALICE, USDC, 1) == "POLICY_MARGIN_CROSSED"
