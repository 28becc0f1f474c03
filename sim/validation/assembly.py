"""All checks: what has to be run for them, on some processes, and what they say."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from joblib import Parallel, delayed

from sim.validation import (
    ablations,
    cascades,
    conservation,
    days,
    impact,
    numerics,
    processes,
    stylised,
    tries,
)
from sim.validation.checks import Check, Part, Plan, Task

#: In the order in which they are told.
PARTS: tuple[Part, ...] = (
    cascades.PART,
    processes.PART,
    impact.PART,
    stylised.PART,
    conservation.PART,
    numerics.STEPS,
    numerics.COHORT_COUNT,
    numerics.COMMON,
    days.FACTS,
    days.BISTABILITY,
    tries.PART,
    ablations.PART,
)


@dataclass(slots=True)
class Found:
    """Checks by part, as far as everything that they need was run."""

    checks: dict[str, list[Check]] = field(default_factory=dict)
    about: dict[str, str] = field(default_factory=dict)
    is_interrupted: bool = False

    def counts(self) -> dict[str, int]:
        """How many checks have each verdict."""
        every = [check.verdict for checks in self.checks.values() for check in checks]
        return {verdict: every.count(verdict) for verdict in ("holds", "reached", "missed", "shown")}


def parts_of(plan: Plan) -> tuple[Part, ...]:
    """What a plan asks for."""
    return tuple(part for part in PARTS if plan.is_full or part.is_quick)


def tasks_of(plan: Plan) -> list[Task]:
    """Everything that has to be run, each once."""
    return list(dict.fromkeys(task for part in parts_of(plan) for task in part.tasks(plan)))


def validate(plan: Plan, jobs: int, show: Callable[[int, int], None] | None = None) -> Found:
    """Run everything; Ctrl-C ends it early with the parts that are complete.

    Args:
        jobs: processes; the result does not depend on them.
        show: told (done, all) tasks after each of them.
    """
    work, results, found = tasks_of(plan), dict[Task, Any](), Found()
    try:
        for task, result in _results(work, jobs):
            results[task] = result
            if show is not None:
                show(len(results), len(work))
    except KeyboardInterrupt:
        found.is_interrupted = True
    for part in parts_of(plan):
        if all(task in results for task in part.tasks(plan)):
            found.checks[part.title] = list(part.checks(plan, results))
            found.about[part.title] = part.about
    return found


def _results(work: Sequence[Task], jobs: int):
    """Results in the order in which they are done."""
    if jobs == 1:
        for task in work:
            yield task, task()
        return
    yield from Parallel(n_jobs=jobs, return_as="generator_unordered")(delayed(_done)(task) for task in work)


def _done(task: Task) -> tuple[Task, Any]:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that collects
    return task, task()
