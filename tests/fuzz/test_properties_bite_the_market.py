"""Properties bite faults in Market, whose compilation takes longest."""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzz.catching import caught
from fuzz.faults import IN_MARKET, Fault

#: Compiling Market takes long: these few run with the suite, all of them with `make faults`.
QUICK = (
    "the sums of a side are not updated when the liquidator closes",
    "unrealised profit counts on withdrawal and opening",
    "a reserve is kept when its position shrinks",
    "the treasury takes its share twice",
)
FAULTS = [
    pytest.param(each, id=each.name.replace(" ", "-"), marks=() if each.name in QUICK else pytest.mark.long)
    for each in IN_MARKET
]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_market_is_caught_by_its_property(fault: Fault, tmp_path: Path):
    failure, verbs = caught(fault, tmp_path, shrinks=False)
    assert failure.calls == len(verbs)
