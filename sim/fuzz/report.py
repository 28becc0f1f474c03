"""A campaign's counts as tables."""

from __future__ import annotations

from rich.console import Group
from rich.table import Table

from sim.fuzz.campaign import Report
from sim.fuzz.catalogue import statements


def report_tables(report: Report) -> Group:
    """Calls accepted by verb, rare events, and how often each property was really put to the test."""
    total = report.total
    calls = Table("verb", "tried", "accepted")
    for verb in sorted({verb for verb, _ in total.calls}):
        calls.add_row(verb, f"{total.tried(verb):,}", f"{total.accepted(verb):,}")
    events = Table("event", "met")
    for name, count in sorted(total.events.items()):
        events.add_row(name, f"{count:,}")
    hits = Table("property", "statement", "hits")
    for id_, statement in statements().items():
        hits.add_row(id_, statement, f"{total.hits[id_]:,}")
    return Group(calls, events, hits)


def summary(report: Report) -> str:
    """One line: how far a campaign is."""
    total = report.total
    met = sum(1 for id_ in statements() if total.hits[id_])
    return (
        f"{total.examples:,} sequences, {total.steps:,} steps, {met} of {len(statements())} properties met, "
        f"{total.success:.0%} of calls accepted, {len(report.failures)} broken"
    )
