"""Requests travel in bounded batches, and every complaint is one line."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from sim.chain import rpc
from sim.chain.anvil import Anvil
from sim.chain.rpc import Node, NodeError
from sim.inputs.errors import InputError


class _Talkative(BaseHTTPRequestHandler):
    """Answers everything with a page, as a web server does."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>hello</html>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def web_server() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Talkative)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_results_stand_in_the_order_of_the_requests(anvil: Anvil) -> None:
    """More requests than one batch holds, each with an answer of its own."""
    texts = ["0x" + i.to_bytes(2, "big").hex() for i in range(2 * rpc.MAX_BATCH + 1)]
    node = Node(anvil.url)
    hashes = node.batch([("web3_sha3", [text]) for text in texts])
    assert len(set(hashes)) == len(texts)
    assert hashes[-1] == node.call("web3_sha3", texts[-1])


@pytest.mark.parametrize(
    ("lengths", "parts"),
    [
        ([10] * rpc.MAX_BATCH, [rpc.MAX_BATCH]),
        ([10] * (rpc.MAX_BATCH + 1), [rpc.MAX_BATCH, 1]),
        ([rpc.MAX_BATCH_CHARACTERS // 2] * 3, [2, 1]),
        ([rpc.MAX_BATCH_CHARACTERS * 2, 1], [1, 1]),
        ([], []),
    ],
    ids=["full", "one too many", "too long", "too long alone", "nothing"],
)
def test_a_batch_is_bounded_in_number_and_length(lengths: list[int], parts: list[int]) -> None:
    calls = [("eth_sendTransaction", [{"data": "x" * length}]) for length in lengths]
    assert [len(part) for part in rpc._parts(calls)] == parts


def test_an_error_of_the_node_names_the_method(anvil: Anvil) -> None:
    with pytest.raises(NodeError, match="^eth_nonsense: ") as caught:
        Node(anvil.url).batch([("eth_chainId", ()), ("eth_nonsense", ())])
    assert caught.value.method == "eth_nonsense"


def test_a_node_knows_what_it_offers(anvil: Anvil) -> None:
    assert Node(anvil.url).offers("evm_setAutomine")
    assert not Node(anvil.url).offers("evm_nonsense")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://127.0.0.1:99999", "nonsense", "ftp://127.0.0.1"])
def test_an_address_without_a_node_is_one_line(url: str) -> None:
    with pytest.raises(InputError) as caught:
        Node(url).call("eth_chainId")
    assert str(caught.value).startswith(f"{url}: expected a node that answers, got ")
    assert "\n" not in str(caught.value)


def test_a_web_server_is_no_node(web_server: str) -> None:
    with pytest.raises(InputError, match="expected a node that answers"):
        Node(web_server).call("eth_chainId")


def test_a_proxy_is_not_asked_for_a_node_of_this_machine(anvil: Anvil, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert Node(anvil.url).call("eth_chainId")
