"""The small tables of a scenario file: clock, waypoints, noise, venues, events, price file.

Every key states its unit. A table checks what it can check alone; `sim.scenario.model` checks what ties
tables together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import numpy as np
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from sim.inputs.tomlfile import bad


def _whole_seconds(moment: datetime) -> datetime:
    if moment.microsecond:
        raise bad("", "a time in whole seconds", moment.isoformat())
    return moment


def _one_folder(name: str) -> str:
    if not _FOLDER.fullmatch(name):
        raise bad("", "a letter or digit, then letters, digits, blanks and any of . _ + -, at most 64", name)
    return name


_FOLDER = re.compile(r"\w[\w .+-]{0,63}")
FileName = Annotated[str, AfterValidator(_one_folder)]
Time = Annotated[AwareDatetime, AfterValidator(_whole_seconds)]
Text = Annotated[str, Field(min_length=1)]
Positive = Annotated[float, Field(gt=0)]
NonNegative = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
#: Bounds of what a file may say, far from anything that markets have shown: amounts and prices that fit the contracts'
#: words all through a run, and numbers whose powers are numbers.
PriceUsd = Annotated[float, Field(gt=0, le=1e9)]
AmountUsd = Annotated[float, Field(ge=0, le=1e9)]
Bps = Annotated[float, Field(ge=0, le=1e4)]
SignedBps = Annotated[float, Field(ge=-1e5, le=1e5)]
Factor = Annotated[float, Field(gt=0, le=1e4)]
Count = Annotated[int, Field(ge=0)]
PositiveCount = Annotated[int, Field(gt=0)]


def unix_s(moment: datetime) -> int:
    """Unix time, seconds, of a moment in whole seconds."""
    return int(moment.timestamp())


class Table(BaseModel):
    """A TOML table: frozen, and a key that it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _knows_every_key(cls, data: Any) -> Any:
        known = {field.alias or name: field.annotation for name, field in cls.model_fields.items()}
        if isinstance(data, dict):
            for key, value in data.items():
                if key not in known:
                    raise bad(str(key), f"one of the keys {', '.join(known)}", key)
                _check_numbers(str(key), value, known[key])
        return data


def _check_numbers(key: str, value: Any, annotation: Any) -> None:
    """Neither `true` nor a text that looks like one is a number."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if annotation in (int, float) and isinstance(value, bool | str):
        raise bad(key, "a whole number" if annotation is int else "a number", str(value).lower())
    if origin is Annotated:
        _check_numbers(key, value, inner[0])
    elif origin in (Union, UnionType) and len(some := [each for each in inner if each is not type(None)]) == 1:
        _check_numbers(key, value, some[0])
    elif origin is tuple and isinstance(value, list | tuple):
        for i, entry in enumerate(value):
            _check_numbers(f"{key}[{i}]", entry, inner[0 if inner[-1] is Ellipsis else min(i, len(inner) - 1)])
    elif origin in (dict, Mapping) and isinstance(value, Mapping):
        for name, entry in value.items():
            _check_numbers(f"{key}.{name}", entry, inner[1])


class Segment(Table):
    """Steps of `step_s` seconds until a moment."""

    until: Time
    step_s: PositiveCount


class Clock(Table):
    """The moments at which the world is simulated."""

    start: Time
    segments: Annotated[tuple[Segment, ...], Field(alias="segment", min_length=1)]

    @model_validator(mode="after")
    def _segments_follow_each_other(self) -> Clock:
        begin = self.start
        for i, segment in enumerate(self.segments):
            span_s = unix_s(segment.until) - unix_s(begin)
            if span_s <= 0:
                raise bad(
                    f"segment[{i}].until",
                    f"a time after {begin.isoformat()}",
                    segment.until.isoformat(),
                )
            if span_s % segment.step_s:
                raise bad(f"segment[{i}].step_s", f"a divisor of the segment's {span_s} s", segment.step_s)
            begin = segment.until
        return self

    @property
    def end(self) -> datetime:
        """The last moment."""
        return self.segments[-1].until

    def grid(self) -> tuple[np.ndarray, np.ndarray]:
        """Unix seconds (T,) int64 from start to end inclusive, and seconds (T,) of each step.

        Step t covers the time since step t - 1; step 0, with none before it, counts as long as step 1.
        """
        times, begin = [np.array([unix_s(self.start)])], unix_s(self.start)
        for segment in self.segments:
            until = unix_s(segment.until)
            times.append(np.arange(begin + segment.step_s, until + 1, segment.step_s))
            begin = until
        times_s = np.concatenate(times).astype(np.int64)
        steps_s = np.diff(times_s)
        return times_s, np.concatenate([steps_s[:1], steps_s])


class Waypoint(Table):
    """A price that every path passes through, and where it comes from."""

    feed: Text
    time: Time
    price_usd: PriceUsd
    source: Text


class Stable(Table):
    """A feed that stays near a peg: an Ornstein-Uhlenbeck deviation in log price."""

    feed: Text
    peg_usd: PriceUsd
    sd_bps: Bps
    half_life_s: Positive
    source: Text


class Wrapped(Table):
    """A feed that stays near a multiple of another: a staked or wrapped token and what it can be redeemed for."""

    feed: Text
    base: Text
    rate: Factor  # of the base, per token
    sd_bps: Bps
    half_life_s: Positive
    source: Text


class Volatility(Table):
    """Standard deviation of a feed's log return over five calm minutes."""

    feed: Text
    sd_bps_per_5min: Bps
    source: Text


