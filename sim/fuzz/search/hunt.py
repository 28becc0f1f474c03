"""A hunt: every question, in every scene that a design has, with the same number of sequences."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from joblib import Parallel, delayed

from sim.design import Design
from sim.fuzz.search.confirm import Finding, confirmed
from sim.fuzz.search.evolve import Search
from sim.fuzz.search.trial import ROUNDING_USD_WAD, Place, places, prepare


@dataclass(frozen=True, slots=True)
class Hunted:
    """What one search came to."""

    design: str
    place: Place
    sequences: int  # 0: the design has no such state
    seconds: float
    usd: float  # of the best sequence, found or not
    finding: Finding | None


@dataclass(slots=True)
class Bag:
    """What a hunt came to, as far as it went."""

    results: list[Hunted] = field(default_factory=list)
    searches: int = 0  # in all
    seconds: float = 0.0
    interrupted: bool = False

    @property
    def findings(self) -> list[Finding]:
        """All findings, those that no design lists first."""
        found = [each.finding for each in self.results if each.finding is not None]
        return sorted(found, key=lambda each: (each.is_listed, each.design, each.property_id, -each.usd))

    @property
    def sequences(self) -> int:
        """Played so far."""
        return sum(each.sequences for each in self.results)


def hunt(
    designs: Sequence[Design],
    kinds: Sequence[str],
    seed: int,
    out_dir: Path,
    *,
    sequences: int | None = None,
    minutes: float | None = None,
    jobs: int = 2,
    show: Callable[[Bag], None] = lambda bag: None,
) -> Bag:
    """Search designs for sequences that gain or harm.

    A search is fixed by seed and place: the number of processes does not matter, and a time decides only how many
    sequences there are. Ctrl-C ends the hunt and keeps what was found.

    Args:
        kinds: questions, of `sim.fuzz.search.scenes`.
        sequences: for each design, in equal parts for each place that it has; either this or `minutes`.
        minutes: for all designs together.
    """
    if (sequences is None) == (minutes is None):
        raise TypeError("either sequences or minutes")
    bag, begun = Bag(), time.monotonic()
    tasks = []
    for design in designs:
        found = {place: prepare(design, place) is not None for place in places(design, kinds)}
        bag.results += [
            Hunted(str(design), place, 0, 0.0, 0.0, None) for place, is_there in found.items() if not is_there
        ]
        tasks += [(design, place, sum(found.values())) for place, is_there in found.items() if is_there]
    bag.searches = len(bag.results) + len(tasks)
    seconds = None if minutes is None else 60 * minutes * jobs / max(len(tasks), 1)
    parallel = Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1, pre_dispatch="all")
    try:
        calls = []
        for design, place, parts in tasks:
            many = None if sequences is None else -(-sequences // parts)
            calls.append(delayed(search)(design, place, seed, many, seconds, out_dir))
        for result in parallel(calls):
            bag.results.append(result)
            bag.seconds = time.monotonic() - begun
            show(bag)
    except KeyboardInterrupt:
        bag.interrupted = True
    bag.seconds = time.monotonic() - begun
    return bag


def search(
    design: Design, place: Place, seed: int, sequences: int | None, seconds: float | None, out_dir: Path
) -> Hunted:
    """One search: a place, for a number of sequences or for a time."""
    begun = time.monotonic()
    trial = prepare(design, place)
    if trial is None:
        return Hunted(str(design), place, 0, time.monotonic() - begun, 0.0, None)
    found = Search(trial, Random(f"{seed}/{place.scene}/{place.m}/{place.kind}/{place.bps}"))
    if sequences is not None:
        found.run(sequences)
    else:
        end = begun + (seconds or 0.0)
        found.run(1 << 62, lambda: time.monotonic() >= end)
    usd = found.best[0].usd_wad if found.best else 0
    finding = confirmed(design, found, out_dir) if usd > ROUNDING_USD_WAD else None
    return Hunted(str(design), trial.place, found.played, time.monotonic() - begun, usd / 1e18, finding)
