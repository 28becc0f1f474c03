"""Cost of the endogenous market, as ratios to one bare numpy pass over its accounts in the same run.

    python scripts/bench_world.py --paths 64 --cohorts 1000

The bare pass is `z = kz + sum cz p` for all cohorts at the marks of their platforms: the least that anybody who looks
at each of them has to do.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import mean, median

import click
import numpy as np
from rich.console import Console
from rich.table import Table

from sim.kernels.loading import load
from sim.scenario.market import load_market
from sim.world.endogenous.state import State
from sim.world.endogenous.world import EndogenousWorld
from sim.world.streams import Streams

PASSES = 25
POPULATION = "sim.world.endogenous.platforms:close_falling"


def seconds(work: Callable[[], object]) -> float:
    """Median time of some passes, the first left out."""
    times = []
    for _ in range(PASSES + 1):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return median(times[1:])


def bare_pass(state: State) -> Callable[[], object]:
    """z of every cohort in numpy, feed by feed."""
    cohorts = state.population.cohorts
    mark_usd = np.exp(state.books.fundamental_log)

    def work() -> None:
        z = cohorts.form_usd.copy()
        for f in range(mark_usd.shape[1]):
            z += cohorts.units[:, f] * mark_usd[:, f, None]
        np.count_nonzero(z < cohorts.lowest_usd)

    return work


def population_pass(state: State) -> Callable[[], object]:
    """The compiled pass, nobody closing."""
    state.work.mark_usd[:] = np.exp(state.books.fundamental_log[0])
    parts = [state.population.cohorts, state.population.terms, state.platforms, state.platform_terms, state.work]
    return load(POPULATION).bind(state.sizes, parts)


def steps(world: EndogenousWorld) -> tuple[np.ndarray, np.ndarray]:
    """Seconds of every step, drawing and recording included, and of its compiled part."""
    whole, compiled = [], []
    run = world._run

    def timed(*numbers: float) -> None:
        start = time.perf_counter()
        run(*numbers)
        compiled.append(time.perf_counter() - start)

    vars(world)["_run"] = timed
    for step in range(1, len(world.times_s)):
        start = time.perf_counter()
        world.advance(step)
        whole.append(time.perf_counter() - start)
    return np.array(whole), np.array(compiled)


def bytes_per_path(state: State) -> int:
    """Of all arrays that have a path axis."""
    tuples = [part for part in state.arguments(0.0, 0.0) if isinstance(part, tuple)]
    arrays = [array for part in tuples for array in part if isinstance(array, np.ndarray)]
    paths = state.sizes["P"]
    return sum(array.nbytes for array in arrays if array.ndim > 1 and array.shape[0] == paths) // paths


@click.command()
@click.option("--paths", multiple=True, type=int, default=(8, 64), show_default=True)
@click.option("--cohorts", multiple=True, type=int, default=(1_000,), show_default=True)
@click.option("--scenario", default="oct_2025", show_default=True)
def cli(paths: tuple[int, ...], cohorts: tuple[int, ...], scenario: str) -> None:
    """Print the ratios."""
    market = load_market(scenario)
    table = Table(
        "paths", "cohorts", "bare ms", "population / bare", "compiled / bare", "step / bare", "mean", "kB / path"
    )
    for count in cohorts:
        for size in paths:
            state = EndogenousWorld(market, Streams(1, tuple(range(size))), cohorts=count).state
            bare, population = seconds(bare_pass(state)), seconds(population_pass(state))
            world = EndogenousWorld(market, Streams(1, tuple(range(size))), cohorts=count, record_every=6)
            whole, compiled = steps(world)
            table.add_row(
                str(size),
                str(state.sizes["A"]),
                f"{1e3 * bare:.3f}",
                f"{population / bare:.2f}",
                f"{median(compiled) / bare:.2f}",
                f"{median(whole) / bare:.2f}",
                f"{mean(whole) / bare:.2f}",
                f"{bytes_per_path(state) / 1e3:.0f}",
            )
    Console().print(table)


if __name__ == "__main__":
    cli()
