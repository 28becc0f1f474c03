"""What the neighbours of a scenario say of its headline, in words and as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from rich import box
from rich.table import Table
from rich.text import Text

from sim.report import words
from sim.risk.comparison import Comparison
from sim.risk.paired import HIGHER, LOWER
from sim.risk.records import Records
from sim.risk.sensitivity import HOLDS, SHOWN, TURNS, UNSURE, Neighbour, Shift, neighbour


def judged(
    around: Iterable[tuple[str, Sequence[Records]]], records: Sequence[Records], comparison: Comparison
) -> tuple[Neighbour, ...]:
    """What each neighbour says of the comparison's headline.

    Args:
        around: of each neighbour its name, and the records of every design.
        records: of the comparison, sorted by path, the baseline first.
    """
    measure = next(m for m in comparison.measures if m.key == words.HEADLINE_MEASURE)
    shown = {d.design: d for (key, _), d in comparison.differences.items() if key == measure.key}
    signs = {name: {HIGHER: 1, LOWER: -1}.get(d.verdict, 0) for name, d in shown.items()}
    base = {found.design: np.asarray(measure.per_path(found), float) for found in records}
    rows = []
    for name, found in around:
        few = {each.design: np.asarray(measure.per_path(each), float) for each in found}
        book = found[0].totals
        margin = float(book["opening_margin_usd"].sum())
        leverage = float(book["opening_open_usd"].sum()) / margin if margin > 0.0 else np.nan
        at = np.searchsorted(records[0].paths, found[0].paths)
        rows.append(neighbour(name, leverage, base, few, at, signs))
    return tuple(rows)


def sentences(comparison: Comparison) -> list[str]:
    """One sentence for each design: whether its difference from the baseline holds in the neighbours."""
    if not comparison.neighbours:
        return []
    effects = {d.design: d.effect for (key, _), d in comparison.differences.items() if key == words.HEADLINE_MEASURE}
    return [_sentence(comparison.baseline, name, effect, comparison.neighbours) for name, effect in effects.items()]


def table(neighbours: Sequence[Neighbour]) -> Table:
    """Neighbours as rows, designs as columns."""
    each = words.count_of(neighbours[0].n)
    drawn = Table(
        title=Text(f"LP return over basket in neighbours of the scenario: difference in points, {each} each"),
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        padding=(0, 2, 0, 0),
        pad_edge=False,
        show_edge=False,
    )
    drawn.add_column("neighbour", overflow="fold")
    drawn.add_column("leverage", justify="right")
    for shift in neighbours[0].shifts:
        drawn.add_column(Text(shift.design), justify="right", overflow="fold")
    for row in neighbours:
        drawn.add_row(Text(row.name), words.times(row.leverage), *(Text(cell(row, shift)) for shift in row.shifts))
    return drawn


def cell(row: Neighbour, shift: Shift) -> str:
    """A difference with its interval and what it says; and, if not on all of the neighbour's paths, on how many."""
    if not shift.n:
        return "no path has a number"
    said = f"{words.number(shift.mean, 'pp', True)} {_spread(shift)} {shift.verdict}"
    return f"{said}; {words.on_so_many(shift.n, row.n)}" if shift.n < row.n else said


def _spread(shift: Shift) -> str:
    return "on each path" if shift.low == shift.high else words.interval(shift.low, shift.high, "pp")


def _sentence(baseline: str, design: str, effect: str, neighbours: Sequence[Neighbour]) -> str:
    found = [(row, next(s for s in row.shifts if s.design == design)) for row in neighbours]
    total = len(neighbours)
    around = f"{total} neighbours" if total > 1 else "1 neighbour"
    counts = sorted({shift.n for _, shift in found if shift.n})
    if not counts:
        return f"In {around} no path has a number that compares {design} with {baseline}."
    each = f"({words.count_of(counts[-1])} each)" if len(counts) == 1 else f"({counts[0]} to {counts[-1]} paths each)"
    void = [row.name for row, shift in found if not shift.n]
    silent = f", and no path has a number with {words.joined(void)}" if void else ""
    if not effect:
        seen = [_where(row, shift) for row, shift in found if shift.verdict == SHOWN]
        if not seen:
            return f"None of {around} {each} shows a difference of {design} from {baseline}{silent}."
        return (
            f"A difference of {design} from {baseline} is shown in {len(seen)} of {around} "
            f"{each}: {'; '.join(seen)}{silent}."
        )
    by = {verdict: [pair for pair in found if pair[1].verdict == verdict] for verdict in (HOLDS, UNSURE, TURNS)}
    parts = [f"That {design} is {effect} holds in {len(by[HOLDS])} of {around} {each}"]
    if unsure := [row.name for row, shift in by[UNSURE] if shift.n]:
        parts.append(f"is not shown with {words.joined(unsure)}")
    if void:
        parts.append(f"has no number with {words.joined(void)}")
    if by[TURNS]:
        parts.append(f"turns with {'; '.join(_where(row, shift) for row, shift in by[TURNS])}")
    return ", ".join(parts[:-1]) + (" and " if len(parts) > 1 else "") + parts[-1] + "."


def _where(row: Neighbour, shift: Shift) -> str:
    mean = words.number(shift.mean, "pp", True)
    return f"{row.name} ({words.times(row.leverage)}: {mean}, {_spread(shift)})"
