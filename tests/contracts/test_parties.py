"""Modes by party: what each may do in each mode, and who bears what meanwhile."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from contracts.exits import ask, go, outcome
from contracts.orders import FULL, block, open_stage, order, place
from contracts.pools import SUPPLY, held
from contracts.stage import ALICE, BOB, BTC, DAVE, KEEPER, MAX_UINT, USDC, USDC_1, WAD, Stage

MODES = {"normal": 0, "reduce-only": 1, "paused": 2}
OPEN, SHUT = "OK", "ACCESS_CLOSED_BY_MODE"

#: Party, what it tries -> what it is answered in each mode, in their order.
TABLE = {
    ("provider", "mint"): (OPEN, SHUT, SHUT),
    ("provider", "redeem"): (OPEN, OPEN, SHUT),
    ("provider", "ask to leave"): (OPEN, OPEN, OPEN),
    ("keeper", "execute an exit"): (OPEN, OPEN, SHUT),
    ("provider", "ask to enter"): (OPEN, OPEN, OPEN),
    ("keeper", "execute an entry"): (OPEN, OPEN, OPEN),  # it returns
    ("winner", "open"): (OPEN, SHUT, SHUT),
    ("winner", "close"): (OPEN, OPEN, OPEN),
    ("loser", "add collateral"): (OPEN, OPEN, OPEN),
    ("loser", "close"): (OPEN, OPEN, OPEN),
    ("keeper", "liquidate"): (OPEN, OPEN, SHUT),
    ("keeper", "execute what opens"): (OPEN, SHUT, SHUT),
    ("keeper", "execute what closes"): (OPEN, OPEN, OPEN),
    ("order owner", "place"): (OPEN, OPEN, SHUT),
    ("order owner", "cancel"): (OPEN, OPEN, SHUT),
    ("owner without positions", "withdraw"): (OPEN, OPEN, SHUT),
}


@pytest.fixture(scope="module")
def stage() -> Stage:
    """BTC fell to 45,000: Alice's short wins, Bob's long is below maintenance, Dave has orders."""
    stage = open_stage()
    stage.fill("liquidation", FULL, 0, 0, 0, 0, False, False, False)
    for account in (BOB, DAVE):
        stage.deposit(account, USDC, 10_000 * USDC_1)
    stage.trade(ALICE, BTC, -WAD)
    stage.trade(BOB, BTC, 2 * WAD - WAD // 10)
    place(stage, ALICE, order(-WAD // 100, 1, m=BTC, margin=100 * USDC_1))  # opens more
    place(stage, ALICE, order(WAD // 100, 10**6, m=BTC))  # closes
    place(stage, DAVE, order(WAD // 100, 1, m=BTC, margin=100 * USDC_1))
    stage.pool.send("transfer", stage.address("stranger"), WAD, by="lp")
    ask(stage, WAD, by="lp")
    stage.entries.send("request_mint", USDC, USDC_1, 0, stage.address("lp"), by="lp")
    block(stage, {BTC: 45_000}, seconds=10)
    return stage


def _attempts(stage: Stage) -> dict[tuple[str, str], Callable[[], str]]:
    lp, trader = stage.address("lp"), stage.address("trader")
    book, desk, market, pool = stage.order_book, stage.desk, stage.market, stage.pool
    terms = tuple(order(WAD // 100, 1, m=BTC, margin=100 * USDC_1))
    return {
        ("provider", "mint"): lambda: pool.refusal("mint", USDC, USDC_1, 0, lp, by="lp"),
        ("provider", "ask to leave"): lambda: stage.exits.refusal(
            "request_exit", USDC, WAD, 0, stage.address("stranger"), by="stranger"
        ),
        ("keeper", "execute an exit"): lambda: stage.exits.refusal("execute_exit", lp, by="keeper"),
        ("provider", "ask to enter"): lambda: stage.entries.refusal(
            "request_mint", USDC, USDC_1, 0, stage.address("stranger"), by="stranger"
        ),
        ("keeper", "execute an entry"): lambda: stage.entries.refusal("execute_entry", lp, by="keeper"),
        ("provider", "redeem"): lambda: pool.refusal("redeem", USDC, WAD, 0, lp, by="lp"),
        ("winner", "open"): lambda: desk.refusal("trade", ALICE, BTC, -WAD // 100, 0, by="trader"),
        ("winner", "close"): lambda: desk.refusal("trade", ALICE, BTC, WAD, MAX_UINT, by="trader"),
        ("loser", "add collateral"): lambda: market.refusal("deposit_collateral", BOB, USDC, USDC_1, by="trader"),
        ("loser", "close"): lambda: desk.refusal("trade", BOB, BTC, WAD // 10 - 2 * WAD, 0, by="trader"),
        ("keeper", "liquidate"): lambda: stage.liquidator.refusal("liquidate", BOB, KEEPER, by="keeper"),
        ("keeper", "execute what opens"): lambda: book.refusal("execute", ALICE, 0, KEEPER, by="keeper"),
        ("keeper", "execute what closes"): lambda: book.refusal("execute", ALICE, 1, KEEPER, by="keeper"),
        ("order owner", "place"): lambda: book.refusal("place", DAVE, terms, by="trader"),
        ("order owner", "cancel"): lambda: book.refusal("cancel", DAVE, 0, by="trader"),
        ("owner without positions", "withdraw"): lambda: market.refusal(
            "withdraw_collateral", DAVE, USDC, 1, trader, by="trader"
        ),
    }


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("party", "verb"), TABLE)
def test_what_a_party_may_do_in_a_mode(stage: Stage, party: str, verb: str, mode: str) -> None:
    mark = stage.chain.snapshot(0)
    stage.controller.send("set_mode", MODES[mode], by="admin")
    answer = _attempts(stage)[party, verb]()
    stage.chain.revert(0, mark)
    assert answer == TABLE[party, verb][MODES[mode]]


def test_what_losers_come_to_lack_in_a_pause_is_borne_by_all_providers_alike(stage: Stage) -> None:
    """Paused at 45,000, the price goes on to 40,000, the winner leaves: the pool stands for what Bob lacks."""
    mark = stage.chain.snapshot(0)
    stage.pool.send("transfer", stage.address("stranger"), SUPPLY * 37 // 100, by="lp")
    stage.controller.send("set_mode", MODES["paused"], by="admin")
    stage.price(BTC, 40_000 * WAD)
    lacks = -stage.market.read("health", BOB).equity
    assert lacks > 0
    assert stage.desk.refusal("trade", ALICE, BTC, WAD, MAX_UINT, by="trader") == OPEN  # paid in full
    value = stage.pool.read("aum").low
    stage.controller.send("set_mode", MODES["normal"], by="admin")
    supply = stage.pool.read("totalSupply")
    stage.liquidate(BOB)
    assert value - stage.pool.read("aum").low == lacks
    early = value * held(stage, "stranger") // supply
    late = stage.pool.read("aum").low * held(stage, "stranger") // supply
    assert 0 <= early - late - lacks * held(stage, "stranger") // supply <= 1
    stage.chain.revert(0, mark)


def test_who_asked_to_leave_bears_what_came_to_lack_meanwhile_like_who_stays(stage: Stage) -> None:
    """In every mode: paused he waits, and is paid with the loss booked; else the keeper booked it while he waited."""
    for mode in MODES:
        mark = stage.chain.snapshot(0)
        stage.pool.send("transfer", stage.address("stranger"), SUPPLY * 37 // 100, by="lp")
        stage.controller.send("set_mode", MODES[mode], by="admin")
        stage.price(BTC, 40_000 * WAD)
        shares = held(stage, "stranger") // 4
        ask(stage, shares)
        stage.controller.send("set_mode", MODES["reduce-only"], by="admin")
        lacks = -stage.market.read("health", BOB).equity
        stage.liquidate(BOB)
        block(stage, {BTC: 40_000}, seconds=10)
        value, supply = stage.pool.read("aum").low, stage.pool.read("totalSupply")
        receipt = go(stage)
        assert lacks > 0
        assert outcome(receipt) == 0
        due = value * (shares - shares // 10_000) // supply
        assert 0 <= due - receipt.returned[0] * 10**12 <= 10**12
        left = stage.pool.read("aum").low * WAD // stage.pool.read("totalSupply")
        assert 0 <= left - value * WAD // supply <= 10**6
        stage.chain.revert(0, mark)
