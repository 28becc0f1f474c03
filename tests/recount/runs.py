"""A short storm in which everything happens to one design or another, and what a design's run left behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import numpy as np
from recount import decoder, story
from recount.account import Account
from recount.machine import Machine
from recount.outside import Outside
from storm import storm

from sim.chain.actions import VERBS, Batch
from sim.design import list_designs, load_design
from sim.engine.blockspace import BlockSpace
from sim.risk.records import Records
from sim.runs.experiment import Task, run_task
from sim.scenario.model import Scenario
from sim.world.history import build_history as build_world
from sim.world.streams import Streams

SEED, PATHS = 1, (0, 3)


@dataclass(frozen=True, slots=True)
class Variant:
    """A shipped design with parameters changed, and the storm for it."""

    design: str
    changes: list[str]
    people: dict[str, Any] = field(default_factory=dict)


#: For what happens to no shipped design as it stands.
VARIANTS = {
    "jlp, cut by an index": Variant("jlp", ["deleverage.policy=index_haircut"]),
    # Accounts fall below maintenance in the opening rounds: insurance has positions, and profits, before time starts.
    "post_reform, taken over before the start": Variant(
        "post_reform",
        ["execution=after_request", "margin.maintenance_share_bps=10000", "borrow_rate.rate_at_full_per_year=10"]
        + ["market.BTC.trade_fee_bps=0", "market.BTC.reserve_factor=1", "funding_rate.maximum_per_year=10"],
        {
            "traders.leverage": [{"leverage": 39.0, "share": 1.0}],
            "traders.long_share": 0.95,
            "traders.market_weights": {"BTC": 100.0},
            "traders.margin_weights": {"USDC": 100.0},
            "liquidity_providers.seed_usd": 2_500_000.0,
        },
    ),
}
#: Of every call: a block space that is full now and then. What calls cost is not what is judged here.
GAS = 400_000


def scenario(**people: Any) -> Scenario:
    """Venues are off for a while, one by far, in a market and in a collateral; another halts; providers come and go."""
    events = [
        _event("Binance", ["ETH", "WBETH"], ("01:00", "02:30"), kind="offset", size_bps=-2_500.0, ramp_s=20),
        _event("OKX", ["ETH"], ("02:00", "02:40"), kind="offset", size_bps=-200.0, ramp_s=0),  # with it, 5/12 of weight
        _event("OKX", ["BTC", "SOL"], ("00:40", "03:00"), kind="halt"),
    ]
    people |= {"liquidity_providers.deposit_yield_per_year": 0.05, "liquidity_providers.action_share": 0.5}
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
    variant = VARIANTS.get(name, Variant(name, []))
    design = load_design(variant.design, variant.changes)
    tapes = frozenset(PATHS if folder else ())
    return Task(design, scenario(**variant.people), SEED, PATHS, folder, tapes, gas=dict.fromkeys(VERBS, GAS))


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
