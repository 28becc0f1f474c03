"""The report's figures; a design has one colour and one dash in all of them."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np
from plotly import graph_objects as go
from plotly.colors import sample_colorscale
from plotly.subplots import make_subplots

from sim.compare import Comparison
from sim.records import STATUS_HALTED, STATUS_OK, Records
from sim.report import series, words
from sim.report.looks import (
    BAND_ALPHA,
    INK,
    VENUE_ALPHA,
    Figure,
    Look,
    fill,
    looks,
    outline,
    style,
)
from sim.risk import measures
from sim.risk.measures import FEE_SOURCES, Measure

FOREST_LIMIT = 4.0  # standard deviations; what lies beyond is drawn as an arrow at the edge
MAX_FEEDS = 3

_FAR = 10.0 * FOREST_LIMIT
_FEE_PATTERNS = ("", "/", ".", "x", "-", "\\")


def all_figures(comparison: Comparison, records: Sequence[Records]) -> list[Figure]:
    """Every figure of the report, in reading order; records in any order."""
    by_name = {record.design: record for record in records}
    ordered = [by_name[name] for name in comparison.designs]
    figures = [] if len(ordered) == 1 else [forest(comparison)]
    return [
        *figures,
        share_price(ordered),
        prices(ordered),
        damage(ordered),
        target(ordered),
        fees(comparison),
    ]


def forest(comparison: Comparison) -> Figure:
    """Paired differences of every measure that has a better direction, in standard deviations."""
    look = looks(comparison.designs)
    shown = [m for m in comparison.measures if m.better != "neither"]
    others = comparison.designs[1:]
    drawing = go.Figure()
    offsets = np.linspace(-0.28, 0.28, len(others)) if len(others) > 1 else [0.0]
    reach = 0.5
    for offset, name in zip(offsets, others, strict=True):
        rows = [_standardised(comparison, measure, name) for measure in shown]
        middle, low, high = np.array(rows).reshape(-1, 3).T
        edge = np.clip(middle, -FOREST_LIMIT, FOREST_LIMIT)
        ends = np.array([low, high, middle])
        reach = max(reach, np.max(np.abs(ends), initial=0.0, where=np.isfinite(ends)))
        drawing.add_scatter(
            x=edge,
            y=np.arange(len(shown)) + offset,
            mode="markers",
            name=look[name].name,
            marker={"color": look[name].colour, "size": 9, "symbol": _symbols(middle)},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": np.nan_to_num(np.maximum(high - edge, 0.0)),
                "arrayminus": np.nan_to_num(np.maximum(edge - low, 0.0)),
                "color": look[name].colour,
                "thickness": 2,
                "width": 0,
            },
            text=[_hover(comparison, measure, name) for measure in shown],
            hovertemplate="%{text}<extra></extra>",
        )
    limit = 1.08 * min(reach, FOREST_LIMIT)
    drawing.update_xaxes(range=[-limit, limit], title="← worse     standard deviations over paths     better →")
    drawing.update_yaxes(
        tickvals=list(range(len(shown))), ticktext=[m.label for m in shown],
        range=[len(shown) - 0.4, -0.6], zeroline=False, automargin=True,
    )  # fmt: skip
    style(drawing, height=110 + len(shown) * (20 + 11 * len(others)))
    caption = (
        f"Difference from {comparison.baseline} on the same paths, with its 95 % interval, in "
        "standard deviations of the measure over paths. Right of the line is better, whatever the "
        "measure. An interval that crosses the line shows no difference. An arrow lies beyond "
        f"{FOREST_LIMIT:.0f} standard deviations. The table has the numbers."
    )
    return Figure("forest", "What differs, and how sure", caption, drawing)


def _standardised(comparison: Comparison, measure: Measure, design: str) -> np.ndarray:
    """Mean, worse end and better end over the measure's spread; NaN where there is no interval."""
    shown = comparison.differences[measure.key, design]
    values = np.array([shown.mean, shown.low, shown.high])
    if measure.better == "lower":
        values = -values[[0, 2, 1]]
    sds = [comparison.estimates[measure.key, name].sd for name in comparison.designs]
    spread = np.sqrt(np.mean(np.square(sds)))
    far = np.where(values == 0.0, 0.0, np.copysign(_FAR, values))
    scaled = np.divide(values, spread, out=far, where=bool(spread > 0.0))
    return np.where(np.isnan(values), np.nan, np.clip(scaled, -_FAR, _FAR))


def _symbols(middle: np.ndarray) -> list[str]:
    beyond = np.where(middle > 0.0, "triangle-right", "triangle-left")
    return np.where(np.abs(middle) > FOREST_LIMIT, beyond, "circle").tolist()


