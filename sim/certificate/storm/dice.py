"""Chance: numbers from one seeded generator, drawn in bulk: a single draw would cost more than what is done with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")
WAD = 10**18
_STOCK = 1 << 14
#: Where arithmetic and checks have their edges.
EDGES = (0, 1, 2, 7, WAD - 1, WAD, 2**64, 2**96, 2**127, 2**128 - 1, 2**128, 2**255 - 1, 2**255, 2**256 - 2, 2**256 - 1)


class Dice:
    """A source of chance."""

    def __init__(self, seed: Sequence[int]) -> None:
        self._rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(list(seed))))
        self._stock: list[float] = []

    def roll(self) -> float:
        """At least 0, below 1."""
        if not self._stock:
            self._stock = self._rng.random(_STOCK).tolist()
        return self._stock.pop()

    def chance(self, probability: float) -> bool:
        """Whether something happens that does so with this probability."""
        return self.roll() < probability

    def below(self, count: int) -> int:
        """A whole number, from 0."""
        return int(self.roll() * count)

    def between(self, least: float, most: float) -> float:
        """Any number between two."""
        return least + (most - least) * self.roll()

    def pick(self, values: Sequence[T]) -> T:
        """One of several."""
        return values[int(self.roll() * len(values))]

    def some(self, most: int) -> int:
        """A whole number from 1 to `most`, any magnitude as likely as another; `most` itself often, and 0 for none."""
        if most <= 1 or self.roll() < 0.05:
            return most
        return max(1, int(most * 2.0 ** (-14.0 * self.roll() ** 2)))

    def any_word(self) -> int:
        """A word of any magnitude, or one at an edge."""
        if self.roll() < 0.4:
            return self.pick(EDGES)
        return int(2.0 ** (256 * self.roll())) % 2**256

    def amount(self, most_wad: int = 10**27) -> int:
        """A word of a magnitude that contracts meet."""
        return int(most_wad * 10.0 ** (-12 * self.roll())) if self.roll() < 0.9 else 0
