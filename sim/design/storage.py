"""Designs as JSON that needs no other file: fractions as text, own policies with their source."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from sim.design.numbers import text_of
from sim.design.tables import PolicyChoice
from sim.inputs.compiler import CACHE, CONTRACTS


def write_policy(choice: PolicyChoice) -> dict[str, Any]:
    """Write a policy: a shipped one by its place in the contracts folder, another with its text."""
    stored = {
        "policy": choice.policy,
        "arguments": _plain(choice.arguments),
        "parameters": _plain(choice.parameters),
        "code_sha256": choice.code_sha256,
    }
    if choice.source.is_relative_to(CONTRACTS):
        stored["source"] = choice.source.relative_to(CONTRACTS).as_posix()
    else:
        stored["source"] = choice.source.name
        stored["text"] = choice.source.read_text(encoding="utf-8")
    return stored


def read_policies(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Policies as a design's file has them, by slot.

    Raises:
        KeyError, TypeError, AttributeError: these are none.
    """
    return {
        slot: {
            "policy": each["policy"],
            "source": str(_restore(each)),
            "arguments": each["arguments"],
            "parameters": each["parameters"],
        }
        for slot, each in stored.items()
    }


def with_fractions(choice: PolicyChoice) -> PolicyChoice:
    """A policy whose parameters are numbers again where text stands for a fraction."""
    return choice.model_copy(update={"parameters": _natural(choice.parameters)})


def _restore(stored: Mapping[str, Any]) -> Path:
    """Find a policy's source; one that is not shipped is written to a folder named by its hash."""
    if "text" not in stored:
        return CONTRACTS / stored["source"]
    text = stored["text"].encode()
    folder = CACHE / "policies" / hashlib.sha256(text).hexdigest()[:24]
    path = folder / Path(stored["source"]).name
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f"{path.name}.{os.getpid()}")
        temporary.write_bytes(text)
        temporary.replace(path)  # atomic: another process may read it
    return path


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return {"decimal": text_of(value)}
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _natural(value: Any) -> Any:
    if isinstance(value, Mapping):
        if set(value) == {"decimal"}:
            try:
                return Decimal(value["decimal"])
            except (InvalidOperation, TypeError):
                return value["decimal"]
        return {key: _natural(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return tuple(_natural(item) for item in value)
    return value
