"""Block space: what an agent's calls cost in gas, and how many of them fit.

Gas belongs to what a design deploys: it is measured on bytecode, as transactions use it (`sim.chain.gas`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from sim.chain import gas as measured
from sim.chain.actions import Batch
from sim.design import Design


def gas_of(design: Design) -> Mapping[str, int]:
    """Gas of one transaction of each verb of a design: the dearest kind; of a verb that it closes, the refused call's.

    Raises:
        ContractError: the design refuses its own set-up, or the first deposits.
    """
    return measured.gas_of(design).table()


def gas_tables(designs: Iterable[Design]) -> dict[str, Mapping[str, int]]:
    """`gas_of` some designs, by fingerprint; designs that are the same are measured once."""
    different = {design.fingerprint: design for design in designs}
    return {fingerprint: gas_of(design) for fingerprint, design in different.items()}


class BlockSpace:
    """Gas left to the protocol's users in the current step, on every path; first come, first served."""

    def __init__(self, gas: Mapping[str, int], gas_per_s: np.ndarray) -> None:
        """`gas`: of one call of each verb, as `gas_of` says; `gas_per_s` (paths,)."""
        self._gas = gas
        self._gas_per_s = gas_per_s
        self._left = np.zeros(len(gas_per_s))

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
