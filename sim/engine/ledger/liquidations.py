"""Liquidations: what each took and left, whether honest prices had spared the account, what partial ones saved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from sim.chain.deployment import Deployment
from sim.chain.worth import Appraiser
from sim.engine.ledger.judge import Judge, Verdicts
from sim.engine.observation import Observation
from sim.risk.records import LIQUIDATION_COLUMNS


class Liquidations:
    """Rows of the liquidations of a run, (n,) columns; accounts by place, not by id."""

    def __init__(self, deployment: Deployment, appraiser: Appraiser, paths: int) -> None:
        self._appraiser = appraiser
        self._first_id = deployment.cast.trader_ids[0]
        self._judge = Judge(appraiser, deployment.design.oracle.floor_spread_bps * 1e-4)
        self._verdicts: Verdicts | None = None  # on each call of the batch that comes next
        self._count = 0  # rows so far
        self._columns: dict[str, list[np.ndarray]] = defaultdict(list)
        shape = (paths, deployment.cast.trader_accounts)
        self._has_been = np.zeros(shape, dtype=bool)
        self._charged = np.zeros(shape)  # in all, USD
        self._flows = np.zeros(shape)  # taken home less put in after the first liquidation, USD
        #: Of an account whose first liquidation was partial: what a full close would have charged, what it had been
        #: charged until then, that one left out and included, and its worth after it. USD, of others not a number.
        self._whole = np.full(shape, np.nan)
        self._before = np.zeros(shape)
        self._then = np.zeros(shape)
        self._left = np.zeros(shape)

    def foresee(self, seen: Observation, path: np.ndarray, ids: np.ndarray) -> None:
        """Judge the accounts of the next batch."""
        self._verdicts = self._judge.ask(seen, path, ids)

    def observe(self, seen: Observation) -> None:
        """Look at what judges earlier liquidations."""
        self._judge.observe(seen)

    def note(
        self,
        seen: Observation,
        ok: np.ndarray,
        path: np.ndarray,
        columns: Mapping[str, np.ndarray],
        values: Mapping[str, np.ndarray],
    ) -> None:
        """Note what became of the batch that was foreseen: `ok` is of all of its calls, the rest of those accepted."""
        assert self._verdicts is not None
        self._judge.keep(np.where(ok, self._count + np.cumsum(ok) - 1, -1))
        self._count += len(path)
        account = columns["account"] - self._first_id
        equity = np.maximum(values["equity_usd"], 0.0)
        # What an account cannot pay of its keeper's reward others pay.
        charges = np.minimum(values["reward_usd"] + values["penalty_usd"] + values["fee_usd"], equity)
        is_first = ~self._has_been[path, account]
        self._has_been[path, account] = True
        begins = np.flatnonzero(is_first & (values["is_full"] == 0))
        at = path[begins], account[begins]
        self._whole[at] = np.minimum(values["full_charges_usd"], equity)[begins]
        self._before[at] = self._charged[at]
        np.add.at(self._charged, (path, account), charges)
        self._then[at] = self._charged[at]
        if len(begins):
            order = begins[np.argsort(path[begins], kind="stable")]
            worth = self._appraiser.worths(path[order], columns["account"][order]).usd
            self._left[path[order], account[order]] = np.maximum(worth, 0.0)
        sizes = seen.book.sizes[path, account]
        rows = {
            "path": path,
            "step": np.full(len(path), seen.step),
            "account": account,
            "market_mask": ((sizes != 0) * (1 << np.arange(sizes.shape[1]))).sum(axis=1),
            "charges_usd": charges,
            "is_wrongful": self._verdicts.is_spared[ok],
            "is_self_inflicted": self._verdicts.is_spared_in_twin[ok],
            "is_dislocated": self._verdicts.is_spared_by_market[ok],
            "charges_avoided_usd": np.zeros(len(path)),
            "exposure_result_usd": np.zeros(len(path)),
            "begins": is_first & (values["is_full"] == 0),
        }
        for name in (*LIQUIDATION_COLUMNS, "begins"):
            self._columns[name].append(np.asarray(rows[name] if name in rows else values[name], float))

    def note_flow(self, path: np.ndarray, ids: np.ndarray, usd: np.ndarray) -> None:
        """Note collateral that went out of accounts, or (below zero) in."""
        account = ids - self._first_id
        mine = (account >= 0) & (account < self._flows.shape[1])
        path, account, usd = path[mine], account[mine], usd[mine]
        np.add.at(self._flows, (path, account), usd * self._has_been[path, account])

    def close(self, worth_usd: np.ndarray) -> dict[str, np.ndarray]:
        """The columns, with what became of accounts that are worth so much (paths, accounts) at the end.

        Together the two measures are what those accounts have at the end and took home, over what a full close at the
        first liquidation would have left them but for price: charges avoided are words of the contracts; the rest is
        what became of the exposure that was kept, at mid, its later charges left out.
        """
        columns = {
            name: np.concatenate(self._columns[name]) if self._columns[name] else np.zeros(0)
            for name in (*LIQUIDATION_COLUMNS, "begins")
        }
        for rows in self._judge.cleared:
            columns["is_wrongful"][rows] = 0.0
        for name in ("is_self_inflicted", "is_dislocated"):
            columns[name] *= 1.0 - columns["is_wrongful"]
        begins = columns.pop("begins").astype(bool)
        at = columns["path"].astype(int)[begins], columns["account"].astype(int)[begins]
        kept = np.maximum(worth_usd, 0.0) + self._flows
        columns["charges_avoided_usd"][begins] = (self._whole - (self._charged - self._before))[at]
        columns["exposure_result_usd"][begins] = (kept + (self._charged - self._then) - self._left)[at]
        columns["account"] += self._first_id
        return columns
