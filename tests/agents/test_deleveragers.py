"""Deleveragers ask for the sides whose winners may have to pay, and name them as the contract wants them named."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.agents.deleveragers import LONG, SHORT, Deleveragers
from sim.chain.actions import MAX_CANDIDATES
from sim.chain.deployment import Cast, Deployment
from sim.design import load_design
from sim.engine.agent import Outcome

ACCOUNTS = 20
CAST = Cast(("reporter", "traders", "keepers"), trader_accounts=ACCOUNTS)
FIRST = CAST.trader_ids[0]
BTC, USDC = 0, 3
MAY = np.ones((1, 1), dtype=bool)
PAYING = ("deleverage.policy=pro_rata_deleverage", "deleverage.trigger=0.5", "deleverage.target=0.4")
RULE = (*PAYING, "deleverage.covers_deficit=true")


def agent(*overrides: str) -> Deleveragers:
    design = load_design("glp", overrides)
    return Deleveragers(Deployment(design, CAST, (), design.feeds), paths=1)


def seen(sizes: dict[int, float], costs: dict[int, float], tokens: float = 10.0) -> Any:
    """One path at 100 USD per coin; positions in BTC, by place of the account."""
    size, cost = np.zeros((1, ACCOUNTS, 3)), np.zeros((1, ACCOUNTS, 3))
    for place, value in sizes.items():
        size[0, place, BTC] = value
        cost[0, place, BTC] = costs[place]
    mid = np.array([[100.0, 100.0, 100.0, 1.0]])
    return SimpleNamespace(
        profit_usd=size * 100.0 - np.sign(size) * cost,
        prices=SimpleNamespace(mid=mid),
        pool=SimpleNamespace(supply=np.ones(1), tokens=np.full((1, 4), tokens)),
        book=SimpleNamespace(sizes=size, costs=cost, first_id=FIRST),
    )


def candidates(batch: Any) -> list[int]:
    return [int(batch.columns[f"candidate{i}"][0]) for i in range(MAX_CANDIDATES)]


def liquidated(bad_debt: float = 0.0, assigned: float = 0.0) -> Outcome:
    batch = SimpleNamespace(verb="liquidate", path=np.zeros(1, dtype=int))
    values = {"bad_debt_usd": np.array([bad_debt]), "assigned_usd": np.array([assigned])}
    return Outcome(batch, np.zeros(1, dtype=int), values)  # type: ignore[arg-type]


def test_a_side_whose_profit_is_large_for_the_pool_is_asked_for() -> None:
    (asked,) = agent(*RULE).act(seen({3: 10.0, 7: 5.0}, {3: 500.0, 7: 600.0}), None, MAY)
    assert (asked.verb, asked.columns["m"].tolist(), asked.columns["side"].tolist()) == ("deleverage", [BTC], [LONG])
    assert candidates(asked) == [FIRST + 3, FIRST + 7, *[0] * (MAX_CANDIDATES - 2)]


def test_a_short_list_names_losers_too_because_it_has_to_be_complete() -> None:
    (asked,) = agent(*RULE).act(seen({2: 1.0, 4: 10.0}, {2: 900.0, 4: 100.0}), None, MAY)
    assert candidates(asked)[:2] == [FIRST + 2, FIRST + 4]


def test_of_a_large_side_the_sixteen_most_profitable_are_named_first_and_then_the_others() -> None:
    sizes = {place: 10.0 for place in range(ACCOUNTS)}
    costs = {place: 10.0 * place for place in range(ACCOUNTS)}  # the later, the dearer
    asked, rest = agent(*RULE).act(seen(sizes, costs), None, MAY)
    assert candidates(asked) == [FIRST + place for place in range(MAX_CANDIDATES)]
    others = [FIRST + place for place in range(MAX_CANDIDATES, ACCOUNTS)]
    assert candidates(rest) == [*others, *[0] * (MAX_CANDIDATES - len(others))]


def test_a_second_list_is_made_only_of_profit_that_is_left() -> None:
    sizes = {place: 10.0 for place in range(ACCOUNTS)}
    costs = {place: 10.0 if place < MAX_CANDIDATES else 999.0 for place in range(ACCOUNTS)}
    (asked,) = agent(*RULE).act(seen(sizes, costs), None, MAY)
    assert candidates(asked) == [FIRST + place for place in range(MAX_CANDIDATES)]


def test_a_loss_is_asked_for_in_its_own_step() -> None:
    keeper, view = agent(*RULE), seen({5: 1.0}, {5: 99.0}, tokens=1_000.0)
    keeper.act(view, None, MAY)
    keeper.watch(liquidated(bad_debt=7.0))
    assert len(keeper.act(view, None, MAY)) == 1
    assert keeper.act(view, None, MAY) == []


@pytest.mark.parametrize(("size", "cost"), [(-1.0, 101.0), (1.0, 99.0)])
def test_small_profits_are_left_alone_until_a_loss_is_left_over(size: float, cost: float) -> None:
    keeper, view = agent(*RULE), seen({5: size}, {5: cost}, tokens=1_000.0)
    assert keeper.act(view, None, MAY) == []
    keeper.watch(liquidated(bad_debt=7.0))
    (asked,) = keeper.act(view, None, MAY)
    assert asked.columns["side"].tolist() == [SHORT if size < 0 else LONG]


def test_a_design_without_deleveraging_is_never_asked() -> None:
    assert agent().act(seen({3: 10.0}, {3: 1.0}), None, MAY) == []


def test_what_insurance_took_over_is_unwound_in_every_market() -> None:
    keeper, view = agent(), seen({}, {})
    assert keeper.act(view, None, MAY) == []
    keeper.watch(liquidated(assigned=1.0))
    (unwound,) = keeper.act(view, None, MAY)
    assert (unwound.verb, unwound.columns["m"].tolist()) == ("unwind", [0, 1, 2])
    keeper.hear(Outcome(unwound, np.array([75, 0, 75]), {}))  # there was something in one of them only
    (again,) = keeper.act(view, None, MAY)
    assert again.columns["m"].tolist() == [1]
