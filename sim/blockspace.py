"""Block space: what an agent's calls cost in gas, and how many of them fit.

Gas per verb is measured as transactions on a local chain (`scripts/gas.py` writes `sim/chain/gas.toml`).
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import numpy as np

from sim.actions import VERBS, Batch

TABLE = Path(__file__).parent / "chain" / "gas.toml"


@cache
def gas_table(design: str) -> dict[str, int]:
    """Gas of one transaction of each verb of a design; of a design that is not in the table, the most of any."""
    content = tomllib.loads(TABLE.read_text())
    dearest = {verb: max(figures.values()) for verb, figures in content.items()}
    known = {verb: figures.get(design, dearest[verb]) for verb, figures in content.items()}
    return dict.fromkeys(VERBS, max(dearest.values())) | known  # what nobody could measure costs the most


class BlockSpace:
    """Gas left to the protocol's users in the current step, on every path; first come, first served."""

    def __init__(self, design: str, gas_per_s: float, paths: int) -> None:
        self._gas = gas_table(design)
        self._gas_per_s = gas_per_s
        self._left = np.zeros(paths)

    def open(self, seconds: np.ndarray) -> None:
        """Open the blocks of the next seconds, (paths,): they are empty, and what was left before them is past."""
        self._left[:] = np.floor(self._gas_per_s * seconds)  # whole units: what is left stays exact

    def admit(self, batch: Batch) -> tuple[Batch, np.ndarray]:
        """Split a batch into the calls that fit, in order, and the paths of those that do not."""
        gas = float(self._gas[batch.verb])
        wanted = np.bincount(batch.path, minlength=len(self._left)) * gas
        if (wanted <= self._left).all():
            self._left -= wanted
            return batch, batch.path[:0]
        place = place_in_path(batch.path)
        fits = (place + 1) * gas <= self._left[batch.path]
        np.subtract.at(self._left, batch.path[fits], gas)
        columns = {name: column[fits] for name, column in batch.columns.items()}
        return Batch(batch.verb, batch.path[fits], batch.actor[fits], columns), batch.path[~fits]


def place_in_path(path: np.ndarray) -> np.ndarray:
    """How many earlier rows belong to the same path, (n,)."""
    order = np.argsort(path, kind="stable")
    ranked = path[order]
    place = np.empty(len(path), dtype=np.int64)
    place[order] = np.arange(len(path)) - np.searchsorted(ranked, ranked)
    return place
