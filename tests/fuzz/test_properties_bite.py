"""Properties bite: contracts with one planted fault are caught by the machine, by the property that was predicted."""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzz.catching import caught
from fuzz.faults import ELSEWHERE, IN_MARKET, Fault, named
from fuzz.faults.searched import SEARCHED

from sim.inputs.compiler import CONTRACTS

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
#: Further faults of a property of which another is met sooner: run by `make faults`, too.
FURTHER = (
    "a liquidation is cheaper than a close",
    "below maintenance a part of a close costs what the haircut leaves",
    "a target is reckoned by the closed form",
    "an order is left for so short that nobody but its owner executes it",
    "an order waits until the side has room",
    "a target is left to the largest position alone",
    "a share is one of those who are named",
    "funding that is paid late stays with the pool",
    "where one enters by request one swaps at once, too",
    "where shares wait they leave at once, too",
    "where one enters by request deposits are taken at once, too",
    "a release takes a stake for a fill that could not have been",
    "below zero by a haircut alone the parts of a close are free",
    "the circuit breaker is not asked",
    "the least close of a margin below the charges is looked for, too",
    "where trades are requested they are made at once, too",
    "a market is wound up after a day",
    "a market that is wound up is left at any price that is still good",
    "a cell gives as soon as it wins in sum, losers in it included",
    "who falls below maintenance margin is released from a price that he has seen",
    "a market order whose price is there is withdrawn after five minutes",
    "a close that nobody comes for has its price whenever its owner does",
    "an order ends unfilled where its owner takes the right back",
)
LONG = (*RARE, *SLOW, *FURTHER)
FAULTS = [
    pytest.param(each, id=each.name.replace(" ", "-"), marks=pytest.mark.long if each.name in LONG else ())
    for each in ELSEWHERE
    if each.name not in ON_PURPOSE
]


def test_every_fault_changes_a_text_that_is_there_once():
    """Those of the long run, too."""
    sources = [path.read_text() for path in CONTRACTS.rglob("*.vy*")]
    planted = [(each.name, patch.old) for each in (*IN_MARKET, *ELSEWHERE, *SEARCHED) for patch in each.patches]
    assert [(name, old) for name, old in planted if sum(text.count(old) for text in sources) != 1] == []


def test_what_the_long_run_keeps_is_a_fault_and_its_property_has_another_here():
    known = {each.name: each.caught_by for each in ELSEWHERE}
    kept = {each.caught_by for each in ELSEWHERE if each.name not in (*LONG, *ON_PURPOSE)}
    assert [name for name in LONG if name not in known] == []
    assert [name for name in FURTHER if known[name] not in kept] == []


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
