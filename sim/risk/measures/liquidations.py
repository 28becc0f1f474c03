"""What was liquidated, and whether it had to be."""

from __future__ import annotations

from functools import partial

import numpy as np

from sim.risk.measures.model import LIQUIDATIONS, Measure, last, liquidation_sum, rows_of
from sim.risk.records import NO_ROOM, Records

_WORDS = "words of liquidate"
_HONEST = (
    "Lens.margins_at: equity and requirement by Market's own formulas, positions and collateral alike, at the worst "
    "median of the venues that no event disturbs, now or in the five minutes that follow, worsened by the oracle's "
    "least half width"
)


def full_liquidations(records: Records) -> np.ndarray:
    """Liquidations that closed everything."""
    return liquidation_sum(records, records.liquidations["is_full"] != 0)


def partial_liquidations(records: Records) -> np.ndarray:
    """Liquidations that closed a part."""
    return liquidation_sum(records, records.liquidations["is_full"] == 0)


def liquidated_accounts(records: Records) -> np.ndarray:
    """Accounts that were liquidated at least once."""
    return accounts(records, np.ones(len(records.liquidations["path"]), dtype=bool))


def wrongful_accounts(records: Records) -> np.ndarray:
    """Accounts that were liquidated at least once though honest prices would have spared them."""
    return accounts(records, records.liquidations["is_wrongful"] != 0)


def wrongful_usd(records: Records) -> np.ndarray:
    """Notional closed or taken over by liquidations that honest prices would have spared."""
    return notional(records, records.liquidations["is_wrongful"])


def late_liquidations(records: Records) -> np.ndarray:
    """Liquidations that found no room in a block, (P,)."""
    return np.asarray(records.reverts.get(("liquidate", NO_ROOM), np.zeros(len(records.paths))), dtype=float)


def notional(records: Records, chosen: np.ndarray) -> np.ndarray:
    """Notional closed or taken over by some liquidations, by path."""
    rows = records.liquidations
    return liquidation_sum(records, (rows["closed_usd"] + rows["assigned_usd"]) * chosen)


def accounts(records: Records, chosen: np.ndarray) -> np.ndarray:
    """Distinct accounts among liquidations, by path."""
    pairs = np.stack([rows_of(records)[chosen], records.liquidations["account"][chosen].astype(int)], axis=1)
    distinct = np.unique(pairs, axis=0)
    return np.bincount(distinct[:, 0], minlength=len(records.paths)).astype(float)


MEASURES = (
    Measure(
        "liquidated_usd", "Liquidated notional", "USD", LIQUIDATIONS, partial(last, series="liquidated_usd"),
        "Notional of positions closed by liquidation.", "sum of closed_usd", _WORDS,
        "not what insurance took over: taken_over_usd.", "lower", "sum",
    ),
    Measure(
        "liquidated_accounts", "Liquidated accounts", "count", LIQUIDATIONS, liquidated_accounts,
        "Accounts that were liquidated, in part or whole, once or many times.", "distinct accounts", _WORDS,
        "no number of calls: a partial rule calls many times for one account.", "lower", "count",
    ),
    Measure(
        "full_liquidations", "Full liquidations", "count", LIQUIDATIONS, full_liquidations,
        "Liquidations that closed the whole account.", "calls with is_full", _WORDS,
        "not the accounts that were touched.", "lower", "count",
    ),
    Measure(
        "partial_liquidations", "Partial liquidations", "count", LIQUIDATIONS, partial_liquidations,
        "Liquidations that closed a part of the account.", "calls without is_full", _WORDS,
        "no number of accounts: each slice counts.", kind="count",
    ),
    Measure(
        "wrongful_accounts", "Wronged accounts", "count", LIQUIDATIONS, wrongful_accounts,
        "Accounts with a liquidation at prices that no honest median showed, then or in the next five minutes, and "
        "that honest prices would have spared.",
        "distinct accounts with a liquidation whose equity at honest prices is not below maintenance there", _HONEST,
        "no number of slices, and not restricted to false prices of markets: false collateral counts.",
        "lower", "count",
    ),
    Measure(
        "wrongful_usd", "Wronged notional", "USD", LIQUIDATIONS, wrongful_usd,
        "Notional that such liquidations closed or insurance took over in them.",
        "sum of closed_usd + assigned_usd where wrongful", _HONEST, "no damage: part of it may have gained.",
        "lower", "loss",
    ),
    Measure(
        "late_liquidations", "Liquidations without room", "count", LIQUIDATIONS, late_liquidations,
        "Liquidations that keepers sent and that did not fit into the blocks of a step.",
        "calls refused for want of block space", "the block space of the step",
        "no refusal of the contracts: they were never asked.", "lower", "count",
    ),
)  # fmt: skip
