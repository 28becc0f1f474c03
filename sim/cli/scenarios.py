"""The scenarios' commands: `breakwater scenarios`, `scenarios show` and `scenarios init`."""

from __future__ import annotations

from pathlib import Path

import click

from sim.cli.shell import clear_errors, emit

SET = click.option(
    "--set", "overrides", multiple=True, metavar="scenario.KEY=VALUE", help="Change one key of the scenario."
)


@click.group(invoke_without_command=True)
@click.pass_context
@clear_errors
def scenarios(context: click.Context) -> None:
    """List the shipped scenarios; show one, begin one of your own."""
    from sim.scenario import list_scenarios, load_scenario
    from sim.scenario.loading import REPLAY
    from sim.workbench.looks import add, table

    if context.invoked_subcommand is not None:
        return
    made = table("scenario", "prices", "what it is", folds=("what it is",))
    for name in list_scenarios():
        if name == REPLAY:
            add(made, name, "yours", "your own prices, see --prices")
            continue
        loaded = load_scenario(name)
        add(made, name, "people make them" if loaded.kind == "endogenous" else "given", loaded.title)
    emit(made)


@scenarios.command()
@click.argument("scenario")
@SET
@clear_errors
def show(scenario: str, overrides: tuple[str, ...]) -> None:
    """Print a SCENARIO (name or TOML file): every key with its value, its unit and its source."""
    from sim.scenario import load_scenario
    from sim.scenario.overrides import of_scenario
    from sim.workbench.scenario_page import page

    emit(page(load_scenario(scenario, given=of_scenario(overrides))))


@scenarios.command()
@click.argument("name")
@click.option("--from", "base", required=True, metavar="SCENARIO", help="Name, or path of a TOML file, to begin with.")
@click.option(
    "--dir", "folder", default=".", show_default=True, type=click.Path(path_type=Path), help="Folder to write to."
)
@clear_errors
def init(name: str, base: str, folder: Path) -> None:
    """Begin a scenario of your own: NAME.toml extends the SCENARIO that it begins with until you change something."""
    from sim.workbench.scaffold import new_scenario

    (file,) = new_scenario(name, base, folder)
    click.echo(f"wrote {file}")
    click.echo(f"next:  breakwater scenarios show {file}")
    click.echo(f"       breakwater compare glp jlp --scenario {file}")
