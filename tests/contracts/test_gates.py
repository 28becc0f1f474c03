"""Every cell of the table in contracts/lib/gates.vy: which verb is open at which status, in which mode and circuit."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from contracts.codes import GATES, Gate, code_of_gate, refuses
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
    INSURANCE,
    KEEPER,
    MAX_UINT,
    PAUSED,
    SHORT,
    USDC,
    USDC_1,
    WAD,
    WIDE,
    YEAR_S,
    Stage,
)

from sim.inputs.compiler import CONTRACTS

STATUSES, MODES = (FINE, WIDE, HALTED), range(PAUSED + 1)
#: Accounts that are opened here: a winner, and one whose position insurance takes over.
EVE, FRANK = KEEPER + 1, KEEPER + 2

#: What is tried -> its row of the table.
ROWS = {
    **{verb: verb for verb in GATES},
    "transfer_with_positions": "withdraw_with_positions",
    "transfer_without": "withdraw_without",
    "unwind": "liquidate",
    "execute_increase": "increase",
    "execute_decrease": "decrease",
}
#: Rows at the pool's value.
OF_THE_POOL = ("mint", "redeem", "swap")


@pytest.fixture(scope="module", params=[False, True], ids=["open", "closed"])
def prepared(request: pytest.FixtureRequest) -> Stage:
    """Every verb would be accepted: Alice is healthy, Bob has a claim, Carol is below the line, Eve wins.

    A circuit breaker closes nothing, or all that it may.
    """
    stage = Stage("funding_settlement=other_side")
    stage.seed(10 * BTC_1, 200 * WAD, 0, 500_000 * USDC_1)
    rate = WAD // YEAR_S
    stage.fill("funding_rate", "policies/funding_rate/SkewLinearFunding.vy", rate)
    for _ in range(2):
        stage.market.send("open_account", by="trader")
    for account in (INSURANCE, ALICE, BOB, DAVE, EVE, FRANK):
        stage.deposit(account, USDC, 20_000 * USDC_1)
    stage.deposit(CAROL, USDC, 5_000 * USDC_1)
    stage.trade(ALICE, BTC, 2 * WAD)
    stage.trade(BOB, BTC, -WAD)
    stage.trade(CAROL, BTC, WAD)
    stage.trade(EVE, BTC, -WAD)
    stage.trade(FRANK, BTC, WAD)
    stage.market.send("assign", FRANK, INSURANCE, BTC, by="liquidator")
    stage.advance(86_400)
    stage.trade(BOB, BTC, WAD)
    stage.trade(ALICE, BTC, -WAD // 2)
    for size, trigger in ((WAD // 100, 2**127), (-WAD // 100, 1)):  # slots 0 and 1: any price will do
        terms = (BTC, 0, size, trigger, MAX_UINT if size > 0 else 0, False, USDC, 0, 0, 0)
        stage.order_book.send("place", ALICE, terms, by="trader")
    stage.rude("deleverage", 10 * WAD, 0, 1, WAD)  # ten USD are to be realised
    stage.is_closed = request.param
    if stage.is_closed:
        stage.rude("circuit", 2**255 - 1)  # Market lets it close no more than it may
    stage.advance(1)
    stage.price(BTC, 45_900 * WAD)
    return stage


def _attempts(stage: Stage) -> dict[str, Callable[[], str]]:
    lp = stage.address("lp")

    def call(contract: str, verb: str, *arguments: object, by: str = "trader") -> Callable[[], str]:
        return lambda: getattr(stage, contract).refusal(verb, *arguments, by=by)

    return {
        "mint": call("pool", "mint", USDC, USDC_1, 0, lp, by="lp"),
        "redeem": call("pool", "redeem", USDC, WAD, 0, lp, by="lp"),
        "swap": call("pool", "swap", USDC, BTC, 1_000 * USDC_1, 0, lp, by="lp"),
        "increase": call("desk", "trade", ALICE, BTC, WAD // 100, MAX_UINT),
        "decrease": call("desk", "trade", ALICE, BTC, -WAD // 100, 0),
        "execute_increase": call("order_book", "execute", ALICE, 0, KEEPER, by="keeper"),
        "execute_decrease": call("order_book", "execute", ALICE, 1, KEEPER, by="keeper"),
        "withdraw_with_positions": call("market", "withdraw_collateral", ALICE, USDC, 1, lp),
        "withdraw_without": call("market", "withdraw_collateral", DAVE, USDC, 1, lp),
        "transfer_with_positions": call("market", "transfer_collateral", ALICE, USDC, 1, DAVE),
        "transfer_without": call("market", "transfer_collateral", DAVE, USDC, 1, BOB),
        "claim_funding": call("market", "claim_funding", BOB, BTC),
        "liquidate": call("liquidator", "liquidate", CAROL, KEEPER, by="keeper"),
        "unwind": call("liquidator", "unwind", BTC, by="keeper"),
        "deposit_with_positions": call("market", "deposit_collateral", ALICE, BTC, 1),
        "deposit_without": call("market", "deposit_collateral", DAVE, USDC, 1),
        "deleverage": call("liquidator", "deleverage", BTC, SHORT, [EVE] + [0] * 15, by="keeper"),
    }


def _answer(stage: Stage, what: str, feed: int, status: int, mode: int) -> str:
    mark = stage.chain.snapshot(0)
    usd = {BTC: 45_900, ETH: 2_500, USDC: 1}[feed]
    stage.price(feed, usd * WAD, status=status)
    stage.controller.send("set_mode", mode, by="admin")
    answer = _attempts(stage)[what]()
    stage.chain.revert(0, mark)
    return answer


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("what", ROWS)
def test_a_verb_is_open_at_its_worst_status_and_mode_and_no_further(
    prepared: Stage, what: str, status: int, mode: int
) -> None:
    """The status of the market's own feed; of the asset's, where the verb has no market or only pays in it."""
    feed = USDC if what == "claim_funding" else BTC
    assert _answer(prepared, what, feed, status, mode) == code_of_gate(ROWS[what], status, mode, prepared.is_closed)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("what", ROWS)
def test_the_asset_that_pays_counts_like_the_market(prepared: Stage, what: str, status: int) -> None:
    answer = _answer(prepared, what, USDC, status, 0)
    if what in ("liquidate", "unwind", "deposit_with_positions"):  # closing a long and adding BTC need no USDC
        assert answer == "OK"
    elif ROWS[what] in ("increase", "withdraw_with_positions") and prepared.is_closed:
        assert answer == "ACCESS_CLOSED_BY_CIRCUIT"  # said before any collateral is looked at
    elif status > 0 and (ROWS[what] == "withdraw_with_positions" or (ROWS[what] == "increase" and status == WIDE)):
        assert answer == "MARGIN_BELOW_INITIAL"  # nothing else closes: the only collateral carries nothing new
    elif (
        ROWS[what] in ("increase", "decrease") and status == HALTED
    ):  # funding is due, and nothing with a price can pay it
        assert answer == "TRADE_LOSS_UNPAID"
    else:
        assert answer == code_of_gate(ROWS[what], status, 0, prepared.is_closed)


@pytest.mark.parametrize("what", sorted(set(ROWS) - set(OF_THE_POOL)))
def test_a_feed_that_the_account_does_not_use_closes_nothing(prepared: Stage, what: str) -> None:
    assert _answer(prepared, what, ETH, HALTED, 0) == code_of_gate(ROWS[what], FINE, 0, prepared.is_closed)


@pytest.mark.parametrize("what", OF_THE_POOL)
def test_any_feed_of_the_pool_closes_what_is_done_at_the_pools_value(prepared: Stage, what: str) -> None:
    assert _answer(prepared, what, ETH, WIDE, 0) == "PRICE_WIDE"
    assert _answer(prepared, what, ETH, HALTED, 0) == "PRICE_HALTED"


@refuses("execute", "PRICE_HALTED")
def test_a_reward_needs_a_price_where_the_trade_needs_none() -> None:
    """It enters an account that somebody chose."""
    stage = Stage()
    stage.seed(10 * BTC_1)
    stage.deposit(ALICE, USDC, 20_000 * USDC_1)
    stage.deposit(ALICE, ETH, WAD)
    stage.trade(ALICE, BTC, WAD)
    terms = (BTC, 0, -WAD // 100, 1, 0, False, ETH, WAD, WAD, 0)
    stage.order_book.send("place", ALICE, terms, by="trader")
    stage.advance(1)
    stage.price(BTC, 50_000 * WAD)
    stage.price(ETH, 2_500 * WAD, status=HALTED)
    assert stage.order_book.refusal("execute", ALICE, 0, KEEPER, by="keeper") == "PRICE_HALTED"
    stage.price(ETH, 2_500 * WAD, status=WIDE)
    assert stage.order_book.refusal("execute", ALICE, 0, KEEPER, by="keeper") == "OK"


def _written() -> list[Gate]:
    """The table in the comment of contracts/lib/gates.vy."""
    words = {"OK": 0, "WIDE": 1, "HALTED": 2, "normal": 0, "reduce-only": 1, "paused": 2, "may close": True, "-": False}
    source = (CONTRACTS / "lib" / "gates.vy").read_text()
    row = r"^ +(\d+) .*? +(OK|WIDE|HALTED) +(normal|reduce-only|paused) +(may close|-)"
    rows = re.findall(row, source, re.MULTILINE)
    assert [int(number) for number, *_ in rows] == list(range(len(rows)))
    return [Gate(*(words[cell] for cell in cells)) for _, *cells in rows]


def test_the_contracts_comment_is_the_table_that_is_tested() -> None:
    assert _written() == [gate for verb, gate in GATES.items() if verb != "deposit_without"]


def test_the_lens_says_what_the_comment_says() -> None:
    """What `breakwater designs show` prints."""
    statuses, modes, closable = Stage().lens.read("gate_table")
    count = len(GATES) - 1
    said = [Gate(statuses >> 2 * v & 3, modes >> 2 * v & 3, bool(closable >> v & 1)) for v in range(count)]
    assert said == _written()
    assert (statuses >> 2 * count, modes >> 2 * count, closable >> count) == (0, 0, 0)
