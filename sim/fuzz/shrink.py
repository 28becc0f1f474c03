"""The shortest sequence that shows a finding: acts are left out, then made smaller, while the same property breaks.

Every candidate is made again on a fresh chain. Only the step that broke the property is judged, so that a candidate
costs little more than its calls.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from sim.chain.actions import VERBS
from sim.design import Design
from sim.fuzz.properties import PROPERTIES, Violation
from sim.fuzz.session import Act, Finding, Session

#: Seconds that the search may take.
PATIENCE_S = 45.0
#: Arguments that may be made smaller, by the ending of their kind.
_SHRINKABLE = ("wad", "signed", "amount:0", "amount:1", "amount:7")


@dataclass(frozen=True, slots=True)
class Shown:
    """A sequence of acts at whose end a property does not hold."""

    acts: tuple[Act, ...]
    message: str
    session: Session


def show(design: Design, acts: Sequence[Act], finding: Finding) -> Shown | None:
    """Make acts again on a fresh chain: what they show, if the property breaks at their end."""
    entry = PROPERTIES[finding.property_id]
    session = Session.begin(design)
    try:
        if entry.remembers and not finding.by_probe:
            for act in acts:
                session.judge(entry, session.make(act))
            return None
        *first, last = acts
        for act in first:
            session.make(act, sees=False)
        session.state = session.arena.snapshot()
        step = session.make(last, always=True)
        if finding.by_probe:
            session.look(entry, finding.turn)
        else:
            session.judge(entry, step)
    except Violation as found:
        if found.property_id == finding.property_id:
            return Shown(tuple(session.acts), str(found), session)
    except (RuntimeError, KeyError, ZeroDivisionError):
        return None  # without what was left out the rest makes no sense
    return None


def shrunk(design: Design, acts: Sequence[Act], finding: Finding, patience_s: float = PATIENCE_S) -> Shown | None:
    """The smallest sequence that was found in time; None if not even the whole one shows the finding again."""
    deadline = time.monotonic() + patience_s
    best = show(design, acts, finding)
    if best is None:
        return None
    for search in (_fewer, _sooner, _smaller, _fewer):
        best = search(best, lambda candidate: show(design, candidate, finding), deadline)
    return best


Show = Callable[[Sequence[Act]], Shown | None]


def _fewer(best: Shown, shows: Show, deadline: float) -> Shown:
    """Leave out runs of acts, half of them at first, in the end one by one. The last one stays."""
    size = max(1, (len(best.acts) - 1) // 2)
    while size >= 1:
        start = 0
        shorter = False
        while start < len(best.acts) - 1:
            if time.monotonic() > deadline:
                return best
            end = min(start + size, len(best.acts) - 1)
            found = shows((*best.acts[:start], *best.acts[end:]))
            if found is None:
                start += size
            else:
                best, shorter = found, True
        if size == 1 and not shorter:
            break
        size = max(1, size // 2) if size > 1 or shorter else 0
    return best


def _sooner(best: Shown, shows: Show, deadline: float) -> Shown:
    """Let less time pass."""
    for i, act in enumerate(best.acts):
        for seconds in (1, 60, 3_600):
            if seconds < act.seconds and time.monotonic() < deadline:
                found = shows(_with(best.acts, i, replace(act, seconds=seconds)))
                if found is not None:
                    best = found
                    break
    return best


def _smaller(best: Shown, shows: Show, deadline: float) -> Shown:
    """Make amounts smaller: to one, else by halves."""
    for i in range(len(best.acts)):
        for place in _places(best.acts[i]):
            while time.monotonic() < deadline:
                value = best.acts[i].values[place]
                found = None
                for smaller in (1 if value > 0 else -1, int(value / 1_000_000), int(value / 1_000), int(value / 2)):
                    if 0 < abs(smaller) < abs(value):
                        values = (*best.acts[i].values[:place], smaller, *best.acts[i].values[place + 1 :])
                        found = shows(_with(best.acts, i, replace(best.acts[i], values=values)))
                        if found is not None:
                            break
                if found is None:
                    break
                best = found
    return best


def _places(act: Act) -> Iterator[int]:
    if act.verb in VERBS:
        for place, (name, kind) in enumerate(VERBS[act.verb].arguments):
            if kind in _SHRINKABLE and not name.endswith("price_usd") and abs(act.values[place]) > 1:
                yield place


def _with(acts: Sequence[Act], i: int, act: Act) -> tuple[Act, ...]:
    return (*acts[:i], act, *acts[i + 1 :])
