"""Deploy a design and note where everything is: `ape run deploy --design glp --network ethereum:local:foundry`.

A node that Ape starts ends with this command. To keep the contracts, start `anvil` and pass `--network http://127.0.0.1:8545`.
"""

import os

import ape
import click
from ape.api import ProviderAPI
from ape.cli import ConnectedProviderCommand
from ape.logging import LogLevel, logger

from sim.chain import ape_deploy
from sim.cli.shell import clear_errors
from sim.workbench.checked import load_designs


@click.command(cls=ConnectedProviderCommand)
@click.option("--design", "design_name", required=True, help="Name of a shipped design, or a design file.")
@clear_errors
def cli(design_name: str, provider: ProviderAPI) -> None:
    """Deploy a design and write its manifest."""
    logger.set_level(LogLevel.WARNING)
    (design,) = load_designs([design_name])
    account = ape.accounts.test_accounts[0]
    contracts, path = ape_deploy.deploy_and_note(design, account, ape.project, provider)
    for name, contract in contracts.items():
        click.echo(f"{name:<21}{contract.address}  {contract.contract_type.name}")
    click.echo(f"wrote {os.path.relpath(path)}")
