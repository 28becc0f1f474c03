"""The figure of prices in the worst storm, and of the oracles' distance from them."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np
from plotly import graph_objects as go
from plotly.subplots import make_subplots

from sim.report import series
from sim.report.looks import INK, VENUE_ALPHA, Figure, Look, different, fill, looks, outline, style
from sim.risk import measures
from sim.risk.records import STATUS_HALTED, STATUS_OK, Records

MAX_FEEDS = 3


def prices(records: Sequence[Records]) -> Figure:
    """True price and venues on one path, the worst for the baseline's LPs, and how far oracles are from it."""
    base, look = records[0], looks([record.design for record in records])
    path = int(np.nanargmin(np.nan_to_num(measures.lp_return_pct(base), nan=np.inf)))
    path_id = base.paths[path]
    true = base.series["true_price_usd"][path]  # (T, F)
    moves = np.ptp(true, axis=0) / np.max(true, axis=0)
    chosen = sorted(np.argsort(-moves, kind="stable")[:MAX_FEEDS])
    heights = [0.6, 0.4] * len(chosen)
    drawing = make_subplots(rows=len(heights), cols=1, shared_xaxes=True, vertical_spacing=0.03, row_heights=heights)
    times, title = series.clock(base.time_s)
    has_venues = "venue_low_usd" in base.series and "venue_high_usd" in base.series
    for i, feed in enumerate(chosen):
        name, row, is_first = base.feeds[feed], 2 * i + 1, i == 0
        if has_venues:
            low, high = (base.series[f"venue_{end}_usd"][path, :, feed] for end in ("low", "high"))
            step = np.union1d(series.extreme_steps(low, 300), series.extreme_steps(high, 300))
            edges = outline(times[step], low[step], high[step])
            drawing.add_trace(fill(*edges, "lowest to highest venue", "#808080", VENUE_ALPHA, is_first), row, 1)
        step = series.extreme_steps(true[:, feed])
        drawing.add_scatter(
            x=times[step], y=true[step, feed], name="true price", mode="lines", row=row, col=1,
            showlegend=is_first, line={"color": INK, "width": 1},
        )  # fmt: skip
        drawing.update_yaxes(title=f"{html.escape(name)}, USD", automargin=True, row=row, col=1)
        having = [record for record in records if name in record.feeds]
        _add_errors(drawing, having, [look[record.design] for record in having], path_id, name, row + 1)
        drawing.update_yaxes(title="oracle off by, bps", automargin=True, row=row + 1, col=1)
    drawing.update_xaxes(title=title, row=len(heights), col=1)
    style(drawing, height=90 + 310 * len(chosen))
    caption = (
        f"Path {path_id}, the worst for LPs of {base.design}"
        f"{'; the band spans the venues' if has_venues else ''}. Below each price: how far each design's oracle is "
        "above or below it. Ticks mark steps on which an oracle called its price wide (bar) or gave none (cross). "
        f"Shown: the {len(chosen)} feeds that moved most."
    )
    return Figure("prices", "Prices in the worst storm", caption, drawing)


def _add_errors(
    drawing: go.Figure, records: Sequence[Records], look_of: Sequence[Look], path_id: int, feed: str, row: int
) -> None:
    """Distance of oracles from the true price of a feed on one path, in bps; equal ones are drawn once."""
    found = []
    for record in records:
        at, its = int(np.flatnonzero(record.paths == path_id)[0]), record.feeds.index(feed)
        mid, true, status = (
            record.series[name][at, :, its] for name in ("oracle_mid_usd", "true_price_usd", "oracle_status")
        )
        error = np.where(status == STATUS_HALTED, np.nan, 1e4 * (mid / true - 1.0))
        found.append(np.stack([error, status]))
    for (error, status), look in different(found, look_of):
        times, _ = series.clock(records[0].time_s)
        step = series.extreme_steps(error)
        drawing.add_scatter(
            x=times[step], y=error[step], name=f"oracle of {look.name}", mode="lines", row=row, col=1,
            showlegend=row == 2, legendgroup=look.name, line=look.line | {"width": 1.4},
        )  # fmt: skip
        closed = np.flatnonzero(status != STATUS_OK)
        closed = closed[series.even_steps(len(closed))]
        drawing.add_scatter(
            x=times[closed], y=np.nan_to_num(error[closed]), mode="markers", row=row, col=1, showlegend=False,
            legendgroup=look.name, hoverinfo="skip",
            marker={"symbol": np.where(status[closed] == STATUS_HALTED, "x-thin", "line-ns").tolist(), "size": 7,
                    "line": {"color": look.colour, "width": 1.5}},
        )  # fmt: skip
