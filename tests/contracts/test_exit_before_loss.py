"""Pool: what leaves counts no loss that nobody can pay, and no door is shut by a price that concerns nobody."""

from __future__ import annotations

import pytest
from contracts.orders import FULL, open_stage
from contracts.pools import SUPPLY
from contracts.stage import ALICE, BOB, BTC, ETH, HALTED, INSURANCE, SOL, USDC, USDC_1, WAD, Stage

#: What an exit may bring beyond the same exit after the liquidation.
STATED_BPS = 1
PART = SUPPLY // 10


def scene(btc_usd: int, *, others_usd: int = 0, insurance_usd: int = 0, short_eth: int = 0) -> Stage:
    """The stranger has 37 % of 1,500,000 USD; Alice is long 2 BTC with 10,000 USD when BTC goes to a price."""
    stage = open_stage()
    stage.fill("liquidation", FULL, 0, 0, 0, 0, False, False, False)
    stage.pool.send("transfer", stage.address("stranger"), SUPPLY * 37 // 100, by="lp")
    stage.trade(ALICE, BTC, 2 * WAD)
    for account, usd in ((BOB, others_usd), (INSURANCE, insurance_usd)):
        if usd:
            stage.deposit(account, USDC, usd * USDC_1)
    if short_eth:
        stage.trade(BOB, ETH, -short_eth * WAD)
    stage.price(BTC, btc_usd * WAD)
    return stage


def proceeds(stage: Stage) -> int:
    """Units of USDC for a part of the stranger's shares."""
    tokens, _ = stage.pool.send("redeem", USDC, PART, 0, stage.address("stranger"), by="stranger").returned
    units: int = tokens
    return units


def pending(stage: Stage) -> int:
    usd: int = stage.pool.read("pending_losses")
    return usd


@pytest.mark.parametrize("btc_usd", [44_999, 42_000, 35_000, 20_000])
def test_leaving_before_a_known_bankruptcy_is_no_better_than_after(btc_usd: int) -> None:
    before, after = scene(btc_usd), scene(btc_usd)
    after.liquidate(ALICE)
    early, late = proceeds(before), proceeds(after)
    assert early <= late + late * STATED_BPS // 10_000
    assert pending(scene(btc_usd)) > 0 == pending(after)


@pytest.mark.parametrize("btc_usd", [60_000, 50_000, 46_000, 45_001])
def test_losses_that_can_be_paid_cost_nobody_who_leaves(btc_usd: int) -> None:
    stage = scene(btc_usd)
    value = stage.pool.read("aum").low
    assert pending(stage) == 0
    assert proceeds(stage) == value * PART // SUPPLY // 10**12


def test_the_others_lose_nothing_to_who_leaves_first() -> None:
    """37 % go while a loss is beyond all collateral and the keeper is a block late."""
    first, stays = scene(40_000), scene(40_000)
    proceeds(first)
    for stage in (first, stays):
        stage.liquidate(ALICE)
    left, all_ = (s.pool.read("aum").low * WAD // s.pool.read("totalSupply") for s in (first, stays))
    assert left >= all_ - all_ * STATED_BPS // 10_000


def test_insurance_pays_before_who_leaves() -> None:
    assert pending(scene(40_000)) == 10_000 * WAD
    assert pending(scene(40_000, insurance_usd=4_000)) == 6_000 * WAD
    assert pending(scene(40_000, insurance_usd=20_000)) == 0


def test_what_is_missed_beside_rich_accounts_is_seen_account_by_account() -> None:
    """Sums cannot tell whose collateral is whose; the batch view can."""
    stage = scene(40_000, others_usd=50_000)
    assert pending(stage) == 0
    lens = stage.deploy("Lens.vy")
    assert tuple(lens.read("under_water", stage.market.address, [ALICE, BOB])) == (10_000 * WAD, 1, 0)


def test_profits_in_other_markets_may_be_the_losers() -> None:
    """Bob's ETH short wins 25,000; nobody knows from sums that it is not Alice's."""
    stage = scene(40_000, others_usd=10_000, short_eth=20)
    stage.price(ETH, 1_250 * WAD)
    assert pending(stage) == 0
    stage.price(ETH, 2_500 * WAD)
    assert pending(stage) == 0  # Bob's 10,000 cover what Alice lacks
    stage.price(BTC, 39_000 * WAD)
    assert pending(stage) == 2_000 * WAD


class TestDeadFeed:
    """SOL has no price for good."""

    def test_nobody_s_door_is_shut_by_what_nobody_holds(self) -> None:
        stage = open_stage()
        stage.price(SOL, 100 * WAD, status=HALTED)
        lp, stranger = stage.address("lp"), stage.address("stranger")
        assert stage.pool.refusal("mint", USDC, USDC_1, 0, lp, by="lp") == "OK"
        assert stage.pool.refusal("redeem", USDC, WAD, 0, lp, by="lp") == "OK"
        assert stage.pool.refusal("swap", USDC, BTC, USDC_1, 0, stranger, by="stranger") == "OK"
        for k in (SOL,):
            assert stage.pool.refusal("mint", k, 10**9, 0, lp, by="lp") == "PRICE_HALTED"

    def test_a_position_in_it_shuts_them_until_it_is_gone(self) -> None:
        stage = open_stage()
        stage.trade(ALICE, SOL, -10 * WAD)
        stage.price(SOL, 100 * WAD, status=HALTED)
        assert stage.pool.refusal("redeem", USDC, WAD, 0, stage.address("lp"), by="lp") == "PRICE_HALTED"
