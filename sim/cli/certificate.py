"""`breakwater certify`: compare native code with the bytecode, and say what was compared."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from click.core import ParameterSource
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from sim.cli.shell import EXIT_DIFFERENT, EXIT_INTERRUPTED, clear_errors, emit
from sim.inputs.errors import InputError

DEFAULT_ACTIONS = 200_000
_SHOWN = 40
#: Parameters that random programs have no use for, and their flags.
_NOT_OF_PROGRAMS = {"designs": "--design", "actions": "--actions", "faults": "--faults", "out": "--out"}


@click.command()
@click.option("--design", "designs", multiple=True, metavar="DESIGN", help="Name or TOML file; default: all shipped.")
@click.option(
    "--actions", default=DEFAULT_ACTIONS, show_default=True, type=click.IntRange(min=1), help="Of all designs together."
)
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0, 2**64 - 1))
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(min=1), help="Processes.")
@click.option("--faults/--no-faults", default=True, show_default=True, help="Look for planted faults as well.")
@click.option(
    "--programs",
    type=click.IntRange(min=1),
    help="Compare so many random Vyper programs instead; goes with --seed and --jobs alone.",
)
@click.option("--out", type=click.Path(path_type=Path), help="JSON file for a copy of the certificate.")
@clear_errors
def certify(
    designs: tuple[str, ...], actions: int, seed: int, jobs: int, faults: bool, programs: int | None, out: Path | None
) -> None:
    """Compare native code with the bytecode, call by call: kernel grid, operators, lockstep of DESIGNs, planted faults.

    With --programs: random programs of the compilable subset, which say more about the language than the designs do.
    Exit code 1 if anything differs, if a design does not compile, or if a planted fault is not found.
    """
    if programs is not None:
        _refuse_beside_programs()
        _programs(programs, seed, jobs)
        return
    from sim.certificate.assembly import Plan, assemble, certificate_of
    from sim.certificate.table import full_table
    from sim.design import list_designs
    from sim.workbench.checked import load_designs

    if out is not None and not out.parent.is_dir():
        raise InputError(file="--out", expected="a file in a folder that exists", got=str(out))
    plan = Plan(tuple(load_designs(designs or list_designs())), actions, seed, jobs, with_faults=faults)
    with _bar() as bar:
        task = bar.add_task("comparing", total=None)
        found = assemble(plan, lambda done, total: bar.update(task, completed=done, total=total))
    made = certificate_of(plan, found)
    emit(full_table(made, found.by_design()))
    for line in [*made.fallbacks, *made.differences[:_SHOWN]]:
        click.echo(line)
    click.echo(made.quote())
    if found.is_interrupted:
        click.echo("stopped: what stands above was finished; nothing is kept", err=True)
        sys.exit(EXIT_INTERRUPTED)
    if not made.keep():
        click.echo("not kept: a design did not compile, or a certificate of the same sources says more")
    if out is not None:
        out.write_text(made.to_json())
    if not made.is_good:
        sys.exit(EXIT_DIFFERENT)


def _refuse_beside_programs() -> None:
    """Random programs have no designs, actions or planted faults."""
    context = click.get_current_context()
    for name, flag in _NOT_OF_PROGRAMS.items():
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            raise InputError(file=flag, expected="no --programs beside it: only --seed and --jobs go with that")


def _programs(programs: int, seed: int, jobs: int) -> None:
    from sim.certificate.programs.campaign import campaign
    from sim.certificate.programs.told import sentences

    with _bar() as bar:
        task = bar.add_task("programs", total=programs)
        found, is_whole = campaign(programs, seed, jobs, lambda done, total: bar.update(task, completed=done))
    for line in sentences(found):
        click.echo(line)
    if not is_whole:
        click.echo(f"stopped: {found.programs} of {programs} programs were finished", err=True)
        sys.exit(EXIT_INTERRUPTED)
    if found.differences:
        sys.exit(EXIT_DIFFERENT)


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )
