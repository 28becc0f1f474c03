"""Gas that is measured in process is the gas of transactions on Anvil, to the unit: of every verb, kind and refusal."""

from __future__ import annotations

import pytest

from sim.chain import gas
from sim.chain.actions import VERBS
from sim.chain.nameless import nameless
from sim.design import load_design


@pytest.mark.parametrize("name", ["glp", "breakwater", "post_reform"])
def test_figures_in_process_are_those_of_transactions_on_anvil(name: str) -> None:
    design = load_design(name)
    sent = gas.measure_on_node(nameless(design))
    assert set(sent.table()) == set(VERBS)
    assert gas.gas_of(design) == sent
