"""One random program on both machines: what agreed, and the first thing that did not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from sim.certificate.machine import Sent
from sim.certificate.programs.assembly import program
from sim.certificate.programs.calling import calls
from sim.certificate.programs.shrinking import told
from sim.certificate.programs.stand import Crash, NotAProgram, Stand, Way, stand
from sim.certificate.programs.tree import Program
from sim.chain.failures import OK, PANIC
from sim.native.refusal import Refusal

#: Calls of a program, and after how many storage is compared.
CALLS, _BATCH = 150, 15
#: Every so many programs are compiled as contracts are that are deployed: by both optimisers, which takes longer.
_SHIPPED_EVERY = 5
_MISSING = "a function without native code"
_SHIPPED, _QUICK = Way(is_optimized=True, level=2), Way(is_optimized=False, level=0)


@dataclass(slots=True)
class Finding:
    """What a program, or many of them, came to."""

    programs: int = 0
    calls: int = 0
    coded: int = 0  # reverted with a code
    panics: int = 0  # reverted without one
    events: int = 0
    words: int = 0  # of storage, compared
    lines: int = 0
    refused: list[str] = field(default_factory=list)  # by the translator
    invalid: list[str] = field(default_factory=list)  # Vyper or the EVM does not take them
    differences: list[str] = field(default_factory=list)

    def add(self, other: Finding) -> None:
        """Put another finding to this one."""
        for name in ("programs", "calls", "coded", "panics", "events", "words", "lines"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.refused += other.refused
        self.invalid += other.invalid
        self.differences += other.differences


def way_of(number: int) -> Way:
    """How the program of a number is compiled."""
    return _SHIPPED if number % _SHIPPED_EVERY == 0 else _QUICK


def run(seed: int, number: int, count: int = CALLS) -> Finding:
    """Make, compile, call and compare the program of a number; a difference is told with its shortest source."""
    found, made, sent = compare(seed, number, count)
    if found.differences:
        still = partial(differs, way=way_of(number))
        found.differences = [told(made, sent, each, still) for each in found.differences]
    name = f"program {number} of seed {seed}"
    for lines in (found.refused, found.invalid, found.differences):
        lines[:] = [f"{name}: {line}" for line in lines]
    return found


def compare(seed: int, number: int, count: int = CALLS) -> tuple[Finding, Program, list[Sent]]:
    """The same without a search for the shortest source: what was found, the program, and its calls."""
    made, sent = program(seed, number), list[Sent]()
    found = Finding(programs=1, lines=sum(text.count("\n") for text in made.sources().values()))
    try:
        standing = stand(made, way_of(number))
        sent = calls(made, standing, count, f"calls {seed} {number}")
        difference = play(standing, sent, found)
    except Refusal as refused:
        found.refused.append(str(refused))
    except NotAProgram as invalid:
        found.invalid.append(str(invalid))
    except Crash as crashed:
        found.differences.append(str(crashed))
    else:
        found.differences += [difference] if difference is not None else []
    return found, made, sent


def play(standing: Stand, sent: Sequence[Sent], found: Finding | None = None) -> str | None:
    """Run calls on both machines; the first difference. A call for which native had no room is one: there is enough."""
    found, twin = found or Finding(), standing.twin
    for start in range(0, len(sent), _BATCH):
        batch = sent[start : start + _BATCH]
        try:
            outcome = twin.run(batch)
        except KeyError as error:  # native has no such function
            return f"{_MISSING}: {error}"
        found.calls += len(batch)
        found.coded += sum(OK < answer.status < PANIC for answer in outcome.bytecode)
        found.panics += sum(answer.status == PANIC for answer in outcome.bytecode)
        found.events += sum(len(answer.logs) for answer in outcome.bytecode)
        found.words += len(twin.ledger)
        if outcome.limits:
            return f"{outcome.limits} calls that native has no room for"
        if outcome.differences:
            return outcome.differences[0]
        if wrong := twin.compare_storage(most=2):
            return f"storage: {wrong[0]}"
        twin.advance(1)
    return None


def differs(made: Program, sent: Sequence[Sent], way: Way) -> str | None:
    """The difference that a program shows; None also where it cannot be compiled, or lacks what is called."""
    try:
        found = play(stand(made, way), sent)
        return None if found is not None and found.startswith(_MISSING) else found
    except (Refusal, NotAProgram, ValueError):
        return None
    except Crash as crashed:
        return str(crashed)
