"""The report's figures; a design has one colour and one dash in all of them."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np
from plotly import graph_objects as go
from plotly.colors import sample_colorscale
from plotly.subplots import make_subplots

from sim.report import market, prices, series, words
from sim.report.looks import (
    BAND_ALPHA,
    INK,
    Figure,
    Look,
    different,
    fill,
    looks,
    outline,
    style,
)
from sim.risk.comparison import Comparison
from sim.risk.measures import Measure
from sim.risk.measures.fees import SOURCES as FEE_SOURCES
from sim.risk.measures.solvency import DUST_USD
from sim.risk.records import Records

FOREST_LIMIT = 4.0  # standard deviations; what lies beyond is drawn as an arrow at the edge
MAX_FEEDS = 3

_FAR = 10.0 * FOREST_LIMIT


def all_figures(
    comparison: Comparison, records: Sequence[Records], view: market.MarketView | None = None
) -> list[Figure]:
    """Every figure of the report, in reading order; records in any order."""
    by_name = {record.design: record for record in records}
    ordered = [by_name[name] for name in comparison.designs]
    figures = [] if len(ordered) == 1 else [forest(comparison)]
    return [
        *figures,
        share_price(ordered),
        *(market.figures(view, ordered) if view is not None else []),
        prices.prices(ordered),
        damage(ordered),
        target(ordered),
        fees(comparison),
    ]


def forest(comparison: Comparison) -> Figure:
    """Paired differences of every measure that has a better direction, in standard deviations."""
    look = looks(comparison.designs)
    shown = [m for m in comparison.measures if m.better != "neither" and not words.is_nowhere(comparison, m)]
    others = comparison.designs[1:]
    drawing = go.Figure()
    offsets = np.linspace(-0.28, 0.28, len(others)) if len(others) > 1 else [0.0]
    reach = 0.5
    for offset, name in zip(offsets, others, strict=True):
        rows = [_standardised(comparison, measure, name) for measure in shown]
        middle, low, high = np.array(rows).reshape(-1, 3).T
        edge = np.clip(middle, -FOREST_LIMIT, FOREST_LIMIT)
        is_beyond = np.abs(middle) > FOREST_LIMIT
        ends = np.array([low, high, middle])
        reach = max(reach, np.max(np.abs(ends), initial=0.0, where=np.isfinite(ends)))
        drawing.add_scatter(
            x=edge,
            y=np.arange(len(shown)) + offset,
            mode="markers",
            name=look[name].name,
            marker={
                "color": look[name].colour,
                "size": np.where(is_beyond, 0, 9).tolist(),
                "symbol": "circle",
                "opacity": 1,
            },
            legendgroup=name,
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
        at = np.flatnonzero(is_beyond)
        drawing.add_scatter(
            x=edge[at], y=at + offset, mode="markers", showlegend=False, legendgroup=name, hoverinfo="skip",
            marker={"color": look[name].colour, "size": 11, "symbol": _arrows(middle[at])},
        )  # fmt: skip
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
        "measure. An interval that crosses the line shows no difference; what has none is left "
        f"out. An arrow lies beyond {FOREST_LIMIT:.0f} standard deviations. The table has the numbers."
    )
    return Figure("forest", "What differs, and how sure", caption, drawing)


def _standardised(comparison: Comparison, measure: Measure, design: str) -> np.ndarray:
    """Mean, worse end and better end over the measure's spread; NaN where there is no interval."""
    shown = comparison.differences[measure.key, design]
    middle = shown.mean if np.isfinite(shown.low) else np.nan  # a dot without its interval says more than is known
    values = np.array([middle, shown.low, shown.high])
    if measure.better == "lower":
        values = -values[[0, 2, 1]]
    sds = [comparison.estimates[measure.key, name].sd for name in comparison.designs]
    spread = np.sqrt(np.mean(np.square(sds)))
    far = np.where(values == 0.0, 0.0, np.copysign(_FAR, values))
    scaled = np.divide(values, spread, out=far, where=bool(spread > 0.0))
    return np.where(np.isnan(values), np.nan, np.clip(scaled, -_FAR, _FAR))


def _arrows(middle: np.ndarray) -> list[str]:
    return np.where(middle > 0.0, "triangle-right", "triangle-left").tolist()


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
    baskets = [record.series["basket_price_usd"] for record in records]
    step = series.even_steps(baskets[0].shape[1])
    times, title = series.clock(records[0].time_s)
    for basket, look in different(baskets, [look for _, look in _with_looks(records)]):
        drawing.add_scatter(
            x=times[step], y=100.0 * (np.median(basket / basket[:, :1], axis=0)[step] - 1.0),
            name=f"basket of {look.name}", mode="lines", line=look.line | {"width": 1, "dash": "dot"},
        )  # fmt: skip
    drawing.update_xaxes(title=title)
    drawing.update_yaxes(title="change since the start, %")
    style(drawing, height=380)
    caption = (
        "Price of a pool share: median over paths, and the band that holds the middle 80 % of paths. A thin dotted "
        "line holds a design's own target basket, bought at the start, and does nothing: the distance to it is what "
        "LPs earned."
    )
    return Figure("share", "Price of a pool share", caption, drawing)


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
    if total <= DUST_USD:
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
    for source, colour in zip(sources, colours, strict=False):
        means = [comparison.estimates[f"{source}_fee_usd", d].mean for d in comparison.designs]
        drawing.add_bar(
            y=names, x=means, name=source, orientation="h", width=0.6,
            marker={"color": colour, "line": {"color": INK, "width": 0.5}},
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
