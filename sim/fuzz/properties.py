"""The properties of the machine: an id, one sentence, and a function that puts it to the test.

A judge looks at one step; a probe makes calls in a future that is undone. Both return whether the property was put to
the test at all (a hit), and raise `Broken` where it does not hold. Ids and kinds are those of the catalogue of
properties. Judges live in `judges/` and probes in `probes/`, by subject; this file holds what they share and the
table of all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from sim.chain.actions import EXECUTED
from sim.fuzz import draws
from sim.fuzz.arena import Arena, Call
from sim.fuzz.facts import OK, Facts
from sim.fuzz.foresight import Foresight
from sim.fuzz.orders import Order
from sim.fuzz.snapshot import SHARES, Price, Snapshot


@dataclass(frozen=True, slots=True)
class Step:
    """What happened between two snapshots: a call, or (None) time. A report comes with the block that it begins."""

    call: Call | None
    before: Snapshot
    after: Snapshot
    facts: Facts
    prices: tuple[Price, ...]  # what the oracle has to say after it
    survivors: tuple[int, ...]  # venues behind each feed's last price
    fresh: frozenset[int]  # feeds to which a report brought something new of a venue with weight
    faults: tuple[frozenset[str], ...]  # why other venues did not count there, and messages were not kept
    orders: Mapping[tuple[int, int], Order]  # open before it
    order_prices: Mapping[tuple[int, int], Price]  # at which those execute that have a price, after the request
    orders_after: Mapping[tuple[int, int], Order]
    foresight: Foresight  # what policies said about the call before it was made
    memory: dict[str, Any]  # what judges keep from step to step, by property

    def accepted(self, *verbs: str) -> Call | None:
        """The call, if it is one of these verbs (any verb of value, if none is named) and was accepted."""
        call = self.call
        if call is None or not call.accepted or call.verb == "report":
            return None
        return call if not verbs or call.verb in verbs else None

    def traded(self) -> Call | None:
        """A trade that changed a position: at once, or by an order that did not end unfilled."""
        call = self.accepted("trade", "execute")
        return call if call is not None and call.returns["size"] else None

    def redemption(self) -> Call | None:
        """What was paid for shares, at once or for a request that a keeper executed: as a call of `redeem`.

        Of a request its holder is the caller, and its receiver unknown (-1) unless he is an actor.
        """
        call = self.accepted("redeem", "execute_exit")
        if call is None or call.verb == "redeem":
            return call
        asked = self.before.exits[call.arguments["holder"]]
        if not call.returns["units"]:
            return None
        amount = asked.shares - asked.reward
        arguments = {"k": asked.k, "amount": amount, "min_amount": asked.min_amount, "receiver": -1}
        returns = {"tokens": call.returns["units"], "fee_usd": call.returns["fee_usd"]}
        return Call("redeem", call.arguments["holder"], arguments, call.status, returns)

    def entry(self, *verbs: str) -> Call | None:
        """A deposit, or a swap: at once, or of a request that a keeper executed; as a call of `mint` or `swap`.

        Of a request its holder is the caller, who asks for himself.
        """
        call = self.accepted("mint", "swap", "execute_entry")
        if call is not None and call.verb == "execute_entry":
            holder, told = call.arguments["holder"], call.returns
            if told["outcome"] != EXECUTED:
                return None
            asked = self.before.entries[holder]
            arguments = {"k": asked.k, "amount": asked.amount - asked.reward, "receiver": holder}
            fee = {"fee_usd": told["fee_usd"]}
            if asked.j == SHARES:
                given, got = arguments | {"min_shares": asked.min_out}, {"shares": told["shares"]}
                call = Call("mint", holder, given, call.status, got | fee)
            else:
                given, got = arguments | {"j": asked.j, "min_amount": asked.min_out}, {"tokens": told["units"]}
                call = Call("swap", holder, given, call.status, got | fee)
        return call if call is not None and (not verbs or call.verb in verbs) else None

    def tried(self, *verbs: str) -> Call | None:
        """The call, if it is one of these verbs, accepted or not."""
        return self.call if self.call is not None and self.call.verb in verbs else None


@dataclass(frozen=True, slots=True)
class Lab:
    """Where a probe works: the state now, and an arena whose calls will be undone."""

    arena: Arena
    state: Snapshot
    turn: int  # counts the probe's own looks, so that each meets every market, side and asset
    truth: tuple[int, ...]  # prices that honest venues see
    orders: Mapping[tuple[int, int], Order]

    @property
    def facts(self) -> Facts:
        """The design's integers."""
        return self.arena.facts

    def quotes(self, prices: tuple[int, ...] | None = None) -> list[list[int]]:
        """Words of honest venues as of now."""
        venues = len(self.facts.oracle.weights)
        now = self.arena.time_s
        return [[q.word for q in draws.honest(price, now, venues)] for price in prices or self.truth]

    def later(self, seconds: int, prices: tuple[int, ...] | None = None) -> bool:
        """A later block in which honest venues report; whether every price has its full status."""
        self.arena.advance(seconds)
        self.arena.report(self.quotes(prices))
        return all(price.status == OK for price in self.arena.reader.prices())


class Broken(Exception):
    """A finding: the numbers that do not fit."""


class Violation(AssertionError):
    """A property does not hold. Each property has its own class, so that a search never mixes two."""

    property_id = ""


@dataclass(frozen=True, slots=True)
class Property:
    """One statement that must hold."""

    id: str
    kind: str  # I invariant, P of one call, M of two futures of one state, T at the end of a sequence
    statement: str
    judge: Callable[[Step], bool] | None = None
    probe: Callable[[Lab], bool] | None = None
    every: int = 1  # accepted calls between two looks of a probe; 0: at the end of a sequence
    remembers: bool = False  # the judge keeps something from step to step


PROPERTIES: dict[str, Property] = {}


def holds(
    id_: str, kind: str, statement: str, *, remembers: bool = False
) -> Callable[[Callable[[Step], bool]], Callable[[Step], bool]]:
    """Enter a judge into the table."""

    def enter(judge: Callable[[Step], bool]) -> Callable[[Step], bool]:
        known = PROPERTIES.get(id_, Property(id_, kind, statement))
        if known.judge is not None:
            raise RuntimeError(f"two judges of {id_}: one of them would be forgotten")
        PROPERTIES[id_] = replace(known, judge=judge, remembers=remembers)
        return judge

    return enter


def probes(
    id_: str, kind: str, statement: str, *, every: int
) -> Callable[[Callable[[Lab], bool]], Callable[[Lab], bool]]:
    """Enter a probe into the table."""

    def enter(probe: Callable[[Lab], bool]) -> Callable[[Lab], bool]:
        known = PROPERTIES.get(id_, Property(id_, kind, statement))
        if known.probe is not None:
            raise RuntimeError(f"two probes of {id_}: one of them would be forgotten")
        PROPERTIES[id_] = replace(known, probe=probe, every=every)
        return probe

    return enter


def expect(ok: bool, text: str, *numbers: object) -> None:
    """Raise `Broken` unless `ok`; `text` takes the numbers in braces."""
    if not ok:
        raise Broken(text.format(*numbers))


@cache
def violation_class(id_: str) -> type[Violation]:
    """The class of one property's violations."""
    return type(f"Violated_{id_.replace('-', '_').replace('.', '_')}", (Violation,), {"property_id": id_})


def violation(id_: str, statement: str, detail: str, call: object = None) -> Violation:
    """The error that names a property, its sentence and the numbers."""
    where = "" if call is None else f" [{call}]"
    return violation_class(id_)(f"{id_}: {statement}: {detail}{where}")
