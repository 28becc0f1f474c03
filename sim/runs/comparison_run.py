"""One comparison from inputs to a run folder: what `breakwater compare` does, for a notebook as well."""

from __future__ import annotations

import json
import platform
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
from rich.console import Console

from sim.design import Design
from sim.engine.conservation import ConservationError
from sim.native.refusal import Refusal
from sim.report.html import write_report
from sim.report.market import MarketView
from sim.report.sensitivity import judged
from sim.report.table import full_report
from sim.report.words import HEADLINE_MEASURE
from sim.risk.comparison import Comparison, compare
from sim.risk.looks import Looks
from sim.risk.records import Records
from sim.runs import audit, twins
from sim.runs.broken import leave_tape
from sim.runs.experiment import CHUNKS, PROGRESS, Task, run_all, run_id, tape_file, tasks
from sim.runs.kinds import AUDIT_SHARE, Kind, chain_maker
from sim.runs.neighbours import Neighbourhood, neighbourhood
from sim.runs.progress import watched
from sim.runs.staging import stage
from sim.runs.trust import Trust
from sim.scenario import Scenario

TABLE_WIDTH = 120
PACKAGES = ("vyper", "pyrevm", "llvmlite", "numpy", "scipy", "plotly")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be compared, and where it goes."""

    designs: tuple[Design, ...]
    scenario: Scenario
    seed: int
    paths: int
    tapes: int  # paths whose tapes are kept
    processes: int
    out: Path  # folder of runs
    command: str = ""  # for the report's footer
    chain: Kind = "native"
    audit_share: float = AUDIT_SHARE  # of the paths of each design that bytecode confirms; 0: none
    has_neighbours: bool = True  # run some neighbours of the scenario beside it
    until_ci: float | None = None  # add paths until the headline's intervals are so narrow; `paths` is the most


@dataclass(frozen=True, slots=True)
class Finished:
    """A comparison and its files."""

    folder: Path
    comparison: Comparison
    records: tuple[Records, ...]
    trust: Trust
    seed: int
    chunks: tuple[tuple[int, ...], ...]  # paths that ran together


class Interrupted(Exception):
    """The run was stopped; what was finished is kept."""

    def __init__(self, folder: Path, work: Sequence[Task], around: Sequence[Task]) -> None:
        kept = [sum(task.records_file().is_file() for task in tasks) for tasks in (work, around)]
        told = f"{kept[0]} of {len(work)} tasks of the comparison"
        told += f" and {kept[1]} of {len(around)} of its neighbours" if around else ""
        super().__init__(f"stopped: {told} are kept in {folder}; the same command goes on")


class Broken(Exception):
    """The books of a path do not close; its tape is kept."""

    def __init__(self, broken: ConservationError, tape: Path) -> None:
        super().__init__(f"{broken}; its tape: breakwater replay {tape}")
        self.tape = tape


def execute(
    plan: Plan,
    show: Callable[[dict[str, int], int], None] | None = None,
    warn: Callable[[str], None] = lambda message: None,
) -> Finished:
    """Run what is not finished yet, compare, and write the folder; the same inputs lead to the same folder.

    Args:
        show: told now and then (steps done by task, tasks in all).
        warn: told when a design cannot run as asked: its policy does not compile to native code.

    Raises:
        Interrupted: on Ctrl-C; finished tasks stay on disk.
        AuditError: native code and bytecode differ.
        Broken: a path's books do not close.
    """
    chains, fallbacks = _machines(plan)  # what cannot be deployed is found before anything is written
    for message in fallbacks:
        warn(message)
    folder = plan.out / run_id(plan.designs, plan.scenario, plan.seed, chains)
    progress = folder / PROGRESS
    shutil.rmtree(progress, ignore_errors=True)
    progress.mkdir(parents=True)
    looks = Looks.of(plan.until_ci, plan.paths) if plan.until_ci else None
    fingerprints = {str(design): design.fingerprint for design in plan.designs}
    work: list[Task] = []
    near: list[Task] = []
    try:
        with watched(progress, lambda steps: show(steps, len(work) + len(near)) if show else None):
            for paths in looks.planned if looks else (plan.paths,):
                work = _work(plan, chains, folder, paths)
                found: dict[str, list[Records]] = {str(design): [] for design in plan.designs}
                for task, part in run_all(work, processes=plan.processes):
                    found[str(task.design)].append(part)
                records = tuple(Records.concatenate(found[str(design)]) for design in plan.designs)
                comparison = compare(records, fingerprints=fingerprints, looks=looks and looks.at(paths))
                if looks and comparison.widest(HEADLINE_MEASURE) <= looks.width:
                    comparison = replace(comparison, looks=looks.at(paths, is_reached=True))
                    break
            _owed(plan, chains, folder, records)
            around = _around(plan, chains, folder, records)
            near = around.tasks
            told = dict(_named(run_all(near, processes=plan.processes)))
            comparison = replace(comparison, neighbours=judged(around.records(told), records, comparison))
    except ConservationError as broken:
        (task,) = (each for each in (*work, *near) if each.name == broken.task)
        raise Broken(broken, leave_tape(broken, task, folder)) from None
    except KeyboardInterrupt:
        raise Interrupted(folder, work, near) from None
    finally:
        shutil.rmtree(progress, ignore_errors=True)
    missing = around.missing(plan.scenario) if plan.has_neighbours and len(records) > 1 else ()
    trust = Trust.of(plan.designs, chains, audit.load_all(folder), (*fallbacks, *missing))
    chunks = tuple(dict.fromkeys(task.paths for task in work))
    _write(plan, folder, comparison, records, trust, _view(plan.scenario, plan.seed, chunks, folder))
    return Finished(folder, comparison, records, trust, plan.seed, chunks)


def _work(plan: Plan, chains: Sequence[Kind], folder: Path, paths: int) -> list[Task]:
    """The tasks of the first so many paths."""
    return tasks(
        plan.designs,
        plan.scenario,
        seed=plan.seed,
        paths=paths,
        folder=folder,
        tapes=plan.tapes,
        chains=chains,
        audit_share=plan.audit_share,
    )


def _around(plan: Plan, chains: Sequence[Kind], folder: Path, records: Sequence[Records]) -> Neighbourhood:
    """The neighbours of the scenario, none where nothing is compared."""
    wanted = plan.has_neighbours and len(records) > 1
    paths = len(records[0].paths) if wanted else 0
    return neighbourhood(plan.designs, plan.scenario, seed=plan.seed, paths=paths, folder=folder, chains=chains)


def _named(found: Iterable[tuple[Task, Records]]) -> Iterator[tuple[str, Records]]:
    for task, records in found:
        yield task.name, records


def _machines(plan: Plan) -> tuple[tuple[Kind, ...], tuple[str, ...]]:
    """The machine of each design, and what to say of those that do not run on the one that was asked for."""
    chains: list[Kind] = []
    messages = []
    for design in plan.designs:
        kind = plan.chain
        try:
            stage(design, plan.scenario, plan.seed, (0,), chain_maker(kind))[0].close()
        except Refusal as refused:
            messages.append(f"{design} runs on the EVM, about a hundred times slower: {refused}")
            kind = "evm"
            stage(design, plan.scenario, plan.seed, (0,), chain_maker(kind))[0].close()
        chains.append(kind)
    return tuple(chains), tuple(messages)


def _owed(plan: Plan, chains: Sequence[Kind], folder: Path, records: Sequence[Records]) -> None:
    """Run some paths once more for what their records do not hold, and expect them to come out as before.

    The worst paths of each design, known only now, are played on bytecode; so are sampled ones, and tapes are kept,
    that nobody had asked for when an earlier run finished those paths. Paths do not depend on which others run beside
    them.
    """
    known = {(item.design, item.path) for item in audit.load_all(folder)}
    work, before = [], {}
    for design, chain, found in zip(plan.designs, chains, records, strict=True):
        paths = found.paths.tolist()
        checked = dict.fromkeys(audit.sample(plan.seed, len(paths), plan.audit_share), "sampled")
        checked |= audit.worst_paths(found) if plan.audit_share else {}
        if chain != "native":
            checked = {}
        checked = {path: why for path, why in checked.items() if (str(design), path) not in known}
        taped = {path for path in paths[: plan.tapes] if not tape_file(folder, design, path).is_file()}
        wanted = sorted(taped | set(checked))
        for start in range(0, len(wanted), CHUNKS[chain]):
            mine = tuple(wanted[start : start + CHUNKS[chain]])
            audited = {path: checked[path] for path in mine if path in checked}
            kept = frozenset(taped.intersection(mine))
            task = Task(design, plan.scenario, plan.seed, mine, folder, kept, chain, audited, is_repeat=True)
            work.append(task)
            before[task.name] = found
    for task, again in run_all(work, processes=plan.processes):
        rows = np.searchsorted(before[task.name].paths, again.paths)
        for name, series in again.series.items():
            if not np.array_equal(series, before[task.name].series[name][rows], equal_nan=True):
                raise RuntimeError(f"{task.name}: {name} came out differently the second time")


def view_of(scenario: Scenario, finished: Finished) -> MarketView | None:
    """What the market of a finished comparison was like without a pool, if people made it."""
    return _view(scenario, finished.seed, finished.chunks, finished.folder)


def _view(scenario: Scenario, seed: int, chunks: Sequence[tuple[int, ...]], folder: Path) -> MarketView | None:
    story = twins.story_of(scenario, seed, chunks, folder)
    return MarketView(scenario.market, story) if scenario.market is not None and story is not None else None


def _write(
    plan: Plan,
    folder: Path,
    comparison: Comparison,
    records: Sequence[Records],
    trust: Trust,
    view: MarketView | None,
) -> None:
    told = meta(plan) | {"paths": comparison.n_paths, "trust": trust.sentences}
    (folder / "comparison.json").write_text(comparison.to_json())
    comparison.to_frame().to_csv(folder / "table.csv", index=False)
    with (folder / "table.txt").open("w") as file:
        Console(file=file, width=TABLE_WIDTH).print(full_report(comparison))
        file.write("\n".join(trust.sentences) + "\n")
    (folder / "run.json").write_text(json.dumps(told, indent=2, default=str))
    write_report(folder / "report.html", comparison, records, told, view)


def meta(plan: Plan) -> dict[str, object]:
    """What a report says of how it came about."""
    scenario = plan.scenario
    return {
        "command": plan.command,
        "seed": plan.seed,
        "paths": plan.paths,
        "trader accounts": scenario.traders.count,
        "scenario": {
            "name": scenario.name,
            "title": scenario.title,
            "summary": scenario.summary,
            "waypoints": [
                f"{w.feed} {w.price_usd:,.0f} at {w.time:%Y-%m-%d %H:%M} UTC: {w.source}" for w in scenario.waypoints
            ],
        },
        "designs": [
            {
                "name": str(design),
                "title": design.title,
                "changes": list(design.changes),
                "fingerprint": design.fingerprint,
                "rules": [f"{rule.held}: {rule.rule}. {rule.note}".strip() for rule in design.rules],
            }
            for design in plan.designs
        ],
        "versions": {
            "python": platform.python_version(),
            **{package: version(package) for package in PACKAGES},
        },
    }
