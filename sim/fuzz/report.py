"""A campaign's counts as tables."""

from __future__ import annotations

from rich.console import Group
from rich.table import Table

from sim.fuzz.campaign import Report
from sim.fuzz.catalogue import PROPERTIES


def report_tables(report: Report) -> Group:
    """Calls accepted by verb, rare events, and how often each property was really put to the test."""
    total = report.total
    calls = Table("verb", "tried", "accepted", title=f"{total.steps:,} steps in {total.examples:,} sequences")
    for verb in sorted({verb for verb, _ in total.calls}):
        calls.add_row(verb, f"{total.tried(verb):,}", f"{total.accepted(verb):,}")
    events = Table("event", "met")
    for name, count in sorted(total.events.items()):
        events.add_row(name, f"{count:,}")
    hits = Table("property", "statement", "hits")
    for known in PROPERTIES.values():
        hits.add_row(known.id, known.statement, f"{total.hits[known.id]:,}")
    return Group(calls, events, hits)
