"""What options of a comparison say, checked."""

from __future__ import annotations

from math import isfinite, nan
from pathlib import Path
from typing import TYPE_CHECKING

from sim.inputs.errors import InputError

if TYPE_CHECKING:
    from sim.scenario import Scenario


def width_of(given: str | None, designs: tuple[str, ...]) -> float | None:
    """How narrow the headline has to be, if it was asked for."""
    if given is None:
        return None
    try:
        width = float(given)
    except ValueError:
        width = nan
    if not (isfinite(width) and width > 0.0):
        raise InputError(file="--until-ci", expected="a width above 0, in the unit of the headline", got=given)
    if len(designs) == 1:
        raise InputError(file="--until-ci", expected="a second design, to differ from the first", got=designs[0])
    return width


def scenario_of(
    name: str,
    prices: Path | None,
    asset: str | None,
    columns: tuple[str, ...],
    given: tuple[str, ...],
    agents: tuple[Path, ...],
) -> Scenario:
    """The scenario that options name, with the actors that are given beside it.

    Raises:
        InputError: one of them cannot be used.
    """
    from sim.agents.actors.registry import with_own

    return with_own(_named(name, prices, asset, columns, given), agents)


def _named(
    name: str,
    prices: Path | None,
    asset: str | None,
    columns: tuple[str, ...],
    given: tuple[str, ...],
) -> Scenario:
    from sim.scenario import load_scenario, scenario_from_prices

    if name != "replay":
        for flag, value in (("--prices", prices), ("--asset", asset), ("--column", columns)):
            if value:
                raise InputError(file=flag, expected="to be used with --scenario replay")
        return load_scenario(name, given=given)
    if prices is None:
        raise InputError(file="--prices", expected="a CSV or Parquet file of prices for --scenario replay")
    mapping = {}
    for column in columns:
        feed, equals, source = column.partition("=")
        if not equals or not feed or not source:
            raise InputError(file="--column", expected="FEED=COLUMN", got=column)
        mapping[feed] = source
    return scenario_from_prices(prices, asset=asset, columns=mapping or None, given=given)
