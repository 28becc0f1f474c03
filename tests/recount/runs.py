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

SEED, PATH = 1, 0
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
    """What the simulator says of a run, and what comes out when its tape is played again."""

    records: Records
    account: Account


@contextmanager
def doors() -> Iterator[list[int]]:
    """Count liquidations that find no room: those that come to the blocks of a step, less those that pass."""
    turned_away = [0]
    admit = BlockSpace.admit

    def counted(self: BlockSpace, batch: Batch) -> tuple[Batch, np.ndarray]:
        passed, late = admit(self, batch)
        turned_away[0] += (len(batch) - len(passed)) * (batch.verb == "liquidate")
        return passed, late

    with patch.object(BlockSpace, "admit", counted):
        yield turned_away


def names() -> tuple[str, ...]:
    """Names of all runs."""
    return (*list_designs(), *VARIANTS)


def task(name: str, folder: Path | None = None) -> Task:
    """One path of a design."""
    tapes = frozenset({PATH} if folder else ())
    design = load_design(*VARIANTS.get(name, (name,)))
    return Task(design, scenario(), SEED, (PATH,), folder, tapes, gas=dict.fromkeys(VERBS, GAS))


@cache
def run(name: str) -> Run:
    """Simulate, and play the tape again; once per process."""
    with TemporaryDirectory() as folder, doors() as turned_away:
        records = run_task(task(name, Path(folder)))
        (file,) = Path(folder).rglob("*.tape")
        head, rows = decoder.read(file)
    machine = Machine(head)
    world = build_world(scenario(), Streams(SEED, (PATH,)))
    outside = Outside(scenario(), world, machine.feeds)
    try:
        told = story.play(machine, rows, outside)
    finally:
        machine.close()
    return Run(records, Account(told, outside, turned_away[0]))
