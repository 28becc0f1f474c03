"""Deployed sizes: Market has a budget, every contract a limit. tests/conftest.py prints the table."""

from __future__ import annotations

from contracts.sizes import runtime_bytes, table

from sim.chain.compiler import CODE_LIMIT_BYTES, MARKET_BUDGET_BYTES, artifact


def test_every_contract_can_be_deployed() -> None:
    assert {name: size for name, size in runtime_bytes().items() if size >= CODE_LIMIT_BYTES} == {}


def test_market_stays_within_its_budget() -> None:
    assert len(artifact("Market.vy").runtime) <= MARKET_BUDGET_BYTES
    assert (CODE_LIMIT_BYTES, MARKET_BUDGET_BYTES) == (24_576, 23_500)


def test_the_table_has_every_contract() -> None:
    rows = table()
    assert len(rows) == len(runtime_bytes())
    assert {"Market", "Pool", "Liquidator", "OrderBook", "RiskController", "Oracle", "Lens", "Driver"} <= {
        row.split()[-1] for row in rows
    }
