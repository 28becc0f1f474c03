"""What no tape holds: true prices, and what venues show. From the arrays of the world, a number at a time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from sim.scenario.model import Scenario
from sim.scenario.tables import unix_s
from sim.world.history import History as World

FRESH_S = 60  # an older quote nobody trades on
HINDSIGHT_S = 300  # how far ahead honest venues are looked at


@dataclass(frozen=True)
class Outside:
    """One path of a world, by step and by feed of a design."""

    scenario: Scenario
    world: World
    feeds: tuple[str, ...]

    @property
    def steps(self) -> int:
        """How many there are."""
        return len(self.world.times_s)

    def step_s(self, step: int) -> int:
        """Seconds of a step."""
        return int(self.world.step_s[step])

    @cached_property
    def true_usd(self) -> list[list[Fraction]]:
        """True prices."""
        at = [self.world.feeds.index(feed) for feed in self.feeds]
        return [[Fraction(float(self.world.true_price_usd[0, step, f])) for f in at] for step in range(self.steps)]

    @cached_property
    def bid_usd(self) -> list[list[Fraction]]:
        """Best bids of the venues that quote."""
        return [[max(price - half for price, half, _ in shown) for shown in row] for row in self._fresh]

    @cached_property
    def ask_usd(self) -> list[list[Fraction]]:
        """Best asks."""
        return [[min(price + half for price, half, _ in shown) for shown in row] for row in self._fresh]

    def honest_usd(self, step: int, feed: int) -> tuple[Fraction, Fraction]:
        """Least and largest median of the venues that no event moves, from a step on for HINDSIGHT_S."""
        times = self.world.times_s.tolist()
        end = bisect_right(times, times[step] + HINDSIGHT_S)
        medians = [self._medians[each][feed] for each in range(step, end)]
        return min(medians), max(medians)

    @cached_property
    def _fresh(self) -> list[list[list[tuple[Fraction, Fraction, int]]]]:
        """(price, half spread, venue) of quotes that are not too old, by step and feed."""
        return [[list(self._shown(step, feed)) for feed in self.feeds] for step in range(self.steps)]

    def _shown(self, step: int, feed: str) -> Iterator[tuple[Fraction, Fraction, int]]:
        world, f = self.world, self.world.feeds.index(feed)
        for v in range(len(world.venues)):
            made = int(world.shown_step[step, f, v])
            if world.times_s[step] - world.times_s[made] <= FRESH_S:
                price = Fraction(float(world.quoted_usd[0, made, f, v]))
                yield price, price * Fraction(float(world.half_spread[made, v])), v

    @cached_property
    def _medians(self) -> list[list[Fraction]]:
        return [[self._median(step, f) for f in range(len(self.feeds))] for step in range(self.steps)]

    def _median(self, step: int, f: int) -> Fraction:
        """The least price up to which half of the honest weight quotes; the true one where nobody does."""
        time_s, feed = int(self.world.times_s[step]), self.feeds[f]
        weights = self.world.venue_weights
        honest = sorted(
            (price, int(weights[v]))
            for price, _, v in self._fresh[step][f]
            if not self._is_moved(self.world.venues[v], feed, time_s)
        )
        total = sum(weight for _, weight in honest)
        reached = 0
        for price, weight in honest:
            reached += weight
            if 2 * reached >= total:
                return price
        return self.true_usd[step][f]

    def _is_moved(self, venue: str, feed: str, time_s: int) -> bool:
        """Whether an event moves a venue's quote of a feed now; at the foot of a ramp it does not."""
        for event in self.scenario.events:
            if event.kind == "offset" and event.venue == venue and feed in event.feeds:
                begin, until = unix_s(event.begin), unix_s(event.until)
                if begin <= time_s < until and (time_s > begin or not event.ramp_s):
                    return True
        return False
