"""Scenarios: the world and the people that every design meets, from TOML or from the user's own prices."""

from sim.scenario.loading import (
    list_scenarios,
    load_scenario,
    parse_scenario,
    read_prices,
    require_feeds,
    scenario_from_prices,
)
from sim.scenario.model import Scenario

__all__ = [
    "Scenario",
    "list_scenarios",
    "load_scenario",
    "parse_scenario",
    "read_prices",
    "require_feeds",
    "scenario_from_prices",
]
