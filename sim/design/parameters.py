"""A policy's parameters, derived from its constructor: the ending of a name says the unit.

| constructor argument       | key in the file   | value                                  |
| -------------------------- | ----------------- | -------------------------------------- |
| `x_wad_per_s`              | `x_per_year`      | number per year of 31,536,000 s        |
| `x_wad_per_unit`           | `x_per_unit`      | number per unit (`_per_8h`, ...)       |
| `x_usd_wad`                | `x_usd`           | USD                                    |
| `x_wad`                    | `x`               | number                                 |
| `x_assets: uint256`        | `x_assets`        | list of asset symbols (a bitmap)       |
| any `bool`                 | the same          | true or false                          |
| any other `uint256`        | the same          | whole number (`x_bps`, `x_s`, ...)     |
| `T[8]`                     | as for `T`        | one value, or a table by market        |
| `T[n]`                     | as for `T`        | list of up to n, the rest is zero      |
| `T[n][8]`                  | as for `T`        | one list, or a table of them by market |
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from sim.design.numbers import SECONDS_PER_YEAR, WAD, as_decimal, is_whole, scaled_down
from sim.design.tables import PolicyChoice
from sim.inputs.compiler import artifact, shipped_policies
from sim.inputs.errors import InputError

MAX_MARKETS = 8
_TYPE = re.compile(r"(uint256|bool)((?:\[\d+\])*)")
_ENDINGS = (("_wad_per_s", "_per_year"), ("_usd_wad", "_usd"), ("_wad", ""))
#: A number per anything but seconds keeps its unit, as in `x_wad_per_day_per_day`.
_PER = re.compile(r"_wad(_per_(?!s$)\w+)$")
_MEANINGS = (
    ("_wad_per_s", "a number per year"),
    ("_usd_wad", "a number of USD"),
    ("_wad", "a number"),
    ("_bps", "a whole number of basis points"),
    ("_s", "a whole number of seconds"),
    ("_assets", "a list of assets"),
)


class Unfit(Exception):
    """A value is not what a parameter needs; `key` is the place below the parameter."""

    def __init__(self, expected: str, got: object, key: str = "") -> None:
        super().__init__(expected)
        self.expected, self.got, self.key = expected, got, key


@dataclass(frozen=True, slots=True)
class Parameter:
    """One constructor argument, and how a design file gives it."""

    argument: str
    base: str  # uint256 or bool
    lengths: tuple[int, ...]  # of the array, innermost first

    @property
    def key(self) -> str:
        """Name in the file."""
        if self.base == "uint256":
            for ending, replacement in _ENDINGS:
                if self.argument.endswith(ending):
                    return self.argument.removesuffix(ending) + replacement
            return _PER.sub(r"\1", self.argument)
        return self.argument

    @property
    def per(self) -> str:
        """What a number is per, in words; empty if it is none of that kind."""
        found = _PER.search(self.argument)
        return found[1].strip("_").replace("_", " ") if found else ""

    @property
    def meaning(self) -> str:
        """What one value is, for a message."""
        if self.base == "bool":
            return "true or false"
        if self.per:
            return f"a number {self.per}"
        return next(
            (text for ending, text in _MEANINGS if self.argument.endswith(ending)),
            "a whole number",
        )

    @property
    def is_per_market(self) -> bool:
        """Say whether each market has its own value."""
        return bool(self.lengths) and self.lengths[-1] == MAX_MARKETS

    def encode(self, value: Any, assets: Sequence[str], markets: Sequence[str]) -> Any:
        """Turn the file's value into the constructor's.

        Raises:
            Unfit: the value is of another shape, type or range.
        """
        if not self.is_per_market:
            return self._items(value, self.lengths, assets)
        if not isinstance(value, Mapping):
            return (self._items(value, self.lengths[:-1], assets),) * MAX_MARKETS
        for market in value:
            if market not in markets:
                raise Unfit(f"one of the markets {', '.join(markets)}", market, f".{market}")
        for market in markets:
            if market not in value:
                raise Unfit(f"a value for each market ({', '.join(markets)})", None, f".{market}")
        rows = []
        for market in markets:
            with _below(f".{market}"):
                rows.append(self._items(value[market], self.lengths[:-1], assets))
        return tuple(rows + rows[:1] * (MAX_MARKETS - len(rows)))

    def _items(self, value: Any, lengths: tuple[int, ...], assets: Sequence[str]) -> Any:
        if not lengths:
            return self._one(value, assets)
        if not isinstance(value, list | tuple) or not 0 < len(value) <= lengths[-1]:
            raise Unfit(f"a list of 1 to {lengths[-1]} values", value)
        items = []
        for i, item in enumerate(value):
            with _below(f"[{i}]"):
                items.append(self._items(item, lengths[:-1], assets))
        return tuple(items + [_zero(self.base, lengths[:-1])] * (lengths[-1] - len(items)))

    def _one(self, value: Any, assets: Sequence[str]) -> int | bool:
        if self.base == "bool":
            if not isinstance(value, bool):
                raise Unfit(self.meaning, value)
            return value
        if self.argument.endswith("_assets"):
            return _bitmap(value, assets)
        number = as_decimal(value)
        if number is None:
            raise Unfit(self.meaning, value)
        if number < 0:
            raise Unfit(f"{self.meaning} that is not negative", _shown(value))
        result = self._integer(number)
        if result >= 2**256:
            raise Unfit("a number that fits into 256 bits", _shown(value))
        return result

    def _integer(self, number: Decimal) -> int:
        if self.argument.endswith("_wad_per_s"):
            return scaled_down(number, WAD) // SECONDS_PER_YEAR
        is_wad = self.argument.endswith("_wad") or bool(self.per)
        if not is_whole(number, WAD if is_wad else 1):
            raise Unfit("at most 18 decimal places" if is_wad else self.meaning, _shown(number))
        return scaled_down(number, WAD if is_wad else 1)


def resolve(
    slot: str,
    table: Mapping[str, Any],
    *,
    assets: Sequence[str],
    markets: Sequence[str],
    file: Callable[[Sequence[str]], str],
) -> PolicyChoice:
    """Choose the policy that a slot's table names, and encode its parameters.

    Args:
        file: from a place in the design to the name of the file that set it.

    Raises:
        InputError: no such policy, or a parameter is unknown, missing or unfit.
    """
    name: Any = table.get("policy")
    source = policy_source(slot, name, file=file((slot, "policy")))
    known = parameters_of(source)
    keys = [parameter.key for parameter in known]
    values = {key: table[key] for key in table if key != "policy"}
    for key in values:
        if key not in keys:
            raise InputError(
                file=file((slot, key)),
                key=f"{slot}.{key}",
                expected=f"one of {', '.join(keys)}" if keys else f"no parameters of {name}",
                got=key,
            )
    arguments = []
    for parameter in known:
        place = (slot, parameter.key)
        key = ".".join(place)
        if parameter.key not in values:
            expected = f"{parameter.meaning} ({name} needs it)"
            raise InputError(file=file(place), key=key, expected=expected)
        try:
            arguments.append(parameter.encode(values[parameter.key], assets, markets))
        except Unfit as unfit:
            raise InputError(file=file(place), key=key + unfit.key, expected=unfit.expected, got=unfit.got) from unfit
    return PolicyChoice(
        policy=name,
        source=source,
        arguments=tuple(arguments),
        parameters={key: _natural(values[key]) for key in keys},
    )


def policy_source(slot: str, name: Any, *, file: str) -> Path:
    """Find the Vyper source of a policy: a shipped name, or a path that ends in .vy."""
    shipped = shipped_policies(slot)
    if isinstance(name, str) and name.endswith(".vy"):
        return Path(name)
    if not isinstance(name, str) or name not in shipped:
        raise InputError(
            file=file,
            key=f"{slot}.policy",
            expected=f"one of {', '.join(shipped)}, or the path of a .vy file",
            got=name,
        )
    return shipped[name]


def parameters_of(source: Path) -> tuple[Parameter, ...]:
    """List what a policy's constructor takes, in its order."""
    return tuple(_parameter(source, name, kind) for name, kind in artifact(source).constructor)


