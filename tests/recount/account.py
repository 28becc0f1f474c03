"""Every registered measure once more, as an exact sum over what a tape says. A function per key.

What is asked of the contracts at an instant stands in `instants`, what calls said in `calls`. Series have a value for
each step as it begins, but for the last step the one after its last call.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from recount.instants import WAD, Instant, Usd, at_mid
from recount.outside import Outside
from recount.story import AT_THE_POOL, Noted, Story

#: What this call and that one are named after: whoever trades, at once or by an order; whoever is liquidated.
FILLS = ("trade", "execute")
LIQUIDATIONS = ("liquidate", "release_and_liquidate")
SHARES = 8  # stands for an asset in a request: MAX_ASSETS
NONE = Fraction(0)


@dataclass(frozen=True, slots=True)
class Account:
    """All that measures are made of."""

    story: Story
    outside: Outside
    late_liquidations: int  # sent, and without room in a block: on no tape

    @property
    def column(self) -> list[Instant]:
        """Instants of a series."""
        return [*self.story.instants[:-2], self.story.instants[-1]]

    @property
    def first(self) -> Instant:
        return self.story.instants[0]

    @property
    def last(self) -> Instant:
        return self.story.instants[-1]

    @property
    def pairs(self) -> list[tuple[Instant, Instant]]:
        """Each step as it begins, and the instant after it."""
        return list(zip(self.story.instants, self.story.instants[1:], strict=False))

    def mid(self, call: Noted, k: int) -> Usd:
        """Price of an asset in the step of a call."""
        return self.story.instants[call.row.step].mid[self.story.assets[k].feed]

    def worth(self, tokens: list[Fraction], instant: Instant) -> Usd:
        """Tokens at mid."""
        return at_mid(tokens, self.story.assets, instant.mid)

    def per_share(self, by_step: list[Usd]) -> Usd:
        """What of the amounts of each step fell on the shares of the opening: supply as the step ends."""
        after = self.story.instants[1:]
        shares = (usd * self.first.supply / now.supply for usd, now in zip(by_step, after, strict=True))
        return sum(shares, NONE)

    def words(self, word: str, *functions: str) -> list[Usd]:
        """A word of accepted calls, summed by step."""
        sums = [NONE] * self.story.steps
        for call in self.story.of(*functions):
            sums[call.row.step] += Fraction(call.row.answer[word], WAD)
        return sums

    def brought(self, *, by_swaps: bool | None = None) -> list[Usd]:
        """What calls at the pool brought into it and the treasury, by step: by swaps, by others, or by all."""
        sums = [NONE] * self.story.steps
        for call in self.story.of(*AT_THE_POOL):
            if by_swaps is None or by_swaps == is_swap(call):
                sums[call.row.step] += self.worth(call.moved, self.story.instants[call.row.step])
        return sums

    @property
    def from_traders(self) -> list[Usd]:
        """Tokens of pool and treasury that came of accounts, less what is owed to them more than before, by step."""
        sums = []
        for (then, now), brought in zip(self.pairs, self.brought(), strict=True):
            held, before = ([p + t for p, t in zip(i.pool, i.treasury, strict=True)] for i in (now, then))
            came = self.worth(held, then) - self.worth(before, then) - brought
            sums.append(came - self._owed(now) + self._owed(then))
        return sums

    def _owed(self, now: Instant) -> Usd:
        """What of the pool's tokens is not the shareholders'."""
        return self.worth(now.pool, now) - now.value


Sum = Callable[[Account], Fraction]
SUMS: dict[str, Sum] = {}


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far the simulator's doubles may be from an exact sum: whichever of the two is more."""

    absolute: float
    relative: float


#: Whole numbers.
COUNT = Tolerance(0.0, 0.0)
#: Sums of words. A double keeps 16 digits of each, and a hundred of them lose two at most; of sums that cancel, more.
WORDS = Tolerance(1e-9, 1e-12)
#: Differences of what a pool holds. Of 20 million USD a double keeps 4e-9, and forty steps add as many of them.
STATE = Tolerance(1e-6, 1e-12)
#: Percent and basis points: shares of such amounts.
SHARE = Tolerance(1e-10, 0.0)
TOLERANCES: dict[str, Tolerance] = {}


def of(key: str, tolerance: Tolerance) -> Callable[[Sum], Sum]:
    """Keep a function as the recount of a measure."""

    def keep(function: Sum) -> Sum:
        assert key not in SUMS
        SUMS[key], TOLERANCES[key] = function, tolerance
        return function

    return keep


def usd_of(call: Noted, *words: str) -> Usd:
    """Words of a call, summed."""
    return sum((Fraction(call.row.answer[word], WAD) for word in words), NONE)


def is_swap(call: Noted) -> bool:
    """Whether tokens were to go out for tokens: at once, or by request."""
    if call.row.function == "execute_entry":
        return call.request is not None and call.request["j"] != SHARES
    return call.row.function == "swap"
