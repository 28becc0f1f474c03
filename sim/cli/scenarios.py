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
    """List the shipped scenarios; show one, compare two, begin one of your own."""
    from sim.workbench.scenario_page import listing

    if context.invoked_subcommand is None:
        emit(listing())


@scenarios.command()
@click.argument("scenario")
@click.option("--prices", type=click.Path(path_type=Path), help="CSV or Parquet for `replay`.")
@SET
@clear_errors
def show(scenario: str, prices: Path | None, overrides: tuple[str, ...]) -> None:
    """Print a SCENARIO (name or TOML file): every key with its value, its unit and its source."""
    from sim.cli.given import scenario_of
    from sim.scenario.overrides import of_scenario
    from sim.workbench.scenario_page import page

    loaded, plain = (scenario_of(scenario, prices, None, (), given, ()) for given in (of_scenario(overrides), ()))
    emit(page(loaded, plain))


@scenarios.command()
@click.argument("first")
@click.argument("second")
@SET
@clear_errors
def diff(first: str, second: str, overrides: tuple[str, ...]) -> None:
    """Print what differs between two scenarios (names or TOML files), key by key."""
    from sim.scenario import load_scenario
    from sim.scenario.overrides import of_scenario
    from sim.workbench.scenario_page import difference

    given = of_scenario(overrides)
    emit(difference(load_scenario(first, given=given), load_scenario(second, given=given)))


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