def _hover(comparison: Comparison, measure: Measure, design: str) -> str:
    shown = comparison.differences[measure.key, design]
    text = words.difference(shown, measure.unit)
    return html.escape(f"{design}, {words.measure_label(measure)}: {text}")


def share_price(records: Sequence[Records]) -> Figure:
    """Share price since the start, median and band over paths."""
    drawing = go.Figure()
    for record, look in _with_looks(records):
        price = record.series["share_price_usd"]
        _add_band(drawing, record, look, 100.0 * (price / price[:, :1] - 1.0))
    basket = records[0].series["basket_price_usd"]
    step = series.even_steps(basket.shape[1])
    times, title = series.clock(records[0].time_s)
    drawing.add_scatter(
        x=times[step], y=100.0 * (np.median(basket / basket[:, :1], axis=0)[step] - 1.0),
        name="holding the basket", mode="lines", line={"color": INK, "width": 1, "dash": "dot"},
    )  # fmt: skip
    drawing.update_xaxes(title=title)
    drawing.update_yaxes(title="change since the start, %")
    style(drawing, height=380)
    base = records[0].design
    caption = (
        "Price of a pool share: median over paths, and the band that holds the middle 80 % of "
        f"paths. The thin line holds the initial target basket of {base} and does nothing."
    )
    return Figure("share", "Price of a pool share", caption, drawing)


def prices(records: Sequence[Records]) -> Figure:
    """True price, venues and oracles on one path: the worst for the baseline's LPs."""
    base = records[0]
    path = int(np.nanargmin(np.nan_to_num(measures.lp_return_pct(base), nan=np.inf)))
    path_id = base.paths[path]
    true = base.series["true_price_usd"][path]  # (T, F)
    moves = np.ptp(true, axis=0) / np.max(true, axis=0)
    chosen = sorted(np.argsort(-moves, kind="stable")[:MAX_FEEDS])
    drawing = make_subplots(rows=len(chosen), cols=1, shared_xaxes=True, vertical_spacing=0.05)
    times, title = series.clock(base.time_s)
    has_venues = "venue_low_usd" in base.series and "venue_high_usd" in base.series
    for row, feed in enumerate(chosen, start=1):
        if has_venues:
            low, high = (base.series[f"venue_{end}_usd"][path, :, feed] for end in ("low", "high"))
            step = np.union1d(series.extreme_steps(low, 300), series.extreme_steps(high, 300))
            edges = outline(times[step], low[step], high[step])
            area = fill(*edges, "lowest to highest venue", "#808080", VENUE_ALPHA, row == 1)
            drawing.add_trace(area, row, 1)
        step = series.extreme_steps(true[:, feed])
        drawing.add_scatter(
            x=times[step], y=true[step, feed], name="true price", mode="lines", row=row, col=1,
            showlegend=row == 1, line={"color": INK, "width": 1},
        )  # fmt: skip
        floor = np.min(true[:, feed]) - 0.06 * np.ptp(true[:, feed])
        for i, (record, look) in enumerate(_with_looks(records)):
            if base.feeds[feed] not in record.feeds:
                continue
            at, its = int(np.flatnonzero(record.paths == path_id)[0]), record.feeds.index(base.feeds[feed])
            mid = record.series["oracle_mid_usd"][at, :, its]
            status = record.series["oracle_status"][at, :, its]
            mid = np.where(status == STATUS_HALTED, np.nan, mid)
            step = series.extreme_steps(mid)
            drawing.add_scatter(
                x=times[step], y=mid[step], name=f"oracle, {look.name}", mode="lines", row=row,
                col=1, showlegend=row == 1, legendgroup=look.name, line=look.line | {"width": 1.4},
            )  # fmt: skip
            closed = np.flatnonzero(status != STATUS_OK)
            closed = closed[series.even_steps(len(closed))]
            symbols = np.where(status[closed] == STATUS_HALTED, "x-thin", "line-ns").tolist()
            level = floor - 0.05 * i * np.ptp(true[:, feed])
            drawing.add_scatter(
                x=times[closed], y=np.full(len(closed), level), mode="markers", row=row, col=1,
                showlegend=False, legendgroup=look.name, hoverinfo="skip",
                marker={"symbol": symbols, "size": 7, "line": {"color": look.colour, "width": 1.5}},
            )  # fmt: skip
        name = html.escape(base.feeds[feed])
        drawing.update_yaxes(title=f"{name}, USD", automargin=True, row=row, col=1)
    drawing.update_xaxes(title=title, row=len(chosen), col=1)
    style(drawing, height=90 + 220 * len(chosen))
    caption = (
        f"Path {path_id}, the worst for LPs of {base.design}"
        f"{'; the band spans the venues' if has_venues else ''}. Ticks below a panel mark steps "
        "on which a design's oracle called its price wide (bar) or gave none (cross). "
        f"Shown: the {len(chosen)} feeds that moved most."
    )
    return Figure("prices", "Prices in the worst storm", caption, drawing)


