"""Read a price file into one table with a row per time, whatever its layout."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sim.inputs.errors import InputError

TIME_COLUMNS = ("timestamp", "t_utc", "time", "datetime", "date")
TIME_EXPECTED = "an ISO 8601 time (2025-10-10T20:30:00Z, UTC if no offset) or Unix seconds"
SECONDS_BELOW = 1e11  # Unix seconds stay below this until the year 5138; above, finer units
UNITS_PER_S = (1, 1_000, 1_000_000, 1_000_000_000)


@dataclass(frozen=True, slots=True)
class PriceTable:
    """The rows of a file: `time_s` (n,) Unix seconds, increasing; `row` (n,) where each was in the file.

    Rows are counted from 1, without the header. `columns` has n rows, named as in the file, or ASSET
    and ASSET@VENUE if the file was long.
    """

    file: Path
    time_s: np.ndarray
    row: np.ndarray
    columns: pd.DataFrame

    def between(self, first: int, last: int) -> PriceTable:
        """Rows with index first <= i < last."""
        return PriceTable(self.file, self.time_s[first:last], self.row[first:last], self.columns.iloc[first:last])

    def find(self, name: str) -> str | None:
        """The column of this name, or else the only one that differs from it by case alone."""
        if name in self.columns.columns:
            return name
        alike = [column for column in self.columns.columns if column.lower() == name.lower()]
        return alike[0] if len(alike) == 1 else None

    def positive(self, column: str) -> np.ndarray:
        """A column of positive numbers, (n,)."""
        values = pd.to_numeric(self.columns[column], errors="coerce").to_numpy(dtype=np.float64)
        wrong = ~(np.isfinite(values) & (values > 0))
        if wrong.any():
            i = int(np.argmax(wrong))
            raise self.error(
                f"column {column}, row {self.row[i]}",
                "a positive number",
                "an empty cell" if pd.isna(self.columns[column].iloc[i]) else str(self.columns[column].iloc[i]),
            )
        return values

    def error(self, key: str, expected: str, got: object = None) -> InputError:
        """Something wrong in this file."""
        return InputError(file=self.file, key=key, expected=expected, got=got)


def read_table(path: str | Path) -> PriceTable:
    """Read a wide or long CSV or Parquet file and check its times."""
    path = Path(path)
    frame = _read(path)
    time_column = next((c for name in TIME_COLUMNS for c in frame.columns if c.lower() == name), None)
    if time_column is None:
        raise InputError(
            file=path,
            key="columns",
            expected=f"a time column named one of {', '.join(TIME_COLUMNS)}",
            got=", ".join(frame.columns),
        )
    time_s = _unix_seconds(path, frame[time_column])
    frame = frame.drop(columns=time_column)
    named = {column.lower(): column for column in frame.columns}
    if "asset" in named and "price" in named:
        return _pivot(
            path,
            time_s,
            frame[named["asset"]],
            frame[named["price"]],
            frame[named["venue"]] if "venue" in named else None,
        )
    table = PriceTable(path, time_s, np.arange(1, len(frame) + 1), frame)
    _check_order(table, time_s)
    return table


def _read(path: Path) -> pd.DataFrame:
    """The file as pandas reads it, every column named by a stripped string."""
    try:
        match path.suffix.lower():
            case ".parquet" | ".pq":
                frame = pd.read_parquet(path)
                if not isinstance(frame.index, pd.RangeIndex):
                    frame = frame.reset_index()
            case ".csv" | ".gz" | ".txt":
                frame = pd.read_csv(path)
            case _:
                raise InputError(file=path, expected="a file that ends in .csv, .csv.gz or .parquet")
    except ImportError as error:
        raise InputError(
            file=path,
            expected="a Parquet reader (an installation of pyarrow that works), or a CSV file",
            got=str(error),
        ) from None
    except OSError as error:
        raise InputError(file=path, expected="a file that can be read", got=error.strerror or str(error)) from None
    except ValueError as error:  # what the CSV and Parquet parsers raise
        raise InputError(file=path, expected="a table in CSV or Parquet", got=str(error)) from None
    if not isinstance(frame.index, pd.RangeIndex):
        raise InputError(file=path, key="row 1", expected="as many fields as the header has")
    frame.columns = [str(column).strip() for column in frame.columns]
    return frame


def _unix_seconds(path: Path, column: pd.Series) -> np.ndarray:
    """Times as whole Unix seconds, (n,) int64; times without an offset are UTC."""
    if pd.api.types.is_numeric_dtype(column):
        values = column.to_numpy(dtype=np.float64)
        largest = np.nanmax(values, initial=0.0)
        unit = next((unit for unit in UNITS_PER_S if largest < SECONDS_BELOW * unit), UNITS_PER_S[-1])
        wrong = ~(np.isfinite(values) & (values >= 0))
        seconds = np.floor_divide(np.where(wrong, 0.0, values), unit)
    else:
        options = {} if pd.api.types.is_datetime64_any_dtype(column) else {"format": "ISO8601"}
        moments = pd.to_datetime(column, utc=True, errors="coerce", **options)
        wrong = moments.isna().to_numpy()
        seconds = moments.dt.tz_localize(None).to_numpy().astype("datetime64[s]").astype(np.int64)
    if wrong.any():
        i = int(np.argmax(wrong))
        raise InputError(
            file=path,
            key=f"column {column.name}, row {i + 1}",
            expected=TIME_EXPECTED,
            got=str(column.iloc[i]),
        )
    return seconds.astype(np.int64)


def _pivot(
    path: Path, time_s: np.ndarray, assets: pd.Series, prices: pd.Series, venues: pd.Series | None
) -> PriceTable:
    """One row per time, one column per asset and venue; times increase within each of these columns."""
    names = assets.astype(str).str.strip()
    if venues is not None:
        labels = venues.fillna("").astype(str).str.strip()
        names = names.where(labels == "", names + "@" + labels)
    rows = pd.DataFrame({"time": time_s, "name": names, "price": prices})
    rows["row"] = np.arange(1, len(rows) + 1)
    for _, group in rows.groupby("name", sort=False):
        series = PriceTable(path, group["time"].to_numpy(), group["row"].to_numpy(), group)
        _check_order(series, series.time_s)
    wide = rows.pivot(index="time", columns="name", values="price")
    first_row = rows.groupby("time")["row"].first()
    wide.columns = list(wide.columns)
    return PriceTable(path, wide.index.to_numpy(), first_row.to_numpy(), wide.reset_index(drop=True))


def _check_order(table: PriceTable, time_s: np.ndarray) -> None:
    """Times increase strictly."""
    steps = np.diff(time_s)
    if (steps <= 0).any():
        i = int(np.argmax(steps <= 0))
        before, now = utc(time_s[i]), utc(time_s[i + 1])
        expected = "no time twice" if steps[i] == 0 else f"rows in order of time (the row before is {before})"
        raise table.error(f"row {table.row[i + 1]}", expected, now)


def utc(time_s: int) -> str:
    """Unix seconds as `2025-10-10T20:30:00Z`."""
    return f"{np.datetime64(int(time_s), 's')}Z"
