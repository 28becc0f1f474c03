"""The user's own prices: a CSV or Parquet file as price paths on a regular grid of steps.

Layouts, told apart by the columns (times in `timestamp`, `t_utc`, `time`, `datetime` or `date`):

- wide: a column per feed (`BTC`, `ETH`), and optionally one per feed and venue (`BTC@binance`);
- long: `asset`, `price`, and optionally `venue`;
- bars: `open`, `high`, `low`, `close` of the feed that `asset` names, or `BTC:open` ... for several
  feeds. A bar's time is its opening. A falling bar goes open, high, low, close and a rising one open,
  low, high, close, a quarter of the bar apart.

`columns` maps a feed to the name that it has in the file. Where a feed has only venue columns, its true
price is their median. Between the rows log prices are interpolated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from sim.inputs.csvtable import PriceTable, read_table, utc
from sim.inputs.errors import InputError

BAR = ("open", "high", "low", "close")
MAX_GAP_SPACINGS = 5  # default of max_gap_s, in usual distances between rows


@dataclass(frozen=True, slots=True)
class PriceFile:
    """On a grid `time_s` (T,) int64: `price_usd[feed]` and `venue_price_usd[feed, venue]`, each (T,)."""

    time_s: np.ndarray
    step_s: int
    price_usd: dict[str, np.ndarray]
    venue_price_usd: dict[tuple[str, str], np.ndarray]


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a feed is in a table."""

    price: str | None  # column of the true price
    bar: tuple[str, ...]  # columns of open, high, low, close, or none
    venues: dict[str, str]  # venue as written in the file -> column


def feeds_of(
    path: str | Path, feeds: Sequence[str], *, columns: Mapping[str, str], asset: str | None = None
) -> list[str]:
    """Those of `feeds` that the file has; at least one."""
    table = read_table(path)
    found = [feed for feed in feeds if _source(table, feed, columns, asset) is not None]
    if not found:
        raise _no_feed(table, feeds)
    return found


