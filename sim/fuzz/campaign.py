"""A campaign: machines of several designs, one after the other, and a report of what they met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis.stateful import run_state_machine_as_test

from sim.design import Design, load_design
from sim.fuzz.properties import Violation
from sim.fuzz.storms import machine_for
from sim.fuzz.tally import Setup, Tally


@dataclass(frozen=True, slots=True)
class Failure:
    """A property that did not hold."""

    design: str
    property_id: str
    message: str
    tape: Path


@dataclass(frozen=True, slots=True)
class Report:
    """What a campaign met, by design."""

    tallies: dict[str, Tally]
    failures: tuple[Failure, ...]

    @property
    def total(self) -> Tally:
        """Counts over all designs."""
        total = Tally()
        for tally in self.tallies.values():
            total.add(tally)
        return total


def run(
    designs: Sequence[str | Design],
    examples: int,
    steps: int,
    seed: int,
    out_dir: Path,
    *,
    shrinks: bool = True,
) -> Report:
    """Fuzz designs, each with the same number of examples and rules per example.

    A violated property ends its design's run. Its shortest sequence of calls is at `<out_dir>/<id>-<design>.tape`.

    Args:
        designs: names or files of designs, or designs.
        examples: sequences per design.
        steps: rules per sequence.
        seed: of Hypothesis, one more for each design; equal seeds draw equal sequences.
        shrinks: whether to look for a shorter sequence, which takes its time.
    """
    tallies: dict[str, Tally] = {}
    failures: list[Failure] = []
    for place, named in enumerate(designs):
        design = named if isinstance(named, Design) else load_design(named)
        setup = Setup(design, Path(out_dir))
        tallies[str(design)] = setup.tally
        failure = _run_one(setup, examples, steps, seed + place, shrinks)
        if failure is not None:
            failures.append(failure)
    return Report(tallies, tuple(failures))


def _run_one(setup: Setup, examples: int, steps: int, seed: int, shrinks: bool) -> Failure | None:
    settings = hypothesis.settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink) if shrinks else (Phase.generate,),
    )
    machine = hypothesis.seed(seed)(machine_for(setup))
    try:
        run_state_machine_as_test(machine, settings=settings)
    except Violation as found:
        kept = setup.tapes[found.property_id]
        for other in setup.tapes.values():
            if other != kept:  # what the search for a shorter sequence came across
                other.unlink(missing_ok=True)
        return Failure(str(setup.design), found.property_id, str(found), kept)
    return None
