"""Numbers of a design: exact decimals in the file, integers for the contracts, no float between."""

from __future__ import annotations

import contextlib
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError

WAD = 10**18
WAD_PER_BPS = 10**14
SECONDS_PER_YEAR = 31_536_000


def scaled_down(value: Decimal | int, scale: int) -> int:
    """Multiply exactly, then round down."""
    return int(Fraction(value) * scale // 1)


def is_whole(value: Decimal | int, scale: int = 1) -> bool:
    """Say whether `value * scale` has no fraction."""
    return (Fraction(value) * scale).denominator == 1


def as_decimal(value: Any) -> Decimal | None:
    """Return a TOML number as a decimal; None for anything else (booleans, infinity, text)."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    number = Decimal(value)
    return number if number.is_finite() else None


def text_of(value: Decimal | Fraction) -> str:
    """Write a number that ends, exactly: no exponent, no idle zeros."""
    scaled, places = Fraction(value), 0
    while scaled.denominator != 1:
        scaled, places = scaled * 10, places + 1
    digits = f"{abs(int(scaled)):0{places + 1}d}"
    whole, fraction = digits[: len(digits) - places], digits[len(digits) - places :]
    return ("-" if scaled < 0 else "") + whole + (f".{fraction}" if fraction else "")


def _number(value: Any, info: ValidationInfo) -> Decimal:
    if isinstance(value, str) and info.mode == "json":
        with contextlib.suppress(InvalidOperation):
            value = Decimal(value)
    number = as_decimal(value)
    if number is None:
        raise PydanticCustomError("number", "a number")
    return number


def _whole(value: Any) -> int:
    number = as_decimal(value)
    if number is None or not is_whole(number):
        raise PydanticCustomError("whole_number", "a whole number")
    return int(number)


Number = Annotated[Decimal, BeforeValidator(_number)]
#: In [0, 1], as fine as a WAD.
Share = Annotated[Number, Field(ge=0, le=1, decimal_places=18)]
#: USD, as fine as a WAD.
Usd = Annotated[Number, Field(ge=0, decimal_places=18)]
#: Whole tokens; how fine depends on the token.
Tokens = Annotated[Number, Field(ge=0)]
Whole = Annotated[int, BeforeValidator(_whole)]
#: Basis points of a fee or width, at most all of it.
Bps = Annotated[Whole, Field(ge=0, le=10_000)]
Seconds = Annotated[Whole, Field(gt=0)]
