"""JSON-RPC in batches: web3's provider, with bounds on a batch and one kind of complaint about the address."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

import requests
from web3 import HTTPProvider
from web3.types import RPCEndpoint

from sim.inputs.errors import InputError

MAX_BATCH = 200
MAX_BATCH_CHARACTERS = 1_000_000  # half of the request size that Anvil accepts by default
TIMEOUT_S = 120.0
_UNKNOWN_METHOD = (-32601, -32004)  # the standard's code, and Hardhat's
_LOOPBACK = ("127.0.0.1", "localhost", "::1")

#: A method and its parameters.
Request = tuple[str, Sequence[Any]]


class NodeError(Exception):
    """The node answered that it could not do what it was asked."""

    def __init__(self, method: str, error: dict[str, Any]) -> None:
        super().__init__(f"{method}: {error.get('message', error)}")
        self.method = method
        self.code = int(error.get("code", 0))


class Node:
    """A node at an address. Nothing is tried twice."""

    def __init__(self, url: str) -> None:
        self.url = url
        session = requests.Session()
        session.trust_env = urlsplit(url).hostname not in _LOOPBACK  # a proxy does not know this machine's nodes
        self._provider = HTTPProvider(url, {"timeout": TIMEOUT_S}, session=session, exception_retry_configuration=None)

    def call(self, method: str, *parameters: Any) -> Any:
        """One request.

        Raises:
            InputError: no node answers at the address.
            NodeError: it answers with an error.
        """
        return self.batch([(method, parameters)])[0]

    def batch(self, calls: Sequence[Request]) -> list[Any]:
        """Results in the order of the requests, which a node may execute in any order."""
        results: list[Any] = []
        for part in _parts(calls):
            for (method, _), answer in zip(part, self._post(part), strict=True):
                if "error" in answer:
                    raise NodeError(method, answer["error"])
                results.append(answer["result"])
        return results

    def offers(self, method: str, *parameters: Any) -> bool:
        """Whether the node knows a method; it is called."""
        try:
            self.call(method, *parameters)
        except NodeError as error:
            return error.code not in _UNKNOWN_METHOD
        return True

    def _post(self, part: Sequence[Request]) -> list[dict[str, Any]]:
        try:
            answers: Any = self._provider.make_batch_request([(RPCEndpoint(m), p) for m, p in part])
        except (requests.RequestException, ValueError, KeyError) as error:
            raise InputError(file=self.url, expected="a node that answers", got=_reason(error)) from error
        if not isinstance(answers, list) or len(answers) != len(part):
            raise InputError(file=self.url, expected="a node that answers batches", got=str(answers))
        return answers


def _parts(calls: Sequence[Request]) -> Iterator[list[Request]]:
    """Cut where a batch would hold too many requests or too much text."""
    part: list[Request] = []
    characters = 0
    for request in calls:
        length = _characters(request[1])
        if part and (len(part) == MAX_BATCH or characters + length > MAX_BATCH_CHARACTERS):
            yield part
            part, characters = [], 0
        part.append(request)
        characters += length
    if part:
        yield part


def _characters(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(_characters(item) for item in value.values())
    if isinstance(value, list | tuple):
        return sum(_characters(item) for item in value)
    return 8


def _reason(error: Exception) -> str:
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return str(error) or type(error).__name__
