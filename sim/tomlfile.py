"""Read TOML files without losing a digit, and say what is wrong with one in a single line."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from sim.errors import InputError

#: What pydantic writes before the part of its message that names the expectation.
_PREFIXES = ("Input should be ", "Decimal input should have ", "Tuple should have ")
_KINDS = {"model_type": "a table", "dict_type": "a table", "string_type": "text"}
_BOUNDS = ("greater than", "less than")

Place = Sequence[str | int]


def read_toml(path: Path, *, label: str | None = None) -> dict[str, Any]:
    """Read the tables of a file; fractions become `Decimal`, exactly as written.

    Raises:
        InputError: the file (called `label` in the message) is missing or is not TOML.
    """
    file = label or str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(file=file, expected="a readable TOML file") from error
    return parse_toml(text, file=file)


def parse_toml(text: str, *, file: str) -> dict[str, Any]:
    """Parse TOML; fractions become `Decimal`."""
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise InputError(file=file, expected="valid TOML", got=str(error)) from error


def dotted(place: Place) -> str:
    """Write a place in a file as a key: names are joined by dots, positions stand in brackets."""
    key = ""
    for part in place:
        if isinstance(part, int):
            key += f"[{part}]"
        else:
            key += f".{part}" if key else part
    return key


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
    expected = _KINDS.get(kind) or _expectation(first["msg"])
    if kind == "missing":
        expected, got = "a value", None
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


def _expectation(message: str) -> str:
    for prefix in _PREFIXES:
        message = message.removeprefix(prefix)
    message = message.replace("String should ", "text that should ")
    return f"a number {message}" if message.startswith(_BOUNDS) else message
