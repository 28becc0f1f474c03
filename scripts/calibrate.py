"""Calibrate a shipped market to the facts marked fit: `nice -n 5 python scripts/calibrate.py --write`.

The procedure is in sim/validation/calibration/procedure.py, the priors beside the facts of the market. With --write the
outcome is kept beside them, and put into the market file if it does better on seeds that it has not seen. It begins
where the last one did: what that one put into the market file is taken back first. About 15 minutes on one core.
"""

from __future__ import annotations

import click
import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from sim.cli.shell import clear_errors
from sim.inputs.files import write_atomic
from sim.inputs.tomlfile import parse_toml
from sim.scenario.extending import MARKETS as FOLDER
from sim.validation.calibration.moments import distance, moments_of
from sim.validation.calibration.patch import patched, undone
from sim.validation.calibration.priors import load_priors, with_values
from sim.validation.calibration.procedure import Calibration, Sizes
from sim.validation.calibration.record import Record, file_of, fits_of, load_record, text_of, trades_of, widths_of
from sim.validation.calibration.told import sections_of
from sim.validation.facts import load_market_facts

FRESH_SEEDS = (2, 3)
FRESH_PATHS = 48
DEFAULT = Sizes()


@click.command()
@click.option("--scenario", default="oct_2025", show_default=True)
@click.option("--first", default=DEFAULT.first, show_default=True, help="Points of the first wave, a power of two.")
@click.option("--waves", default=DEFAULT.waves, show_default=True, type=click.IntRange(min=1))
@click.option("--points", default=DEFAULT.points, show_default=True, type=click.IntRange(min=8), help="Of a wave.")
@click.option("--paths", default=DEFAULT.paths, show_default=True, type=click.IntRange(min=4), help="Of a point.")
@click.option("--jobs", default=1, show_default=True, type=click.IntRange(min=1), help="Processes.")
@click.option("--write", is_flag=True, help="Keep the outcome, and take it over where it is better.")
@clear_errors
def cli(scenario: str, first: int, waves: int, points: int, paths: int, jobs: int, write: bool) -> None:
    """Fit the parameters that no source gives, and say which of them the facts do not pin."""
    _, facts = load_market_facts(scenario)
    priors, path = load_priors(scenario), FOLDER / f"{scenario}.toml"
    text = undone(path.read_text(), priors.parameters, load_record(scenario))
    document = parse_toml(text, file=str(path), parse_float=float)
    sizes = Sizes(first=first, waves=waves, points=points, paths=paths)
    with _bar() as bar:
        task = bar.add_task("calibrating", total=sizes.runs)
        work = Calibration(
            document, facts, priors, sizes, jobs, lambda done, total: bar.update(task, completed=done, total=total)
        )
        found = work.run()
    values = [float(f"{value:.4g}") for value in priors.values(found.place)]
    sets = (document, with_values(document, priors.parameters, values))
    before, after = (
        np.mean([moments_of(each, facts, work.marked, seed, FRESH_PATHS).medians for seed in FRESH_SEEDS], axis=0)
        for each in sets
    )
    distances = [distance(work.marked, medians) for medians in (before, after)]
    record = Record(
        made_by=f"scripts/calibrate.py --first {first} --waves {waves} --points {points} --paths {paths}",
        runs=sizes.runs,
        seeds=FRESH_SEEDS,
        paths=FRESH_PATHS,
        distance_before=round(distances[0], 3),
        distance_after=round(distances[1], 3),
        is_taken=distances[1] < distances[0],
        width=widths_of(priors, work.centre, found.place, found.draws),
        trade=trades_of(priors, found.draws),
        fit=fits_of(work.marked, before, after, found.unseen),
    )
    click.echo("\n".join(sections_of(record)))
    if write:
        write_atomic(file_of(scenario), lambda handle: handle.write(text_of(record).encode()))
        if record.is_taken:
            after_text = patched(text, priors.parameters, values)
            write_atomic(path, lambda handle: handle.write(after_text.encode()))
            click.echo(f"taken over: {path.name}")


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("points"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )


if __name__ == "__main__":
    cli()
