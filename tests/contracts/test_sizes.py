"""Deployed sizes: Market has a budget, every contract a limit."""

from __future__ import annotations

import pytest

from sim.chain.compiler import CODE_LIMIT_BYTES, CONTRACTS, MARKET_BUDGET_BYTES, artifact

SHELLS = sorted(CONTRACTS.glob("*.vy"))
POLICIES = sorted((CONTRACTS / "policies").rglob("*.vy"))


def test_every_contract_can_be_deployed(capsys: pytest.CaptureFixture[str]) -> None:
    sizes = {path.stem: len(artifact(path).runtime) for path in (*SHELLS, *POLICIES)}
    with capsys.disabled():
        print("\nruntime bytes")
        for name, size in sorted(sizes.items(), key=lambda item: -item[1]):
            print(f"{size:8,}  {name}")
    assert {name: size for name, size in sizes.items() if size > CODE_LIMIT_BYTES} == {}


def test_market_stays_within_its_budget() -> None:
    assert len(artifact("Market.vy").runtime) <= MARKET_BUDGET_BYTES
    assert (CODE_LIMIT_BYTES, MARKET_BUDGET_BYTES) == (24_576, 23_500)
