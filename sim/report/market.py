"""What a market that people make was like, beside the designs that were compared in it."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from plotly import graph_objects as go
from plotly.colors import qualitative
from plotly.subplots import make_subplots

from sim.report import series
from sim.report.looks import BAND_ALPHA, INK, Figure, different, fill, looks, outline, style
from sim.risk.records import STATUS_HALTED, Records
from sim.scenario.market import MarketScenario
from sim.world.endogenous.story import Story

GREY = "#808080"
COLOURS = qualitative.Safe
#: Of all that was forced, from which a path's cascade is over before designs are compared.
EARLY_SHARE = 0.5
#: Of open interest, from which forced closing is a cascade: on a quiet day most of next to nothing may come early.
CASCADE_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class MarketView:
    """A market and its story without a pool."""

    market: MarketScenario
    story: Story

    @property
    def reference(self) -> int:
        """Place of the feed that news is given for."""
        return self.market.feeds.index(self.market.reference)

    @property
    def times(self) -> np.ndarray:
        """To draw."""
        return series.clock(self.story.time_s)[0]

    def falls_pct(self, prices_usd: np.ndarray) -> np.ndarray:
        """Deepest fall of the reference from where it began, (P, T, F) -> (P,)."""
        price = prices_usd[:, :, self.reference]
        return np.asarray(100.0 * (1.0 - price.min(axis=1) / price[:, 0]))

    def early(self) -> np.ndarray:
        """Paths with a cascade most of which was over before the start, (P,) bool."""
        forced = self.story.liquidated_usd.sum(axis=(2, 3), dtype=float)
        open_usd = sum(entry.usd for platform in self.market.platforms for entry in platform.open_interest)
        has_cascade = forced[:, -1] > CASCADE_SHARE * open_usd
        return np.asarray((forced[:, 0] > EARLY_SHARE * forced[:, -1]) & has_cascade)


def sentences(view: MarketView) -> list[str]:
    """What the market did to the shock that it was given."""
    outside, whole = view.falls_pct(view.story.fundamental_usd), view.falls_pct(view.story.consensus_usd)
    name, paths = view.market.reference, len(whole)
    found = []
    if np.median(outside) >= 0.5:
        found.append(
            f"Without a pool, news and chance alone take {np.median(outside):.1f} % off {name} at the lowest, and "
            f"people make it {np.median(whole):.1f} % (medians over {paths} paths): "
            f"{np.median(whole / np.maximum(outside, 0.1)):.1f} times as much."
        )
    early = int(view.early().sum())
    found.append(
        f"On {early} of {paths} paths the market had cascaded before designs are compared"
        + (": every mean is over both kinds of path." if early else ".")
    )
    return found


def figures(view: MarketView, records: Sequence[Records]) -> list[Figure]:
    """The market's figures, in reading order."""
    return [fan(view, records), liquidations(view), books(view), dispersion(view, records)]


def fan(view: MarketView, records: Sequence[Records]) -> Figure:
    """Price of the reference: outside, in the twin, and with each design."""
    story, at, name = view.story, view.reference, view.market.reference
    drawing = go.Figure()
    change = 100.0 * (story.consensus_usd[:, :, at] / story.consensus_usd[:, :1, at] - 1.0)
    low, middle, high = series.band(change)
    drawing.add_trace(fill(*outline(view.times, low, high), "without a pool, middle 80 %", GREY, BAND_ALPHA, True))
    drawing.add_scatter(
        x=view.times, y=middle, name="without a pool", mode="lines", line={"color": GREY, "width": 3}
    )  # fmt: skip
    outside = 100.0 * (story.fundamental_usd[:, :, at] / story.fundamental_usd[:, :1, at] - 1.0)
    drawing.add_scatter(
        x=view.times, y=np.median(outside, axis=0), name="news and chance alone", mode="lines",
        line={"color": INK, "width": 1.5, "dash": "dot"},
    )  # fmt: skip
    look = looks([record.design for record in records])
    having = [record for record in records if name in record.feeds]
    medians = []
    for record in having:
        price = record.series["true_price_usd"][:, :, record.feeds.index(name)]
        medians.append(np.median(100.0 * (price / price[:, :1] - 1.0), axis=0))
    for median, its in different(medians, [look[record.design] for record in having]):
        times, _ = series.clock(having[0].time_s)
        step = series.even_steps(len(median))
        drawing.add_scatter(
            x=times[step], y=median[step], name=f"with {its.name}", mode="lines", line=its.line | {"width": 1.2}
        )  # fmt: skip
    drawing.update_xaxes(title=series.clock(story.time_s)[1])
    drawing.update_yaxes(title=f"{html.escape(name)} since the start, %")
    style(drawing, height=420)
    caption = (
        f"Price of {name} as the market as a whole says it. Dotted: what news and chance alone would have made of it. "
        "Grey: the twin, the same market without a pool, median and the middle 80 % of paths. In colour: the market "
        "that each design's traders, hedgers and arbitrageurs trade in (median)."
    )
    return Figure("fan", "A price that people make", caption, drawing)


