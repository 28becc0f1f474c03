"""The table of effects, and a policy as a design deploys it.

An effect states what a reader of the design file would expect to happen to somebody's money, in the unit that the key
names, and looks whether it does. It gets the number as the file has it; the policy got it through the loader.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pytest

from sim.design import Design
from sim.workbench.bench import Bench

WAD = 10**18
BPS = 10_000
HOUR_S, DAY_S, YEAR_S = 3_600, 86_400, 31_536_000
MINT, REDEEM, SWAP = range(3)
MILLION = 10**6
ENOUGH = 10**9  # as good as any number of USD of open interest on one side


@dataclass(frozen=True, slots=True)
class Case:
    """One parameter of one design."""

    design: Design
    slot: str
    key: str
    value: Any

    @property
    def policy(self) -> Bench:
        """The slot's policy, deployed with the design's own arguments."""
        choice = self.design.policies[self.slot]
        return Bench(choice.source, *choice.arguments)

    def other(self, key: str, m: int = 0) -> Any:
        """Value of another parameter of the policy, for a market if it has one for each."""
        value = self.design.policies[self.slot].parameters[key]
        return list(value.values())[m] if isinstance(value, Mapping) else value

    def markets(self) -> Iterator[tuple[int, Any]]:
        """(market, value) where the parameter may differ by market."""
        for m, market in enumerate(self.design.markets):
            yield m, self.value[market.symbol] if isinstance(self.value, Mapping) else self.value


Effect = Callable[[Case], None]
EFFECTS: dict[str, Effect] = {}


def effect(*identities: str) -> Callable[[Effect], Effect]:
    """Enter what these parameters (`slot.policy.key`) do."""

    def enter(function: Effect) -> Effect:
        for identity in identities:
            assert identity not in EFFECTS, identity
            EFFECTS[identity] = function
        return function

    return enter


def wad(number: Any) -> int:
    """A number as contracts have it."""
    return int(Fraction(number) * WAD)


def near(expected: Any, within: float = 1e-6) -> Any:
    """As good as this number."""
    return pytest.approx(float(expected), rel=within, abs=1e-9)
