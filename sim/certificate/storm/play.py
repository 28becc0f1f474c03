"""What is called next: recipes by weight, a spoilt call now and then, and settings gone mad for a while."""

from __future__ import annotations

from bisect import bisect
from itertools import accumulate
from typing import TypeVar

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
from sim.certificate.storm.calldata import Form
from sim.certificate.storm.dice import EDGES, Dice
from sim.certificate.storm.hostile import spoil
from sim.certificate.storm.recipes import BOOK, check_complete
from sim.certificate.storm.seen import Seen, look
from sim.certificate.storm.stage import ACTORS, Stage, rows_of
from sim.chain.deployment import FIRST_ACCOUNT
from sim.native.world import LIMBS

T = TypeVar("T")
#: Importing them fills the book.
_AUTHORS = (
    *(controllers, desks, endings, entries, exits, keepers, liquidity, oracle_settings, reporters, traders),
    cohorts,
)
_EDGE = 0.025  # chance that an amount is replaced by an edge, or moved by one
_SPOILT = 0.04  # chance that a single call's data is spoilt,
_WRONG_SENDER = 0.04  # or that somebody else sends it
_READ = 0.18  # chance of a view
_SECONDS = (*(0, 1, 1, 1, 2, 5, 12, 12, 30, 59, 60, 61, 600, 3_600, 86_401) * 2, 5 * 86_400, 8 * 86_400)


class Play:
    """A storm over one stage. What recipes may use is public."""

    def __init__(self, stage: Stage, seed: tuple[int, ...]) -> None:
        check_complete(stage.forms.values(), BOOK)
        self.stage, self.dice = stage, Dice(seed)
        self.people = (*ACTORS, "admin")
        self.reads: list[Form] = [form for form in stage.forms.values() if form.is_view]
        self._everybody = tuple(stage.world.addresses)
        self._addresses = {name: int(address, 16) for name, address in stage.world.addresses.items()}
        # What a design has no contract for is never drawn.
        roles = {form.role for form in stage.forms.values()}
        self._book = [entry for entry in BOOK if entry.key[0] in roles]
        self._limits = list(accumulate(entry.weight for entry in self._book))
        self._by_head = {(f.target, f.selector): f for f in stage.forms.values()}
        self.truth = reporters.Truth(stage)
        self.seen: Seen = look(stage)
        self.assets, self.markets, self.limits = self.seen.assets, self.seen.markets, self.seen.limits
        self.is_by_order = stage.design.execution == "after_request"
        self.venues = rows_of(stage.stored("oracle.venues").reshape(8, -1, LIMBS))
        self.feeds = rows_of(stage.stored("oracle.feeds").reshape(8, -1, LIMBS))[: len(stage.design.feeds)]

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

    # ------------------------------------------------------------------ for recipes

    def sent(self, sender: str, target: str, function: str, *words: int) -> Sent:
        """A call."""
        return Sent(sender, target, self.stage.forms[target, function].data(words))

    def address(self, name: str) -> int:
        """Address as a word."""
        return self._addresses[name]

    def actor(self) -> str:
        """Somebody with tokens."""
        return self.dice.pick(ACTORS)

    def anybody(self) -> str:
        """Anybody with an address, contracts too."""
        return self.dice.pick(ACTORS) if self.dice.chance(0.8) else self.dice.pick(self._everybody)

    def account(self) -> int:
        """An account id: mostly a trader's, sometimes just outside those that exist."""
        kind = self.dice.roll()
        if kind < 0.9:
            return self.dice.pick(self.stage.cast.trader_ids)
        if kind < 0.98:
            return self.dice.below(self.seen.accounts + 1)
        return self.dice.pick((0, self.seen.accounts, min(self.seen.accounts + 1, self.stage.world.accounts - 1)))

    def trader(self) -> int:
        """An account that may trade: mostly a trader's, or whoever opened one."""
        if self.dice.chance(0.95):
            return self.dice.pick(self.stage.cast.trader_ids)
        return FIRST_ACCOUNT + self.dice.below(self.seen.accounts + 1 - FIRST_ACCOUNT)

    def take(self, options: list[T]) -> T:
        """One of several, which is mostly gone afterwards: what was done cannot be done again."""
        i = self.dice.below(len(options))
        return options.pop(i) if self.dice.chance(0.93) else options[i]

    def asset(self) -> int:
        """An asset id."""
        return self.dice.below(len(self.seen.assets))

    def market(self) -> int:
        """A market id."""
        return self.dice.below(len(self.seen.markets))

    def token_of(self, k: int) -> str:
        """Token of an asset."""
        assets = self.stage.design.assets
        return f"token:{assets[k % len(assets)].symbol}"

    def token(self) -> str:
        """Any token."""
        return self.token_of(self.dice.below(len(self.stage.design.assets)))

    def leverage(self, m: int) -> int:
        """Notional that a dollar of free margin carries in a market."""
        return self.seen.leverage[m]

    def edge(self, amount: int) -> int:
        """An amount as it is, seldom one more, one less, or an edge."""
        if self.dice.roll() >= _EDGE:
            return amount
        return self.dice.pick((amount + 1, amount - 1, 0, -amount, self.dice.pick(EDGES)))
