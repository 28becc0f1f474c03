"""`breakwater validate`: what the market world is believed for, misses included."""

from __future__ import annotations

import sys

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from sim.cli.shell import EXIT_INTERRUPTED, clear_errors, emit

PATHS_QUICK, PATHS_FULL = 16, 48
SEED = 11  # not the seed of the calibration


@click.command()
@click.option("--scenario", default="oct_2025", show_default=True, help="A shipped market that has facts.")
@click.option("--full", is_flag=True, help="All checks: some minutes. Without it, those that take less than two.")
@click.option(
    "--paths",
    type=click.IntRange(min=4),
    help=f"Of every run.  [default: {PATHS_QUICK}, with --full {PATHS_FULL}]",
)
@click.option("--seed", default=SEED, show_default=True, type=click.IntRange(0, 2**64 - 1))
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(min=1), help="Processes.")
@click.option("--write", is_flag=True, help="Write docs/validation.md.")
@clear_errors
def validate(scenario: str, full: bool, paths: int | None, seed: int, jobs: int, write: bool) -> None:
    """Try the market that people make on closed forms, on its own arithmetic, and on what is known of a real day.

    Each check is printed with what was to be found, what was found, the tolerance and a verdict. A miss is a result:
    the exit code is 0 whatever the verdicts.
    """
    from sim.validation import assembly, page
    from sim.validation.calibration.told import sections
    from sim.validation.checks import Plan
    from sim.validation.facts import load_market_facts
    from sim.validation.table import full_table

    load_market_facts(scenario)
    if write:
        page.check_folder()
    plan = Plan(scenario, seed, paths or (PATHS_FULL if full else PATHS_QUICK), full)
    with _bar() as bar:
        task = bar.add_task("validating", total=None)
        found = assembly.validate(plan, jobs, lambda done, total: bar.update(task, completed=done, total=total))
    emit(full_table(found))
    if found.is_interrupted:
        click.echo("stopped: what stands above is complete; nothing is written", err=True)
        sys.exit(EXIT_INTERRUPTED)
    if write:
        page.PAGE.write_text(page.page(plan, found, sections(scenario)))
        click.echo(f"written: {page.PAGE.relative_to(page.PAGE.parents[1])}")


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("runs"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )
