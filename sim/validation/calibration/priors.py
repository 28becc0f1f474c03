"""Parameters that may be fitted: where they are in a market's document, and what was believed of them before."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, ValidationError, model_validator
from scipy.stats import truncnorm

from sim.inputs.errors import InputError
from sim.inputs.tomlfile import bad, read_toml, validation_input_error
from sim.scenario.extending import MARKETS as FOLDER
from sim.scenario.tables import Count, Table, Text

#: Deviation of a prior, in the width from low to high.
DEVIATION = 0.25
_PART = re.compile(r"(\w+)(?:\[([^\]]+)\])?")

Place = tuple[dict[str, Any], str]


class Parameter(Table):
    """One number, at one or more places."""

    name: Text
    keys: Annotated[tuple[Text, ...], Field(min_length=1)]
    how: Literal["set", "times"]
    low: float
    high: float
    scale: Literal["linear", "log"]
    why: Text

    @model_validator(mode="after")
    def _bounds_fit_the_scale(self) -> Parameter:
        if not self.low < self.high:
            raise bad("high", f"more than low = {self.low}", self.high)
        if self.scale == "log" and self.low <= 0.0:
            raise bad("low", "a positive number on a logarithmic scale", self.low)
        return self

    def value(self, place: np.ndarray | float) -> Any:
        """The value at a place from 0 (low) to 1 (high)."""
        if self.scale == "log":
            return self.low * (self.high / self.low) ** place
        return self.low + (self.high - self.low) * place

    def place(self, value: float) -> float:
        """Where a value is, from 0 (low) to 1 (high)."""
        if self.scale == "log":
            return float(np.log(value / self.low) / np.log(self.high / self.low))
        return (value - self.low) / (self.high - self.low)


class Priors(Table):
    """All parameters of one market's calibration."""

    market: Text
    seed: Count
    parameters: Annotated[tuple[Parameter, ...], Field(alias="parameter", min_length=1)]

    def centre(self, document: dict[str, Any]) -> np.ndarray:
        """Places of what a document says now, (D,); of factors, that of 1."""
        return np.array([each.place(now(document, each)) for each in self.parameters])

    def values(self, places: np.ndarray) -> list[float]:
        """Values of places (D,)."""
        return [float(each.value(place)) for each, place in zip(self.parameters, places, strict=True)]


def load_priors(market: str) -> Priors:
    """The priors of a shipped market.

    Raises:
        InputError: there are none, or they say what no prior can be.
    """
    path = FOLDER / market / "priors.toml"
    try:
        return Priors.model_validate(read_toml(path, parse_float=float))
    except ValidationError as error:
        raise validation_input_error(error, file=str(path), model=Priors) from None


def prior_of(centre: np.ndarray) -> Any:
    """Independent normals on the unit cube, cut at its sides, about a centre (D,)."""
    return truncnorm((0.0 - centre) / DEVIATION, (1.0 - centre) / DEVIATION, loc=centre, scale=DEVIATION)


def with_values(document: dict[str, Any], parameters: Sequence[Parameter], values: Sequence[float]) -> dict[str, Any]:
    """A copy of a document with parameters at values, put in turn."""
    made = copy.deepcopy(document)
    for parameter, value in zip(parameters, values, strict=True):
        for table, key in places(made, parameter):
            table[key] = value if parameter.how == "set" else table[key] * value
    return made


def now(document: dict[str, Any], parameter: Parameter) -> float:
    """What a document says: the value, the same at all places; of a factor 1.

    Raises:
        InputError: places differ.
    """
    found = [float(table[key]) for table, key in places(document, parameter)]
    if parameter.how == "times":
        return 1.0
    if len(set(found)) > 1:
        raise InputError(file="priors", key=parameter.name, expected="one value at all its places", got=found)
    return found[0]


def places(document: dict[str, Any], parameter: Parameter) -> list[Place]:
    """Tables and keys that a parameter is at.

    Raises:
        InputError: a key of it is nowhere.
    """
    found: list[Place] = []
    for key in parameter.keys:
        own = list(_walk(document, key.split(".")))
        if not own:
            raise InputError(file="priors", key=parameter.name, expected="keys of the market file", got=key)
        found += own
    return found


def _walk(table: dict[str, Any], parts: Sequence[str]) -> Iterator[Place]:
    match = _PART.fullmatch(parts[0])
    if match is None or match[1] not in table:
        return
    name, wanted = match.groups()
    if len(parts) == 1:
        yield table, name
        return
    for each in [table[name]] if wanted is None else table[name]:
        if wanted in (None, "*", label(each)):
            yield from _walk(each, parts[1:])


def label(table: dict[str, Any]) -> str | None:
    """What a table is called."""
    return table.get("name", table.get("feed"))
