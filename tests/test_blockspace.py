"""Block space: calls fit in order until the gas of a step is used up, on each path for itself."""

from __future__ import annotations

import numpy as np
import pytest

from sim.actions import VERBS, Batch, batch
from sim.blockspace import BlockSpace, gas_table

PRICE = gas_table("glp")["liquidate"]


def liquidations(path: list[int]) -> Batch:
    return batch("liquidate", np.array(path), 2, account=np.arange(len(path)), keeper=9)


def test_every_verb_costs_something_whatever_the_design() -> None:
    for design in ("glp", "a design of my own"):
        table = gas_table(design)
        assert set(table) == set(VERBS)
        assert min(table.values()) > 21_000


def test_an_unknown_design_costs_as_much_as_the_dearest_known_one() -> None:
    assert gas_table("a design of my own")["trade"] >= max(gas_table(name)["trade"] for name in ("glp", "jlp"))


def test_calls_fit_in_order_on_each_path_for_itself() -> None:
    space = BlockSpace("glp", 2.5 * PRICE, paths=2)
    space.open(np.full(2, 1.0))
    fitting, late = space.admit(liquidations([0, 1, 0, 0, 0]))
    assert fitting.columns["account"].tolist() == [0, 1, 2]
    assert late.tolist() == [0, 0]


def test_what_one_batch_used_is_gone_for_the_next_and_back_in_the_next_step() -> None:
    space = BlockSpace("glp", 0.25 * PRICE, paths=1)
    space.open(np.full(1, 10.0))
    assert len(space.admit(liquidations([0, 0]))[0]) == 2
    assert len(space.admit(liquidations([0]))[0]) == 0
    space.open(np.full(1, 10.0))
    assert len(space.admit(liquidations([0]))[0]) == 1


@pytest.mark.parametrize("length", [0, 3])
def test_room_for_everything_leaves_a_batch_as_it_is(length: int) -> None:
    space = BlockSpace("glp", 1e12, paths=1)
    space.open(np.full(1, 1.0))
    made = liquidations([0] * length)
    fitting, late = space.admit(made)
    assert fitting is made
    assert len(late) == 0