def damage(records: Sequence[Records]) -> Figure:
    """Cumulative liquidations and bad debt, mean over paths with the band."""
    names = ("liquidated_usd", "bad_debt_usd")
    drawing = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.08)
    for row, name in enumerate(names, start=1):
        for record, look in _with_looks(records):
            values = record.series[name]
            _add_band(drawing, record, look, values, row, np.mean(values, axis=0))
    drawing.update_yaxes(title="liquidated, USD", rangemode="tozero", row=1, col=1)
    drawing.update_yaxes(title="bad debt, USD", rangemode="tozero", row=2, col=1)
    drawing.update_xaxes(title=series.clock(records[0].time_s)[1], row=2, col=1)
    style(drawing, height=520)
    total = sum(float(np.sum(record.series["bad_debt_usd"][:, -1])) for record in records)
    caption = (
        "Running total per path: mean, and the band that holds the middle 80 % of paths. The mean "
        "may leave the band when few paths carry all of the loss."
    )
    if total <= measures.DUST_USD:
        caption += " No design left bad debt in the pool on any path."
    return Figure("damage", "Liquidations and bad debt", caption, drawing)


def target(records: Sequence[Records]) -> Figure:
    """Distance of the pool to its target weights, median and band."""
    drawing = go.Figure()
    for record, look in _with_looks(records):
        _add_band(drawing, record, look, 100.0 * record.series["weight_distance"])
    drawing.update_xaxes(title=series.clock(records[0].time_s)[1])
    drawing.update_yaxes(title="in the wrong asset, %", rangemode="tozero")
    style(drawing, height=340)
    caption = (
        "Share of the pool's value that would have to move to another asset to meet the target "
        "weights: median over paths, and the band that holds the middle 80 %."
    )
    return Figure("target", "Distance to the target portfolio", caption, drawing)


def fees(comparison: Comparison) -> Figure:
    """Mean fees per path, stacked by source."""
    colours = sample_colorscale("Cividis", np.linspace(0.25, 1.0, len(FEE_SOURCES)))
    names = [look.name for look in looks(comparison.designs).values()]
    drawing = go.Figure()
    found = {m.key for m in comparison.measures}
    sources = [source for source in FEE_SOURCES if f"{source}_fee_usd" in found]
    for source, colour, pattern in zip(sources, colours, _FEE_PATTERNS, strict=False):
        means = [comparison.estimates[f"{source}_fee_usd", d].mean for d in comparison.designs]
        drawing.add_bar(
            y=names, x=means, name=source, orientation="h", width=0.6,
            marker={"color": colour, "line": {"color": INK, "width": 0.5},
                    "pattern": {"shape": pattern, "fgcolor": INK, "fgopacity": 0.35, "size": 6}},
        )  # fmt: skip
    drawing.update_layout(barmode="stack")
    drawing.update_xaxes(title="USD per path")
    drawing.update_yaxes(autorange="reversed", automargin=True, showgrid=False)
    style(drawing, height=150 + 46 * len(names))
    caption = "Gross fees by source, mean per path. Part of them goes to the protocol (see table)."
    return Figure("fees", "Fee income", caption, drawing)


def _with_looks(records: Sequence[Records]) -> list[tuple[Records, Look]]:
    look = looks([record.design for record in records])
    return [(record, look[record.design]) for record in records]


def _add_band(
    drawing: go.Figure,
    record: Records,
    look: Look,
    values: np.ndarray,
    row: int | None = None,
    middle: np.ndarray | None = None,
) -> None:
    """Middle line (the median unless given) and the 10-90 % band of (P, T) values."""
    step = series.even_steps(values.shape[1])
    low, median, high = series.band(values[:, step])
    centre = median if middle is None else middle[step]
    times = series.clock(record.time_s)[0][step]
    place = {} if row is None else {"row": row, "col": 1}
    edges = outline(times, low, high)
    drawing.add_trace(fill(*edges, look.name, look.colour, BAND_ALPHA, False), **place)
    drawing.add_scatter(
        x=times, y=centre, mode="lines", name=look.name, legendgroup=look.name, line=look.line,
        showlegend=row in (None, 1), **place,
    )  # fmt: skip
