"""A token that calls back in the middle of a transfer finds all of Market locked."""

from __future__ import annotations

from typing import Any

import pytest
from contracts.stage import (
    ALICE,
    BTC,
    KEEPER,
    NOBODY,
    USDC,
    USDC_1,
    WAD,
    Contract,
    Stage,
)
from eth_utils.abi import collapse_if_tuple

from sim.chain.compiler import Artifact, artifact
from sim.chain.deployment import encode_call

MARKET = artifact("Market.vy")
#: Constants and immutables: nothing that a verb could be in the middle of changing.
FIXED = {"CONTROLLER", "ORACLE", "name", "symbol", "decimals"}
FUNCTIONS = sorted({e["name"] for e in MARKET.abi if e["type"] == "function"} - FIXED)
TOKEN = 4  # listed after the assets of the design


class Trap:
    """The call-back token is listed; the stranger has a thousand of it in and outside the pool."""

    def __init__(self) -> None:
        self.stage = Stage()
        self.stage.seed(10 * 10**8, 0, 0, 500_000 * USDC_1)
        self.token: Contract = self.stage.deploy("mocks/CallbackToken.vy")
        self.token.send("mint", self.stage.address("stranger"), 10_000 * WAD, by="stranger")
        assert self.stage.list_asset(self.token, 18, USDC) == TOKEN
        receiver = self.stage.address("stranger")
        self.send("mint", TOKEN, 1_000 * WAD, 0, receiver)
        self.account = self.send("open_account").returned
        self.send("set_operator", self.account, self.token.address, True)
        self.send("deposit_collateral", self.account, TOKEN, 1_000 * WAD)

    def send(self, verb: str, *arguments: Any):
        return self.stage.market.send(verb, *arguments, by="stranger")

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
        self.send(verb, *arguments)
        assert self.token.read("calls") == calls + 1

    @property
    def is_refused(self) -> bool:
        """Whether the call-back reverted by the lock: without a code."""
        return not self.token.read("is_accepted") and self.token.read("output") == b""


@pytest.fixture(scope="module")
def trap() -> Trap:
    return Trap()


def zeros(code: Artifact, function: str) -> bytes:
    """Call data with nothing in it."""
    blank = {"address": NOBODY, "bool": False}

    def value(kind: str) -> Any:
        if kind.startswith("("):
            return tuple(value(part) for part in kind[1:-1].split(","))
        return blank.get(kind, 0)

    inputs = code.function(function)["inputs"]
    return encode_call(code, function, [value(collapse_if_tuple(item)) for item in inputs])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_of_market_is_locked(trap: Trap, function: str) -> None:
    """AC-01, AC-02: anything that the ABI offers."""
    trap.spring(trap.stage.market, zeros(MARKET, function))
    assert trap.is_refused


@pytest.mark.parametrize("verb", ["deposit_collateral", "withdraw_collateral", "mint", "redeem", "swap"])
def test_the_lock_is_held_by_every_verb_that_moves_tokens(trap: Trap, verb: str) -> None:
    trap.spring(trap.stage.market, encode_call(MARKET, "aum", ()), verb)
    assert trap.is_refused


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        ("trade", (BTC, WAD // 100, 2**255)),
        ("withdraw_collateral", (TOKEN, 1, NOBODY)),
        ("deposit_collateral", (TOKEN, 1)),
    ],
)
def test_even_an_authorised_caller_finds_it_locked(trap: Trap, verb: str, arguments: tuple[Any, ...]) -> None:
    trap.spring(trap.stage.market, encode_call(MARKET, verb, (trap.account, *arguments)))
    assert trap.is_refused


def test_the_ladder_cannot_be_climbed_from_inside(trap: Trap) -> None:
    data = encode_call(artifact("Liquidator.vy"), "liquidate", (ALICE, KEEPER))
    trap.spring(trap.stage.liquidator, data)
    assert trap.is_refused


@pytest.mark.parametrize(("view", "arguments"), [("pool", ()), ("accounts", ([ALICE],))])
def test_the_lens_sees_nothing_from_inside(trap: Trap, view: str, arguments: tuple[Any, ...]) -> None:
    market = trap.stage.market.address
    data = encode_call(artifact("Lens.vy"), view, (market, *arguments))
    trap.spring(trap.stage.lens, data)
    assert trap.is_refused


@pytest.mark.parametrize("function", sorted(FIXED))
def test_what_never_changes_may_be_read(trap: Trap, function: str) -> None:
    trap.spring(trap.stage.market, encode_call(MARKET, function, ()))
    assert trap.token.read("is_accepted")


def test_the_same_calls_are_open_outside(trap: Trap) -> None:
    for entry in trap.stage.market.signatures():
        if entry["stateMutability"] == "view":
            data = zeros(MARKET, entry["name"])
            market = trap.stage.market.address
            status, _ = trap.stage.chain.send(0, trap.stage.address("stranger"), market, data)
            assert status == 0, entry["name"]
