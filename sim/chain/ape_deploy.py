"""A design on a network that Ape is connected to, by Ape's own machinery: its project, its accounts, its receipts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from ape.api import AccountAPI, ProviderAPI
from ape.contracts import ContractContainer, ContractInstance
from ape.exceptions import ContractLogicError
from ape.managers.project import ProjectManager
from ethpm_types import ContractType

from sim.chain import manifest
from sim.chain.deployment import protocol_plan
from sim.chain.failures import FAILED_SELECTOR, code_of_output
from sim.chain.manifest import Done, Network
from sim.chain.plan import Create, Ref, Send, resolve
from sim.chain.settings import Venue
from sim.design import Design
from sim.inputs.compiler import ROOT, Artifact
from sim.inputs.errors import InputError
from sim.scenario import load_scenario

#: The scenario whose venues a pool on a devnet listens to.
DEFAULT_SCENARIO = "oct_2025_replay"
FOLDER = ROOT / "deployments"
_FAILED = re.compile(FAILED_SELECTOR.hex() + "[0-9a-f]{64}")


def venues_of(scenario: str = DEFAULT_SCENARIO) -> tuple[Venue, ...]:
    """Venues of a scenario as the oracle knows them."""
    return tuple(Venue(venue.name, int(venue.weight)) for venue in load_scenario(scenario).venues)


def deploy(
    design: Design, venues: Sequence[Venue], account: AccountAPI, project: ProjectManager
) -> tuple[dict[str, ContractInstance], list[Done]]:
    """Carry out the plan of a design: contracts by name, and what was done.

    The account is the admin of everything and reports for every venue.
    """
    addresses = {"admin": str(account.address)}
    contracts: dict[str, ContractInstance] = {}
    history = []
    for step in protocol_plan(design, venues, Ref("admin")):
        arguments = resolve(step.arguments, addresses)
        if isinstance(step, Create):
            made = account.deploy(container(step.artifact, project), *arguments)
            contracts[step.name] = made
            addresses[step.name] = str(made.address)
            block = made.creation_metadata.block
            history.append(Done(step, arguments, addresses[step.name], made.txn_hash, block, bytes(made.code)))
        else:
            assert isinstance(step, Send)
            receipt = getattr(contracts[step.target], step.function)(*arguments, sender=account)
            history.append(Done(step, arguments, addresses[step.target], receipt.txn_hash, receipt.block_number))
    return contracts, history


def deploy_and_note(
    design: Design,
    account: AccountAPI,
    project: ProjectManager,
    provider: ProviderAPI,
    folder: Path = FOLDER,
) -> tuple[dict[str, ContractInstance], Path]:
    """Deploy a design and write its manifest; returns contracts by name, and the file."""
    venues = venues_of()
    contracts, history = deploy(design, venues, account, project)
    network = Network(provider.network.ecosystem.name, provider.network.name, provider.name, int(provider.chain_id))
    content = manifest.manifest(design, venues, network, str(account.address), history)
    path = manifest.file_of(folder, network, design)
    manifest.write(path, content)
    return contracts, path


def node_url(provider: ProviderAPI) -> str | None:
    """Where the connected node answers JSON-RPC; None if a simulation should rather start a node of its own.

    It should where Ape has started Anvil for this command alone: Ape makes it keep a trace of every step of every
    transaction, and no memory holds those of a simulation.

    Raises:
        InputError: the provider runs inside this process.
    """
    url = provider.http_uri
    if url is None:
        wanted = "a node, such as ethereum:local:foundry or http://127.0.0.1:8545"
        raise InputError(file="--network", expected=wanted, got=provider.network_choice)
    started = getattr(provider, "process", None)
    return url if started is None else None


def container(made: Artifact, project: ProjectManager) -> ContractContainer:
    """What Ape compiled, if it is the code that the simulator runs; else (a user's own policy) that code."""
    found = project.get_contract(made.name)
    if found is not None:
        bytecode = found.contract_type.deployment_bytecode
        if bytecode is not None and str(bytecode.bytecode) == "0x" + made.initcode.hex():
            return found
    return ContractContainer(
        ContractType.model_validate(
            {
                "contractName": made.name,
                "sourceId": made.source,
                "abi": list(made.abi),
                "deploymentBytecode": {"bytecode": "0x" + made.initcode.hex()},
                "runtimeBytecode": {"bytecode": "0x" + made.runtime.hex()},
            }
        )
    )


def failure_code(error: ContractLogicError) -> int:
    """Status (see `sim.chain.failures`) of a transaction that Ape saw refused.

    Raises:
        ValueError: Ape has kept the revert's data only as text, as it does with Anvil's answer to a mere call.
    """
    told = str(error.message)
    found = _FAILED.search(told)
    if found is None and FAILED_SELECTOR.hex() in told:
        raise ValueError(f"the code is lost in {told!r}: send a transaction")
    return code_of_output(bytes.fromhex(found.group()) if found else b"")
