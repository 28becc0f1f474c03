"""What a campaign counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from sim.chain.failures import OK, name_of
from sim.fuzz.facts import HALTED, INSURANCE, NORMAL, WIDE
from sim.fuzz.properties import Step

#: Events that a campaign must meet to have tested anything.
RARE_EVENTS = (
    "partial liquidation",
    "full liquidation",
    "bad debt",
    "insurance paid",
    "flat reward without equity",
    "price wide",
    "price halted",
    "call at a wide price",
)


@dataclass(slots=True)
class Tally:
    """Counts of one design, over all its sequences."""

    examples: int = 0
    steps: int = 0  # calls, and beginnings of blocks without a report
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)  # (verb, OK or the refusal's name)
    hits: Counter[str] = field(default_factory=Counter)  # property id -> evaluations that were no formality
    events: Counter[str] = field(default_factory=Counter)

    def count(self, step: Step) -> None:
        """Take a judged step into account."""
        self.steps += 1
        call = step.call
        if call is None:
            return
        self.calls[call.verb, name_of(call.status)] += 1
        statuses = {price.status for price in step.after.prices}
        if call.verb == "report":
            self.events["price wide"] += WIDE in statuses
            self.events["price halted"] += HALTED in statuses
        elif call.status == OK:
            self._count_accepted(step, call.verb, call.returns)
            self.events["call at a wide price"] += WIDE in statuses

    def _count_accepted(self, step: Step, verb: str, told: dict[str, int]) -> None:
        events = self.events
        events["rebate"] += told.get("fee_usd", 0) < 0
        events["price better than the oracle's"] += told.get("impact_usd", 0) < 0
        events["call in reduce-only"] += step.before.aum.mode > NORMAL
        events["call under a circuit breaker"] += step.before.aum.closed > 0
        if verb == "liquidate":
            events["full liquidation" if told["is_full"] else "partial liquidation"] += 1
            events["taken over by insurance"] += told["assigned_usd"] > 0
            events["bad debt"] += told["bad_debt_usd"] > 0
            events["insurance paid"] += told["insured_usd"] > 0
            events["flat reward without equity"] += told["equity_usd"] <= 0 < told["reward_usd"]
        if verb == "deleverage":
            events["haircut of winners" if told["is_haircut"] else "profit realised for the pool"] += 1
        if verb == "unwind":
            events["insurance out of a market"] += not any(p.size for p in step.after.positions[INSURANCE])

    def accepted(self, verb: str) -> int:
        """Calls of a verb that went through."""
        return self.calls[verb, name_of(OK)]

    def tried(self, verb: str) -> int:
        """Calls of a verb."""
        return sum(n for (name, _), n in self.calls.items() if name == verb)

    @property
    def success(self) -> float:
        """Share of calls that were accepted, reports apart."""
        of_value = {key: n for key, n in self.calls.items() if key[0] != "report"}
        total = sum(of_value.values())
        return sum(n for (_, name), n in of_value.items() if name == name_of(OK)) / total if total else 0.0

    def add(self, other: Tally) -> None:
        """Add another design's counts."""
        self.examples += other.examples
        self.steps += other.steps
        self.calls += other.calls
        self.hits += other.hits
        self.events += other.events