def liquidations(view: MarketView) -> Figure:
    """Forced closings by platform and side, a minute each, and the gain."""
    story = view.story
    drawing = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.08, row_heights=[0.65, 0.35])
    minutes = np.maximum(np.diff(story.time_s), 1) / 60.0
    flow = np.diff(story.liquidated_usd, axis=1).mean(axis=0) / minutes[:, None, None] / 1e6  # (T - 1, K, 2)
    for k, platform in enumerate(view.market.platforms):
        colour = COLOURS[k % len(COLOURS)]
        for side, sign in ((0, 1.0), (1, -1.0)):
            drawing.add_bar(
                x=view.times[1:], y=sign * flow[:, k, side], name=html.escape(platform.name), row=1, col=1,
                marker={"color": colour}, legendgroup=platform.name, showlegend=side == 0,
            )  # fmt: skip
    low, middle, high = series.band(story.gain)
    drawing.add_trace(fill(*outline(view.times, low, high), "gain", GREY, BAND_ALPHA, False), row=2, col=1)
    drawing.add_scatter(
        x=view.times, y=middle, name="gain", mode="lines", line={"color": INK, "width": 2}, row=2, col=1,
        showlegend=False,
    )  # fmt: skip
    drawing.update_layout(barmode="relative", bargap=0)
    drawing.update_yaxes(title="USD million a minute", row=1, col=1)
    drawing.update_yaxes(title="gain", rangemode="tozero", row=2, col=1)
    drawing.update_xaxes(title=series.clock(story.time_s)[1], row=2, col=1)
    style(drawing, height=520)
    caption = (
        "What platforms forced, mean over paths: longs above the line, shorts below it. Below: the gain, what a "
        f"further fall of 1 % of {view.market.reference} would force to be sold over what all books take within 1 %. "
        "Above 1 a fall feeds itself."
    )
    return Figure("forced", "Who was liquidated when, and how close to the edge", caption, drawing)


def books(view: MarketView) -> Figure:
    """Depth of the reference's books that is left, by venue, with what spreads do."""
    story, at = view.story, view.reference
    drawing = go.Figure()
    for v, venue in enumerate(view.market.venues):
        if not any(depth.feed == view.market.reference for depth in venue.depth):
            continue
        drawing.add_scatter(
            x=view.times, y=100.0 * np.median(story.presence[:, :, v, at], axis=0), name=html.escape(venue.name),
            mode="lines", line={"color": COLOURS[v % len(COLOURS)], "width": 2},
        )  # fmt: skip
    drawing.update_xaxes(title=series.clock(story.time_s)[1])
    drawing.update_yaxes(title="of calm depth, %", rangemode="tozero")
    style(drawing, height=360)
    caption = (
        f"What makers leave of the depth of {view.market.reference} within 1 %, by venue: median over paths. Spreads "
        "widen as depth goes: at a tenth of it they are ten times as wide."
    )
    return Figure("books", "Books that empty", caption, drawing)


def dispersion(view: MarketView, records: Sequence[Records]) -> Figure:
    """How far venues stand from consensus at their farthest, and what oracles answer between them."""
    story, at, name = view.story, view.reference, view.market.reference
    drawing = go.Figure()
    for v, venue in enumerate(view.market.venues):
        if not any(depth.feed == name for depth in venue.depth):
            continue
        off = 1e4 * (story.mid_usd[:, :, v, at] / story.consensus_usd[:, :, at] - 1.0)
        drawing.add_scatter(
            x=view.times, y=np.median(off, axis=0), name=html.escape(venue.name), mode="lines",
            line={"color": COLOURS[v % len(COLOURS)], "width": 1.5},
        )  # fmt: skip
    look = looks([record.design for record in records])
    found, look_of = [], []
    for record in records:
        if name in record.feeds:
            f = record.feeds.index(name)
            mid, true, status = (
                record.series[k][:, :, f] for k in ("oracle_mid_usd", "true_price_usd", "oracle_status")
            )
            off = np.where(status == STATUS_HALTED, np.nan, 1e4 * (mid / true - 1.0))
            found.append(series.band(off)[1])
            look_of.append(look[record.design])
    for median, its in different(found, look_of):
        times, _ = series.clock(records[0].time_s)
        step = series.even_steps(len(median))
        drawing.add_scatter(
            x=times[step], y=median[step], name=f"oracle of {its.name}", mode="lines", line=its.line | {"width": 2.5}
        )  # fmt: skip
    drawing.update_xaxes(title=series.clock(story.time_s)[1])
    drawing.update_yaxes(title="off consensus, bps")
    style(drawing, height=400)
    caption = (
        f"Mid of each venue's book of {name} against the price of the market as a whole, in the twin, and what each "
        "design's oracle answered between them in its own run: medians over paths."
    )
    return Figure("dispersion", "Venues apart, and oracles between them", caption, drawing)
