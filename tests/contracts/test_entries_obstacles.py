"""What keeps a deposit or a swap by request from its price: nothing keeps it waiting that somebody can end."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from contracts.entries import (
    AMOUNT,
    ASKS,
    EXECUTED,
    LESS,
    RETURNED,
    REWARD,
    WAIT_S,
    ask_mint,
    ask_swap,
    go,
    gone,
    outcome,
    pass_wait,
    waiting_stage,
)
from contracts.pools import limit
from contracts.stage import ALICE, BTC, BTC_1, ETH, USDC, USDC_1, WAD, WIDE, Stage

CENTS_5 = USDC_1 // 20
DEAD_SHARES = 10**9


@pytest.fixture
def stage() -> Stage:
    return waiting_stage()


def _shut(stage: Stage) -> None:
    stage.controller.send("set_mode", 1, by="admin")


def _widen(stage: Stage) -> None:
    stage.price(USDC, WAD, spread=WAD // 50, status=WIDE)


def _run_ahead(feed: int) -> Callable[[Stage], None]:
    def run(stage: Stage) -> None:
        stage.oracle.send("set_shown", feed, 45_000 * WAD, by="admin")

    return run


def _fill_up(stage: Stage) -> None:
    stage.change_asset(USDC, max_pool=500_000 * USDC_1 + LESS - 1)


def _leave_the_band(stage: Stage) -> None:
    stage.fill("weight_fee", "policies/weight_fee/BandedTax.vy", 10, 2, 50, WAD // 5, 0)
    stage.change_asset(USDC, target_weight_wad=WAD // 4)


def _charge_too_much(stage: Stage) -> None:
    stage.rude("weight_fee", WAD // 10 + 1)


def _cap_deposits(stage: Stage) -> None:
    limit(stage, max_aum_usd_wad=1_500_000 * WAD + LESS * 10**12 - 1)


def _keep_a_buffer(stage: Stage) -> None:
    stage.change_asset(BTC, buffer=10 * BTC_1 - LESS * 10**2 // 50_000 + 1)


_BOTH = (_shut, _widen, _run_ahead(BTC), _run_ahead(USDC), _fill_up, _leave_the_band, _charge_too_much)
OBSTACLES = [
    *((ask, obstacle) for ask in ASKS for obstacle in _BOTH),
    (ask_mint, _cap_deposits),
    (ask_swap, _keep_a_buffer),
]


class TestObstacles:
    """Nothing that somebody can end when he likes keeps a request: at its first price it enters or comes back."""

    @pytest.mark.parametrize(("ask", "obstacle"), OBSTACLES)
    def test_tokens_return_where_they_do_not_fit(self, stage: Stage, ask: Callable, obstacle: Callable) -> None:
        before, shares = stage.balance(USDC, "stranger"), stage.pool.read("totalSupply")
        ask(stage)
        pass_wait(stage)
        obstacle(stage)
        bucket = stage.market.read("buckets", USDC)
        receipt = go(stage)
        assert (outcome(receipt), receipt.returned) == (RETURNED, (0, 0, 0, RETURNED, LESS))
        assert before - stage.balance(USDC, "stranger") == AMOUNT // REWARD
        assert (stage.balance(USDC, "entries"), stage.market.read("buckets", USDC)) == (0, bucket)
        assert (stage.pool.read("totalSupply"), stage.pool.read("rebate_budget_usd_wad")) == (shares, 0)
        assert gone(stage) == "REQUEST_UNKNOWN"
        market, entries = stage.market.address, stage.entries.address
        assert stage.tokens[USDC].read("allowance", entries, market) == 0

    @pytest.mark.parametrize(
        ("ask", "room"),
        [
            (ask_mint, lambda s: s.change_asset(USDC, max_pool=500_000 * USDC_1 + LESS)),
            (ask_mint, lambda s: limit(s, max_aum_usd_wad=1_500_000 * WAD + LESS * 10**12)),
            (ask_swap, lambda s: s.change_asset(USDC, max_pool=500_000 * USDC_1 + LESS)),
            (ask_swap, lambda s: s.change_asset(BTC, buffer=10 * BTC_1 - LESS * 10**2 // 50_000)),
        ],
    )
    def test_what_fits_to_the_unit_enters(self, stage: Stage, ask: Callable, room: Callable) -> None:
        ask(stage)
        room(stage)
        pass_wait(stage)
        assert outcome(go(stage)) == EXECUTED

    @pytest.mark.parametrize("ask", ASKS)
    @pytest.mark.parametrize(("btc_usd", "expected"), [(129_000, RETURNED), (115_000, EXECUTED)])
    def test_near_a_cap_on_profit_tokens_return(self, ask: Callable, btc_usd: int, expected: int) -> None:
        stage = waiting_stage("market.BTC.max_profit_share=0.5")
        stage.deposit(ALICE, USDC, 50_000 * USDC_1)
        stage.trade(ALICE, BTC, 8 * WAD)
        ask(stage, **({"j": ETH} if ask is ask_swap else {}))
        pass_wait(stage, {BTC: btc_usd})
        assert outcome(go(stage)) == expected

    def test_nor_does_a_swap_bring_the_cap_near(self) -> None:
        """At 120,000 eight BTC of profit 560,000 are below the cap of ten, not of what is left without one of them."""
        stage = waiting_stage("market.BTC.max_profit_share=0.5")
        stage.deposit(ALICE, USDC, 50_000 * USDC_1)
        stage.trade(ALICE, BTC, 8 * WAD)
        ask_swap(stage, 120_000 * USDC_1)
        pass_wait(stage, {BTC: 120_000})
        assert outcome(go(stage)) == RETURNED

    @pytest.mark.parametrize("low", [0, WAD])
    def test_shares_that_are_held_back_go_to_whoever_asked(self, stage: Stage, low: int) -> None:
        """For another, they would lock his."""
        receiver = stage.address("lp" if low else "stranger")
        stage.entries.send("request_mint", USDC, AMOUNT, 0, receiver, by="stranger")
        limit(stage, redeem_delay_s=900)
        pass_wait(stage)
        assert outcome(go(stage)) == (RETURNED if low else EXECUTED)
        locked = stage.pool.read("locked_until_s", stage.address("stranger"))
        assert locked == (0 if low else stage.time_s + 900)
        assert stage.pool.read("locked_until_s", stage.address("lp")) == 0

    def test_into_a_pool_that_owes_all_it_has_nobody_enters(self) -> None:
        """5,000 USD of BTC reserve for longs of 400,000, who earn 80,000; the pool has 30,000."""
        stage = Stage()
        stage.change_market(BTC, reserve_factor_wad=WAD // 100)
        stage.seed(0, 10 * WAD)
        stage.seed(BTC_1 // 10)
        stage.deposit(ALICE, USDC, 40_000 * USDC_1)
        stage.trade(ALICE, BTC, 8 * WAD)
        limit(stage, entry_wait_s=WAIT_S)
        ask_mint(stage)
        pass_wait(stage, {BTC: 60_000})
        assert stage.market.read("aum").low == 0
        assert outcome(go(stage)) == RETURNED
