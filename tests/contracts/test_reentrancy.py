"""A token that calls back in the middle of a transfer finds the whole protocol locked."""

from __future__ import annotations

from typing import Any

import pytest
from contracts.sources import zero_arguments
from contracts.stage import ALICE, BTC, BTC_1, KEEPER, NOBODY, USDC, USDC_1, WAD, Contract, Receipt, Stage

from sim.chain.plan import encode_call
from sim.inputs.compiler import artifact

MARKET, DESK, POOL = artifact("Market.vy"), artifact("Desk.vy"), artifact("Pool.vy")
#: Constants and immutables: nothing that a verb could be in the middle of changing.
FIXED = {"CONTROLLER", "ORACLE", "MARKET", "FUNDING_PER_UNIT", "name", "symbol", "decimals"}
TOKEN = 4  # listed after the assets of the design
OF_MARKET = ("deposit_collateral", "withdraw_collateral")
OF_POOL = ("mint", "redeem", "swap")


def _functions(source: str) -> list[str]:
    names = {entry["name"] for entry in artifact(source).abi if entry["type"] == "function"}
    return sorted(names - FIXED)


class Trap:
    """The call-back token is listed; the stranger has a thousand of it in and outside the pool, and an order."""

    def __init__(self) -> None:
        self.stage = Stage()
        self.stage.seed(10 * BTC_1, 0, 0, 500_000 * USDC_1)
        self.token: Contract = self.stage.deploy("mocks/CallbackToken.vy")
        self.token.send("mint", self.stage.address("stranger"), 10_000 * WAD, by="stranger")
        assert self.stage.list_asset(self.token, 18, USDC) == TOKEN
        receiver = self.stage.address("stranger")
        self.send("pool", "mint", TOKEN, 1_000 * WAD, 0, receiver)
        self.account = self.send("market", "open_account").returned
        for operator in (self.token, self.stage.order_book):
            self.send("market", "set_operator", self.account, operator.address, True)
        self.send("market", "deposit_collateral", self.account, TOKEN, 1_000 * WAD)
        terms = (BTC, 0, WAD // 100, 60_000 * WAD, 60_000 * WAD, False, TOKEN, WAD, WAD, 0)
        self.send("order_book", "place", self.account, terms)
        self.stage.advance(1)
        self.stage.price(BTC, 50_000 * WAD)  # published after the order

    def send(self, contract: str, verb: str, *arguments: Any) -> Receipt:
        return getattr(self.stage, contract).send(verb, *arguments, by="stranger")

    def spring(self, target: Contract, data: bytes, verb: str = "deposit_collateral") -> None:
        """Arm the token and make a verb move it."""
        receiver = self.stage.address("stranger")
        arguments = {
            "deposit_collateral": (self.account, TOKEN, 1),
            "withdraw_collateral": (self.account, TOKEN, 1, receiver),
            "mint": (TOKEN, WAD, 0, receiver),
            "redeem": (TOKEN, WAD, 0, receiver),
            "swap": (TOKEN, USDC, WAD, 0, receiver),
        }[verb]
        calls = self.token.read("calls")
        self.token.send("arm", target.address, data, by="stranger")
        self.send("pool" if verb in OF_POOL else "market", verb, *arguments)
        assert self.token.read("calls") == calls + 1

    @property
    def is_refused(self) -> bool:
        """Whether the call-back reverted by the lock: without a code."""
        return not self.token.read("is_accepted") and self.token.read("output") == b""


@pytest.fixture(scope="module")
def trap() -> Trap:
    return Trap()


def zeros(source: str, function: str) -> bytes:
    """Call data with nothing in it."""
    return encode_call(artifact(source), function, zero_arguments(source, function))


@pytest.mark.parametrize("verb", ["deposit_collateral", "redeem"])
@pytest.mark.parametrize("function", _functions("Market.vy"))
def test_every_function_of_market_is_locked(trap: Trap, function: str, verb: str) -> None:
    """AC-01, AC-02: anything that the ABI offers."""
    trap.spring(trap.stage.market, zeros("Market.vy", function), verb)
    assert trap.is_refused


@pytest.mark.parametrize("function", _functions("Pool.vy"))
def test_every_function_of_the_pool_is_locked_while_one_of_its_verbs_runs(trap: Trap, function: str) -> None:
    trap.spring(trap.stage.pool, zeros("Pool.vy", function), "swap")
    assert trap.is_refused


@pytest.mark.parametrize("verb", [*OF_MARKET, *OF_POOL])
def test_the_lock_is_held_by_every_verb_that_moves_tokens(trap: Trap, verb: str) -> None:
    trap.spring(trap.stage.market, encode_call(MARKET, "aum", ()), verb)
    assert trap.is_refused


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("aum", ()),
        ("mint", (USDC, 1, 0, NOBODY)),
        ("redeem", (USDC, WAD, 0, NOBODY)),
        ("swap", (BTC, USDC, 1, 0, NOBODY)),
    ],
)
@pytest.mark.parametrize("verb", OF_MARKET)
def test_the_pool_does_nothing_at_a_value_from_the_middle_of_a_verb_of_market(
    trap: Trap, function: str, arguments: tuple[Any, ...], verb: str
) -> None:
    """Shares may change hands meanwhile: that asks nobody for a value."""
    trap.spring(trap.stage.pool, encode_call(POOL, function, arguments), verb)
    assert trap.is_refused


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        ("withdraw_collateral", (TOKEN, 1, NOBODY)),
        ("transfer_collateral", (TOKEN, 1, ALICE)),
        ("deposit_collateral", (TOKEN, 1)),
    ],
)
def test_even_an_authorised_caller_finds_it_locked(trap: Trap, verb: str, arguments: tuple[Any, ...]) -> None:
    trap.spring(trap.stage.market, encode_call(MARKET, verb, (trap.account, *arguments)))
    assert trap.is_refused


