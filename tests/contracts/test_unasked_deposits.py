"""What somebody puts into another's account takes nothing away from what its owner may do."""

from __future__ import annotations

import pytest
from contracts.orders import order
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    BTC_1,
    ETH,
    HALTED,
    MAX_UINT,
    SOL,
    USDC,
    USDC_1,
    WAD,
    WIDE,
    Stage,
)

THOUSAND = 1_000 * USDC_1


def stage_with(status: int, *, gift: bool) -> Stage:
    """Alice is 1 BTC long with 10,000 USDC; a stranger gave her a grain of SOL, whose price is then no longer sure."""
    stage = Stage()
    stage.seed(10 * BTC_1, 200 * WAD, 0, 500_000 * USDC_1)
    for account in (ALICE, BOB):
        stage.deposit(account, USDC, 10 * THOUSAND)
    stage.trade(ALICE, BTC, WAD)
    if gift and status == HALTED:
        stage.market.send("deposit_collateral", ALICE, SOL, 1, by="stranger")
    stage.price(SOL, 100 * WAD, spread=10 * WAD, status=status)
    if gift and status == WIDE:
        stage.market.send("deposit_collateral", ALICE, SOL, 1, by="stranger")
    return stage


def possible(stage: Stage) -> dict[str, str]:
    """What Alice is answered, each tried by itself."""
    lp = stage.address("lp")
    tries = {
        "withdraw": ("market", "withdraw_collateral", ALICE, USDC, THOUSAND, lp),
        "withdraw too much": ("market", "withdraw_collateral", ALICE, USDC, 6 * THOUSAND, lp),
        "transfer": ("market", "transfer_collateral", ALICE, USDC, THOUSAND, BOB),
        "increase": ("desk", "trade", ALICE, BTC, WAD // 10, MAX_UINT),
        "open": ("desk", "trade", ALICE, ETH, WAD, MAX_UINT),
        "decrease": ("desk", "trade", ALICE, BTC, -WAD // 10, 0),
        "close": ("desk", "trade", ALICE, BTC, -WAD, 0),
        "place": ("order_book", "place", ALICE, order(WAD, 30_000, margin=THOUSAND)),
    }
    answers = {}
    for what, (target, verb, *arguments) in tries.items():
        mark = stage.chain.snapshot(0)
        answers[what] = getattr(stage, target).refusal(verb, *arguments, by="trader")
        stage.chain.revert(0, mark)
    return answers


@pytest.mark.parametrize("status", [WIDE, HALTED])
def test_a_gift_whose_price_is_not_sure_blocks_nothing(status: int) -> None:
    without = possible(stage_with(status, gift=False))
    assert possible(stage_with(status, gift=True)) == without
    assert set(without.values()) == {"OK", "MARGIN_BELOW_INITIAL"}


@pytest.mark.parametrize("status", [WIDE, HALTED])
def test_what_has_no_sure_price_carries_nothing_new(status: int) -> None:
    """Neither does it let anybody out of what the rest of the collateral has to carry."""
    stage = stage_with(0, gift=False)
    stage.market.send("deposit_collateral", ALICE, SOL, 10**9 * 1_000, by="trader")  # 100,000 USD
    lp = stage.address("lp")
    more = ("trade", ALICE, BTC, 2 * WAD, MAX_UINT)
    mark = stage.chain.snapshot(0)
    assert stage.desk.refusal(*more, by="trader") == "OK"
    stage.chain.revert(0, mark)
    stage.price(SOL, 100 * WAD, spread=WAD, status=status)
    assert stage.desk.refusal(*more, by="trader") == "MARGIN_BELOW_INITIAL"
    whole = ("withdraw_collateral", ALICE, USDC, 10 * THOUSAND, lp)
    assert stage.market.refusal(*whole, by="trader") == "MARGIN_BELOW_INITIAL"
    assert stage.market.refusal("withdraw_collateral", ALICE, SOL, 10**9, lp, by="trader") == "OK"


def test_maintenance_counts_it_as_before() -> None:
    """Nobody is liquidated because a price of what he holds became less sure."""
    stage = stage_with(0, gift=False)
    stage.market.send("deposit_collateral", ALICE, SOL, 10**9 * 100, by="trader")
    stage.price(SOL, 100 * WAD)
    before = stage.market.read("health", ALICE).equity
    stage.price(SOL, 100 * WAD, status=HALTED)
    assert stage.market.read("health", ALICE).equity == before
    assert stage.market.read("health", ALICE).free == before - 10_000 * WAD
