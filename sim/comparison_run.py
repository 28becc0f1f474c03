"""One comparison from inputs to a run folder: what `breakwater compare` does, for a notebook as well."""

from __future__ import annotations

import json
import platform
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from rich.console import Console

from sim.compare import Comparison, compare
from sim.design import Design
from sim.experiment import PROGRESS, run_all, run_id, stage, tasks
from sim.progress import watched
from sim.records import Records
from sim.report.html import write_report
from sim.report.table import full_report
from sim.scenario import Scenario

TABLE_WIDTH = 120
PACKAGES = ("vyper", "pyrevm", "numpy", "scipy", "plotly")


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


@dataclass(frozen=True, slots=True)
class Finished:
    """A comparison and its files."""

    folder: Path
    comparison: Comparison
    records: tuple[Records, ...]


class Interrupted(Exception):
    """The run was stopped; what was finished is kept."""

    def __init__(self, folder: Path, finished: int, total: int) -> None:
        super().__init__(f"stopped: {finished} of {total} tasks are kept in {folder}; the same command goes on")


def execute(plan: Plan, show: Callable[[dict[str, int], int], None] | None = None) -> Finished:
    """Run what is not finished yet, compare, and write the folder; the same inputs lead to the same folder.

    Args:
        show: told now and then (steps done by task, tasks in all).

    Raises:
        Interrupted: on Ctrl-C; finished tasks stay on disk.
    """
    for design in plan.designs:  # what cannot be deployed is found before anything is written
        stage(design, plan.scenario, plan.seed, (0,))[0].close()
    folder = plan.out / run_id(plan.designs, plan.scenario, plan.seed)
    work = tasks(
        plan.designs,
        plan.scenario,
        seed=plan.seed,
        paths=plan.paths,
        folder=folder,
        tapes=plan.tapes,
    )
    found: dict[str, list[Records]] = {str(design): [] for design in plan.designs}
    done = 0
    progress = folder / PROGRESS
    shutil.rmtree(progress, ignore_errors=True)
    progress.mkdir(parents=True)
    try:
        with watched(progress, lambda steps: show(steps, len(work)) if show else None):
            for task, part in run_all(work, processes=plan.processes):
                found[str(task.design)].append(part)
                done += 1
    except KeyboardInterrupt:
        raise Interrupted(folder, done, len(work)) from None
    finally:
        shutil.rmtree(progress, ignore_errors=True)
    records = tuple(Records.concatenate(found[str(design)]) for design in plan.designs)
    comparison = compare(records)
    _write(plan, folder, comparison, records)
    return Finished(folder, comparison, records)


def _write(plan: Plan, folder: Path, comparison: Comparison, records: Sequence[Records]) -> None:
    meta = _meta(plan)
    (folder / "comparison.json").write_text(comparison.to_json())
    comparison.to_frame().to_csv(folder / "table.csv", index=False)
    with (folder / "table.txt").open("w") as file:
        Console(file=file, width=TABLE_WIDTH).print(full_report(comparison))
    (folder / "run.json").write_text(json.dumps(meta, indent=2, default=str))
    write_report(folder / "report.html", comparison, records, meta)


def _meta(plan: Plan) -> dict[str, object]:
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
