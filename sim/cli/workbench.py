"""The designer's commands: `breakwater designs`, `init` and `new`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from sim.cli.shell import clear_errors, emit

FOLDER = click.option(
    "--dir", "folder", default=".", show_default=True, type=click.Path(path_type=Path), help="Folder to write to."
)
SET = click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change one knob of the designs.")


@click.group(invoke_without_command=True)
@click.pass_context
@clear_errors
def designs(context: click.Context) -> None:
    """List the shipped designs; show one, compare two."""
    from sim.design import list_designs, load_design

    if context.invoked_subcommand is None:
        for name in list_designs():
            click.echo(f"{name:14} {load_design(name).title}")


@designs.command()
@click.argument("design")
@SET
@clear_errors
def show(design: str, overrides: tuple[str, ...]) -> None:
    """Print a DESIGN (name or TOML file): its rules and numbers with units and sources, and what is open when."""
    from sim.workbench.checked import load_designs
    from sim.workbench.show import page

    (loaded,) = load_designs([design], overrides)
    emit(page(loaded))


@designs.command()
@click.argument("first")
@click.argument("second")
@SET
@clear_errors
def diff(first: str, second: str, overrides: tuple[str, ...]) -> None:
    """Print what differs between two designs (names or TOML files)."""
    from sim.workbench.checked import load_designs
    from sim.workbench.diff import difference, side_by_side

    emit(side_by_side(difference(*load_designs([first, second], overrides))))


@click.command()
@click.argument("name")
@click.option("--from", "base", required=True, metavar="DESIGN", help="Name, or path of a TOML file, to begin with.")
@FOLDER
@clear_errors
def init(name: str, base: str, folder: Path) -> None:
    """Begin a design of your own, with its test.

    NAME.toml extends the DESIGN that it begins with, and behaves like it until you change something.
    """
    from sim.workbench.scaffold import new_design

    design, test = _announce(new_design(name, base, folder))
    click.echo(f"next:  breakwater designs show {design}")
    click.echo(f"       python -m pytest -p no:ape_test {test}")


@click.group()
def new() -> None:
    """Begin a policy of your own, with its test."""


@new.command()
@click.argument("slot")
@click.argument("name")
@FOLDER
@clear_errors
def policy(slot: str, name: str, folder: Path) -> None:
    """Begin a policy for a SLOT of a design: NAME.vy, which compiles as it is, and its test."""
    from sim.design.parameters import parameters_of
    from sim.workbench.scaffold import new_policy

    source, test = _announce(new_policy(slot, name, folder))
    keys = ", ".join(parameter.key for parameter in parameters_of(source.resolve()))
    click.echo(f"next:  python -m pytest -p no:ape_test {test}")
    click.echo(f'       in a design beside it: [{slot}] with policy = "{source.name}" and {keys}')


def _announce(files: Sequence[Path]) -> Sequence[Path]:
    for file in files:
        click.echo(f"wrote {file}")
    return files


@click.command()
@click.argument("measure", required=False)
@clear_errors
def explain(measure: str | None) -> None:
    """Say what a MEASURE of the table is: definition, formula, source, and what it is not. Without one: list all."""
    from sim.report.explain import find, listing, page

    emit(page(find(measure)) if measure is not None else listing())
