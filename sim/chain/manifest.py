"""What was deployed where, in one JSON file: enough to talk to the contracts without this project and to check them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import vyper
from eth_utils import keccak

from sim.chain.deployment import feeds_of
from sim.chain.plan import Create, Send
from sim.chain.settings import Venue
from sim.design import Design
from sim.inputs.compiler import EVM_VERSION, optimizer_of
from sim.inputs.files import write_atomic

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Network:
    """Where a deployment lives."""

    ecosystem: str
    name: str
    provider: str
    chain_id: int

    def __str__(self) -> str:
        return f"{self.ecosystem}-{self.name}-{self.provider}"


@dataclass(frozen=True, slots=True)
class Done:
    """A step of a plan that was carried out, its arguments resolved."""

    step: Create | Send
    arguments: tuple[Any, ...]
    address: str  # of the new contract, or of the one that was called
    transaction: str
    block: int
    code: bytes = b""  # of a new contract, as the chain has it


def manifest(
    design: Design,
    venues: Sequence[Venue],
    network: Network,
    deployer: str,
    history: Sequence[Done],
) -> dict[str, Any]:
    """Describe a deployment in JSON types."""
    return {
        "format": FORMAT,
        "network": {
            "ecosystem": network.ecosystem,
            "network": network.name,
            "provider": network.provider,
            "chain_id": network.chain_id,
        },
        "deployer": deployer,
        "compiler": {
            "name": "vyper",
            "version": vyper.__version__,
            "settings": {"evmVersion": EVM_VERSION},  # what else is set is each contract's
        },
        "design": {
            "name": design.name,
            "fingerprint": design.fingerprint,
            "content": design.to_dict(),
        },
        "feeds": list(feeds_of(design)),
        "venues": [{"name": venue.name, "weight": venue.weight} for venue in venues],
        "contracts": {d.step.name: _contract(d.step, d) for d in history if isinstance(d.step, Create)},
        "settings": [_setting(d.step, d) for d in history if isinstance(d.step, Send)],
    }


def file_of(folder: Path, network: Network, design: Design) -> Path:
    """Where the manifest of a deployment belongs."""
    return folder / str(network) / f"{design.name}.json"


def write(path: Path, content: dict[str, Any]) -> None:
    """Write a manifest; the file appears whole or not at all."""
    text = json.dumps(content, indent=2) + "\n"
    write_atomic(path, lambda handle: handle.write(text.encode()))


def _contract(step: Create, done: Done) -> dict[str, Any]:
    made = step.artifact
    values = zip(made.constructor, done.arguments, strict=True)
    return {
        "address": done.address,
        "contract": made.name,
        "source": made.source,
        "optimize": optimizer_of(Path(made.source)),
        "constructor": [{"name": name, "type": kind, "value": _json(value)} for (name, kind), value in values],
        "block": done.block,
        "transaction": done.transaction,
        "bytecode": {
            "initcode": _hashes(made.initcode),  # without the constructor's arguments
            "runtime": _hashes(made.runtime),  # as compiled
            "deployed": _hashes(done.code),  # as the chain has it: the runtime code, then the immutables' values
        },
        "abi": list(made.abi),
    }


def _setting(step: Send, done: Done) -> dict[str, Any]:
    return {
        "contract": step.target,
        "function": step.function,
        "arguments": _json(done.arguments),
        "block": done.block,
        "transaction": done.transaction,
    }


def _hashes(code: bytes) -> dict[str, Any]:
    return {
        "bytes": len(code),
        "sha256": hashlib.sha256(code).hexdigest(),
        "keccak256": "0x" + keccak(code).hex(),
    }


def _json(value: Any) -> Any:
    """Integers as decimal text: most readers of JSON keep only 53 bits of a number."""
    if isinstance(value, tuple | list):
        return [_json(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value
