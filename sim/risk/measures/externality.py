"""What a pool does to the market that it stands in: measured against the twin, the same market without the pool."""

from __future__ import annotations

from functools import partial

import numpy as np

from sim.risk.measures.liquidations import accounts, notional
from sim.risk.measures.liquidity import lp_return_pct
from sim.risk.measures.model import EXTERNALITY, Measure, change_pct, ratio, total
from sim.risk.records import Records

_TWIN = "the world's consensus in this design's run and in the twin, which has the same shocks and no pool"
_OTHER = "Lens.margins_at, as for wronged accounts, "


def basket_pull_pct(records: Records) -> np.ndarray:
    """Basket at the end over that of the twin, minus one."""
    return 100.0 * (_against_twin(records)[:, -1] - 1.0)


def worst_pull_pct(records: Records) -> np.ndarray:
    """Lowest value of the basket over that of the twin, minus one."""
    return 100.0 * (_against_twin(records).min(axis=1) - 1.0)


def lp_over_twin_pct(records: Records) -> np.ndarray:
    """Return of a share minus the return of the basket in the twin."""
    return lp_return_pct(records) - change_pct(records, "twin_basket_price_usd")


def _against_twin(records: Records) -> np.ndarray:
    return ratio(records.series["basket_price_usd"], records.series["twin_basket_price_usd"])


def _accounts_that(records: Records, column: str) -> np.ndarray:
    return accounts(records, records.liquidations[column] != 0)


def _notional_that(records: Records, column: str) -> np.ndarray:
    return notional(records, records.liquidations[column] != 0)


MEASURES = (
    Measure(
        "basket_pull_pct", "Basket against twin", "%", EXTERNALITY, basket_pull_pct,
        "By how much the pool's hedges and arbitrage have moved the price of its own basket, when time ends.",
        "basket_price_usd[last] / twin_basket_price_usd[last] - 1", _TWIN,
        "no loss of providers by itself: they hold the basket, and so does everybody else.", "higher", "outlying",
        is_signed=True,
    ),
    Measure(
        "worst_pull_pct", "Worst basket against twin", "%", EXTERNALITY, worst_pull_pct,
        "How far below the twin's the basket was at the worst moment.",
        "min over time of basket_price_usd / twin_basket_price_usd - 1", _TWIN,
        "not at the low of the market: a fall that comes sooner counts, too.", "higher", "outlying", is_signed=True,
    ),
    Measure(
        "lp_over_twin_pct", "LP return over twin", "pp", EXTERNALITY, lp_over_twin_pct,
        "LP return minus the return of the target basket in the market without the pool.",
        "LP return - (twin_basket_price_usd[last] / twin_basket_price_usd[first] - 1)", _TWIN,
        "nobody can hold the twin's basket: it is what the pool's world would have been.", "higher", "outlying",
        is_signed=True,
    ),
    Measure(
        "self_inflicted_accounts", "Self-inflicted accounts", "count", EXTERNALITY,
        partial(_accounts_that, column="is_self_inflicted"),
        "Accounts liquidated at prices that honest venues showed, and would not have shown without the pool.",
        "distinct accounts with is_self_inflicted", f"{_OTHER}at the medians of the twin",
        "not wrongful: the price was there.", "lower", "count",
    ),
    Measure(
        "self_inflicted_usd", "Self-inflicted notional", "USD", EXTERNALITY,
        partial(_notional_that, column="is_self_inflicted"),
        "Notional of liquidations that would not have been without the pool.",
        "sum of closed_usd + assigned_usd with is_self_inflicted", f"{_OTHER}at the medians of the twin",
        "not wrongful: the price was there.", "lower", "loss",
    ),
    Measure(
        "dislocated_accounts", "Dislocated accounts", "count", EXTERNALITY,
        partial(_accounts_that, column="is_dislocated"),
        "Accounts liquidated where honest venues stood further off the market as a whole than half a per cent.",
        "distinct accounts with is_dislocated", f"{_OTHER}at consensus, fifty basis points worse",
        "not wrongful: one could trade there; books had not been followed yet.", "lower", "count",
    ),
    Measure(
        "hedge_result_usd", "Hedgers' result", "USD", EXTERNALITY, partial(total, name="hedge_result_usd"),
        "What those who hedge the pool make of it: fills, and what is held at the end less what was at the start.",
        "cash of fills + held units at consensus[last] - held at consensus[first]", "fills of the world",
        "no cost by itself: who hedges traders who are long loses in a fall what the pool gains.", kind="sum",
        is_signed=True,
    ),
)  # fmt: skip
