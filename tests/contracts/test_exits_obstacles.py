"""What keeps shares that leave by request from their price, and how requests share a window."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from contracts.codes import refuses
from contracts.exits import (
    EXECUTED,
    PART,
    RETURNED,
    REWARD,
    ask,
    asked,
    go,
    gone,
    less_reward,
    outcome,
    pass_wait,
    waiting_stage,
)
from contracts.orders import block
from contracts.pools import held, limit
from contracts.stage import ALICE, BTC, USDC, USDC_1, WAD, Stage

CENTS_5 = WAD // 20  # of shares that are worth a dollar each


@pytest.fixture
def stage() -> Stage:
    return waiting_stage()


def _reserve(stage: Stage) -> None:
    """Shorts reserve every dollar."""
    bucket = stage.market.read("buckets", USDC)
    stage.trade(ALICE, BTC, -((bucket.pool - bucket.reserved) * 10**12 * WAD // (50_000 * WAD)))


def _leave_the_band(stage: Stage) -> None:
    """A redemption of dollars would take them further below their weight than they may be."""
    stage.fill("weight_fee", "policies/weight_fee/BandedTax.vy", 10, 2, 50, WAD // 5, 0)
    stage.change_asset(USDC, target_weight_wad=WAD // 3)


def _charge_too_much(stage: Stage) -> None:
    stage.rude("weight_fee", WAD // 10 + 1)


def _keep_a_buffer(stage: Stage) -> None:
    stage.change_asset(USDC, buffer=400_000 * USDC_1)


OBSTACLES = (_reserve, _leave_the_band, _charge_too_much, _keep_a_buffer)


class TestObstacles:
    """Nothing that a holder can end when he likes keeps his request: at its first price it is paid or comes back."""

    @pytest.mark.parametrize("obstacle", OBSTACLES)
    def test_shares_return_where_the_pool_may_not_pay(self, stage: Stage, obstacle: Callable[[Stage], None]) -> None:
        stage.deposit(ALICE, USDC, 100_000 * USDC_1)
        before = held(stage, "stranger")
        ask(stage, PART)
        obstacle(stage)
        pass_wait(stage)
        value, tokens = stage.pool.read("aum").low, stage.balance(USDC, "stranger")
        receipt = go(stage)
        assert (outcome(receipt), receipt.returned) == (RETURNED, (0, 0, RETURNED, less_reward(PART)))
        assert (held(stage, "stranger"), held(stage, "exits")) == (before - PART // REWARD, 0)
        assert (stage.pool.read("aum").low, stage.balance(USDC, "stranger")) == (value, tokens)
        block(stage, {BTC: 60_000})  # the price that he would have waited for
        assert gone(stage) == "REQUEST_UNKNOWN"

    def test_what_is_free_is_paid_to_the_unit(self, stage: Stage) -> None:
        """A buffer that leaves exactly what he asked for, and a unit less."""
        tokens = less_reward(PART) // 10**12
        pool = stage.market.read("buckets", USDC).pool
        for short, expected in ((0, EXECUTED), (1, RETURNED)):
            mark = stage.chain.snapshot(0)
            ask(stage, PART)
            stage.change_asset(USDC, buffer=pool - tokens + short)
            pass_wait(stage)
            assert outcome(go(stage)) == expected
            stage.chain.revert(0, mark)

    @pytest.mark.parametrize(("btc_usd", "expected"), [(129_000, RETURNED), (115_000, EXECUTED)])
    def test_near_a_cap_on_profit_shares_return(self, btc_usd: int, expected: int) -> None:
        stage = waiting_stage("market.BTC.max_profit_share=0.5")
        stage.deposit(ALICE, USDC, 50_000 * USDC_1)
        stage.trade(ALICE, BTC, 8 * WAD)
        ask(stage, PART)
        pass_wait(stage, {BTC: btc_usd})
        assert outcome(go(stage)) == expected

    def test_nor_does_a_redemption_bring_the_cap_near(self) -> None:
        """At 120,000 eight BTC of profit 560,000 are below the cap of ten; not of what a redemption of BTC leaves."""
        stage = waiting_stage("market.BTC.max_profit_share=0.5")
        stage.deposit(ALICE, USDC, 50_000 * USDC_1)
        stage.trade(ALICE, BTC, 8 * WAD)
        ask(stage, PART, k=BTC)
        pass_wait(stage, {BTC: 120_000})
        assert outcome(go(stage)) == RETURNED


class TestWindows:
    """A request counts in the window in which it was made, and against its holder's part alone."""

    @refuses("hold", "POOL_REDEEM_LIMIT")
    def test_no_more_than_the_part_is_asked_for(self) -> None:
        stage = waiting_stage(redeem_limit_wad=WAD // 4, redeem_window_s=86_400)
        mine = held(stage, "stranger") // 4
        assert asked(stage, mine + 10**9) == "POOL_REDEEM_LIMIT"
        ask(stage, mine)
        assert stage.pool.read("redeemed") == mine
        pass_wait(stage)
        go(stage)
        assert stage.pool.read("redeemed") == mine
        assert asked(stage, WAD) == "POOL_REDEEM_LIMIT"

    def test_what_returns_may_leave_again(self) -> None:
        stage = waiting_stage(redeem_limit_wad=WAD // 4, redeem_window_s=86_400)
        mine = held(stage, "stranger") // 4
        ask(stage, mine, least=10**15)
        pass_wait(stage)
        assert outcome(go(stage)) == RETURNED
        assert stage.pool.read("redeemed") == mine // REWARD
        assert abs(stage.pool.read("redeemable", stage.address("stranger")) - less_reward(mine)) <= 10**9

    def test_what_returns_in_a_later_window_has_its_part_there(self) -> None:
        stage = waiting_stage(redeem_limit_wad=WAD // 4, redeem_window_s=600)
        mine = held(stage, "stranger") // 4
        ask(stage, mine, least=10**15)
        pass_wait(stage, wait_s=600)
        ask(stage, WAD, by="lp")  # opens the next one
        assert outcome(go(stage)) == RETURNED
        part = stage.pool.read("redeemable", stage.address("stranger"))
        assert abs(part - held(stage, "stranger") // 4) <= 10**9

    def test_the_last_one_does_not_stay_for_what_keepers_had_before(self, stage: Stage) -> None:
        """Others have hardly a ten-thousandth, and the keeper gets another: no fee is kept for either."""
        stage.fill("weight_fee", "policies/weight_fee/FlatFee.vy", 100, 100)
        stage.pool.send("transfer", stage.address("lp"), held(stage, "stranger") - 140 * WAD, by="stranger")
        before = stage.balance(USDC, "lp")
        ask(stage, held(stage, "lp"), by="lp")
        pass_wait(stage)
        go(stage, "lp")
        assert stage.balance(USDC, "lp") - before == pytest.approx(500_000 * USDC_1 * 0.9998, rel=1e-5)

    def test_the_last_one_leaves_with_everything(self, stage: Stage) -> None:
        """The keeper's ten-thousandth is the only share that somebody still has."""
        stage.pool.send("transfer", stage.address("lp"), held(stage, "stranger"), by="stranger")
        limit(stage, redeem_limit_wad=WAD // 4, redeem_window_s=86_400)
        mine, before = held(stage, "lp"), stage.balance(BTC, "lp")
        ask(stage, mine, by="lp")
        pass_wait(stage)
        assert outcome(go(stage, "lp")) == EXECUTED
        assert stage.balance(BTC, "lp") - before == pytest.approx(10 * 10**8 * 0.9999, rel=1e-6)
        assert stage.pool.read("aum").low <= 150 * WAD + WAD // 100
