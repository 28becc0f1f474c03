"""Every cell of the table in contracts/lib/gates.vy: which verb is open at which status, mode."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from contracts.codes import GATES, code_of_gate
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    BTC_1,
    CAROL,
    DAVE,
    ETH,
    FINE,
    HALTED,
    KEEPER,
    MAX_UINT,
    PAUSED,
    USDC,
    USDC_1,
    WAD,
    WIDE,
    YEAR_S,
    Stage,
)

from sim.chain.compiler import CONTRACTS

STATUSES, MODES = (FINE, WIDE, HALTED), range(PAUSED + 1)


@pytest.fixture(scope="module")
def prepared() -> Stage:
    """Every verb would be accepted: Alice is healthy, Bob has a claim, Carol is below the line."""
    stage = Stage()
    stage.seed(10 * BTC_1, 200 * WAD, 0, 500_000 * USDC_1)
    rate = WAD // YEAR_S
    stage.fill("funding_rate", "policies/funding_rate/SkewLinearFunding.vy", rate)
    for account in (ALICE, BOB, DAVE):
        stage.deposit(account, USDC, 20_000 * USDC_1)
    stage.deposit(CAROL, USDC, 5_000 * USDC_1)
    stage.trade(ALICE, BTC, 2 * WAD)
    stage.trade(BOB, BTC, -WAD)
    stage.trade(CAROL, BTC, WAD)
    stage.advance(86_400)
    stage.trade(BOB, BTC, WAD)
    stage.trade(ALICE, BTC, -WAD // 2)
    stage.price(BTC, 45_900 * WAD)
    return stage


def _attempts(stage: Stage) -> dict[str, Callable[[], str]]:
    market, lp = stage.market, stage.address("lp")

    def call(verb: str, *arguments: object, by: str = "trader") -> Callable[[], str]:
        return lambda: market.refusal(verb, *arguments, by=by)

    return {
        "mint": call("mint", USDC, USDC_1, 0, lp, by="lp"),
        "redeem": call("redeem", USDC, WAD, 0, lp, by="lp"),
        "swap": call("swap", USDC, BTC, 1_000 * USDC_1, 0, lp, by="lp"),
        "increase": call("trade", ALICE, BTC, WAD // 100, MAX_UINT),
        "decrease": call("trade", ALICE, BTC, -WAD // 100, 0),
        "withdraw_with_positions": call("withdraw_collateral", ALICE, USDC, 1, lp),
        "withdraw_without": call("withdraw_collateral", DAVE, USDC, 1, lp),
        "claim_funding": call("claim_funding", BOB, BTC),
        "liquidate": lambda: stage.liquidator.refusal("liquidate", CAROL, KEEPER, by="keeper"),
        "deposit_with_positions": call("deposit_collateral", ALICE, BTC, 1),
        "deposit_without": call("deposit_collateral", DAVE, USDC, 1),
    }


def _answer(stage: Stage, verb: str, feed: int, status: int, mode: int) -> str:
    mark = stage.chain.snapshot(0)
    usd = {BTC: 45_900, ETH: 2_500, USDC: 1}[feed]
    stage.price(feed, usd * WAD, status=status)
    stage.controller.send("set_mode", mode, by="admin")
    answer = _attempts(stage)[verb]()
    stage.chain.revert(0, mark)
    return answer


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("verb", GATES)
def test_a_verb_is_open_at_its_worst_status_and_mode_and_no_further(
    prepared: Stage, verb: str, status: int, mode: int
) -> None:
    """The status of the market's own feed; of the asset's, where the verb has no market."""
    assert _answer(prepared, verb, BTC, status, mode) == code_of_gate(verb, status, mode)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("verb", GATES)
def test_the_asset_that_pays_counts_like_the_market(prepared: Stage, verb: str, status: int) -> None:
    answer = _answer(prepared, verb, USDC, status, 0)
    if verb in ("liquidate", "deposit_with_positions"):  # closing a long and adding BTC need no USDC
        assert answer == "OK"
    elif (verb, status) == ("decrease", HALTED):  # a loss, and nothing with a price to pay it from
        assert answer in ("PRICE_HALTED", "TRADE_LOSS_UNPAID")
    else:
        assert answer == code_of_gate(verb, status, 0)


@pytest.mark.parametrize("verb", sorted(set(GATES) - {"mint", "redeem", "swap"}))
def test_a_feed_that_the_account_does_not_use_closes_nothing(prepared: Stage, verb: str) -> None:
    assert _answer(prepared, verb, ETH, HALTED, 0) == "OK"


@pytest.mark.parametrize("verb", ["mint", "redeem", "swap"])
def test_any_feed_of_the_pool_closes_what_is_done_at_the_pools_value(prepared: Stage, verb: str) -> None:
    assert _answer(prepared, verb, ETH, WIDE, 0) == "PRICE_WIDE"
    assert _answer(prepared, verb, ETH, HALTED, 0) == "PRICE_HALTED"


def test_the_contracts_comment_is_the_table_that_is_tested() -> None:
    words = {"OK": 0, "WIDE": 1, "HALTED": 2, "normal": 0, "reduce-only": 1, "paused": 2}
    source = (CONTRACTS / "lib" / "gates.vy").read_text()
    rows = re.findall(r"^    (\d) .*? (OK|WIDE|HALTED) +(normal|reduce-only|paused)", source, re.MULTILINE)
    written = [(words[status], words[mode]) for _, status, mode in rows]
    assert written == [cell for verb, cell in GATES.items() if verb != "deposit_without"]
    assert [int(number) for number, _, _ in rows] == list(range(len(GATES) - 1))
