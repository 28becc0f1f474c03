"""What a comparison says in storms of several sizes: sentences, a table, a figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from plotly.subplots import make_subplots
from rich import box
from rich.table import Table
from rich.text import Text

from sim.report import words
from sim.report.looks import BAND_ALPHA, Figure, fill, looks, outline, style
from sim.report.market import MarketView
from sim.risk.comparison import Comparison
from sim.risk.curves import CHANCE, Curve

_ROWS = (
    (words.HEADLINE_MEASURE, "LP return over basket, pp"),
    (CHANCE, "paths with bad debt, %"),
    ("bad_debt_usd", "bad debt, USD"),
    ("liquidated_usd", "liquidated, USD"),
    ("worst_pull_pct", "worst basket against twin, %"),
)
_SCALE = {CHANCE: 100.0}


@dataclass(frozen=True, slots=True)
class Sized:
    """A comparison at one size of the storm."""

    size: float  # times the scenario's news
    comparison: Comparison
    view: MarketView | None
    folder: str  # of its own report


def sentences(found: Sequence[Sized], drawn: Curve) -> list[str]:
    """For which sizes a verdict holds, and from which on each design makes bad debt."""
    base = drawn.designs[0]
    said = [_verdicts(found, drawn, base, name) for name in drawn.designs[1:]]
    if len(found) == 1 and said:
        said.append("One size is no verdict: how it stands in other storms is not known from this one.")
    return [*said, *_early(found), _first(drawn)]


def table(found: Sequence[Sized], drawn: Curve) -> Table:
    """Sizes as rows: how far the market went, and each design's headline and chance of bad debt."""
    title = "One size" if len(found) == 1 else f"Storms of {len(found)} sizes"
    made = _empty(f"{title}: LP return over basket in pp, and paths with bad debt in %")
    reference = next((row.view.market.reference for row in found if row.view is not None), "market")
    made.add_column("news")
    made.add_column(f"{reference}, %", justify="right")
    for name in drawn.designs:
        made.add_column(Text(name), justify="right", overflow="fold")
    for row in found:
        made.add_row(f"{row.size:g} x", move(row), *(Text(cell(row, name)) for name in drawn.designs))
    return made


def outcomes(found: Sequence[Sized], drawn: Curve) -> list[tuple[str, str, list[str]]]:
    """Title, size and each design's mean with its 95 % interval, of everything that the figure shows."""
    return [
        (title, f"{row.size:g} x", [_outcome(row.comparison, key, name) for name in drawn.designs])
        for key, title in _ROWS
        if (key, drawn.designs[0]) in drawn.points
        for row in found
    ]


def outcomes_table(found: Sequence[Sized], drawn: Curve) -> Table:
    """The same for a screen."""
    made = _empty("Outcomes by size: means over the same paths, with 95 % intervals where so many paths carry one")
    for title, ratio in (("outcome", None), ("news", None)):
        made.add_column(title, ratio=ratio)
    for name in drawn.designs:
        made.add_column(Text(name), justify="right", overflow="fold")
    last = ""
    for title, size, cells in outcomes(found, drawn):
        made.add_row("" if title == last else title, size, *(Text(cell) for cell in cells))
        last = title
    return made


def _outcome(comparison: Comparison, key: str, name: str) -> str:
    unit = next(measure.unit for measure in comparison.measures if measure.key == key)
    shown = comparison.estimates[key, name]
    return f"{words.number(shown.mean, unit)} {words.estimate_interval(shown, unit)}"


def move(row: Sized) -> str:
    """Median of the largest move of the market without a pool, down or up."""
    if row.view is None:
        return words.MISSING
    price = row.view.story.consensus_usd[:, :, row.view.reference]
    ends = (float(np.median(end / price[:, 0])) - 1.0 for end in (price.min(axis=1), price.max(axis=1)))
    return words.number(100.0 * max(ends, key=abs), "%", True)


def cell(row: Sized, name: str) -> str:
    """Mean, what it is against the baseline, and the share of paths with bad debt."""
    comparison = row.comparison
    mean = words.number(comparison.estimates[words.HEADLINE_MEASURE, name].mean, "pp", True)
    shown = comparison.differences.get((words.HEADLINE_MEASURE, name))
    effect = f" {shown.effect or 'not shown'}" if shown is not None else ""
    debt = words.number(100.0 * comparison.estimates[CHANCE, name].mean, "%")
    return f"{mean}{effect}; {debt}"


