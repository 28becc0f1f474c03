"""A22, dForce and Curve 2023: read in the middle of a transfer, a view either refuses or tells what it told before."""

from __future__ import annotations

import pytest
from contracts.sources import zero_arguments
from contracts.stage import BTC_1, MAX_UINT, USDC, USDC_1, WAD, Contract, Stage

from sim.chain.plan import encode_call
from sim.inputs.compiler import artifact

VIEWS = [
    (name, source, entry["name"])
    for name, source in (("liquidator", "Liquidator.vy"), ("order_book", "OrderBook.vy"), ("pool", "Pool.vy"))
    for entry in artifact(source).abi
    if entry["type"] == "function" and entry["stateMutability"] == "view"
]


class Inside:
    """A call-back token is listed as the fifth asset; the stranger holds some of it, in the pool and in account 9."""

    def __init__(self) -> None:
        self.stage = Stage()
        self.stage.seed(BTC_1, 0, 0, 50_000 * USDC_1)
        self.token: Contract = self.stage.deploy("mocks/CallbackToken.vy")
        self.me = self.stage.address("stranger")
        self.token.send("mint", self.me, 10_000 * WAD, by="stranger")
        self.k = self.stage.list_asset(self.token, 18, USDC)
        self.stage.pool.send("mint", self.k, 1_000 * WAD, 0, self.me, by="stranger")
        self.account = self.stage.market.send("open_account", by="stranger").returned
        self.stage.market.send("set_operator", self.account, self.stage.order_book.address, True, by="stranger")
        self.stage.market.send("deposit_collateral", self.account, self.k, 1_000 * WAD, by="stranger")
        terms = (0, 0, WAD, WAD, MAX_UINT, False, self.k, WAD, 0, 0)
        self.stage.order_book.send("place", self.account, terms, by="stranger")

    def during(self, contract: str, verb: str, *arguments: object, target: Contract, data: bytes) -> tuple[bool, bytes]:
        """What a view answers while a verb moves the token."""
        self.token.send("arm", target.address, data, by="stranger")
        getattr(self.stage, contract).send(verb, *arguments, by="stranger")
        return self.token.read("is_accepted"), self.token.read("output")


@pytest.fixture(scope="module")
def inside() -> Inside:
    return Inside()


@pytest.mark.parametrize("verb", ["deposit_collateral", "withdraw_collateral", "mint", "redeem"])
@pytest.mark.parametrize(("name", "source", "view"), VIEWS, ids=[f"{name}.{view}" for name, _, view in VIEWS])
def test_a22_no_view_tells_of_a_state_in_between(inside: Inside, name: str, source: str, view: str, verb: str) -> None:
    """The verbs leave these views as they were, or change them before the token is called, and not again."""
    stage, target = inside.stage, getattr(inside.stage, name)
    arguments = zero_arguments(source, view)
    if view in ("orders", "open_orders"):
        arguments[0] = inside.account
    data = encode_call(artifact(source), view, arguments)

    def outside() -> bytes:
        return stage.chain.send(0, inside.me, target.address, data)[1]

    before = outside()
    calls = {
        "deposit_collateral": ("market", verb, inside.account, inside.k, 1),
        "withdraw_collateral": ("market", verb, inside.account, inside.k, 1, inside.me),
        "mint": ("pool", verb, inside.k, WAD, 0, inside.me),
        "redeem": ("pool", verb, inside.k, WAD, 0, inside.me),
    }
    is_accepted, answer = inside.during(*calls[verb], target=target, data=data)
    assert answer in (before, outside()) if is_accepted else answer == b""
