"""The measures of a run, one number per path each, and their registry."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

import numpy as np

from sim.risk.measures import externality, fees, liquidations, liquidity, market, solvency, traders
from sim.risk.measures.liquidity import lp_loss_pct, lp_return_pct
from sim.risk.measures.model import ACTORS, EXTERNALITY, GROUPS, Direction, Kind, Measure, total
from sim.risk.records import Records

MEASURES: tuple[Measure, ...] = tuple(
    measure
    for part in (liquidity, solvency, liquidations, traders, market, externality, fees)
    for measure in part.MEASURES
)


#: Totals that records have of whoever a scenario names.
ACTOR = re.compile(r"actor_(.+)_usd")


def suited(records: Sequence[Records]) -> tuple[Measure, ...]:
    """All measures but those of what a pool does to its market, where no pool did anything to it."""
    is_moved = any(
        not np.array_equal(each.series["basket_price_usd"], each.series["twin_basket_price_usd"]) for each in records
    )
    common = set.intersection(*(set(each.totals) for each in records))
    names = sorted(name for name in common if ACTOR.fullmatch(name))
    return (
        *(measure for measure in MEASURES if is_moved or measure.group != EXTERNALITY),
        *(_of_actor(name) for name in names),
    )


def _of_actor(total_name: str) -> Measure:
    """The result of somebody whom a scenario names."""
    match = ACTOR.fullmatch(total_name)
    assert match is not None
    return Measure(
        total_name, f"{match[1]}'s result", "USD", ACTORS, partial(total, name=total_name),
        "What an actor of the scenario makes of it: in the pool, and at venues at fills.",
        "worth of his accounts at the end + taken out - put in + cash of fills + held at venues * consensus[last]",
        "Lens.accounts; words of deposits and withdrawals; fills of the world",
        "not below what he put in: who owes more has lost that and no more.", kind="sum", is_signed=True,
    )  # fmt: skip


def by_key(key: str) -> Measure:
    """The registered measure of that key."""
    return next(measure for measure in MEASURES if measure.key == key)


__all__ = [
    "EXTERNALITY",
    "GROUPS",
    "MEASURES",
    "Direction",
    "Kind",
    "Measure",
    "by_key",
    "lp_loss_pct",
    "lp_return_pct",
    "suited",
]
