"""Markets to test on: the small one, the shipped one with other tables, and how to run them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.scenario.market import MarketScenario, load_market, parse_market
from sim.validation.markets import (
    SOURCE,
    T0,
    at,
    changed,
    crowd,
    platform,
    quiet,
    shipped_document,
    small_document,
    small_market,
)
from sim.validation.variants import AS_IT_IS, made
from sim.world.endogenous.world import EndogenousWorld
from sim.world.streams import Streams

__all__ = [
    "SOURCE",
    "T0",
    "at",
    "changed",
    "crowd",
    "platform",
    "quiet",
    "run",
    "shipped",
    "small_document",
    "small_market",
    "storm_of_october",
    "world_of",
]


def storm_of_october(step_s: int = 10, until: str = "22:00", variant: str = AS_IT_IS, **changes: Any) -> MarketScenario:
    """The shipped market, or a variant of it, from 20:45 on, in steps of one length."""
    document = made(shipped_document("oct_2025"), variant)
    document["clock"] = {
        "start": "2025-10-10T20:45:00Z",
        "segment": [{"until": f"2025-10-10T{until}:00Z", "step_s": step_s}],
    }
    dotted = {key.replace("__", "."): value for key, value in changes.items()}
    return parse_market(changed(document, dotted), "oct_2025.toml")


def world_of(
    market: MarketScenario, *, paths: Sequence[int] = (0, 1), cohorts: int = 200, seed: int = 1, **more: Any
) -> EndogenousWorld:
    """A world at its start."""
    return EndogenousWorld(market, Streams(seed, tuple(paths)), cohorts=cohorts, **more)


def run(world: EndogenousWorld, steps: int | None = None) -> dict[str, np.ndarray]:
    """Its records after so many more steps; by default, all."""
    last = len(world.times_s) - 1 if steps is None else world.step + steps
    for step in range(world.step + 1, last + 1):
        world.advance(step)
    return world.records.arrays()


def shipped() -> MarketScenario:
    """The shipped market as it is."""
    return load_market("oct_2025")
