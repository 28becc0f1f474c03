"""A campaign: sequences on several designs, one after the other, and a report of what they met."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random

from sim.chain.tape import SUFFIX
from sim.design import Design, load_design
from sim.fuzz.properties import Violation
from sim.fuzz.session import Session
from sim.fuzz.shrink import shrunk
from sim.fuzz.storms import StormMachine
from sim.fuzz.tally import Tally


@dataclass(frozen=True, slots=True)
class Failure:
    """A property that did not hold."""

    design: str
    property_id: str
    message: str
    tape: Path
    sequence: int  # its number: the same seed finds it again there
    calls: int  # on the tape


@dataclass(slots=True)
class Report:
    """What a campaign met, by design."""

    tallies: dict[str, Tally] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    seconds: float = 0.0
    interrupted: bool = False

    @property
    def total(self) -> Tally:
        """Counts over all designs."""
        total = Tally()
        for tally in self.tallies.values():
            total.add(tally)
        return total


#: Told after each sequence: the report so far.
Show = Callable[[Report], None]


def run(
    designs: Sequence[str | Design],
    seed: int,
    out_dir: Path,
    *,
    examples: int | None = None,
    minutes: float | None = None,
    rules: int = 40,
    shrinks: bool = True,
    only: Collection[str] | None = None,
    machine: str = "evm",
    show: Show = lambda report: None,
) -> Report:
    """Fuzz designs in turn, for a number of sequences each or for a time.

    A sequence is fixed by seed and number; the time decides only how many there are. A violated property ends its
    design's part. Its shortest sequence of calls is at `<out_dir>/<id>-<design>.tape`. Ctrl-C ends the campaign and
    keeps what was found.

    Args:
        designs: names or files of designs, or designs.
        examples: sequences per design; either this or `minutes`.
        minutes: time after which no sequence begins.
        rules: rules per sequence.
        shrinks: whether to look for a shorter sequence, for less than a minute.
        only: ids of the properties to judge; all if None.
        machine: what runs the contracts, `evm` or `native`; a shorter sequence is always looked for on bytecode.
        show: told of the report after each sequence.
    """
    if (examples is None) == (minutes is None):
        raise TypeError("either examples or minutes")
    loaded = [each if isinstance(each, Design) else load_design(each) for each in designs]
    report = Report({str(design): Tally() for design in loaded})
    begun = time.monotonic()
    deadline = None if minutes is None else begun + 60 * minutes
    try:
        for number in count() if examples is None else range(examples):
            alive = [design for design in loaded if str(design) not in {f.design for f in report.failures}]
            if not alive or (deadline is not None and time.monotonic() >= deadline):
                break
            for design in alive:
                if deadline is not None and time.monotonic() >= deadline:
                    break
                session = Session.begin(design, report.tallies[str(design)].hits, only, machine)
                failure = _play(session, seed, number, rules, report.tallies[str(design)], Path(out_dir), shrinks)
                if failure is not None:
                    report.failures.append(failure)
                report.seconds = time.monotonic() - begun
                show(report)
    except KeyboardInterrupt:
        report.interrupted = True
    report.seconds = time.monotonic() - begun
    return report


def _play(
    session: Session, seed: int, number: int, rules: int, tally: Tally, out_dir: Path, shrinks: bool
) -> Failure | None:
    """One sequence: what it found, its tape written."""
    design = session.arena.design
    try:
        StormMachine(session, Random(f"{seed}/{number}"), tally).run(rules)
    except Violation as found:
        path = out_dir / f"{found.property_id}-{design}{SUFFIX}"
        message, arena = str(found), session.arena
        arena.tape(message).save(path)  # whatever happens to the search
        if shrinks and session.finding is not None:
            least = shrunk(design, session.acts, session.finding)
            if least is not None:
                message, arena = least.message, least.session.arena
                arena.tape(message).save(path)
        calls = len(arena.recorder.steps)
        return Failure(str(design), found.property_id, message, path, number, calls)
    return None
