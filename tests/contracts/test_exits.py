"""Exits: shares leave by request, at the first price that was observed after the wait."""

from __future__ import annotations

import pytest
from contracts.codes import happy, refuses
from contracts.exits import (
    EXECUTED,
    EXPIRED,
    LIFE_S,
    PART,
    PATIENCE_S,
    POSTPONED,
    RETURNED,
    REWARD,
    WAIT_S,
    ask,
    asked,
    go,
    gone,
    less_reward,
    outcome,
    pass_wait,
    waiting_stage,
)
from contracts.orders import block, open_stage
from contracts.pools import SUPPLY, held, limit, redeem, was_first
from contracts.stage import ALICE, BTC, ETH, HALTED, USDC, USDC_1, WAD, WIDE, Stage, event

CENTS_5 = WAD // 20  # of shares that are worth a dollar each


@pytest.fixture
def stage() -> Stage:
    return waiting_stage()


@refuses("redeem", "EXIT_BY_REQUEST")
def test_where_exits_wait_nobody_leaves_at_once(stage: Stage) -> None:
    assert redeem(stage, WAD) == "EXIT_BY_REQUEST"
    limit(stage, exit_wait_s=0)
    assert redeem(stage, WAD) == "OK"


@happy("request_exit")
@happy("hold")
def test_who_asks_gives_the_shares_out_of_his_hands(stage: Stage) -> None:
    before = held(stage, "stranger")
    stranger, exits = stage.address("stranger"), stage.exits.address
    receipt = ask(stage, PART, least=5)
    due_s = stage.time_s + WAIT_S
    request = (USDC, PART, PART // REWARD, 5, stranger.lower(), due_s, due_s, 0)
    assert receipt.returned == due_s
    assert receipt.events == (
        event("Transfer", sender=stranger, receiver=exits, value=PART),
        event("ExitRequested", holder=stranger, request=request),
    )
    assert (held(stage, "stranger"), held(stage, "exits")) == (before - PART, PART)
    assert stage.pool.read("totalSupply") == SUPPLY


@happy("execute_exit")
@happy("redeem_held")
def test_anybody_executes_at_the_first_price_after_the_wait(stage: Stage) -> None:
    ask(stage, PART)
    pass_wait(stage)
    before, stranger = stage.balance(USDC, "stranger"), stage.address("stranger")
    receipt = go(stage)
    tokens = stage.balance(USDC, "stranger") - before
    assert tokens == less_reward(PART) // 10**12
    assert receipt.returned == (tokens, 0, EXECUTED, 0)
    assert receipt.fields("ExitClosed") == {
        "holder": stranger,
        "keeper": stage.address("keeper"),
        "outcome": EXECUTED,
        "tokens": tokens,
        "reward": PART // REWARD,
    }
    assert (held(stage, "exits"), held(stage, "keeper")) == (0, PART // REWARD)
    assert stage.pool.read("totalSupply") == SUPPLY - less_reward(PART)


@refuses("execute_exit", "REQUEST_TOO_SOON")
@pytest.mark.parametrize("seconds", [1, WAIT_S])
def test_a_price_that_was_observed_before_the_end_of_the_wait_is_none(stage: Stage, seconds: int) -> None:
    ask(stage, PART)
    block(stage, seconds=seconds)
    assert gone(stage) == "REQUEST_TOO_SOON"
    stage.advance(WAIT_S)  # later, at the old price
    assert gone(stage) == "REQUEST_TOO_SOON"
    for feed in (BTC, ETH):
        stage.price(feed, (50_000, 2_500)[feed] * WAD)
        assert gone(stage) == "REQUEST_TOO_SOON"  # the dollar's is still to come
    stage.price(USDC, WAD)
    assert gone(stage) == "OK"


@refuses("execute_exit", "REQUEST_UNKNOWN")
@refuses("request_exit", "REQUEST_STANDS")
def test_a_holder_has_one_request_at_a_time(stage: Stage) -> None:
    assert gone(stage) == "REQUEST_UNKNOWN"
    ask(stage, PART)
    assert asked(stage, PART) == "REQUEST_STANDS"
    assert asked(stage, PART, by="lp") == "OK"
    pass_wait(stage)
    go(stage)
    assert gone(stage) == "REQUEST_UNKNOWN"
    assert asked(stage, PART) == "OK"


@refuses("request_exit", "ASSET_NOT_LISTED")
@refuses("request_exit", "SHARES_TOO_FEW")
@refuses("hold", "SHARES_BALANCE_TOO_LOW")
@refuses("hold", "SHARES_LOCKED")
def test_only_shares_that_may_leave_are_asked_for(stage: Stage) -> None:
    assert asked(stage, PART, k=9) == "ASSET_NOT_LISTED"
    assert asked(stage, 0) == "SHARES_TOO_FEW"
    assert asked(stage, held(stage, "stranger") + 1) == "SHARES_BALANCE_TOO_LOW"
    limit(stage, redeem_delay_s=900)
    stage.pool.send("mint", USDC, USDC_1, 0, stage.address("stranger"), by="stranger")
    assert asked(stage, PART) == "SHARES_LOCKED"
    stage.advance(900)
    assert asked(stage, PART) == "OK"


@pytest.mark.parametrize(("shares", "reward"), [(500 * WAD, CENTS_5), (WAD, CENTS_5), (600 * WAD, 600 * WAD // REWARD)])
def test_no_request_is_too_small_for_keepers(stage: Stage, shares: int, reward: int) -> None:
    ask(stage, shares)
    pass_wait(stage)
    assert outcome(go(stage)) == EXECUTED
    assert abs(held(stage, "keeper") - reward) <= 1


def test_what_is_no_more_than_the_reward_is_too_few(stage: Stage) -> None:
    assert asked(stage, CENTS_5) == "SHARES_TOO_FEW"
    assert asked(stage, CENTS_5 + 10**6) == "OK"


class TestNoOption:
    """Neither holder nor keeper chooses a price, and nobody takes a request back."""

    def test_a_first_price_that_is_over_is_not_executed_at_a_later_one(self, stage: Stage) -> None:
        """The holder let it pass, and knows the price of now: it is not his, only the next one is."""
        ask(stage, PART)
        pass_wait(stage)
        first_s = stage.time_s
        block(stage, {BTC: 60_000}, seconds=10)
        for feed in (BTC, ETH, USDC):
            was_first(stage, feed, first_s)
        receipt = go(stage)
        assert receipt.returned == (0, 0, POSTPONED, 0)
        assert receipt.fields("ExitPostponed")["due_s"] == stage.time_s
        assert gone(stage) == "REQUEST_TOO_SOON"
        block(stage, {BTC: 40_000}, seconds=10)
        assert outcome(go(stage)) == EXECUTED
        assert held(stage, "stranger") == SUPPLY * 37 // 100 - PART

    def test_the_last_feed_that_moves_on_decides(self, stage: Stage) -> None:
        ask(stage, PART)
        pass_wait(stage)
        first_s = stage.time_s
        block(stage, seconds=10)
        for feed in (BTC, ETH):
            was_first(stage, feed, first_s)
        assert outcome(go(stage)) == EXECUTED

    @pytest.mark.parametrize("is_wider", [True, False])
    def test_a_price_of_the_same_times_with_other_numbers_is_another_price(self, stage: Stage, is_wider: bool) -> None:
        ask(stage, PART)
        pass_wait(stage)
        for feed, usd in ((BTC, 50_000), (ETH, 2_500), (USDC, 1)):
            was_first(stage, feed, stage.time_s)
            stage.price(feed, usd * WAD + (0 if is_wider else 10**15), spread=10**15 if is_wider else 0)
        assert go(stage).returned == (0, 0, POSTPONED, 0)

    @happy("give_back")
    def test_what_would_bring_less_than_asked_for_returns_less_the_reward(self, stage: Stage) -> None:
        before, value = held(stage, "stranger"), stage.pool.read("aum").low
        ask(stage, PART, least=PART // 10**12)
        pass_wait(stage)
        receipt = go(stage)
        assert (outcome(receipt), receipt.returned) == (RETURNED, (0, 0, RETURNED, less_reward(PART)))
        assert held(stage, "stranger") == before - PART // REWARD
        assert held(stage, "keeper") == PART // REWARD
        assert (stage.pool.read("aum").low, stage.pool.read("totalSupply")) == (value, SUPPLY)

    def test_the_least_is_met_to_the_unit(self, stage: Stage) -> None:
        least = less_reward(PART) // 10**12
        ask(stage, PART, least=least)
        pass_wait(stage)
        assert outcome(go(stage)) == EXECUTED

    def test_nobody_moves_what_was_asked_for(self, stage: Stage) -> None:
        ask(stage, held(stage, "stranger"))
        refused = stage.pool.refusal("transfer", stage.address("lp"), 1, by="stranger")
        assert refused == "SHARES_BALANCE_TOO_LOW"


class TestTrouble:
    """While the oracle catches up a request waits, for a stated time; then it is paid by the worse."""

    def test_a_wide_price_pays_after_the_patience_at_its_low_end(self, stage: Stage) -> None:
        ask(stage, PART)
        pass_wait(stage)
        stage.price(USDC, WAD, spread=WAD // 50, status=WIDE)
        assert gone(stage) == "PRICE_WIDE"
        block(stage, seconds=PATIENCE_S - 1)
        stage.price(BTC, 50_000 * WAD, spread=1_000 * WAD, status=WIDE)
        receipt = go(stage)
        assert outcome(receipt) == EXECUTED
        assert receipt.returned[0] == less_reward(PART) * 149 // 150 // 10**12  # ten BTC at 49,000

    def test_venues_beyond_the_band_are_as_a_wide_price(self, stage: Stage) -> None:
        ask(stage, PART)
        pass_wait(stage)
        stage.oracle.send("set_shown", BTC, 45_000 * WAD, by="admin")
        assert gone(stage) == "PRICE_WIDE"
        block(stage, seconds=PATIENCE_S - 1)
        stage.oracle.send("set_shown", BTC, 45_000 * WAD, by="admin")
        receipt = go(stage)
        assert receipt.returned[0] == less_reward(PART) * 29 // 30 // 10**12  # ten BTC at 45,000

    def test_venues_above_the_band_are_no_gain(self, stage: Stage) -> None:
        ask(stage, PART)
        pass_wait(stage, wait_s=WAIT_S + PATIENCE_S)
        stage.oracle.send("set_shown", BTC, 55_000 * WAD, by="admin")
        assert go(stage).returned[0] == less_reward(PART) // 10**12

    def test_traders_positions_count_where_venues_are(self, stage: Stage) -> None:
        """Of the ten BTC Alice is long two: eight are the providers'."""
        stage.trade(ALICE, BTC, 2 * WAD)
        ask(stage, PART)
        pass_wait(stage, wait_s=WAIT_S + PATIENCE_S)
        stage.oracle.send("set_shown", BTC, 45_000 * WAD, by="admin")
        assert go(stage).returned[0] == less_reward(PART) * (1_500_000 - 40_000) // 1_500_000 // 10**12

    def test_no_price_pays_nobody(self, stage: Stage) -> None:
        ask(stage, PART)
        pass_wait(stage, wait_s=WAIT_S + PATIENCE_S)
        stage.price(BTC, 50_000 * WAD, status=HALTED)
        assert gone(stage) == "PRICE_HALTED"

    def test_after_its_life_it_returns(self, stage: Stage) -> None:
        ask(stage, PART)
        stage.controller.send("set_mode", 2, by="admin")
        pass_wait(stage)
        assert gone(stage) == "ACCESS_CLOSED_BY_MODE"
        stage.advance(LIFE_S - 2)
        assert gone(stage) == "ACCESS_CLOSED_BY_MODE"
        stage.advance(1)
        receipt = go(stage)
        assert (outcome(receipt), receipt.returned) == (EXPIRED, (0, 0, EXPIRED, less_reward(PART)))
        assert held(stage, "stranger") == SUPPLY * 37 // 100 - PART // REWARD

    @refuses("redeem_held", "ASSET_NOT_LISTED")
    @refuses("redeem_held", "SHARES_BALANCE_TOO_LOW")
    def test_pool_pays_in_listed_assets_for_shares_that_exits_holds(self, stage: Stage) -> None:
        stranger = stage.address("stranger")
        assert stage.pool.refusal("redeem_held", 9, 1, 0, 0, stranger, False, by="exits") == "ASSET_NOT_LISTED"
        assert (
            stage.pool.refusal("redeem_held", USDC, WAD, 0, 0, stranger, False, by="exits") == "SHARES_BALANCE_TOO_LOW"
        )


#: What a holder can bring about, or wait for, so that the pool may not let his tokens go.


@refuses("give_back", "SHARES_BALANCE_TOO_LOW")
def test_nothing_returns_that_is_not_held(stage: Stage) -> None:
    stranger = stage.address("stranger")
    assert stage.pool.refusal("give_back", stranger, 1, 0, by="exits") == "SHARES_BALANCE_TOO_LOW"


def test_at_once_a_request_waits_for_the_next_price_alone() -> None:
    stage = open_stage()
    ask(stage, PART, by="lp")
    assert gone(stage, "lp") == "REQUEST_TOO_SOON"
    block(stage, seconds=1)
    assert outcome(go(stage, "lp")) == EXECUTED
