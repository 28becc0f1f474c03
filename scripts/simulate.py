"""Play one path of a scenario on a node: `ape run simulate --design glp --network ethereum:local:foundry`.

To look at the contracts afterwards, start `anvil` and pass `--network http://127.0.0.1:8545`.
"""

import click
from ape.api import ProviderAPI
from ape.cli import ConnectedProviderCommand
from ape.logging import LogLevel, logger

from sim.chain.ape_deploy import DEFAULT_SCENARIO, node_url
from sim.cli.shell import clear_errors
from sim.live.demo import play_one_path


@click.command(cls=ConnectedProviderCommand)
@click.option("--design", required=True, help="Name of a shipped design, or a design file.")
@click.option("--scenario", default=DEFAULT_SCENARIO, show_default=True, help="Name of a scenario, or a file.")
@click.option(
    "--seed",
    default=0,
    show_default=True,
    type=click.IntRange(0, 2**64 - 1),
    help="Seed of the run that the path belongs to.",
)
@click.option("--path", default=0, show_default=True, help="Which path of the run.")
@click.option("--steps", type=click.IntRange(min=1), help="Stop after so many steps of the scenario.")
@click.option(
    "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change one knob of the design, or scenario.KEY."
)
@clear_errors
def cli(
    design: str,
    scenario: str,
    seed: int,
    path: int,
    steps: int | None,
    overrides: tuple[str, ...],
    provider: ProviderAPI,
) -> None:
    """Play one path of a scenario on the connected node."""
    logger.set_level(LogLevel.WARNING)
    play_one_path(design, scenario, seed, node_url(provider), path=path, steps=steps, overrides=overrides)
