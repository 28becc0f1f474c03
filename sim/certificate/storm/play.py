"""What is called next: recipes by weight, a spoilt call now and then, and settings gone mad for a while."""

from __future__ import annotations

from bisect import bisect
from itertools import accumulate

from sim.certificate.machine import Sent
from sim.certificate.storm import (
    cohorts,
    controllers,
    desks,
    endings,
    entries,
    exits,
    keepers,
    liquidity,
    oracle_settings,
    reads,
    reporters,
    traders,
)
from sim.certificate.storm.hand import Hand
from sim.certificate.storm.hostile import spoil
from sim.certificate.storm.recipes import BOOK, check_complete
from sim.certificate.storm.seen import Seen, look
from sim.certificate.storm.stage import Stage

#: Importing them fills the book.
_AUTHORS = (
    *(controllers, desks, endings, entries, exits, keepers, liquidity, oracle_settings, reporters, traders),
    cohorts,
)
_SPOILT = 0.04  # chance that a single call's data is spoilt,
_WRONG_SENDER = 0.04  # or that somebody else sends it
_READ = 0.18  # chance of a view
_SECONDS = (*(0, 1, 1, 1, 2, 5, 12, 12, 30, 59, 60, 61, 600, 3_600, 86_401) * 2, 5 * 86_400, 8 * 86_400)


class Play(Hand):
    """A storm over one stage."""

    def __init__(self, stage: Stage, seed: tuple[int, ...]) -> None:
        check_complete(stage.forms.values(), BOOK)
        super().__init__(stage, seed)
        # What a design has no contract for is never drawn.
        roles = {form.role for form in stage.forms.values()}
        self._book = [entry for entry in BOOK if entry.key[0] in roles]
        self._limits = list(accumulate(entry.weight for entry in self._book))
        self._by_head = {(f.target, f.selector): f for f in stage.forms.values()}

    # ------------------------------------------------------------------ blocks

    def seconds(self) -> int:
        """Until the next block."""
        return self.dice.pick(_SECONDS)

    def opening(self) -> list[Sent]:
        """The first calls of a block, after its time was set: prices, mostly."""
        self.truth.move(self.dice, self.seen)
        calls = []
        if self.dice.chance(0.96):
            calls.append(reporters.report(self, "reporter", reporters.quotes(self, self.truth)))
        if self.seen.aum[5] and self.dice.chance(0.85):
            calls.append(self.sent(self.seen.admin, "controller", "set_mode", 0))
        return calls

    def look(self) -> Seen:
        """See the state as it is now."""
        self.seen = look(self.stage)
        return self.seen

    def batch(self, count: int) -> list[Sent]:
        """At least so many calls from what was seen."""
        calls: list[Sent] = []
        while len(calls) < count:
            if self.dice.chance(_READ):
                written = reads.read(self)
            else:
                written = self._book[bisect(self._limits, self.dice.roll() * self._limits[-1])].write(self)
            calls += [self._turned(written[0])] if len(written) == 1 else written
        return calls

    def _turned(self, call: Sent) -> Sent:
        """A call as it is, mostly. The controller has checked what it sends: a market of no asset would stay."""
        kind = self.dice.roll()
        if kind < _SPOILT and call.sender != "controller":
            form = self._by_head[call.target, call.data[:4]]
            return Sent(call.sender, call.target, spoil(form, call.data, self.dice))
        if kind < _SPOILT + _WRONG_SENDER:
            return Sent(self.actor(), call.target, call.data)
        return call
