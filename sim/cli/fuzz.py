"""What `breakwater fuzz` does and prints."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from sim.cli.shell import EXIT_DIFFERENT, EXIT_INTERRUPTED
from sim.design import Design
from sim.fuzz import campaign
from sim.fuzz.report import report_tables, summary
from sim.fuzz.search import hunt
from sim.fuzz.search.questions import HARMS, PROFIT
from sim.fuzz.search.report import progress_line, told_finding, verdict

DEFAULT_EXAMPLES = 50
DEFAULT_SEQUENCES = 200_000
_KINDS = {"profit": PROFIT, "harm": HARMS, "both": (*PROFIT, *HARMS)}


def fuzz(
    designs: Sequence[Design],
    seed: int,
    examples: int | None,
    minutes: float | None,
    rules: int,
    machine: str,
    out: Path,
) -> int:
    """A campaign of properties; returns the exit code."""
    if minutes is None and examples is None:
        examples = DEFAULT_EXAMPLES
    with _bar() as bar:
        task = bar.add_task("compiling and deploying", total=None)
        found = campaign.run(
            designs,
            seed,
            out,
            examples=examples,
            minutes=minutes,
            rules=rules,
            machine=machine,
            show=lambda report: bar.update(task, description=summary(report)),
        )
    Console().print(report_tables(found))
    click.echo(summary(found))
    for failure in found.failures:
        click.echo(f"{failure.design}, sequence {failure.sequence}: {failure.message}")
        click.echo(f"tape of {failure.calls} calls: {failure.tape}")
    if found.failures:
        return EXIT_DIFFERENT
    return EXIT_INTERRUPTED if found.interrupted else 0


def maximise(
    designs: Sequence[Design],
    objective: str,
    seed: int,
    sequences: int | None,
    minutes: float | None,
    jobs: int,
    out: Path,
) -> int:
    """A search for gains and harms; returns the exit code."""
    if minutes is None and sequences is None:
        sequences = DEFAULT_SEQUENCES
    with _bar() as bar:
        task = bar.add_task("compiling and deploying", total=None)
        bag = hunt.hunt(
            designs,
            _KINDS[objective],
            seed,
            out,
            sequences=sequences,
            minutes=minutes,
            jobs=jobs,
            show=lambda bag: bar.update(task, description=progress_line(bag)),
        )
    for finding in bag.findings:
        for line in told_finding(finding):
            click.echo(line)
    click.echo(progress_line(bag))
    for line in verdict(bag):
        click.echo(line)
    if any(not finding.is_listed for finding in bag.findings):
        return EXIT_DIFFERENT
    return EXIT_INTERRUPTED if bag.interrupted else 0


def _bar() -> Progress:
    return Progress(
        SpinnerColumn(), TimeElapsedColumn(), TextColumn("{task.description}"), console=Console(stderr=True)
    )
