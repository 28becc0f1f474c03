"""Twins of markets that people make: run once for all designs, and kept with the run."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from sim.inputs.files import write_atomic
from sim.scenario import Scenario
from sim.scenario.market import MarketScenario
from sim.world.base import Twin
from sim.world.endogenous.story import Story
from sim.world.endogenous.twin import run_twin
from sim.world.streams import Streams

#: Folder of a run where they are.
FOLDER = "twins"
#: Ending of the file that tells what the market was like.
STORY = ".story.npz"


def of(scenario: Scenario, seed: int, paths: Sequence[int], folder: Path | None) -> Twin | None:
    """The twin of some paths, a row for each, of whom the same may stand for several; none where prices are given.

    `folder`: of the run; it is read there if it has been run before, and else kept.
    """
    if scenario.market is None:
        return None
    different = tuple(sorted(set(paths)))
    document = scenario.market.model_dump_json(by_alias=True, exclude_none=True)
    twin = _read(file_of(scenario, seed, paths, folder)) if folder is not None else None
    if twin is None:
        twin, story = _run(document, seed, different)
        if folder is not None:
            file = file_of(scenario, seed, paths, folder)
            story.save(file.with_suffix(STORY))
            _write(twin, file)  # last: where it is, all is
    rows = np.searchsorted(different, paths)
    return twin if len(rows) == len(different) and (np.diff(rows) == 1).all() else twin.of(rows)


def keep(scenario: Scenario, seed: int, paths: Sequence[int], folder: Path) -> None:
    """Run the twin of some paths and keep it in the folder of a run."""
    of(scenario, seed, paths, folder)


def story_of(scenario: Scenario, seed: int, chunks: Sequence[Sequence[int]], folder: Path) -> Story | None:
    """What the market of a run was like without a pool, on all paths; none where prices are given."""
    if scenario.market is None:
        return None
    files = [file_of(scenario, seed, paths, folder).with_suffix(STORY) for paths in chunks]
    return Story.concatenate([Story.load(file) for file in files])


def file_of(scenario: Scenario, seed: int, paths: Sequence[int], folder: Path) -> Path:
    """Where the twin of some paths is kept in the folder of a run."""
    assert scenario.market is not None
    told = f"{scenario.market.model_dump_json()} {seed} {sorted(set(paths))}"
    return folder / FOLDER / f"{min(paths):05d}-{max(paths):05d}-{hashlib.sha256(told.encode()).hexdigest()[:10]}.npz"


@lru_cache(maxsize=4)
def _run(document: str, seed: int, paths: tuple[int, ...]) -> tuple[Twin, Story]:
    market = MarketScenario.model_validate_json(document)
    return run_twin(market, Streams(seed, paths), cohorts=market.cohorts)


def _write(twin: Twin, file: Path) -> None:
    arrays = {name: getattr(twin, name) for name in twin.__slots__}
    write_atomic(file, lambda handle: np.savez(handle, **arrays))


def _read(file: Path) -> Twin | None:
    if not file.is_file():
        return None
    with np.load(file, allow_pickle=False) as arrays:
        return Twin(**{name: arrays[name] for name in arrays.files})
