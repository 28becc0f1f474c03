"""What a campaign counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from sim.chain.failures import OK, name_of
from sim.design import Design
from sim.fuzz.facts import HALTED, WIDE
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
    """Counts of one machine, over all its examples."""

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
            self.events["call at a wide price"] += WIDE in statuses
        if call.verb == "liquidate" and call.status == OK:
            told = call.returns
            self.events["full liquidation" if told["is_full"] else "partial liquidation"] += 1
            self.events["bad debt"] += told["bad_debt_usd"] > 0
            self.events["insurance paid"] += told["insured_usd"] > 0
            self.events["flat reward without equity"] += told["equity_usd"] <= 0 < told["reward_usd"]

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
        """Add another machine's counts."""
        self.examples += other.examples
        self.steps += other.steps
        self.calls += other.calls
        self.hits += other.hits
        self.events += other.events


@dataclass(slots=True)
class Setup:
    """What all examples of one machine share."""

    design: Design
    out_dir: Path
    tally: Tally = field(default_factory=Tally)
    tapes: dict[str, Path] = field(default_factory=dict)  # property id -> last tape that was written
