"""A short crash that people make, for tests: the shipped market from 21:10 on, forty steps, and a crowd in the pool."""

from __future__ import annotations

from typing import Any

from storm import storm

from sim.scenario import load_scenario, parse_scenario
from sim.scenario.model import Scenario

CLOCK = {
    "start": "2025-10-10T21:00:00Z",
    "segment": [{"until": "2025-10-10T21:20:00Z", "step_s": 10}],
}
RUN = {"from": "2025-10-10T21:12:00Z", "until": "2025-10-10T21:18:40Z"}


def crash(**overrides: Any) -> Scenario:
    """The crash, with dotted keys of the scenario file overridden."""
    document = load_scenario("oct_2025").model_dump(mode="json", by_alias=True, exclude_none=True)
    people = storm().model_dump(mode="json", by_alias=True, exclude_none=True)
    for name in ("traders", "arbitrageur", "liquidity_providers", "keepers", "blocks"):
        document[name] = people[name]
    market = document["market"]
    market |= {"clock": CLOCK, "run": RUN, "cohorts": 120}
    document |= {"name": "crash", "market": market}
    richer = {"traders.equity_median_usd": 50_000.0, "liquidity_providers.seed_usd": 100e6}
    return parse_scenario(document, "crash.toml", richer | overrides)
