"""Who plays what: the kinds of actor that a scenario may name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sim.agents.actors import own
from sim.agents.actors.copy_traders import CopyTraders
from sim.agents.actors.oracle_attacker import OracleAttacker
from sim.agents.actors.player import Player
from sim.agents.actors.squeezer import Squeezer
from sim.agents.actors.stage import Actor
from sim.agents.actors.toxic_arbitrageur import ToxicArbitrageur
from sim.agents.actors.whale import Whale
from sim.chain.deployment import Deployment
from sim.inputs.errors import InputError
from sim.scenario.actors import ActorTable, Own
from sim.scenario.model import Scenario
from sim.world.market import Window

KINDS: dict[str, Callable[[Any], Actor]] = {
    "whale": Whale,
    "squeezer": Squeezer,
    "oracle_attacker": OracleAttacker,
    "toxic_arbitrageur": ToxicArbitrageur,
    "copy_traders": CopyTraders,
}


def make(table: ActorTable | Own) -> tuple[Actor, Path | None]:
    """An actor of a scenario, and the user's file that he is from.

    Raises:
        InputError: of the user's file.
    """
    if isinstance(table, Own):
        actor = own.load(table.file, table.parameters)
        actor.name = table.name
        return actor, table.file
    actor = KINDS[vars(table)["kind"]](table)
    actor.name, actor.accounts, actor.capital_usd = table.name, table.accounts, table.capital_usd
    return actor, None


def with_own(scenario: Scenario, files: Sequence[Path]) -> Scenario:
    """A scenario with actors of the user's own beside those that it names; all of them are tried to be made.

    Raises:
        InputError: one of them cannot be, or has the name of another.
    """
    tables = list(scenario.actors)
    for file in files:
        actor = own.load(file.absolute())
        if actor.name in {"arbitrageur", "hedgers", *(table.name for table in tables)}:
            raise InputError(file=file, key="name", expected="a name that no other actor has", got=actor.name)
        tables.append(Own(kind="own", name=actor.name, file=file.absolute(), source="given"))
    for table in tables:
        make(table)
    return scenario.model_copy(update={"actors": tuple(sorted(tables, key=lambda table: table.name))})


def accounts_of(scenario: Scenario) -> int:
    """How many margin accounts the actors of a scenario have."""
    return sum(make(table)[0].accounts for table in scenario.actors)


def players(scenario: Scenario, deployment: Deployment, window: Window) -> list[Player]:
    """Everybody whom a scenario names; their accounts stand behind those of its traders, in the order of names."""
    found, first = [], scenario.traders.count
    for table in scenario.actors:
        actor, file = make(table)
        found.append(Player(actor, first, deployment, window, file))
        first += actor.accounts
    return found
