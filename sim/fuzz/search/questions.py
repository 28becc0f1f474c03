"""What the searcher asks, as properties with ids: a design may list one that it breaks, like any other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sim.fuzz.search.scenes import BLOCK, CARRY, DAYS, EITHER, HARM, KNOWN, SHUT

PROFIT = (BLOCK, DAYS, CARRY, EITHER, KNOWN)
HARMS = (HARM, SHUT)


@dataclass(frozen=True, slots=True)
class Question:
    """One property."""

    id: str
    says: str


QUESTIONS = {
    BLOCK: Question("SE-01", "nobody gains in one block at fixed prices"),
    DAYS: Question("SE-02", "who is alone in a pool gains nothing from it over time"),
    CARRY: Question("SE-03", "who carries the skew earns no more per unit than the others pay"),
    EITHER: Question("SE-04", "nobody gains from a move whichever way it goes"),
    KNOWN: Question("SE-05", "nobody gains from a price that he knows before the oracle"),
    "loss": Question("SE-06", "nobody who did nothing loses more than an honest call would cost him"),
    "blocked": Question("SE-07", "nobody's way out is blocked by others"),
    SHUT: Question("SE-08", "what a breaker closes does not depend on who called before"),
}


def question_of(kind: str, harms: Sequence[str]) -> Question:
    """The property that an outcome breaks."""
    if kind == HARM:
        return QUESTIONS["blocked" if any(what.endswith("blocked") for what in harms) else "loss"]
    return QUESTIONS[kind]
