"""What recipes may use: the stage, what was seen of it last, and draws of whatever a call may name."""

from __future__ import annotations

from typing import TypeVar

from sim.certificate.machine import Sent
from sim.certificate.storm.calldata import Form
from sim.certificate.storm.dice import EDGES, Dice
from sim.certificate.storm.seen import Seen, look
from sim.certificate.storm.stage import ACTORS, Stage, rows_of
from sim.certificate.storm.truth import Truth
from sim.chain.deployment import FIRST_ACCOUNT
from sim.native.world import LIMBS

T = TypeVar("T")
_EDGE = 0.025  # chance that an amount is replaced by an edge, or moved by one


class Hand:
    """A hand on one stage. All of it is public to recipes."""

    def __init__(self, stage: Stage, seed: tuple[int, ...]) -> None:
        self.stage, self.dice = stage, Dice(seed)
        self.people = (*ACTORS, "admin")
        self.reads: list[Form] = [form for form in stage.forms.values() if form.is_view]
        self._everybody = tuple(stage.world.addresses)
        self._addresses = {name: int(address, 16) for name, address in stage.world.addresses.items()}
        self.truth = Truth(stage)
        self.seen: Seen = look(stage)
        self.assets, self.markets, self.limits = self.seen.assets, self.seen.markets, self.seen.limits
        self.is_by_order = stage.design.execution == "after_request"
        self.venues = rows_of(stage.stored("oracle.venues").reshape(8, -1, LIMBS))
        self.feeds = rows_of(stage.stored("oracle.feeds").reshape(8, -1, LIMBS))[: len(stage.design.feeds)]

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
