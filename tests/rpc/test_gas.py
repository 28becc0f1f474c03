"""The table of gas that the simulator reckons with is what Anvil measures."""

from __future__ import annotations

import pytest

from sim.blockspace import gas_table
from sim.chain import gas
from sim.design import load_design


def test_the_table_of_gas_is_what_transactions_on_anvil_use() -> None:
    measured = gas.measure(load_design("glp"))
    assert len(measured) >= 12
    for verb, kinds in measured.items():
        # `python scripts/gas.py --write` makes the table after a change of the contracts.
        assert max(kinds.values()) == pytest.approx(gas_table("glp")[verb], rel=0.01), verb
