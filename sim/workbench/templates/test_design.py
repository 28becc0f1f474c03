"""my_design: every number has a source, and the pool gets through short storms.

Run it with `python -m pytest -p no:ape_test test_my_design.py`.
"""

from pathlib import Path

import pytest

from sim.workbench import load_designs, rehearse

DESIGN = Path(__file__).with_name("my_design.toml")


def test_every_number_has_a_source() -> None:
    (design,) = load_designs([str(DESIGN)])
    assert [key for key in design.numbers() if design.source_of(key) is None] == []


@pytest.mark.parametrize("fall", [0.1, 0.3])
def test_the_pool_gets_through_a_storm(fall: float) -> None:
    """Deployed in process, among traders, an arbitrageur, liquidity providers and keepers: `sim.workbench.rehearse`."""
    (design,) = load_designs([str(DESIGN)])
    records = rehearse(design, fall=fall)
    trades = [records.actions[verb].sum() for verb in ("trade", "execute") if verb in records.actions]
    assert sum(trades) > 0
    assert (records.series["share_price_usd"] > 0).all()
    assert [verb for verb, reason in records.reverts if reason == "PANIC"] == []  # a call that failed without a code
