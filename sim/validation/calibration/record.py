"""What a calibration found, as a file beside the facts: the set, how it does on other seeds, and what is not pinned."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field, ValidationError

from sim.inputs.tomlfile import read_toml, validation_input_error
from sim.scenario.extending import MARKETS as FOLDER
from sim.scenario.tables import Table, Text
from sim.validation.calibration.priors import Priors, prior_of
from sim.validation.facts import Fact

PINNED = 0.6  # of the prior's deviation, at most
PARTLY = 0.9
TRADED = 0.4  # correlation from which two parameters stand in for each other


class Width(Table):
    """A parameter before and after."""

    name: Text
    before: float
    after: float
    low: float  # 10 % of the posterior
    high: float  # 90 %
    width: float  # its deviation in the prior's

    @property
    def verdict(self) -> str:
        """In words."""
        return "pinned" if self.width <= PINNED else "partly" if self.width <= PARTLY else "not pinned"


class Trade(Table):
    """Two parameters that stand in for each other."""

    one: Text
    other: Text
    correlation: float


class Fit(Table):
    """A fact that was fitted: medians on other seeds."""

    name: Text
    before: float
    after: float
    unseen: float  # error of its surrogate, in the unit


class Record(Table):
    """All of it."""

    made_by: Text
    runs: int
    seeds: tuple[int, ...]  # that before and after are compared on
    paths: int  # of each
    distance_before: float
    distance_after: float
    is_taken: bool
    widths: Annotated[tuple[Width, ...], Field(alias="width")]
    trades: Annotated[tuple[Trade, ...], Field(alias="trade")] = ()
    fits: Annotated[tuple[Fit, ...], Field(alias="fit")]


def file_of(market: str) -> Path:
    """Where the record of a shipped market is."""
    return FOLDER / market / "calibration.toml"


def load_record(market: str) -> Record | None:
    """The record of a shipped market, if it was calibrated."""
    path = file_of(market)
    if not path.is_file():
        return None
    try:
        return Record.model_validate(read_toml(path, parse_float=float))
    except ValidationError as error:
        raise validation_input_error(error, file=str(path), model=Record) from None


def widths_of(priors: Priors, centre: np.ndarray, place: np.ndarray, draws: np.ndarray) -> list[Width]:
    """Every parameter's posterior against its prior."""
    before = np.asarray(prior_of(centre).std())
    found = []
    for i, parameter in enumerate(priors.parameters):
        low, high = np.percentile(draws[:, i], [10, 90])
        found.append(
            Width(
                name=parameter.name,
                before=_short(parameter.value(centre[i])),
                after=_short(parameter.value(place[i])),
                low=_short(parameter.value(low)),
                high=_short(parameter.value(high)),
                width=_short(draws[:, i].std() / before[i]),
            )
        )
    return found


def trades_of(priors: Priors, draws: np.ndarray) -> list[Trade]:
    """Pairs that the posterior trades against each other, the most first."""
    names, matrix = [each.name for each in priors.parameters], np.corrcoef(draws.T)
    pairs = [(i, j) for i in range(len(names)) for j in range(i) if abs(matrix[i, j]) >= TRADED]
    pairs.sort(key=lambda pair: -abs(matrix[pair]))
    return [Trade(one=names[j], other=names[i], correlation=_short(matrix[i, j])) for i, j in pairs]


def fits_of(marked: Sequence[Fact], before: np.ndarray, after: np.ndarray, unseen: np.ndarray) -> list[Fit]:
    """Every fitted fact on other seeds."""
    rows = zip(marked, before, after, unseen, strict=True)
    return [Fit(name=fact.name, before=_short(b), after=_short(a), unseen=_short(u)) for fact, b, a, u in rows]


def text_of(record: Record) -> str:
    """The file."""
    lines = ["# Written by scripts/calibrate.py; see sim/validation/calibration/procedure.py for what was done.", ""]
    document = record.model_dump(by_alias=True)
    for key, value in document.items():
        if key not in ("width", "trade", "fit"):
            lines.append(f"{key} = {_written(value)}")
    for name in ("width", "trade", "fit"):
        for table in document[name]:
            lines += ["", f"[[{name}]]", *(f"{key} = {_written(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def _written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    return str(list(value)) if isinstance(value, tuple) else repr(value)


def _short(number: float) -> float:
    """To four digits."""
    return float(f"{number:.4g}")
