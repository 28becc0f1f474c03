"""The comparison as tables for the terminal: designs as columns, measures as rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.table import Table
from rich.text import Text

from sim.report import sensitivity, strength, words
from sim.risk.comparison import Comparison
from sim.risk.measures import GROUPS, Measure

_EFFECT_STYLES = {"better": "green", "worse": "red", "": "dim"}
_LABEL_WIDTH = 28
_BASELINE_WIDTH = 10
_DESIGN_WIDTH = 25  # "+1.23M [+1.23M, +1.23M] *"
_GAP = 2


@dataclass(frozen=True, slots=True)
class ComparisonTable:
    """Renders as one table, or several below each other when the designs do not fit side by side.

    Every block repeats the measures and the baseline. Colour only repeats what the signs say.
    """

    comparison: Comparison

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Fit the console's width."""
        others = self.comparison.designs[1:]
        room = options.max_width - _LABEL_WIDTH - _BASELINE_WIDTH - _GAP
        per_block = max(1, room // (_DESIGN_WIDTH + _GAP))
        blocks = [others[i : i + per_block] for i in range(0, len(others), per_block)] or [()]
        for block in blocks:
            yield _block(self.comparison, block)
            yield Text()
        if absent := words.nowhere(self.comparison):
            yield Text(absent)
            yield Text()
        yield Text(words.legend(self.comparison.n_tests), style="dim")


def comparison_table(comparison: Comparison) -> ComparisonTable:
    """Means and paired differences of all measures, grouped."""
    return ComparisonTable(comparison)


def reverts_table(comparison: Comparison) -> Table | Text:
    """Mean count per path of refused actions, by verb and reason."""
    if not comparison.reverts:
        return Text("No action was reverted.")
    table = _table("Reverted actions, mean per path")
    table.add_column("verb", overflow="fold")
    table.add_column("reason", overflow="fold")
    for name in comparison.designs:
        table.add_column(Text(name), justify="right", overflow="fold")
    for row in comparison.reverts:
        cells = [words.number(mean, "count") for mean in row.means]
        table.add_row(Text(row.verb), Text(row.error), *cells)
    return table


def tails_table(comparison: Comparison) -> Group:
    """Value-at-risk and expected shortfall of the LPs' loss, with what to beware of."""
    level = comparison.tails[0].level
    table = _table(f"LP loss (% of the share price) at the {level:.0%} level")
    for name in ("design", "value-at-risk", "expected shortfall", "difference"):
        table.add_column(name, justify="left" if name == "design" else "right", overflow="fold")
    for row in comparison.tails:
        table.add_row(Text(row.design), *(Text(cell) for cell in words.tail_cells(row)))
    return Group(table, *(Text(f"Note: {note}.", style="dim") for note in words.tail_notes(comparison)))


def opening_table(comparison: Comparison) -> Table:
    """What was open before the first step, beside what people had wished: the same people in every design."""
    table = _table("Opening book, mean per path: what people wished, and what the design let them have")
    heads = ("design", "people", "of whom with less", "open interest, USD", "leverage", "long, %")
    for name in heads:
        table.add_column(name, justify="left" if name == "design" else "right", overflow="fold")
    for row in comparison.openings:
        table.add_row(Text(row.design), *words.opening_cells(row))
    return table


def full_report(comparison: Comparison) -> Group:
    """Headline and all tables, in reading order."""
    parts = [Text(words.headline(comparison), style="bold")]
    parts += [Text(sure) for sure in (*strength.confidence(comparison), *sensitivity.sentences(comparison))]
    around = (sensitivity.table(comparison.neighbours),) if comparison.neighbours else ()
    small = (opening_table(comparison), tails_table(comparison), reverts_table(comparison))
    tables = (ComparisonTable(comparison), *around, *small)
    return Group(*parts, *(item for table in tables for item in (Text(), table)))


def _block(comparison: Comparison, others: tuple[str, ...]) -> Table:
    table = _table()
    table.add_column("measure", min_width=min(_LABEL_WIDTH, 20), overflow="fold")
    header = Text(f"{comparison.baseline}\n(baseline)")
    table.add_column(header, justify="right", min_width=_BASELINE_WIDTH, overflow="fold")
    for name in others:
        table.add_column(Text(name), justify="right", min_width=_DESIGN_WIDTH, overflow="fold")
    for i, (title, group) in enumerate(groups(comparison)):
        if i:
            table.add_row()
        table.add_row(Text(title, style="bold"))
        for measure in group:
            cells = (_cell(comparison, measure, name) for name in others)
            base = comparison.estimates[measure.key, comparison.baseline]
            mean = words.number(base.mean, measure.unit)
            table.add_row(Text(f"  {words.measure_label(measure)}"), mean, *cells)
    return table


def groups(comparison: Comparison) -> Iterator[tuple[str, list[Measure]]]:
    """Measures by group, the known groups first; what is zero everywhere has no row (`words.nowhere` lists it)."""
    known = dict.fromkeys((*GROUPS, *(m.group for m in comparison.measures)))
    seen = [measure for measure in comparison.measures if not words.is_nowhere(comparison, measure)]
    for title in known:
        if group := [m for m in seen if m.group == title]:
            yield title, group


def _cell(comparison: Comparison, measure: Measure, design: str) -> Text:
    estimate = comparison.estimates[measure.key, design]
    shown = comparison.differences[measure.key, design]
    text = Text(words.number(estimate.mean, measure.unit))
    style = _EFFECT_STYLES[shown.effect] if shown.verdict in ("higher", "lower") else "dim"
    return text.append("\n").append(words.difference(shown, measure.unit), style=style)


def _table(title: str | None = None) -> Table:
    return Table(
        title=title and Text(title, style="bold"),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, _GAP, 0, 0),
        pad_edge=False,
        show_edge=False,
        header_style="bold",
    )
