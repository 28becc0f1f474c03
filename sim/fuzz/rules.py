"""Rules of a machine: methods with drawn arguments, chosen at random, some of them left out of a sequence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, cast

from sim.fuzz.draws import Draw

#: A sequence leaves each rule out with this probability: what a machine does all the time hides what it does seldom.
LEFT_OUT = 0.15


@dataclass(frozen=True, slots=True)
class Rule:
    """A method, how often it is chosen, and what its arguments are drawn from."""

    name: str
    weight: int
    arguments: tuple[tuple[str, Draw[Any]], ...]

    def apply(self, machine: object, rng: Random) -> None:
        """Draw the arguments and call the method."""
        getattr(machine, self.name)(**{name: draw(rng) for name, draw in self.arguments})


def rule(weight: int = 2, **arguments: Draw[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a method a rule."""

    def mark(method: Callable[..., None]) -> Callable[..., None]:
        cast(Any, method).drawn = Rule(method.__name__, weight, tuple(arguments.items()))
        return method

    return mark


def rules_of(machine: type) -> tuple[Rule, ...]:
    """Rules of a class and those it inherits, in the order of their names."""
    methods = (getattr(machine, name) for name in sorted(dir(machine)))
    return tuple(method.drawn for method in methods if isinstance(getattr(method, "drawn", None), Rule))


def chosen(rules: Sequence[Rule], rng: Random) -> tuple[Sequence[Rule], Sequence[int]]:
    """The rules of one sequence and their weights."""
    kept = [each for each in rules if rng.random() >= LEFT_OUT] or list(rules)
    return kept, [each.weight for each in kept]
