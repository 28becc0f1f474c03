"""Designs as JSON that needs no other file: fractions as text, own policies with their source."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from sim.design.numbers import text_of
from sim.design.tables import PolicyChoice
from sim.inputs.compiler import CACHE, CONTRACTS
from sim.inputs.errors import InputError
from sim.inputs.tomlfile import validation_input_error

if TYPE_CHECKING:
    from sim.design.model import Design


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


def read_design(model: type[Design], content: Mapping[str, Any], *, file: str) -> Design:
    """Validate the JSON of a design."""
    try:
        policies = {
            slot: {
                "policy": stored["policy"],
                "source": str(_restore(stored)),
                "arguments": stored["arguments"],
                "parameters": stored["parameters"],
            }
            for slot, stored in content["policies"].items()
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(file=file, key="policies", expected="the policies of a design") from error
    rest = {key: content[key] for key in content if key != "fingerprint"}
    try:
        design = model.model_validate_json(json.dumps({**rest, "policies": policies}))
    except ValidationError as error:
        raise validation_input_error(error, file=file, model=model) from error
    restored = {
        slot: choice.model_copy(update={"parameters": _natural(choice.parameters)})
        for slot, choice in design.policies.items()
    }
    return design.model_copy(update={"policies": restored})


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
