"""Facts of a day: what was published, what a market may be fitted to, and what it is only checked against."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from sim.inputs.errors import InputError
from sim.inputs.tomlfile import bad, read_toml, validation_input_error
from sim.scenario.extending import MARKETS as FOLDER
from sim.scenario.market import MarketScenario, load_market
from sim.scenario.tables import NonNegative, Table, Text, Time


class When(Table):
    """The moments that falls are measured between."""

    reference_from: Time
    storm_from: Time
    lowest_until: Time

    @model_validator(mode="after")
    def _follow_each_other(self) -> When:
        if not self.reference_from < self.storm_from < self.lowest_until:
            raise bad("storm_from", "a time between reference_from and lowest_until", self.storm_from.isoformat())
        return self


class Who(Table):
    """Who in the market file is meant: venues (and the platforms of their names), and feeds."""

    spot: Text
    large: Text
    onchain: Text
    thin: Text
    liquid: Annotated[tuple[Text, ...], Field(min_length=2)]
    bitcoin: Text
    ether: Text
    solana: Text
    small_coins: Annotated[tuple[Text, ...], Field(min_length=1)]
    dollar: Text


class Fact(Table):
    """A value, or a range whose missing end is open."""

    name: Text  # of the measure that a run is asked for
    what: Text
    unit: Literal["%", "bp", "USD B", "USD M", "s", "min"]
    value: float | None = None
    low: float | None = None
    high: float | None = None
    tolerance: NonNegative  # in the unit
    mark: Literal["fit", "check"]
    seen: bool = False  # by whoever fitted the first set of parameters by hand
    is_confirmed: bool = True  # by an independent source
    source: Text

    @property
    def range(self) -> tuple[float, float]:
        """What was published, from and to."""
        if self.value is not None:
            return self.value, self.value
        return (-float("inf") if self.low is None else self.low, float("inf") if self.high is None else self.high)

    @property
    def accepted(self) -> tuple[float, float]:
        """What is near enough."""
        return self.range[0] - self.tolerance, self.range[1] + self.tolerance

    def miss(self, measured: float) -> float:
        """How far a number is from what is published, in the unit; signed, 0 within the range."""
        low, high = self.range
        return measured - min(max(measured, low), high)

    @model_validator(mode="after")
    def _is_a_value_or_a_range(self) -> Fact:
        ends = self.low is not None or self.high is not None
        if (self.value is None) == (not ends):
            raise bad("value", "either a value or a range (low, high)", self.value)
        if self.low is not None and self.high is not None and not self.low < self.high:
            raise bad("high", f"more than low = {self.low}", self.high)
        if self.mark == "fit" and not self.is_confirmed:
            raise bad("mark", "check: what no independent source confirms is no target", self.mark)
        return self


class Input(Table):
    """A figure that no independent source confirms: nothing is compared with it."""

    what: Text
    figure: Text
    source: Text


class Facts(Table):
    """All that is known of one scenario's day."""

    scenario: Text
    when: When
    who: Who
    facts: Annotated[tuple[Fact, ...], Field(alias="fact", min_length=1)]
    inputs: Annotated[tuple[Input, ...], Field(alias="input")] = ()

    def marked(self, mark: Literal["fit", "check"]) -> tuple[Fact, ...]:
        """Those of a mark, in the order of the file."""
        return tuple(fact for fact in self.facts if fact.mark == mark)

    @model_validator(mode="after")
    def _names_differ(self) -> Facts:
        seen: set[str] = set()
        for fact in self.facts:
            if fact.name in seen:
                raise bad("fact.name", "names that differ", fact.name)
            seen.add(fact.name)
        return self


def load_market_facts(name: str) -> tuple[MarketScenario, Facts]:
    """A shipped market and its facts, which fit together.

    Raises:
        InputError: there is no such market, or it has no facts.
    """
    if name not in with_facts():
        raise InputError(file="--scenario", expected=f"a market with facts: {', '.join(with_facts())}", got=name)
    return load_market(name), load_facts(name)


def with_facts() -> list[str]:
    """Names of the shipped markets that have facts."""
    return sorted(each.parent.name for each in FOLDER.glob("*/facts.toml"))


def load_facts(name_or_path: str | Path) -> Facts:
    """The facts of a shipped market, by its name, or of a TOML file.

    Raises:
        InputError: the file cannot be read, or says what no fact can be.
    """
    shipped = FOLDER / str(name_or_path) / "facts.toml"
    path = shipped if shipped.exists() else Path(name_or_path)
    if not shipped.exists() and path.suffix != ".toml":
        raise InputError(file=path, expected=f"a market with facts ({', '.join(with_facts())}), or a TOML file")
    try:
        return Facts.model_validate(read_toml(path, parse_float=float))
    except ValidationError as error:
        raise validation_input_error(error, file=str(path), model=Facts) from None
