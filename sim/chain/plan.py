"""Steps of a plan, and what they are as bytes: contracts to create, calls to send, names that stand for addresses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from eth_abi import encode
from eth_utils import function_abi_to_4byte_selector
from eth_utils.abi import collapse_if_tuple

from sim.inputs.compiler import Artifact
from sim.inputs.errors import InputError


@dataclass(frozen=True, slots=True)
class Ref:
    """The address of a contract or actor that the plan names."""

    name: str


@dataclass(frozen=True, slots=True)
class Create:
    """Deploy a contract under a name."""

    name: str
    artifact: Artifact
    arguments: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Send:
    """Call a function of a deployed contract, as the admin or as an actor."""

    target: str
    function: str
    arguments: tuple[Any, ...]
    sender: str = "admin"


#: The set-up is over: from here on settings are announced, and anybody may deposit.


def refused_constructor(step: Create, output: bytes) -> InputError:
    """A policy's constructor states its own bounds; its sentence is the message."""
    sentence = output[68:].rstrip(b"\0").decode(errors="replace") if len(output) > 68 else "a revert"
    return InputError(
        file=step.artifact.source, key=step.name, expected="parameters within the policy's bounds", got=sentence
    )


def resolve(arguments: Any, addresses: Mapping[str, str]) -> Any:
    """Replace names by addresses, at any depth."""
    if isinstance(arguments, Ref):
        return addresses[arguments.name]
    if isinstance(arguments, (tuple, list)):
        return tuple(resolve(item, addresses) for item in arguments)
    return arguments


def initcode(step: Create, addresses: Mapping[str, str]) -> bytes:
    """Deployment code with its arguments."""
    types = [kind for _, kind in step.artifact.constructor]
    return step.artifact.initcode + encode(types, resolve(step.arguments, addresses))


def selector(entry: Mapping[str, Any]) -> bytes:
    """First four bytes of a function's call data."""
    return function_abi_to_4byte_selector(cast(Any, entry))


def encode_call(artifact_: Artifact, function: str, arguments: Sequence[Any]) -> bytes:
    """Call data by the ABI library: for setting up and reading, never in a hot path."""
    head, types = _signature(artifact_, function)
    return head + encode(types, list(arguments))


@cache
def _signature(artifact_: Artifact, function: str) -> tuple[bytes, list[str]]:
    """Selector and argument types of a function."""
    entry = artifact_.function(function)
    return selector(entry), [collapse_if_tuple(item) for item in entry["inputs"]]
