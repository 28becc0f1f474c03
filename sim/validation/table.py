"""The checks for people."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from sim.validation.assembly import Found
from sim.validation.checks import Check

STYLES = {"holds": "green", "reached": "yellow", "missed": "red", "shown": "dim"}
MEANING = {
    "holds": "within the tolerance",
    "reached": "not so, but it lies among 10 to 90 % of the paths, or the sign is right and not shown",
    "missed": "neither",
    "shown": "nothing to hold it against",
}


def full_table(found: Found) -> RenderableType:
    """Every part, and how many checks have each verdict."""
    return Group(*(_part(title, checks) for title, checks in found.checks.items()), summary(found))


def summary(found: Found) -> str:
    """One line."""
    counts = found.counts()
    return ", ".join(f"{count} {verdict}" for verdict, count in counts.items()) + f" of {sum(counts.values())} checks"


def _part(title: str, checks: list[Check]) -> Table:
    table = Table(title=title, title_justify="left", expand=True)
    table.add_column("check", ratio=5)
    table.add_column("target", ratio=2)
    table.add_column("measured", ratio=3)
    table.add_column("tolerance", ratio=1)
    table.add_column("verdict")
    table.add_column("note", ratio=4)
    for check in checks:
        cells = (check.name, check.target, check.measured, check.tolerance)
        verdict = f"[{STYLES[check.verdict]}]{check.verdict}"
        table.add_row(*(escape(cell) for cell in cells), verdict, escape(check.note))
    return table
