"""How designs are drawn: one colour and one dash each, in every figure."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from plotly import graph_objects as go

# Okabe and Ito's palette, the colours that read on white and on black first.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
INK = "#010203"  # stands for the page's text colour; the page replaces it (light, dark, print)
BAND_ALPHA = 0.16
VENUE_ALPHA = 0.35


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing with its title and its caption."""

    key: str
    title: str
    caption: str
    drawing: go.Figure


@dataclass(frozen=True, slots=True)
class Look:
    """How one design is drawn."""

    name: str  # escaped: plotly reads a subset of HTML in text
    colour: str
    dash: str

    @property
    def line(self) -> dict[str, object]:
        """Line style of a trace."""
        return {"color": self.colour, "dash": self.dash, "width": 2}


def looks(designs: Sequence[str]) -> dict[str, Look]:
    """One look per design, in order; colours repeat after six, then with other dashes."""
    n = len(PALETTE)
    return {
        name: Look(html.escape(name), PALETTE[i % n], DASHES[(i + i // n) % len(DASHES)])
        for i, name in enumerate(designs)
    }


def outline(times: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The closed line around a band, (T,) -> (2 T,) x and y."""
    return np.concatenate([times, times[::-1]]), np.concatenate([high, low[::-1]])


def fill(x: np.ndarray, y: np.ndarray, name: str, colour: str, alpha: float, is_in_legend: bool) -> go.Scatter:
    """A translucent area of one colour."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return go.Scatter(
        x=x, y=y, name=name, legendgroup=name, mode="lines", line={"width": 0}, fill="toself",
        fillcolor=f"rgba({red},{green},{blue},{alpha})", hoverinfo="skip",
        showlegend=is_in_legend,
    )  # fmt: skip


def style(drawing: go.Figure, height: int) -> None:
    """Give a drawing its size and margins; colours of text and grid are the page's."""
    drawing.update_layout(
        template="none",
        height=height,
        autosize=True,
        margin={"l": 64, "r": 16, "t": 40, "b": 48},
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        hoverlabel={"namelength": -1},
    )


def different(values: Sequence[np.ndarray], look_of: Sequence[Look]) -> list[tuple[np.ndarray, Look]]:
    """Arrays that differ, each with the look of the first design that has it and the names of all that do."""
    found: list[tuple[np.ndarray, Look, list[str]]] = []
    for value, look in zip(values, look_of, strict=True):
        same = [names for known, _, names in found if np.array_equal(known, value, equal_nan=True)]
        if same:
            same[0].append(look.name)
        else:
            found.append((value, look, [look.name]))
    return [(value, replace(look, name=", ".join(names))) for value, look, names in found]
