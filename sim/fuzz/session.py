"""One sequence of moves on one arena: each is made, judged, and remembered, so that it can be made again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from sim.chain.actions import VERBS
from sim.design import Design
from sim.fuzz import draws
from sim.fuzz.arena import Arena, Call, base_price_usd
from sim.fuzz.catalogue import judge, look
from sim.fuzz.facts import HALTED, Facts
from sim.fuzz.foresight import NOTHING, foresee
from sim.fuzz.model import OracleModel
from sim.fuzz.orders import OrderModel, executes_at
from sim.fuzz.properties import PROPERTIES, Lab, Property, Step
from sim.fuzz.snapshot import Price, Snapshot

#: Place of the expiry among the arguments of `place`, which is the last one.
_EXPIRES = [name for name, _ in VERBS["place"].arguments].index("expires_at_s")
#: A refused call changes nothing: that is looked at every so many moves.
_CHECK_REFUSED = 4


@dataclass(frozen=True, slots=True)
class Act:
    """A block that begins, a report or a call in the block that is open, exactly as it is to be made again."""

    seconds: int = 0  # a block begins so much later; 0: still the same one
    verb: str = ""  # none: only time
    actor: str = ""
    values: tuple[int, ...] = ()
    quotes: tuple[tuple[int, ...], ...] = ()  # of a report
    truth: tuple[int, ...] = ()  # prices that honest venues see from here on; as before if empty
    at_s: int = 0  # when it was made

    def at(self, time_s: int) -> Act:
        """The same at another time: what it says about time moves along."""
        shift = time_s - self.at_s if self.at_s else 0
        if not shift:
            return replace(self, at_s=time_s)
        quotes = tuple(tuple(word + shift if word else 0 for word in row) for row in self.quotes)
        values = self.values
        if self.verb == "place" and values[_EXPIRES]:
            values = (*values[:_EXPIRES], values[_EXPIRES] + shift)
        return replace(self, at_s=time_s, quotes=quotes, values=values)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found by which means."""

    property_id: str
    by_probe: bool
    turn: int  # of the probe


@dataclass(slots=True)
class Session:
    """An arena with everything that is reckoned beside it."""

    arena: Arena
    oracle: OracleModel
    truth: tuple[int, ...]
    skipped: frozenset[str]  # properties that the design is known to break, or that nobody asked for
    state: Snapshot
    hits: Counter[str] = field(default_factory=Counter)
    orders: OrderModel = field(default_factory=OrderModel)
    memory: dict[str, Any] = field(default_factory=dict)
    acts: list[Act] = field(default_factory=list)
    turn: int = 0
    finding: Finding | None = None  # the property that does not hold

    @classmethod
    def begin(
        cls,
        design: Design,
        hits: Counter[str] | None = None,
        only: Collection[str] | None = None,
        machine: str = "evm",
    ) -> Session:
        """Deploy a design; nothing was called yet. Properties that are not among `only` are left out."""
        arena = Arena.deploy(design, machine)
        feeds = arena.chain.deployment.feeds
        truth = draws.base_prices([base_price_usd(design, feed) for feed in feeds])
        oracle = OracleModel.opened(arena.facts, truth, arena.time_s)
        skipped = {broken.property for broken in design.breaks}
        if only is not None:
            skipped |= set(PROPERTIES) - set(only)
        return cls(arena, oracle, truth, frozenset(skipped), arena.snapshot(), hits if hits is not None else Counter())

    @property
    def facts(self) -> Facts:
        """The design's integers."""
        return self.arena.facts

    def do(self, act: Act) -> Step:
        """Make a move and judge it.

        Raises:
            Violation: of the first property that does not hold.
        """
        step = self.make(act)
        for entry in self._judged():
            self.judge(entry, step)
        if step.accepted() is not None:
            for entry in self._probed(lambda every: every > 0 and self.turn % every == 0):
                self.look(entry, self.turn)
        return step

    def finish(self) -> None:
        """Look at what only the end of a sequence shows.

        Raises:
            Violation: of the first property that does not hold.
        """
        for entry in self._probed(lambda every: every == 0):
            self.look(entry, self.turn)

    def judge(self, entry: Property, step: Step) -> None:
        """Judge a step by one property.

        Raises:
            Violation: it does not hold.
        """
        self.finding = Finding(entry.id, False, self.turn)
        judge(entry, step, self.hits)
        self.finding = None

    def look(self, entry: Property, turn: int) -> None:
        """Let one probe look into its future.

        Raises:
            Violation: the property does not hold.
        """
        self.finding = Finding(entry.id, True, turn)
        looks = turn // max(entry.every, 1)
        look(entry, Lab(self.arena, self.state, looks, self.truth, self.orders.open), self.hits)
        self.finding = None

    def make(self, act: Act, *, sees: bool = True, always: bool = False) -> Step:
        """Make a move without judging it. The state is read if it `sees`; `always` after a refusal, too."""
        self.turn += 1
        if act.truth:
            self.truth = act.truth
        if act.seconds:
            self.arena.advance(act.seconds)
        act = act.at(self.arena.time_s)
        self.acts.append(act)
        before, orders = self.state, self.orders.open
        foresight = NOTHING
        if sees and not act.seconds:
            foresight = foresee(self.arena, before, act.verb, act.values)
        call = self._call(act)
        if sees and (always or call is None or call.accepted or self.turn % _CHECK_REFUSED == 0):
            self.state = self.arena.snapshot()
        prices = self.order_prices()
        self.orders.follow(call, self.arena.time_s, prices, self._stuck())
        return Step(
            call=call,
            before=before,
            after=self.state,
            facts=self.facts,
            prices=self.oracle.prices(self.arena.time_s),
            survivors=tuple(self.oracle.survivors),
            fresh=frozenset(self.oracle.fresh) if act.verb == "report" else frozenset(),
            faults=self.oracle.told_faults(),
            orders=orders,
            order_prices=prices,
            orders_after=self.orders.open,
            foresight=foresight,
            memory=self.memory,
        )

    def order_prices(self) -> dict[tuple[int, int], Price]:
        """What each open order would be executed at now, where that is a price since its request."""
        found = {}
        if self.facts.is_by_order:
            for key, order in self.orders.open.items():
                made = self.oracle.memory[self.facts.markets[order.m].feed].made
                price = executes_at(made, order, self.arena.time_s)
                if price is not None:
                    found[key] = price
        return found

    def _stuck(self) -> frozenset[tuple[int, int]]:
        """Orders whose market, or what pays in it or is paid for them, has no price now."""
        facts, halted = self.facts, {feed for feed, price in enumerate(self.state.prices) if price.status == HALTED}
        found = set()
        for key, order in self.orders.open.items():
            market = facts.markets[order.m]
            paid_in = (*market.assets, order.asset) if order.reward else market.assets
            if halted & {market.feed, *(facts.assets[k].feed for k in paid_in)}:
                found.add(key)
        return frozenset(found)

    def _call(self, act: Act) -> Call | None:
        if act.verb == "report":
            call = self.arena.report(act.quotes)
            self.oracle.report(act.quotes, self.arena.time_s)
            return call
        return self.arena.call(act.verb, act.actor, *act.values) if act.verb else None

    def _judged(self) -> Iterator[Property]:
        return (e for e in PROPERTIES.values() if e.judge is not None and e.id not in self.skipped)

    def _probed(self, is_due: Callable[[int], bool]) -> Iterator[Property]:
        return (e for e in PROPERTIES.values() if e.probe is not None and e.id not in self.skipped and is_due(e.every))
