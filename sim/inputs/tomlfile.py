"""Read TOML files without losing a digit, and say what is wrong with one in a single line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticCustomError

from sim.inputs.errors import InputError

_CUSTOM = "breakwater"
_TIME = "a time with an offset, such as 2025-10-10T20:30:00Z"
_EXPECTED = {
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
_BARE_WORD = re.compile(r"[A-Za-z_./~][\w./#~-]*")
#: What pydantic writes before the part of its message that names the expectation.
_PREFIXES = ("Input should be ", "Decimal input should have ", "Tuple should have ")

Place = Sequence[str | int]


def read_toml(path: Path, *, label: str | None = None, parse_float: Callable[[str], Any] = Decimal) -> dict[str, Any]:
    """Read the tables of a file; fractions become `Decimal`, exactly as written, unless asked otherwise.

    Raises:
        InputError: the file (called `label` in the message) is missing or is not TOML.
    """
    file = label or str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(file=file, expected="a file that can be read", got=error.strerror) from error
    except UnicodeDecodeError as error:
        raise InputError(file=file, expected="TOML in UTF-8") from error
    return parse_toml(text, file=file, parse_float=parse_float)


def parse_toml(text: str, *, file: str, parse_float: Callable[[str], Any] = Decimal) -> dict[str, Any]:
    """Parse TOML; a fault is named by its line."""
    try:
        return tomllib.loads(text, parse_float=parse_float)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line \d+", str(error))
        key = line[0] if line else "end"
        raise InputError(file=file, key=key, expected="valid TOML", got=str(error)) from error


def parse_value(text: str, *, file: str, key: str, parse_float: Callable[[str], Any] = Decimal) -> Any:
    """The value that somebody gave on the command line: TOML, or a bare word.

    Raises:
        InputError: it is neither.
    """
    if _BARE_WORD.fullmatch(text) and text not in ("true", "false", "inf", "nan"):
        return text
    expected = "a TOML value or a bare word"
    if "\n" in text or not text:
        raise InputError(file=file, key=key, expected=expected, got=text)
    try:
        return parse_toml(f"value = {text}", file=file, parse_float=parse_float)["value"]
    except InputError as error:
        raise InputError(file=file, key=key, expected=expected, got=text) from error


def dotted(place: Place) -> str:
    """Write a place in a file as a key: names are joined by dots, positions stand in brackets."""
    key = ""
    for part in place:
        if isinstance(part, int):
            key += f"[{part}]"
        else:
            key += f".{part}" if key else part
    return key


def bad(key: str, expected: str, got: object = None) -> PydanticCustomError:
    """An error for a validator to raise: `key` is relative to the table that the validator belongs to."""
    return PydanticCustomError(_CUSTOM, "expected {expected}", {"key": key, "expected": expected, "got": got})


def validation_input_error(
    error: ValidationError,
    *,
    file: str | Callable[[Place], str],
    model: type[BaseModel],
    key: Callable[[Place], str] = dotted,
) -> InputError:
    """Convert the first complaint of pydantic.

    Args:
        file: its name, or a function from the place of the fault to the name.
        model: the model that was validated, to list the keys that it knows.
        key: how a place is written in the message.
    """
    first = error.errors(include_url=False)[0]
    place, kind, got = first["loc"], first["type"], first["input"]
    context = first.get("ctx", {})
    if kind == _CUSTOM:
        named = ".".join(part for part in (key(place), context["key"]) if part)
        where = file(place) if callable(file) else file
        return InputError(file=where, key=named, expected=context["expected"], got=context["got"])
    expected = _expected(kind, first["msg"], context)
    if kind == "missing":
        expected, got = "a value (the key is required)", None
    elif kind == "extra_forbidden":
        expected, got = f"one of {', '.join(keys_at(model, place[:-1]))}", str(place[-1])
    return InputError(
        file=file(place) if callable(file) else file,
        key=key(place),
        expected=expected,
        got=str(got) if isinstance(got, Decimal) else got,
    )


def keys_at(model: type[BaseModel], place: Place) -> tuple[str, ...]:
    """List the keys that a file may have at a place."""
    for part in place:
        if isinstance(part, int):
            continue
        field = next((f for name, f in model.model_fields.items() if part in (name, f.alias)), None)
        inner = next(_models_in(field.annotation), None) if field else None
        if inner is None:
            return ()
        model = inner
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _expected(kind: str, message: str, context: dict[str, Any]) -> str:
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
    for prefix in _PREFIXES:
        message = message.removeprefix(prefix)
    return message.replace("String should ", "text that should ")
