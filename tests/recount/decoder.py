"""Tapes read without the simulator: Parquet by pyarrow, call data and answers by eth_abi from the contracts' ABI."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from eth_abi import decode, encode
from eth_utils import keccak

from sim.inputs.compiler import artifact

#: Contracts that calls of a tape go to, and those that only answer: name in a deployment, source.
CALLED = {
    "market": "Market.vy",
    "desk": "Desk.vy",
    "pool": "Pool.vy",
    "liquidator": "Liquidator.vy",
    "order_book": "OrderBook.vy",
    "exits": "Exits.vy",
    "entries": "Entries.vy",
    "oracle": "Oracle.vy",
}
SOURCES = CALLED | {"lens": "Lens.vy", "cohorts": "Cohorts.vy"}


@dataclass(frozen=True, slots=True)
class Row:
    """A call: what it says, and, unless it was refused, what it answered."""

    step: int
    time_s: int
    actor: int
    target: str
    function: str
    arguments: dict[str, Any]
    answer: Any  # a struct as a dict; several words as a list; None where it was refused
    status: int
    data: bytes
    output: bytes


def read(file: Path) -> tuple[dict[str, Any], list[Row]]:
    """The head of a tape as it stands in the file, and its rows in order."""
    table = pq.read_table(file)
    head = json.loads(table.schema.metadata[b"breakwater"])
    return head, [_row(**columns) for columns in table.to_pylist()]


def _row(*, step: int, time_s: int, actor: int, verb: str, data: bytes, status: int, output: bytes) -> Row:
    target, entry = _functions()[data[:4]]
    arguments = _decoded(entry["inputs"], data[4:])
    answer = None if status else _answer(entry, output)
    return Row(step, time_s, actor, target, entry["name"], arguments, answer, status, data, output)


@cache
def _functions() -> dict[bytes, tuple[str, dict[str, Any]]]:
    """(contract, ABI entry) of each selector; of those that two contracts have, nobody calls any."""
    found: dict[bytes, tuple[str, dict[str, Any]]] = {}
    for target, source in CALLED.items():
        for entry in artifact(source).abi:
            if entry["type"] == "function":
                found[_selector(entry)] = (target, entry)
    return found


def question(source: str, function: str, arguments: tuple[Any, ...]) -> bytes:
    """Call data of a view."""
    entry = _entry(source, function)
    return _selector(entry) + encode([_type(each) for each in entry["inputs"]], arguments)


def answer(source: str, function: str, output: bytes) -> Any:
    """What a view answered."""
    return _answer(_entry(source, function), output)


@cache
def _entry(source: str, function: str) -> dict[str, Any]:
    return artifact(source).function(function)


def _selector(entry: dict[str, Any]) -> bytes:
    return keccak(text=f"{entry['name']}({','.join(_type(each) for each in entry['inputs'])})")[:4]


def _type(item: dict[str, Any]) -> str:
    """ABI type, structs spelled out."""
    kind = item["type"]
    if not kind.startswith("tuple"):
        return str(kind)
    return f"({','.join(_type(each) for each in item['components'])}){kind.removeprefix('tuple')}"


def _answer(entry: dict[str, Any], output: bytes) -> Any:
    outputs = entry["outputs"]
    if not outputs:
        return None
    values = decode([_type(each) for each in outputs], output)
    named = [_named(each, value) for each, value in zip(outputs, values, strict=True)]
    return named[0] if len(named) == 1 else named


def _decoded(items: list[dict[str, Any]], data: bytes) -> dict[str, Any]:
    values = decode([_type(each) for each in items], data)
    return {each["name"]: _named(each, value) for each, value in zip(items, values, strict=True)}


def _named(item: dict[str, Any], value: Any) -> Any:
    """Structs as dicts, arrays as lists."""
    if item["type"].startswith("tuple") and item["type"] != "tuple":
        return [_struct(item, each) for each in value]
    if item["type"] == "tuple":
        return _struct(item, value)
    return list(value) if isinstance(value, tuple) else value


def _struct(item: dict[str, Any], value: tuple[Any, ...]) -> dict[str, Any]:
    return {each["name"]: _named(each, inner) for each, inner in zip(item["components"], value, strict=True)}
