"""How often the intervals of a report contain the truth: `make coverage`. Writes docs/coverage.md.

Runs thousands of paths of a few designs once (kept in .cache/coverage, by everything that they depend on), draws
samples of them, and asks the functions that a report calls. Exit code 1 where an interval that is printed covers less
than 93 %, or more than 97 % without saying so.
"""

from __future__ import annotations

import sys
import time
from functools import partial
from pathlib import Path
from typing import BinaryIO

import click
import numpy as np
from joblib import Parallel, delayed

from sim.design import load_designs
from sim.inputs.files import write_atomic
from sim.report.words import HEADLINE_MEASURE
from sim.risk import coverage
from sim.risk.coverage_page import groups, page
from sim.risk.intervals import CONFIDENCE
from sim.risk.measures import EXTERNALITY, by_key
from sim.risk.measures import MEASURES as ALL
from sim.runs.experiment import run_all, run_id, tasks
from sim.scenario import load_scenario

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "coverage.md"
CACHE = ROOT / ".cache" / "coverage"
DESIGNS = ("glp", "breakwater", "gmx_v2")
SCENARIO = "oct_2025_replay"
SEED = 7  # not the seed of a comparison that anybody shows
PATHS = 4_096
#: In a replay no pool does anything to its market.
MEASURES = tuple(measure for measure in ALL if measure.group != EXTERNALITY)


def simulated(paths: int, jobs: int, folder: Path) -> dict[str, dict[str, np.ndarray]]:
    """Every measure of every path, by design; what was run before is read."""
    designs = load_designs(DESIGNS)
    scenario = load_scenario(SCENARIO)
    kept = folder / run_id(designs, scenario, SEED)
    work = tasks(designs, scenario, seed=SEED, paths=paths, folder=None, tapes=0, audit_share=0.0)
    missing = [task for task in work if not (kept / f"{task.name}.npz").is_file()]
    for done, (task, records) in enumerate(run_all(missing, processes=jobs), start=1):
        numbers = {m.key: np.asarray(m.per_path(records), dtype=float) for m in MEASURES}
        write_atomic(kept / f"{task.name}.npz", partial(_save, numbers))
        click.echo(f"\rsimulated {done} of {len(missing)} parts", nl=done == len(missing), err=True)
    found: dict[str, dict[str, np.ndarray]] = {}
    for design in designs:
        mine = [np.load(kept / f"{task.name}.npz") for task in work if task.design is design]
        found[str(design)] = {m.key: np.concatenate([part[m.key] for part in mine]) for m in MEASURES}
    return found


def _save(numbers: dict[str, np.ndarray], handle: BinaryIO) -> None:
    np.savez(handle, **numbers)


def _width(population: coverage.Population, paths: int) -> float:
    """Full width of a 95 % interval after about so many paths."""
    assert population.baseline is not None
    return float(4.0 * np.std(population.values - population.baseline) / np.sqrt(paths))


@click.command()
@click.option("--paths", default=PATHS, show_default=True, type=click.IntRange(min=64), help="Of each population.")
@click.option("--repeats", default=coverage.REPEATS, show_default=True, type=click.IntRange(min=100))
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(min=1), help="Processes.")
@click.option("--write", is_flag=True, help=f"Write {PAGE.relative_to(ROOT)}.")
def cli(paths: int, repeats: int, jobs: int, write: bool) -> None:
    """Measure the coverage of every interval that a report prints."""
    began = time.monotonic()
    known = simulated(paths, jobs, CACHE)
    ran = time.monotonic()
    work = [(population, n) for population in coverage.populations(MEASURES, known) for n in coverage.SIZES]
    cells = Parallel(n_jobs=jobs)(delayed(coverage.measure)(population, n, repeats) for population, n in work)
    stops = [
        coverage.stopped(population, _width(population, expected), 1_024, is_null, repeats)
        for population in coverage.populations([by_key(HEADLINE_MEASURE)], known)
        if population.kind == "mean" and population.baseline is not None
        for expected in (100, 400)
        for is_null in (False, True)
    ]
    text = page(cells, stops, DESIGNS, SCENARIO, paths, repeats)
    click.echo(text)
    click.echo(f"simulated in {ran - began:.0f} s, sampled in {time.monotonic() - ran:.0f} s on {jobs} processes")
    if write:
        PAGE.write_text(text)
    wrong = [cell for group in groups(cells) for cell in group.wrong]
    for cell in wrong:
        click.echo(f"{cell.name}, {cell.n} paths: covers {cell.low:.1%} to {cell.high:.1%}", err=True)
    for stop in (stop for stop in stops if stop.high < CONFIDENCE):
        click.echo(f"{stop.name}, until {stop.width:.3g}: covers {stop.low:.1%} to {stop.high:.1%}", err=True)
    sys.exit(bool(wrong) or any(stop.high < CONFIDENCE for stop in stops))


if __name__ == "__main__":
    cli()
