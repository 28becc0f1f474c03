"""Turn what pydantic says about a scenario into the one line that its author needs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from sim.errors import InputError

_CUSTOM = "scenario"
_TIME = "a time with an offset, such as 2025-10-10T20:30:00Z"
_EXPECTED = {
    "missing": "a value (the key is required)",
    "string_type": "text",
    "string_too_short": "text that is not empty",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "dict_type": "a table",
    "finite_number": "a finite number",
    "timezone_aware": _TIME,
}


def bad(key: str, expected: str, got: object = None) -> PydanticCustomError:
    """An error that a validator raises: `key` is relative to the table that the validator belongs to."""
    return PydanticCustomError(
        _CUSTOM, "expected {expected}", {"key": key, "expected": expected, "got": got}
    )


def input_error(error: ValidationError, file: str | Path) -> InputError:
    """The first complaint of `error`, with its key as the user wrote it: `venue[2].weight`."""
    first = error.errors(include_url=False)[0]
    context = first.get("ctx", {})
    if first["type"] == _CUSTOM:
        key = ".".join(part for part in (dotted(first["loc"]), context["key"]) if part)
        return InputError(file=file, key=key, expected=context["expected"], got=context["got"])
    got = None if first["type"] == "missing" else first["input"]
    return InputError(
        file=file, key=dotted(first["loc"]), expected=_expected(first, context), got=got
    )


def dotted(location: Sequence[str | int]) -> str:
    """`("venue", 2, "weight")` as `venue[2].weight`."""
    key = ""
    for part in location:
        key += f"[{part}]" if isinstance(part, int) else f".{part}" if key else str(part)
    return key


def _expected(first: Any, context: dict[str, Any]) -> str:
    kind = first["type"]
    if kind in _EXPECTED:
        return _EXPECTED[kind]
    if kind.startswith(("datetime", "date_")):
        return _TIME
    if kind.startswith("int_"):
        return "a whole number"
    if kind.startswith("float_"):
        return "a number"
    match kind:
        case "greater_than":
            return "a positive number" if context["gt"] == 0 else f"a number above {context['gt']}"
        case "greater_than_equal":
            return f"a number of at least {context['ge']}"
        case "less_than":
            return f"a number below {context['lt']}"
        case "less_than_equal":
            return f"a number of at most {context['le']}"
        case "literal_error":
            return str(context["expected"])
        case "too_short":
            return f"at least {context['min_length']} entries"
    return str(first["msg"]).removeprefix("Input should be ")