def read_prices(
    path: str | Path,
    *,
    feeds: Sequence[str],
    optional_feeds: Sequence[str] = (),
    venues: Sequence[str] = (),
    columns: Mapping[str, str] | None = None,
    asset: str | None = None,
    step_s: int | None = None,
    max_gap_s: int | None = None,
    start: datetime | None = None,
    until: datetime | None = None,
    max_steps: int | None = None,
) -> PriceFile:
    """Read, cut, check and interpolate the prices of `feeds`; those in `optional_feeds` may be absent.

    The grid starts at the first row from `start` on and ends with the last row until `until`, or after
    `max_steps` steps. `step_s` is by default the usual distance between rows, or a quarter of it for bars.
    """
    table = read_table(path)
    sources = {}
    for feed in feeds:
        source = _source(table, feed, columns or {}, asset)
        if source is not None:
            sources[feed] = source
        elif feed not in optional_feeds:
            raise _no_feed(table, [(columns or {}).get(feed, feed)])
    table = _cut(table, start, until)
    spacing_s = int(np.median(np.diff(table.time_s)))
    has_bars = any(source.bar for source in sources.values())
    if step_s is None:
        step_s = max(1, spacing_s // len(BAR)) if has_bars else spacing_s
    if has_bars:
        _check_bar_steps(table, spacing_s, step_s)
    offsets_s = step_s * (np.arange(len(BAR)) * (spacing_s // step_s) // len(BAR))  # within a bar
    end_s = int(table.time_s[-1]) + (int(offsets_s[-1]) if has_bars else 0)
    if until is not None:
        end_s = min(end_s, int(until.timestamp()))
    time_s = np.arange(table.time_s[0], end_s + 1, step_s, dtype=np.int64)[:max_steps]
    if len(time_s) < 2:
        raise table.error("rows", f"a span of at least one step of {step_s} s", f"{end_s - table.time_s[0]} s")
    table = table.between(0, int(np.searchsorted(table.time_s, time_s[-1])) + 1)  # what the grid needs
    _check_gaps(table, max_gap_s or MAX_GAP_SPACINGS * spacing_s)
    return _on_grid(table, sources, venues, time_s, step_s, offsets_s)


def _on_grid(
    table: PriceTable,
    sources: Mapping[str, _Source],
    venues: Sequence[str],
    time_s: np.ndarray,
    step_s: int,
    offsets_s: np.ndarray,
) -> PriceFile:
    """Check and interpolate the columns that are used."""
    known = {venue.lower(): venue for venue in venues}
    price_usd: dict[str, np.ndarray] = {}
    venue_price_usd: dict[tuple[str, str], np.ndarray] = {}
    for feed, source in sources.items():
        shown = {}
        for written, column in source.venues.items():
            if written.lower() not in known:
                raise table.error(f"column {column}", f"a venue of the scenario: {', '.join(venues)}", written)
            shown[feed, known[written.lower()]] = _interpolated(time_s, table.time_s, table.positive(column))
        venue_price_usd |= shown
        if source.bar:
            price_usd[feed] = _interpolated(time_s, *_bar_knots(table, source.bar, offsets_s))
        elif source.price is not None:
            price_usd[feed] = _interpolated(time_s, table.time_s, table.positive(source.price))
        else:
            price_usd[feed] = np.median(list(shown.values()), axis=0)
    return PriceFile(time_s, step_s, price_usd, venue_price_usd)


def _source(table: PriceTable, feed: str, columns: Mapping[str, str], asset: str | None) -> _Source | None:
    """Where `feed` is in the table, or None."""
    name = columns.get(feed, feed)
    at = f"{name}@".lower()
    shown = {c[len(at) :]: c for c in table.columns.columns if c.lower().startswith(at)}
    price = table.find(name)
    bar: tuple[str, ...] = ()
    for prefix in [f"{name}:"] + ([""] if asset == feed else []):
        parts = [table.find(prefix + part) for part in BAR]
        if not price and not bar and None not in parts:
            bar = tuple(part for part in parts if part)
    return _Source(price, bar, shown) if price or bar or shown else None


def _cut(table: PriceTable, start: datetime | None, until: datetime | None) -> PriceTable:
    """Rows from `start` to `until`, both included; at least two."""
    if len(table.time_s) == 0:
        raise table.error("rows", "at least 2 rows", "0 rows")
    first, last = utc(table.time_s[0]), utc(table.time_s[-1])
    begin = 0 if start is None else int(np.searchsorted(table.time_s, start.timestamp()))
    end = len(table.time_s)
    if until is not None:
        end = int(np.searchsorted(table.time_s, until.timestamp(), side="right"))
    if start is not None and begin == len(table.time_s):
        raise table.error("start", f"a time within the file, {first} to {last}", start.isoformat())
    if until is not None and end == 0:
        raise table.error("until", f"a time within the file, {first} to {last}", until.isoformat())
    if end - begin < 2:
        where = " between start and until" if start or until else ""
        raise table.error("rows", f"at least 2 rows{where}", f"{max(0, end - begin)} rows")
    return table.between(begin, end)


def _check_gaps(table: PriceTable, max_gap_s: int) -> None:
    """No two neighbouring rows are more than `max_gap_s` apart."""
    gaps_s = np.diff(table.time_s)
    if (gaps_s > max_gap_s).any():
        i = int(np.argmax(gaps_s > max_gap_s))
        raise table.error(
            f"row {table.row[i + 1]}",
            f"at most max_gap_s = {max_gap_s} s after the row before",
            f"{gaps_s[i]} s, {utc(table.time_s[i])} to {utc(table.time_s[i + 1])}",
        )


def _check_bar_steps(table: PriceTable, bar_s: int, step_s: int) -> None:
    """Steps hit the opening of each bar and the quarters within it."""
    if bar_s % step_s or bar_s // step_s < len(BAR):
        raise table.error("step_s", f"a divisor of the bars' {bar_s} s, at most a quarter of it", step_s)
    off = np.diff(table.time_s) % bar_s != 0
    if off.any():
        i = int(np.argmax(off))
        raise table.error(
            f"row {table.row[i + 1]}",
            f"a bar a multiple of {bar_s} s after the one before",
            utc(table.time_s[i + 1]),
        )


def _bar_knots(table: PriceTable, columns: tuple[str, ...], offsets_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Times and prices of the four moments of each bar, both (4 n,)."""
    bar = np.stack([table.positive(column) for column in columns], axis=1)  # (n, 4): open, high, low, close
    wrong = (bar[:, 1] < bar.max(axis=1)) | (bar[:, 2] > bar.min(axis=1))
    if wrong.any():
        i = int(np.argmax(wrong))
        raise table.error(
            f"row {table.row[i]}",
            "low <= open, close <= high",
            ", ".join(f"{name} {value:g}" for name, value in zip(BAR, bar[i], strict=True)),
        )
    is_falling = bar[:, 3] < bar[:, 0]
    knots = np.where(is_falling[:, None], bar, bar[:, [0, 2, 1, 3]])
    return (table.time_s[:, None] + offsets_s).ravel(), knots.ravel()


def _interpolated(time_s: np.ndarray, knot_s: np.ndarray, price_usd: np.ndarray) -> np.ndarray:
    """Prices at `time_s`, linear in the logarithm between knots and exact at them, (T,)."""
    left = np.clip(np.searchsorted(knot_s, time_s, side="right") - 1, 0, len(knot_s) - 1)
    right = np.minimum(left + 1, len(knot_s) - 1)
    share = (time_s - knot_s[left]) / np.maximum(knot_s[right] - knot_s[left], 1)
    return price_usd[left] * (price_usd[right] / price_usd[left]) ** share


def _no_feed(table: PriceTable, names: Sequence[str]) -> InputError:
    return table.error(
        f"column {names[0]}",
        f"a price column named {' or '.join(names)}, or bars "
        f"({names[0]}:open to {names[0]}:close, or open to close and `asset`)",
        ", ".join(table.columns.columns),
    )
