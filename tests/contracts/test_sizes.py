"""Deployed sizes: Market has a budget, every contract a limit. tests/conftest.py prints the table."""

from __future__ import annotations

from contracts.sizes import sizes, table
from contracts.stage import Stage

from sim.inputs.compiler import CODE_LIMIT_BYTES, MARKET_BUDGET_BYTES


def test_every_contract_can_be_deployed() -> None:
    assert {name: size for name, size in sizes().items() if size >= CODE_LIMIT_BYTES} == {}


def test_market_stays_within_its_budget() -> None:
    assert sizes()["Market"] <= MARKET_BUDGET_BYTES
    assert (CODE_LIMIT_BYTES, MARKET_BUDGET_BYTES) == (24_576, 23_500)


def test_a_size_is_that_of_the_code_on_a_chain() -> None:
    stage, listed = Stage(), sizes()
    shells = {"Market": stage.market, "Desk": stage.desk, "Pool": stage.pool, "Liquidator": stage.liquidator}
    for name, contract in shells.items():
        code = stage.chain.evm(0).basic(contract.address).code
        assert len(code.rstrip(b"\0")) <= listed[name] <= len(code)


def test_the_table_has_every_contract() -> None:
    rows = table()
    assert len(rows) == len(sizes())
    assert {"Market", "Pool", "Liquidator", "OrderBook", "RiskController", "Oracle", "Lens", "Driver"} <= {
        row.split()[-1] for row in rows
    }
