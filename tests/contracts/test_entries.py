"""Entries: deposits and swaps by request, at the first price that was observed after the wait."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from contracts.codes import happy, refuses
from contracts.entries import (
    AMOUNT,
    ASKS,
    EXECUTED,
    EXPIRED,
    LESS,
    LIFE_S,
    POSTPONED,
    RETURNED,
    REWARD,
    SHARES,
    WAIT_S,
    ask_mint,
    ask_swap,
    go,
    gone,
    mint_asked,
    outcome,
    pass_wait,
    swap_asked,
    waiting_stage,
)
from contracts.orders import block, open_stage
from contracts.pools import SUPPLY, held, limit, mint, was_first
from contracts.stage import BTC, BTC_1, ETH, HALTED, USDC, USDC_1, WAD, Stage, event

CENTS_5 = USDC_1 // 20
DEAD_SHARES = 10**9


@pytest.fixture
def stage() -> Stage:
    return waiting_stage()


@refuses("mint", "ENTRY_BY_REQUEST")
@refuses("swap", "ENTRY_BY_REQUEST")
def test_where_entries_wait_nobody_enters_at_once(stage: Stage) -> None:
    swap = ("swap", USDC, BTC, USDC_1, 0, stage.address("lp"))
    assert (mint(stage, 1), stage.pool.refusal(*swap, by="lp")) == ("ENTRY_BY_REQUEST", "ENTRY_BY_REQUEST")
    limit(stage, entry_wait_s=0)
    assert (mint(stage, 1), stage.pool.refusal(*swap, by="lp")) == ("OK", "OK")


@happy("request_mint")
@happy("request_swap")
@pytest.mark.parametrize(("ask", "j"), [(ask_mint, SHARES), (ask_swap, BTC)])
def test_who_asks_gives_the_tokens_out_of_his_hands(stage: Stage, ask: Callable, j: int) -> None:
    before, pool = stage.balance(USDC, "stranger"), stage.market.read("buckets", USDC).pool
    stranger, entries = stage.address("stranger"), stage.entries.address
    receipt = ask(stage, least=5)
    due_s = stage.time_s + WAIT_S
    request = (USDC, j, AMOUNT, AMOUNT // REWARD, 5, stranger.lower(), due_s, due_s)
    assert receipt.returned == due_s
    assert receipt.events == (
        event("EntryRequested", holder=stranger, request=request),
        event("Transfer", sender=stranger, receiver=entries, value=AMOUNT),
    )
    assert (stage.balance(USDC, "stranger"), stage.balance(USDC, "entries")) == (before - AMOUNT, AMOUNT)
    assert stage.market.read("buckets", USDC).pool == pool


@happy("execute_entry")
@happy("mint_held")
def test_anybody_executes_a_deposit_at_the_first_price_after_the_wait(stage: Stage) -> None:
    """The pool has gained a half meanwhile: the shares are dearer by it."""
    ask_mint(stage)
    pass_wait(stage, {BTC: 75_000, ETH: 5_000})
    before, stranger = stage.balance(USDC, "keeper"), stage.address("stranger")
    receipt = go(stage)
    minted = LESS * 10**12 * 1_500_000 // 2_250_000
    assert receipt.returned == (minted, 0, 0, EXECUTED, 0)
    assert receipt.fields("EntryClosed") == {
        "holder": stranger,
        "keeper": stage.address("keeper"),
        "outcome": EXECUTED,
        "out": minted,
        "reward": AMOUNT // REWARD,
    }
    assert (held(stage, "stranger"), stage.pool.read("totalSupply")) == (minted, SUPPLY + minted)
    assert (stage.balance(USDC, "entries"), stage.balance(USDC, "keeper") - before) == (0, AMOUNT // REWARD)
    assert stage.market.read("buckets", USDC).pool == 500_000 * USDC_1 + LESS


@happy("swap_held")
def test_anybody_executes_a_swap_at_the_first_price_after_the_wait(stage: Stage) -> None:
    ask_swap(stage)
    pass_wait(stage, {BTC: 80_000})
    before = stage.balance(BTC, "stranger")
    receipt = go(stage)
    tokens = LESS * 10**2 // 80_000
    assert receipt.returned == (0, tokens, 0, EXECUTED, 0)
    assert stage.balance(BTC, "stranger") - before == tokens
    assert stage.balance(USDC, "entries") == 0
    assert stage.market.read("buckets", BTC).pool == 10 * BTC_1 - tokens


@refuses("execute_entry", "REQUEST_TOO_SOON")
@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize("seconds", [1, WAIT_S])
def test_a_price_that_was_observed_before_the_end_of_the_wait_is_none(
    stage: Stage, seconds: int, ask: Callable
) -> None:
    ask(stage)
    block(stage, seconds=seconds)
    assert gone(stage) == "REQUEST_TOO_SOON"
    stage.advance(WAIT_S)  # later, at the old price
    for feed, usd in ((BTC, 50_000), (ETH, 2_500), (USDC, 1)):
        assert gone(stage) == "REQUEST_TOO_SOON"
        stage.price(feed, usd * WAD)
    assert gone(stage) == "OK"


@pytest.mark.parametrize(("k", "j"), [(USDC, ETH), (ETH, USDC)])
def test_the_prices_of_both_tokens_have_to_be_new_though_the_pool_has_none_of_one(k: int, j: int) -> None:
    stage = Stage()
    stage.seed(10 * BTC_1, 0, 0, 500_000 * USDC_1)
    limit(stage, entry_wait_s=WAIT_S)
    ask_swap(stage, WAD if k == ETH else AMOUNT, k=k, j=j)
    stage.advance(WAIT_S + 1)
    for feed, usd in ((BTC, 50_000), (USDC, 1)):
        stage.price(feed, usd * WAD)
    assert gone(stage) == "REQUEST_TOO_SOON"
    stage.price(ETH, 2_500 * WAD)
    assert outcome(go(stage)) == (EXECUTED if k == ETH else RETURNED)


@refuses("execute_entry", "REQUEST_UNKNOWN")
@refuses("request_mint", "REQUEST_STANDS")
@refuses("request_swap", "REQUEST_STANDS")
def test_a_holder_has_one_request_at_a_time(stage: Stage) -> None:
    assert gone(stage) == "REQUEST_UNKNOWN"
    ask_mint(stage)
    assert (mint_asked(stage), swap_asked(stage)) == ("REQUEST_STANDS", "REQUEST_STANDS")
    ask_swap(stage, by="lp")
    pass_wait(stage)
    go(stage)
    assert gone(stage) == "REQUEST_UNKNOWN"
    assert outcome(go(stage, "lp")) == EXECUTED
    assert stage.balance(USDC, "entries") == 0
    assert mint_asked(stage) == "OK"


@refuses("request_mint", "ASSET_NOT_LISTED")
@refuses("request_mint", "ENTRY_TOO_SMALL")
@refuses("request_mint", "PRICE_HALTED")
@refuses("request_swap", "ASSET_NOT_LISTED")
@refuses("request_swap", "ENTRY_TOO_SMALL")
@refuses("request_swap", "PRICE_HALTED")
@refuses("request_swap", "SWAP_SAME_ASSET")
def test_what_may_not_be_asked_for(stage: Stage) -> None:
    assert (mint_asked(stage, k=9), swap_asked(stage, k=9)) == ("ASSET_NOT_LISTED", "ASSET_NOT_LISTED")
    assert (swap_asked(stage, j=9), swap_asked(stage, j=SHARES)) == ("ASSET_NOT_LISTED", "ASSET_NOT_LISTED")
    assert swap_asked(stage, j=USDC) == "SWAP_SAME_ASSET"
    assert (mint_asked(stage, 0), swap_asked(stage, 0)) == ("ENTRY_TOO_SMALL", "ENTRY_TOO_SMALL")
    stage.price(USDC, WAD, status=HALTED)
    assert (mint_asked(stage), swap_asked(stage)) == ("PRICE_HALTED", "PRICE_HALTED")


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize(
    ("amount", "reward"), [(500 * USDC_1, CENTS_5), (USDC_1, CENTS_5), (600 * USDC_1, 600 * USDC_1 // REWARD)]
)
def test_no_request_is_too_small_for_keepers(stage: Stage, ask: Callable, amount: int, reward: int) -> None:
    before = stage.balance(USDC, "keeper")
    ask(stage, amount)
    pass_wait(stage)
    assert outcome(go(stage)) == EXECUTED
    assert stage.balance(USDC, "keeper") - before == reward


def test_what_is_no_more_than_the_reward_is_too_small(stage: Stage) -> None:
    assert mint_asked(stage, CENTS_5) == "ENTRY_TOO_SMALL"
    assert mint_asked(stage, CENTS_5 + 1) == "OK"


def test_the_reward_is_five_cents_of_any_token(stage: Stage) -> None:
    before = stage.balance(BTC, "keeper")
    ask_mint(stage, BTC_1 // 10_000, k=BTC)
    pass_wait(stage)
    go(stage)
    assert stage.balance(BTC, "keeper") - before == BTC_1 // 1_000_000


class TestNoOption:
    """Neither holder nor keeper chooses a price, and nobody takes a request back."""

    @pytest.mark.parametrize("ask", ASKS)
    def test_a_first_price_that_is_over_is_not_executed_at_a_later_one(self, stage: Stage, ask: Callable) -> None:
        """The holder let it pass, and knows the price of now: it is not his, only the next one is."""
        ask(stage)
        pass_wait(stage)
        first_s = stage.time_s
        block(stage, {BTC: 40_000}, seconds=10)
        for feed in (BTC, ETH, USDC):
            was_first(stage, feed, first_s)
        receipt = go(stage)
        assert receipt.returned == (0, 0, 0, POSTPONED, 0)
        assert receipt.fields("EntryPostponed")["due_s"] == stage.time_s
        assert gone(stage) == "REQUEST_TOO_SOON"
        block(stage, {BTC: 60_000}, seconds=10)
        assert outcome(go(stage)) == EXECUTED

    @pytest.mark.parametrize(
        ("ask", "least"), [(ask_mint, LESS * 10**12), (ask_swap, LESS * 10**2 // 50_000)], ids=["mint", "swap"]
    )
    def test_the_least_is_met_to_the_unit(self, stage: Stage, ask: Callable, least: int) -> None:
        for asked, expected in ((least, EXECUTED), (least + 1, RETURNED)):
            mark = stage.chain.snapshot(0)
            ask(stage, least=asked)
            before = stage.balance(USDC, "stranger")
            pass_wait(stage)
            receipt = go(stage)
            back = LESS if expected == RETURNED else 0
            assert (outcome(receipt), receipt.returned[4]) == (expected, back)
            assert stage.balance(USDC, "stranger") - before == back
            assert stage.balance(USDC, "entries") == 0
            stage.chain.revert(0, mark)

    @pytest.mark.parametrize("ask", ASKS)
    def test_after_its_life_it_returns(self, stage: Stage, ask: Callable) -> None:
        before = stage.balance(USDC, "stranger")
        ask(stage)
        stage.advance(WAIT_S + LIFE_S - 1)
        assert gone(stage) == "REQUEST_TOO_SOON"
        stage.advance(1)
        receipt = go(stage)
        assert (outcome(receipt), receipt.returned) == (EXPIRED, (0, 0, 0, EXPIRED, LESS))
        assert before - stage.balance(USDC, "stranger") == AMOUNT // REWARD


#: What somebody can bring about, or wait for, so that a request does not fit.


def test_a_pool_begins_by_request() -> None:
    stage = Stage()
    limit(stage, entry_wait_s=WAIT_S)
    ask_mint(stage)
    stage.advance(WAIT_S + 1)
    stage.price(USDC, WAD)
    assert outcome(go(stage)) == EXECUTED
    assert held(stage, "stranger") + held(stage, "pool") == LESS * 10**12


@pytest.mark.parametrize(("amount", "expected"), [(DEAD_SHARES, RETURNED), (DEAD_SHARES + 1, EXECUTED)])
def test_a_pool_does_not_begin_with_less_than_what_stays_for_ever(amount: int, expected: int) -> None:
    """The first shares, a billionth of one, are nobody's."""
    stage = Stage()
    k = ETH  # eighteen decimals
    stage.price(k, WAD)
    limit(stage, entry_wait_s=WAIT_S)
    ask_mint(stage, WAD // 20 + amount, k=k)
    stage.advance(WAIT_S + 1)
    stage.price(k, WAD)
    assert outcome(go(stage)) == expected
    assert stage.pool.read("totalSupply") == (amount if expected == EXECUTED else 0)


@refuses("execute_entry", "ASSET_TRANSFER_FAILED")
def test_a_token_that_answers_false_is_refused(stage: Stage) -> None:
    token = stage.deploy("mocks/ShyToken.vy")
    k = stage.list_asset(token, 18, USDC)
    ask_mint(stage, WAD, k=k)
    token.send("refuse", True, by="lp")
    pass_wait(stage)
    assert gone(stage) == "ASSET_TRANSFER_FAILED"
    token.send("refuse", False, by="lp")
    assert outcome(go(stage)) == EXECUTED


@refuses("mint_held", "ASSET_NOT_LISTED")
@refuses("swap_held", "ASSET_NOT_LISTED")
@refuses("swap_held", "SWAP_SAME_ASSET")
def test_pool_takes_listed_tokens_that_entries_holds(stage: Stage) -> None:
    stranger, pool = stage.address("stranger"), stage.pool
    assert pool.refusal("mint_held", 9, 1, 0, stranger, stranger, by="entries") == "ASSET_NOT_LISTED"
    assert pool.refusal("swap_held", 9, BTC, 1, 0, stranger, by="entries") == "ASSET_NOT_LISTED"
    assert pool.refusal("swap_held", BTC, BTC, 1, 0, stranger, by="entries") == "SWAP_SAME_ASSET"


@refuses("request_mint", "ASSET_TRANSFER_FAILED")
@refuses("request_swap", "ASSET_TRANSFER_FAILED")
def test_a_token_that_keeps_a_fee_is_refused(stage: Stage) -> None:
    token = stage.deploy("mocks/FeeToken.vy")
    k = stage.list_asset(token, 6, USDC)
    token.send("mint", stage.address("stranger"), AMOUNT, by="admin")
    token.send("approve", stage.entries.address, AMOUNT, by="stranger")
    assert mint_asked(stage, k=k) == "ASSET_TRANSFER_FAILED"
    assert swap_asked(stage, k=k) == "ASSET_TRANSFER_FAILED"


def test_at_once_a_request_waits_for_the_next_price_alone() -> None:
    stage = open_stage()
    ask_mint(stage)
    assert gone(stage) == "REQUEST_TOO_SOON"
    block(stage, seconds=1)
    assert outcome(go(stage)) == EXECUTED
