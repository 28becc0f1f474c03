"""All parts of the certificate, on some processes: the kernel grid, the operators, lockstep, and the planted faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from joblib import Parallel, delayed

from sim.certificate import faults, grid, lockstep, operators
from sim.certificate.certificate import (
    Certificate,
    Lockstep,
    bytecode_hashes,
    current_key,
    processor,
    source_hashes,
    versions,
)
from sim.certificate.grid import GridResult
from sim.certificate.lockstep import LockstepResult
from sim.certificate.operators import OperatorsResult
from sim.design import Design
from sim.native.refusal import Refusal

OPERATOR_CASES = 150_000
#: Actions of a task: long enough that deploying and loading do not count, short enough for the bar.
_PART = 12_000
#: Cost of the other tasks, in actions, for the bar.
_GRID_COST, _OPERATORS_COST, _FAULT_COST = 25_000, 20_000, 3_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be compared."""

    designs: tuple[Design, ...]
    actions: int  # of all designs together
    seed: int = 1
    jobs: int = 2
    with_faults: bool = True
    operator_cases: int = OPERATOR_CASES


@dataclass(frozen=True, slots=True)
class Task:
    """A piece of work; `name` is a design's or a fault's."""

    kind: str  # grid, operators, fault, lockstep
    cost: int
    name: str = ""
    design: Design | None = None
    part: int = 0


@dataclass(slots=True)
class Assembled:
    """Results as they come in."""

    grid: GridResult | None = None
    operators: OperatorsResult | None = None
    faults: dict[str, bool] = field(default_factory=dict)
    lockstep: dict[str, list[LockstepResult]] = field(default_factory=dict)
    fallbacks: list[str] = field(default_factory=list)
    is_interrupted: bool = False

    def by_design(self) -> dict[str, LockstepResult]:
        """Lockstep of each design."""
        return {name: lockstep.together(parts) for name, parts in self.lockstep.items()}


def tasks_of(plan: Plan) -> list[Task]:
    """Everything to do; what takes long first, and the designs in turn."""
    work = [Task("grid", _GRID_COST), Task("operators", _OPERATORS_COST)]
    share = max(1, plan.actions // len(plan.designs))
    for part in range(-(-share // _PART)):
        cost = min(_PART, share - part * _PART)
        work += [Task("lockstep", cost, str(design), design, part) for design in plan.designs]
    if plan.with_faults:
        work += [Task("fault", _FAULT_COST, name) for name in faults.names()]
    return work


def assemble(plan: Plan, show: Callable[[int, int], None] | None = None) -> Assembled:
    """Do everything; Ctrl-C ends it early with what was finished.

    Args:
        show: told (done, all) in actions, or what costs as much, after each task.
    """
    work, found, done = tasks_of(plan), Assembled(), 0
    total = sum(task.cost for task in work)
    try:
        for task, result in _results(plan, work):
            _take(found, task, result)
            done += task.cost
            if show is not None:
                show(done, total)
            if found.is_interrupted:
                break
    except KeyboardInterrupt:
        found.is_interrupted = True
    return found


def certificate_of(plan: Plan, found: Assembled) -> Certificate:
    """What was found, with all that it is about."""
    by_design = found.by_design()
    ran = [design for design in plan.designs if str(design) in by_design]
    differences = [
        *(found.grid.differences if found.grid else ()),
        *(found.operators.differences if found.operators else ()),
        *(f"{name}: {line}" for name, result in by_design.items() for line in result.differences),
        *(f"planted fault not found: {name}" for name, is_caught in found.faults.items() if not is_caught),
    ]
    return Certificate(
        key=current_key(),
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        seed=plan.seed,
        processor=processor(),
        versions=versions(),
        sources=source_hashes(),
        bytecode=bytecode_hashes(),
        grid_cases=found.grid.cases if found.grid else 0,
        operator_cases=found.operators.cases if found.operators else 0,
        faults=found.faults,
        designs={name: _summary(result) for name, result in by_design.items()},
        differences=tuple(differences),
        fallbacks=tuple(found.fallbacks),
        is_whole=not found.is_interrupted and plan.with_faults,
        policies={choice.code_sha256: choice.source.name for design in ran for choice in design.policies.values()},
        has_cohorts=any(design.is_cut_by_index for design in ran),
    )


def _summary(result: LockstepResult) -> Lockstep:
    return Lockstep(
        actions=result.actions,
        accepted=result.accepted,
        limits=result.limits,
        checkpoints=result.checkpoints,
        words=result.words,
        statements=result.coverage.share(branches=False),
        branches=result.coverage.share(branches=True),
        bytecode_s=round(result.speed.bytecode_s, 6),
        native_s=round(result.speed.native_s, 6),
        codes=len(result.codes),
        never_accepted=tuple(result.never_accepted),
    )


def _results(plan: Plan, work: Sequence[Task]) -> Iterator[tuple[Task, object]]:
    """Results as the tasks end."""
    if plan.jobs == 1:
        for task in work:
            yield task, _do(plan, task)
        return
    parallel = Parallel(n_jobs=plan.jobs, return_as="generator_unordered", batch_size=1)
    for index, result in parallel(delayed(_indexed)(plan, i, task) for i, task in enumerate(work)):
        yield work[index], result


def _indexed(plan: Plan, index: int, task: Task) -> tuple[int, object]:
    return index, _do(plan, task)


def _do(plan: Plan, task: Task) -> object:
    """Do one task; a design that does not compile is told as a refusal."""
    if task.kind == "grid":
        return grid.run()
    if task.kind == "operators":
        return operators.run(plan.operator_cases, plan.seed)
    if task.kind == "fault":
        return faults.is_caught(task.name)
    assert task.design is not None
    try:
        return lockstep.run(task.design, actions=task.cost, seed=plan.seed, part=task.part)
    except Refusal as refused:
        return f"{task.name} does not compile to native code: {refused}"


def _take(found: Assembled, task: Task, result: object) -> None:
    """Put a result where it belongs."""
    if isinstance(result, GridResult):
        found.grid = result
    elif isinstance(result, OperatorsResult):
        found.operators = result
    elif isinstance(result, LockstepResult):
        found.lockstep.setdefault(task.name, []).append(result)
        found.is_interrupted |= result.is_interrupted
    elif isinstance(result, str):
        if result not in found.fallbacks:
            found.fallbacks.append(result)
    else:
        found.faults[task.name] = bool(result)
