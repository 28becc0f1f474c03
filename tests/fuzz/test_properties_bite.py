"""Properties bite: contracts with one planted fault are caught by the machine, by the property that was predicted."""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzz.catching import caught
from fuzz.faults import ELSEWHERE, IN_MARKET, Fault, named
from fuzz.faults.searched import SEARCHED

from sim.chain.compiler import CONTRACTS

#: Faults that only a rare history shows: run by `make faults`.
RARE = (
    "any number of shares may leave in a window",
    "losers are deleveraged instead of winners",
    "any weight is enough",
    "a liquidation takes healthy accounts",
    "the least result that a caller names is forgotten",
    "the losses of an epoch are not added up",
    "the penalty goes to the keeper",
    "the lowest rank gives first",
)
#: What the machine meets in one sequence of a thousand: tests/fuzz/test_privileges.py tries it on purpose.
ON_PURPOSE = ("a haircut moves as far as it likes",)
#: Those that the machine needs longest to meet: run by `make faults`, too.
SLOW = (
    "a depth of one wei is a step",
    "an order executes before its trigger",
    "a cut of a cap takes profits, too",
    "a stale venue counts",
    "anybody tightens the mode",
    "every venue has one vote",
    "insurance makes up for all of a reward",
    "a keeper has its flat reward twice",
    "nothing is announced",
)
FAULTS = [
    pytest.param(each, id=each.name.replace(" ", "-"), marks=pytest.mark.long if each.name in RARE + SLOW else ())
    for each in ELSEWHERE
    if each.name not in ON_PURPOSE
]


def test_every_fault_changes_a_text_that_is_there_once():
    """Those of the long run, too."""
    sources = [path.read_text() for path in CONTRACTS.rglob("*.vy*")]
    planted = [(each.name, patch.old) for each in (*IN_MARKET, *ELSEWHERE, *SEARCHED) for patch in each.patches]
    assert [(name, old) for name, old in planted if sum(text.count(old) for text in sources) != 1] == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_caught_by_its_property(fault: Fault, tmp_path: Path):
    failure, verbs = caught(fault, tmp_path, shrinks=False)
    assert failure.calls == len(verbs)


def test_a_counterexample_is_cut_short(tmp_path: Path):
    _, verbs = caught(named("mint pays the low value of the pool"), tmp_path, shrinks=True)
    assert verbs == ["mint"]


def test_a_finding_of_a_probe_is_cut_short_and_leaves_the_calls_of_the_probe(tmp_path: Path):
    failure, verbs = caught(named("shares do not wait"), tmp_path, shrinks=True)
    assert verbs[-3:] == ["mint", "trade", "redeem"]
    assert failure.calls <= 8