class Correlation(Table):
    """Correlation of the noise of two feeds; pairs that are not given have none."""

    feeds: Annotated[tuple[str, ...], Field(min_length=2, max_length=2)]
    value: Annotated[float, Field(ge=-1, le=1)]
    source: Text


class Window(Table):
    """A stretch of time `[from, until)`."""

    begin: Time = Field(alias="from")
    until: Time

    @model_validator(mode="after")
    def _is_not_empty(self) -> Window:
        if self.until <= self.begin:
            raise bad("until", f"a time after {self.begin.isoformat()}", self.until.isoformat())
        return self


class Storm(Window):
    """The window in which noise is `factor` times as large and spreads widen."""

    factor: Factor
    source: Text


class Noise(Table):
    """How paths differ between waypoints."""

    volatility: tuple[Volatility, ...] = ()
    correlation: tuple[Correlation, ...] = ()
    storm: Storm | None = None


class Venue(Table):
    """A place that quotes every feed: its oracle weight, and how it differs from the true price."""

    name: Text
    weight: Factor
    basis_sd_bps: Bps
    basis_half_life_s: Positive
    half_spread_bps: Bps
    storm_spread_factor: Factor = 1.0
    storm_basis_factor: Factor = 1.0
    source: str = ""


class Event(Window):
    """Something that happens at one venue.

    `offset`: its price departs from the true one by `size_bps` (signed, log) over `ramp_s`, and returns
    over the last `ramp_s`.
    `halt`: it keeps showing the last quote before `from`.
    """

    venue: Text
    feeds: Annotated[tuple[str, ...], Field(min_length=1)]
    kind: Literal["offset", "halt"]
    size_bps: SignedBps | None = None
    ramp_s: Count | None = None
    source: Text

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Event:
        for key, value in (("size_bps", self.size_bps), ("ramp_s", self.ramp_s)):
            if self.kind == "offset" and value is None:
                raise bad(key, "a number (an offset needs it)")
            if self.kind == "halt" and value is not None:
                raise bad(key, "no such key in a halt", value)
        span_s = unix_s(self.until) - unix_s(self.begin)
        if self.ramp_s is not None and 2 * self.ramp_s > span_s:
            raise bad("ramp_s", f"at most half of the event's {span_s} s", self.ramp_s)
        return self


class PriceSource(Table):
    """The user's own price file (`kind = "csv"`); `sim.inputs.csvfile` says what it may look like."""

    file: Path
    columns: dict[str, str] = {}
    asset: str | None = None
    step_s: PositiveCount | None = None
    max_gap_s: PositiveCount | None = None
    start: Time | None = None
    until: Time | None = None
    max_steps: Annotated[int, Field(ge=2)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _names_a_file(cls, data: Any) -> Any:
        if isinstance(data, dict) and "file" not in data:
            raise bad("file", "the path of a CSV or Parquet price file (breakwater: --prices FILE)")
        return data