def figure(found: Sequence[Sized], drawn: Curve) -> Figure:
    """Each design's outcomes over the size of the storm."""
    rows = [(key, title) for key, title in _ROWS if (key, drawn.designs[0]) in drawn.points]
    drawing = make_subplots(rows=len(rows), cols=1, shared_xaxes=True, vertical_spacing=0.05)
    look = looks(drawn.designs)
    for i, (key, title) in enumerate(rows, start=1):
        scale = _SCALE.get(key, 1.0)
        for name in drawn.designs:
            points = drawn.points[key, name]
            size = np.array([point.size for point in points])
            mean, low, high = (
                scale * np.array([getattr(point, end) for point in points]) for end in ("mean", "low", "high")
            )
            has = np.isfinite(low) & np.isfinite(high)
            if has.sum() > 1:
                edges = outline(size[has], low[has], high[has])
                drawing.add_trace(fill(*edges, look[name].name, look[name].colour, BAND_ALPHA, False), row=i, col=1)
            drawing.add_scatter(
                x=size, y=mean, name=look[name].name, mode="lines+markers", line=look[name].line, row=i, col=1,
                legendgroup=look[name].name, showlegend=i == 1,
            )  # fmt: skip
        drawing.update_yaxes(title=title, automargin=True, row=i, col=1)
    drawing.update_xaxes(title="size of the storm, times the scenario's news", row=len(rows), col=1)
    style(drawing, height=120 + 240 * len(rows))
    caption = (
        "Means over the same paths at every size, with 95 % intervals where so many paths carry one, each for its size "
        "alone. The same draws everywhere: what differs from size to size is the news."
    )
    return Figure("sizes", "Storms of every size", caption, drawing)


def _empty(title: str) -> Table:
    return Table(
        title=Text(title),
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        padding=(0, 2, 0, 0),
        pad_edge=False,
        show_edge=False,
    )


def _verdicts(found: Sequence[Sized], drawn: Curve, base: str, name: str) -> str:
    """Of one design: better here, worse there, nothing shown elsewhere, and what of it holds after correction."""
    by_effect: dict[str, list[str]] = {}
    for row in found:
        shown = row.comparison.differences[words.HEADLINE_MEASURE, name]
        by_effect.setdefault(shown.effect, []).append(f"{row.size:g}")
    said = []
    for effect, verb in (("better", "earn more"), ("worse", "earn less")):
        if effect in by_effect:
            said.append(f"{verb} than with {base} at {words.joined(by_effect[effect])} times the news")
    if "" in by_effect:
        said.append(f"no difference is shown at {words.joined(by_effect[''])}")
    if by_effect.keys() == {""}:
        return f"Between LPs of {name} and of {base} no difference is shown at {_all(len(found))}."
    kept = [f"{size:g}" for size in drawn.sizes if (name, size) in drawn.survive]
    where = f"what is said of {words.joined(kept)} times the news" if kept else "none of it"
    holds = f"After correction for all tests of it here ({drawn.n_tests}) {where} holds."
    turned = " The verdict turns with the size." if {"better", "worse"} <= by_effect.keys() else ""
    return f"Over their own basket LPs of {name} {'; '.join(said)}.{turned} {holds}"


def _all(count: int) -> str:
    return "the one size that was tried" if count == 1 else f"any of {count} sizes"


def _early(found: Sequence[Sized]) -> list[str]:
    """Where a mean is over two kinds of path."""
    early = {row.size: int(row.view.early().sum()) for row in found if row.view is not None}
    counted = [f"{paths} at {size:g} times the news" for size, paths in early.items() if paths]
    if not counted:
        return []
    return [
        f"The market had cascaded before designs are compared on {words.joined(counted)}, of "
        f"{words.count_of(found[0].comparison.n_paths)} each: means there are over both kinds of path."
    ]


def _first(drawn: Curve) -> str:
    said = []
    for name in drawn.designs:
        first = drawn.first[name]
        if np.isfinite(first.size):
            share = f"{first.paths} of {words.count_of(first.of)}"
            interval = f"95 % interval {_share(first.low)} to {_share(first.high)}"
            said.append(f"{name} at {first.size:g} times the news ({share}, {interval})")
        else:
            said.append(f"{name} at none of these sizes (below some {_share(first.high)} of paths each)")
    return f"Bad debt is first seen with {'; '.join(said)}."


def _share(value: float) -> str:
    return f"{100.0 * value:.2g} %"
