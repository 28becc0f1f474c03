"""Which nodes a devnet can use, what it says of the others, and that it leaves none behind."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from contextlib import closing
from functools import partial

import pytest
from rpc.scripted_tape import AT_ONCE, CAST, FUNDED, START_S, VENUES, record

from sim.chain.anvil import Anvil, find_anvil
from sim.chain.devnet import DevnetChain
from sim.chain.digest import digest
from sim.chain.failures import ContractError
from sim.chain.rpc import Node
from sim.chain.tape import play
from sim.design import load_design
from sim.inputs.errors import InputError


def devnet(url: str | None = None) -> DevnetChain:
    return DevnetChain(load_design("glp"), VENUES, CAST, time_s=START_S, url=url)


def test_a_history_replays_on_a_node_of_the_users_own_which_is_left_as_it_was() -> None:
    """A plain Anvil: newest fork, small blocks, its clock at today, mining by itself; it is used twice."""
    with Anvil() as placeholder:
        port = placeholder.port
    tape = record(load_design("glp_partial", (*AT_ONCE, *FUNDED)))
    node = subprocess.Popen([find_anvil(), "--port", str(port), "--quiet"])
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(url)
        for _ in range(2):
            replayed, differences = play(tape, partial(DevnetChain, url=url))
            with closing(replayed):
                assert differences == []
                assert digest(replayed) == tape.head.digest
            assert Node(url).call("anvil_getAutomine") is True
    finally:
        node.kill()
        node.wait()


def test_a_node_that_does_not_answer_is_one_line() -> None:
    with pytest.raises(InputError) as caught:
        devnet(url="http://127.0.0.1:1")
    assert str(caught.value) == "http://127.0.0.1:1: expected a node that answers, got no connection"


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"eth_accounts": lambda: []}, "unlocked accounts"),
        ({"evm_setAutomine": None}, "evm_setAutomine"),
        ({"evm_setNextBlockTimestamp": None}, "evm_setNextBlockTimestamp"),
        ({"evm_mine": None}, "evm_mine, and blocks that may share a time"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_node_without_what_a_devnet_needs_is_named(
    anvil: Anvil, monkeypatch: pytest.MonkeyPatch, changed: dict[str, Callable | None], complaint: str
) -> None:
    whole = Node._post

    def lacking(self: Node, part: list) -> list:
        answers = whole(self, part)
        for i, (method, _) in enumerate(part):
            if method in changed:
                made = changed[method]
                missing = {"error": {"code": -32601, "message": "Method not found"}}
                answers[i] = missing if made is None else {"result": made()}
        return answers

    monkeypatch.setattr(Node, "_post", lacking)
    with pytest.raises(InputError, match=complaint) as caught:
        devnet(url=anvil.url)
    assert str(caught.value).startswith(f"{anvil.url}: expected a local node with ")


def test_closing_a_devnet_ends_its_anvil() -> None:
    opened = devnet()
    process = opened._anvil._finalizer.peek()[2][0]
    opened.close()
    opened.close()
    assert process.returncode is not None
    with pytest.raises(InputError):
        Node(opened.url).call("eth_chainId")


def test_a_set_up_that_fails_leaves_no_anvil(monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    monkeypatch.setattr("sim.chain.devnet.Anvil", lambda **options: started.append(Anvil(**options)) or started[-1])
    heavy = tuple(type(venue)(venue.name, 2**40) for venue in VENUES)
    with pytest.raises(ContractError):
        DevnetChain(load_design("glp"), heavy, CAST, time_s=START_S)
    with pytest.raises(InputError):
        Node(started[0].url).call("eth_chainId")


def _wait_for(url: str) -> None:
    for _ in range(2_000):
        try:
            Node(url).call("eth_chainId")
        except InputError:
            continue
        return
    raise AssertionError(f"no node at {url}")