def test_nobody_trades_from_inside(trap: Trap) -> None:
    """The desk may be called, but whatever it asks of Market is locked."""
    trap.spring(trap.stage.desk, encode_call(DESK, "trade", (trap.account, BTC, WAD // 100, 2**255)))
    assert trap.is_refused


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [("liquidate", (ALICE, KEEPER)), ("unwind", (BTC,)), ("deleverage", (BTC, 0, [ALICE] + [0] * 15))],
)
def test_the_ladder_cannot_be_climbed_from_inside(trap: Trap, verb: str, arguments: tuple[Any, ...]) -> None:
    trap.spring(trap.stage.liquidator, encode_call(artifact("Liquidator.vy"), verb, arguments))
    assert trap.is_refused


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        ("place", ((BTC, 0, WAD, WAD, WAD, False, TOKEN, 0, 0, 0),)),
        ("cancel", (0,)),
        ("execute", (0, KEEPER)),
        ("release", ()),
    ],
)
def test_orders_cannot_be_touched_from_inside(trap: Trap, verb: str, arguments: tuple[Any, ...]) -> None:
    data = encode_call(artifact("OrderBook.vy"), verb, (trap.account, *arguments))
    trap.spring(trap.stage.order_book, data)
    assert trap.is_refused


@pytest.mark.parametrize(("view", "arguments"), [("pool", ()), ("accounts", ([ALICE],))])
def test_the_lens_sees_nothing_from_inside(trap: Trap, view: str, arguments: tuple[Any, ...]) -> None:
    market = trap.stage.market.address
    data = encode_call(artifact("Lens.vy"), view, (market, *arguments))
    trap.spring(trap.stage.lens, data)
    assert trap.is_refused


@pytest.mark.parametrize("function", ["CONTROLLER", "ORACLE", "FUNDING_PER_UNIT"])
def test_what_never_changes_may_be_read(trap: Trap, function: str) -> None:
    trap.spring(trap.stage.market, encode_call(MARKET, function, ()))
    assert trap.token.read("is_accepted")


@pytest.mark.parametrize(("name", "source"), [("market", "Market.vy"), ("pool", "Pool.vy")])
def test_the_same_reads_are_open_outside(trap: Trap, name: str, source: str) -> None:
    contract = getattr(trap.stage, name)
    for entry in contract.signatures():
        if entry["stateMutability"] == "view":
            assert contract.refusal(entry["name"], *zero_arguments(source, entry["name"]), by="stranger") == "OK"


def test_the_same_verbs_are_open_outside(trap: Trap) -> None:
    trap.token.send("arm", NOBODY, b"", by="stranger")
    keeper = trap.stage.address("stranger")
    trap.send("pool", "swap", TOKEN, USDC, WAD, 0, keeper)
    trap.send("market", "transfer_collateral", trap.account, TOKEN, 1, ALICE)
    trap.send("order_book", "execute", trap.account, 0, KEEPER)
