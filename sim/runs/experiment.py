"""Monte Carlo: which paths run where, what is kept, and how an interrupted run goes on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed

from sim.chain.digest import digest
from sim.chain.protocol import Chain
from sim.chain.tape import SUFFIX, Head, Recorder
from sim.design import Design
from sim.engine.blockspace import BlockSpace, gas_of, gas_tables
from sim.engine.conservation import ConservationError
from sim.engine.loop import Progress, run
from sim.engine.order import StepOrder
from sim.inputs.compiler import CONTRACTS
from sim.native.chain import NativeChain
from sim.risk import record_files
from sim.risk.records import Records
from sim.runs import audit, twins
from sim.runs.kinds import AUDIT_SHARE, Kind, chain_maker
from sim.runs.progress import mark
from sim.runs.staging import cast_agents, stage
from sim.scenario import Scenario
from sim.scenario.actors import Own
from sim.scenario.variation import Factors, Variation
from sim.world.market import Window
from sim.world.streams import Streams

#: Paths that one task carries: enough to share the cost of the array work, few enough to show progress.
CHUNKS: dict[Kind, int] = {"native": 64, "evm": 8, "devnet": 1}
#: Folder of a run where tasks say how far they are.
PROGRESS = ".progress"


@dataclass(frozen=True, slots=True)
class Task:
    """Some paths of one design."""

    design: Design
    scenario: Scenario
    seed: int
    paths: tuple[int, ...]
    folder: Path | None  # where finished paths and tapes go
    tapes: frozenset[int] = frozenset()  # paths to keep tapes of
    chain: Kind = "native"
    audited: Mapping[int, str] = field(default_factory=dict)  # paths to play again on bytecode, and why
    is_repeat: bool = False  # of paths whose records are kept already
    steps: int | None = None  # stop after so many; default: all of the scenario's
    gas: Mapping[str, int] | None = None  # of each verb; default: measured when the task runs
    variations: tuple[Variation, ...] = ()  # of each path, whose number may then occur more than once
    label: str = ""  # tells apart tasks of the same paths

    @property
    def name(self) -> str:
        """Unique within a run."""
        return f"{self.design}-{self.label or f'{self.paths[0]:05d}-{self.paths[-1]:05d}'}"

    def records_file(self) -> Path:
        """Where the finished records of this task are kept."""
        assert self.folder is not None
        return self.folder / "paths" / f"{self.name}.npz"

    def progress(self) -> Progress | None:
        """Where this task says how far it is."""
        return mark(self.folder / PROGRESS, self.name) if self.folder is not None and not self.is_repeat else None


def tape_file(folder: Path, design: Design, path: int) -> Path:
    """Where the tape of a path is kept."""
    return folder / "tapes" / str(design) / f"{path:05d}{SUFFIX}"


def tasks(
    designs: Sequence[Design],
    scenario: Scenario,
    *,
    seed: int,
    paths: int,
    folder: Path | None,
    tapes: int,
    chains: Sequence[Kind] = (),
    audit_share: float = AUDIT_SHARE,
    chunk: int | None = None,
) -> list[Task]:
    """Cut a comparison into tasks; their boundaries do not depend on the number of processes or paths.

    Args:
        tapes: keep the tapes of the first so many paths.
        chains: machine of each design; default: native.
        audit_share: share of the paths of a design on native code that bytecode confirms; 0: none.
        chunk: paths of a task; default: what suits the machine.
    """
    sampled = audit.sample(seed, paths, audit_share)
    work = []
    for design, chain in zip(designs, chains or _all_native(designs), strict=True):
        size = chunk or CHUNKS[chain]
        for start in range(0, paths, size):
            mine = tuple(range(start, min(start + size, paths)))
            kept = frozenset(path for path in mine if path < tapes)
            audited = {path: "sampled" for path in mine if path in sampled and chain == "native"}
            work.append(Task(design, scenario, seed, mine, folder, kept, chain, audited))
    return sorted(work, key=lambda task: task.paths[0])  # all designs advance together


def run_all(work: Sequence[Task], *, processes: int) -> Iterator[tuple[Task, Records]]:
    """Run tasks on some processes, or fetch those that an earlier run finished; yields each as it ends.

    Closing the iterator, or an interrupt, leaves the finished tasks on disk.
    """
    waiting = []
    for task in work:
        finished = _finished(task)
        if finished is None:
            waiting.append(task)
        else:
            yield task, finished
    tables = gas_tables(task.design for task in waiting)  # once, and not by each process
    waiting = [replace(task, gas=tables[task.design.fingerprint]) for task in waiting]
    _run_twins(waiting, processes)
    if processes == 1 or len(waiting) <= 1:
        for task in waiting:
            yield task, run_task(task)
        return
    parallel = Parallel(n_jobs=processes, return_as="generator_unordered", batch_size=1)
    for index, found in parallel(delayed(_indexed)(i, task) for i, task in enumerate(waiting)):
        yield waiting[index], found


def _run_twins(work: Sequence[Task], processes: int) -> None:
    """Run the twins of tasks that are kept, each once and before any design."""
    wanted = {}
    for task in work:
        if task.scenario.market is not None and task.folder is not None:
            file = twins.file_of(task.scenario, task.seed, task.paths, task.folder)
            if not file.is_file():
                wanted[file] = delayed(twins.keep)(task.scenario, task.seed, task.paths, task.folder)
    if wanted:
        Parallel(n_jobs=min(processes, len(wanted)))(wanted.values())


def run_task(task: Task) -> Records:
    """Run the paths of a task and keep what it is asked to keep.

    Raises:
        AuditError: a path that was played again on bytecode differs.
        ConservationError: the books of a path do not close.
    """
    folder = task.folder
    wanted = (task.tapes | set(task.audited)) if folder is not None else frozenset()
    recorder = Recorder(only=np.isin(task.paths, sorted(wanted))) if wanted else None
    twin = twins.of(task.scenario, task.seed, task.paths, folder)
    chain, window, head = stage(task.design, task.scenario, task.seed, task.paths, chain_maker(task.chain), twin)
    try:
        found = play(task, chain, window, recorder)
        if recorder is not None and folder is not None:
            _keep(task, chain, recorder, head, folder)
    except ConservationError as broken:
        broken.task = task.name
        raise
    finally:
        chain.close()
    if folder is not None and not task.is_repeat:
        record_files.save(found, task.records_file())
    return found


def play(task: Task, chain: Chain, window: Window, recorder: Recorder | None = None) -> Records:
    """Run the paths of a task on a chain that was staged for them."""
    scenario, gas, streams = task.scenario, task.gas or gas_of(task.design), Streams(task.seed, task.paths)
    factors = Factors.of(task.variations, chain.paths)
    cast = cast_agents(chain, window, scenario, streams, factors)
    blocks = BlockSpace(gas, scenario.blocks.gas_per_s * factors.capacity)
    order = StepOrder.of(scenario.keepers, scenario.arbitrageur, scenario.blocks, gas, factors)
    show, steps = task.progress(), task.steps
    return run(chain, window, cast, streams, recorder=recorder, progress=show, steps=steps, blocks=blocks, order=order)


def _keep(task: Task, chain: Chain, recorder: Recorder, head: Head, folder: Path) -> None:
    """Write the tapes that are wanted, and audit the paths that are to be audited."""
    checked = []
    for index, path in enumerate(task.paths):
        if path not in task.tapes and path not in task.audited:
            continue
        note = f"path {path} of {task.scenario.name}, seed {task.seed}"
        tape = recorder.tape(index, head.noted(digest(chain, index), note))
        if path in task.tapes:
            tape.save(tape_file(folder, task.design, path))
        if path in task.audited:
            assert isinstance(chain, NativeChain)
            why = task.audited[path]
            checked.append(audit.audit_path(chain, index, tape, path=path, why=why, folder=folder))
    if checked:
        reason = "-".join(sorted({item.why.replace(" ", "_") for item in checked}))
        audit.save(checked, folder / audit.FOLDER / f"{task.name}-{reason}.json")


def run_id(designs: Sequence[Design], scenario: Scenario, seed: int, chains: Sequence[Kind] = ()) -> str:
    """Name of a run: the same inputs, whatever the number of paths, have the same name and share finished paths."""
    machines = chains or _all_native(designs)
    content = [[str(d), d.fingerprint, machine] for d, machine in zip(designs, machines, strict=True)]
    world = scenario.model_dump(mode="json")
    if scenario.prices is not None:  # what is in the file, not where it lies
        world["prices"]["file"] = _content(scenario.prices.file)
    if scenario.market is not None and scenario.market.fundamental.bootstrap is not None:
        world["market"]["fundamental"]["bootstrap"]["file"] = _content(scenario.market.fundamental.bootstrap.file)
    for table, actor in zip(world["actors"], scenario.actors, strict=True):
        if isinstance(actor, Own):
            table["file"] = _content(actor.file)
    told = json.dumps([content, world, seed, _code()], sort_keys=True)
    label = "-".join(str(design) for design in designs[:3]).replace("#", "")
    return f"{label}-{scenario.name}-{hashlib.sha256(told.encode()).hexdigest()[:10]}"


def _content(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _all_native(designs: Sequence[Design]) -> list[Kind]:
    return ["native" for _ in designs]


def _code() -> str:
    """Hash of the sources of simulator and contracts, and of gas as calibrated: none reuses the paths of another."""
    hasher, here = hashlib.sha256(), Path(__file__).parents[1]
    files = [*here.rglob("*.py"), *CONTRACTS.rglob("*.vy"), *CONTRACTS.rglob("*.vyi")]
    for file in sorted(files):
        hasher.update(file.read_bytes())
    return hasher.hexdigest()


def _finished(task: Task) -> Records | None:
    if task.folder is None or task.is_repeat or not task.records_file().is_file():
        return None
    return record_files.load(task.records_file())


def _indexed(index: int, task: Task) -> tuple[int, Records]:
    return index, run_task(task)
