"""A short storm in which everything happens to one design or another, and what a design's run left behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import numpy as np
from recount import decoder, story
from recount.account import Account
from recount.machine import Machine
from recount.outside import Outside
from storm import storm

from sim.actions import VERBS, Batch
from sim.blockspace import BlockSpace
from sim.design import list_designs, load_design
from sim.experiment import Task, run_task
from sim.records import Records
from sim.scenario.model import Scenario
from sim.streams import Streams
from sim.world.replay import build_world

SEED, PATHS = 1, (0, 3)
#: Besides those that are shipped as they stand: winners on whom an index falls, which no shipped design has.
VARIANTS = {"jlp, cut by an index": ("jlp", ["deleverage.policy=index_haircut"])}
#: Of every call: a block space that is full now and then. What calls cost is not what is judged here.
GAS = 400_000


def scenario() -> Scenario:
    """Venues are off for a while, one by far, in a market and in a collateral; another halts; providers come and go."""
    events = [
        _event("Binance", ["ETH", "WBETH"], ("01:00", "02:30"), kind="offset", size_bps=-2_500.0, ramp_s=20),
        _event("OKX", ["ETH"], ("02:00", "02:40"), kind="offset", size_bps=-200.0, ramp_s=0),  # with it, 5/12 of weight
        _event("OKX", ["BTC", "SOL"], ("00:40", "03:00"), kind="halt"),
    ]
    people = {"liquidity_providers.deposit_yield_per_year": 0.05, "liquidity_providers.action_share": 0.5}
    return storm(event=events, **people, **{"blocks.gas_per_s": 500_000})


def _event(venue: str, feeds: list[str], during: tuple[str, str], **how: object) -> dict[str, object]:
    begin, until = (f"2025-01-01T00:{time}Z" for time in during)
    return {"venue": venue, "feeds": feeds, "from": begin, "until": until, "source": "made up", **how}


@dataclass(frozen=True, slots=True)
class Run:
    """What the simulator says of a run, and what comes out when the tape of each path is played again."""

    records: Records
    accounts: list[Account]


@contextmanager
def doors(paths: int) -> Iterator[np.ndarray]:
    """Count liquidations that find no room, by path: those that come to the blocks, less those that pass."""
    turned_away = np.zeros(paths, dtype=int)
    admit = BlockSpace.admit

    def counted(self: BlockSpace, batch: Batch) -> tuple[Batch, np.ndarray]:
        passed, late = admit(self, batch)
        if batch.verb == "liquidate":
            turned_away[:] += np.bincount(batch.path, minlength=paths) - np.bincount(passed.path, minlength=paths)
        return passed, late

    with patch.object(BlockSpace, "admit", counted):
        yield turned_away


def names() -> tuple[str, ...]:
    """Names of all runs."""
    return (*list_designs(), *VARIANTS)


def task(name: str, folder: Path | None = None) -> Task:
    """Two paths of a design."""
    design = load_design(*VARIANTS.get(name, (name,)))
    tapes = frozenset(PATHS if folder else ())
    return Task(design, scenario(), SEED, PATHS, folder, tapes, gas=dict.fromkeys(VERBS, GAS))


@cache
def run(name: str) -> Run:
    """Simulate, and play the tapes again; once per process."""
    with TemporaryDirectory() as folder:
        return recounted(task(name, Path(folder)))


def recounted(work: Task) -> Run:
    """Carry out a task that keeps tapes, and recount each of its paths."""
    with doors(len(work.paths)) as turned_away:
        records = run_task(work)
    assert work.folder is not None
    accounts = []
    for path, late in zip(work.paths, turned_away.tolist(), strict=True):
        (file,) = work.folder.rglob(f"{path:05d}.tape")
        head, rows = decoder.read(file)
        machine = Machine(head)
        outside = Outside(work.scenario, build_world(work.scenario, Streams(work.seed, (path,))), machine.feeds)
        try:
            accounts.append(Account(story.play(machine, rows, outside), outside, late))
        finally:
            machine.close()
    return Run(records, accounts)
