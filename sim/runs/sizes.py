"""One comparison in storms of several sizes: the same paths and draws, with news that is smaller or larger."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console

from sim.inputs.errors import InputError
from sim.inputs.files import write_atomic
from sim.report.html import write_report
from sim.report.sizes import Sized, outcomes_table, sentences, table
from sim.risk.curves import Curve, curve
from sim.runs.comparison_run import TABLE_WIDTH, Finished, Interrupted, Plan, execute, meta, view_of
from sim.runs.experiment import run_id
from sim.scenario import Scenario
from sim.scenario.market_tables import News

FLAG = "--size"
#: Beyond it a fall of a few per cent is one of everything.
LARGEST = 20.0


@dataclass(frozen=True, slots=True)
class FinishedSizes:
    """Comparisons by size, and where they and what they say together are kept."""

    folder: Path
    sizes: tuple[Sized, ...]
    finished: tuple[Finished, ...]
    curve: Curve


class InterruptedSizes(Interrupted):
    """Stopped at one of the sizes; what was finished at it and before is kept."""

    def __init__(self, folder: Path, done: int, count: int) -> None:
        Exception.__init__(
            self,
            f"stopped: {done} of {count} sizes, and what is finished of the next, are kept in {folder}; "
            "the same command goes on",
        )


def read_sizes(text: str) -> tuple[float, ...]:
    """Sizes as they are given, `0.5,1,1.5`, from small to large.

    Raises:
        InputError: one is no size, or is there twice.
    """
    expected = f"sizes of the storm above 0, at most {LARGEST:g} times the news, such as 0.5,1,1.5"
    try:
        sizes = sorted(float(part) for part in text.split(","))
    except ValueError:
        raise InputError(file=FLAG, expected=expected, got=text) from None
    if not all(0.0 < size <= LARGEST for size in sizes) or len(set(sizes)) < len(sizes):
        raise InputError(file=FLAG, expected=f"{expected}, each once", got=text)
    return tuple(sizes)


def scaled(scenario: Scenario, size: float) -> Scenario:
    """The scenario with so many times the news.

    Raises:
        InputError: it has none, or one would be larger than news may be.
    """
    market = scenario.market
    if market is None or not market.news:
        got = f"{scenario.name}, whose prices are given" if market is None else f"{scenario.name}, without news"
        raise InputError(file=FLAG, expected="a scenario with news in a market that people make", got=got)
    try:
        news = tuple(News.model_validate(_scaled(item, size)) for item in market.news)
    except ValidationError:
        largest = max(abs(item.size_bps) for item in market.news)
        expected = f"news of at most 10,000 bps, which leaves {1e4 / largest:.3g} times that of {scenario.name}"
        raise InputError(file=FLAG, expected=expected, got=f"{size:g}") from None
    return scenario.model_copy(update={"market": market.model_copy(update={"news": news})})


def _scaled(item: News, size: float) -> dict[str, object]:
    return item.model_dump(by_alias=True) | {"size_bps": size * item.size_bps}


def execute_sizes(
    plan: Plan,
    sizes: Sequence[float],
    show: Callable[[dict[str, int], int], None] | None = None,
    warn: Callable[[str], None] = lambda message: None,
) -> FinishedSizes:
    """Compare at every size; what an earlier run finished is taken from there.

    Args:
        sizes: from small to large, in times of the scenario's news; neighbours are run at the one nearest to 1.
        show: told now and then (steps done by task, tasks in all), over all sizes as far as is known.
        warn: as of `execute`.

    Raises:
        InputError: the scenario has no sizes.
        InterruptedSizes: on Ctrl-C; finished tasks stay on disk.
        AuditError, Broken: as of `execute`.
    """
    scenarios = [scaled(plan.scenario, size) for size in sizes]
    told = " ".join(run_id(plan.designs, scenario, plan.seed) for scenario in scenarios)
    label = "-".join(str(design) for design in plan.designs[:3]).replace("#", "")
    folder = plan.out / f"{label}-{plan.scenario.name}-sizes-{hashlib.sha256(told.encode()).hexdigest()[:10]}"
    middle = min(range(len(sizes)), key=lambda i: abs(sizes[i] - 1.0))
    done: dict[str, int] = {}
    finished: list[Finished] = []
    try:
        for i, scenario in enumerate(scenarios):
            has_neighbours = plan.has_neighbours and i == middle
            one = replace(plan, scenario=scenario, out=folder, has_neighbours=has_neighbours, until_ci=None)
            finished.append(execute(one, _shown(show, done, i, len(sizes)), warn))
            warn = _once
    except (KeyboardInterrupt, Interrupted):
        raise InterruptedSizes(folder, len(finished), len(sizes)) from None
    views = [view_of(scenario, each) for scenario, each in zip(scenarios, finished, strict=True)]
    found = tuple(
        Sized(size, each.comparison, view, each.folder.name)
        for size, each, view in zip(sizes, finished, views, strict=True)
    )
    drawn = curve([(each.size, each.comparison) for each in found])
    main = finished[middle]
    page = folder / "report.html"
    above = meta(plan) | {"paths": plan.paths, "trust": main.trust.sentences, "sizes": [f"{size:g}" for size in sizes]}
    write_report(page, main.comparison, main.records, above, views[middle], found)
    _write_table(folder / "table.txt", found, drawn)
    return FinishedSizes(folder, found, tuple(finished), drawn)


def _once(message: str) -> None:
    """What was said of a design at the first size holds at all."""


def _shown(
    show: Callable[[dict[str, int], int], None] | None, done: dict[str, int], index: int, count: int
) -> Callable[[dict[str, int], int], None] | None:
    """Tell of one size as a part of all."""
    if show is None:
        return None

    def told(steps: dict[str, int], tasks: int) -> None:
        done.update({f"{index} {name}": number for name, number in steps.items()})
        show(done, tasks * count)

    return told


def _write_table(file: Path, found: Sequence[Sized], drawn: Curve) -> None:
    paper = Console(width=TABLE_WIDTH, color_system=None, force_terminal=False)
    with paper.capture() as text:
        for sentence in sentences(found, drawn):
            paper.print(sentence)
        paper.print(table(found, drawn))
        paper.print(outcomes_table(found, drawn))
    write_atomic(file, lambda handle: handle.write(text.get().encode()))