def _parameter(source: Path, argument: str, kind: str) -> Parameter:
    match = _TYPE.fullmatch(kind)
    if match is None:
        raise InputError(
            file=source,
            key=f"__init__.{argument}",
            expected="uint256, bool, or fixed arrays of them (all that a design file can give)",
            got=kind,
        )
    lengths = tuple(int(length) for length in re.findall(r"\d+", match[2]))
    return Parameter(argument=argument, base=match[1], lengths=lengths)


def _bitmap(value: Any, assets: Sequence[str]) -> int:
    if not isinstance(value, list | tuple):
        raise Unfit(f"a list of assets ({', '.join(assets)})", value)
    for i, symbol in enumerate(value):
        if symbol not in assets:
            raise Unfit(f"one of the assets {', '.join(assets)}", symbol, f"[{i}]")
    return sum(1 << assets.index(symbol) for symbol in set(value))


@contextmanager
def _below(key: str) -> Iterator[None]:
    """Put `key` in front of the place that a complaint names."""
    try:
        yield
    except Unfit as unfit:
        raise Unfit(unfit.expected, unfit.got, key + unfit.key) from unfit


def _zero(base: str, lengths: tuple[int, ...]) -> Any:
    if lengths:
        return (_zero(base, lengths[:-1]),) * lengths[-1]
    return False if base == "bool" else 0


def _natural(value: Any) -> Any:
    """Freeze the lists of a value as the file gives it."""
    if isinstance(value, Mapping):
        return {key: _natural(inner) for key, inner in value.items()}
    return tuple(_natural(item) for item in value) if isinstance(value, list | tuple) else value


def _shown(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value
