"""One HTML file that holds everything: it loads nothing and works offline."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from sim.inputs.files import write_atomic
from sim.report import explain, figures, market, sensitivity, sizes, strength, table, words
from sim.report.looks import INK, looks
from sim.report.market import MarketView
from sim.risk.comparison import Comparison
from sim.risk.curves import curve
from sim.risk.measures import Measure
from sim.risk.paired import HIGHER, LOWER
from sim.risk.records import Records

_TEMPLATE = Path(__file__).with_name("template.html.j2")
_CARD_MEASURES = ("lp_excess_pct", "lp_return_pct", "bad_debt_usd", "liquidated_usd", "charges_avoided_usd")


@dataclass(frozen=True, slots=True)
class Cell:
    """What one design shows for one measure."""

    design: str
    mean: str
    interval: str
    difference: str  # empty for the baseline
    effect: str  # "better", "worse" or empty
    is_shown: bool


def write_report(
    path: str | Path,
    comparison: Comparison,
    records: Sequence[Records],
    meta: Mapping[str, object],
    view: MarketView | None = None,
    sized: Sequence[sizes.Sized] = (),
) -> None:
    """Write the report of a comparison; the file appears whole or not at all.

    `meta` is shown at the end as given: text, numbers, lists and nested mappings, for example
    command, seed, versions and scenario. Its key `title`, if any, is the page's title; the sentences of `trust`, if
    any, say at the top which machine ran the contracts and who checked it. `view`: the market that people made;
    `sized`: the comparison, which is one of them, at other sizes of the storm.
    """
    page = render(comparison, records, meta, view, sized)
    write_atomic(path, lambda handle: handle.write(page.encode()))


def render(
    comparison: Comparison,
    records: Sequence[Records],
    meta: Mapping[str, object],
    view: MarketView | None = None,
    sized: Sequence[sizes.Sized] = (),
) -> str:
    """The report as text; everything that a user supplied is escaped."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.globals["is_mapping"] = lambda value: isinstance(value, Mapping)
    environment.globals["is_list"] = lambda value: isinstance(value, list | tuple)
    drawn = figures.all_figures(comparison, records, view)
    of_market = market.sentences(view) if view is not None else []
    of_sizes: list[str] = []
    outcomes: list[tuple[str, str, list[str]]] = []
    if sized:
        over = curve([(each.size, each.comparison) for each in sized])
        drawn, of_sizes = [sizes.figure(sized, over), *drawn], sizes.sentences(sized, over)
        outcomes = sizes.outcomes(sized, over)
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8")).render(
        title=str(meta.get("title") or _title(comparison)),
        comparison=comparison,
        looks=looks(comparison.designs),
        headline=words.headline(comparison),
        confidence=[*of_sizes, *strength.confidence(comparison), *sensitivity.sentences(comparison), *of_market],
        around=[(row, [sensitivity.cell(row, shift) for shift in row.shifts]) for row in comparison.neighbours],
        outcomes=outcomes,
        openings=[(row, words.opening_cells(row)) for row in comparison.openings],
        cards=_cards(comparison),
        nowhere=words.nowhere(comparison),
        groups=[
            (group, [(measure, _cells(comparison, measure)) for measure in measures])
            for group, measures in table.groups(comparison)
        ],
        tails=[(row, words.tail_cells(row)) for row in comparison.tails],
        tail_notes=words.tail_notes(comparison),
        figures=[(figure, Markup(figure_json(figure))) for figure in drawn],
        words=words,
        hover=explain.hover,
        trust=meta.get("trust", ()),
        meta={key: value for key, value in meta.items() if key not in ("title", "trust")},
        ink=INK,
        plotly_js=Markup(get_plotlyjs()),
    )


def figure_json(figure: figures.Figure) -> str:
    """A drawing as JSON that cannot end the script element it stands in."""
    text = json.dumps(json.loads(figure.drawing.to_json()), separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _title(comparison: Comparison) -> str:
    return f"Breakwater: {' · '.join(comparison.designs)}"


def _cells(comparison: Comparison, measure: Measure) -> list[Cell]:
    cells = []
    for design in comparison.designs:
        estimate = comparison.estimates[measure.key, design]
        found = comparison.differences.get((measure.key, design))
        cells.append(
            Cell(
                design=design,
                mean=words.number(estimate.mean, measure.unit),
                interval=words.estimate_interval(estimate, measure.unit),
                difference=words.difference(found, measure.unit) if found else "",
                effect=found.effect if found else "",
                is_shown=bool(found and found.verdict in (HIGHER, LOWER)),
            )
        )
    return cells


def _cards(comparison: Comparison) -> list[tuple[str, list[tuple[Measure, Cell]]]]:
    chosen = [m for m in comparison.measures if m.key in _CARD_MEASURES]
    rows = [(measure, _cells(comparison, measure)) for measure in chosen]
    return [(design, [(measure, cells[i]) for measure, cells in rows]) for i, design in enumerate(comparison.designs)]
