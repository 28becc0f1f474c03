"""The contracts hold every property under the machine, and the machine met what it has to meet."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.actions import VERBS
from sim.chain.evm import EvmChain
from sim.design import load_design
from sim.fuzz import campaign, catalogue
from sim.fuzz.arena import Arena
from sim.fuzz.campaign import Report
from sim.fuzz.tally import RARE_EVENTS
from sim.tape import load, play

STRESS = Path(__file__).with_name("stress.toml")
DESIGNS = ("glp", "glp_partial", "jlp", str(STRESS))
EXAMPLES = 38  # per design
STEPS = 25
SEED = 20_251_010

#: Least hits of each property over all designs; those of rare events have a floor of their own.
LEAST_HITS = 50
RARE_HITS = {"AD-01": 20, "AD-02": 5, "OR-05": 10, "PO-08": 5, "LQ-05": 20}
LEAST_ACCEPTED = {verb: 50 for verb in VERBS} | {"withdraw_collateral": 20, "claim_funding": 20}
LEAST_EVENTS = {event: 20 for event in RARE_EVENTS} | {"insurance paid": 5, "call at a wide price": 5}
LEAST_SUCCESS = 0.4


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> Report:
    return campaign.run(DESIGNS, EXAMPLES, STEPS, SEED, tmp_path_factory.mktemp("fuzz"))


def test_every_property_holds_under_every_design(report):
    assert not report.failures, "\n".join(f"{f.message}\ntape: {f.tape}" for f in report.failures)
    assert all(tally.examples >= EXAMPLES for tally in report.tallies.values())


def test_every_property_was_put_to_the_test(report):
    hits = report.total.hits
    assert set(hits) == set(catalogue.statements())
    few = {id_: n for id_, n in hits.items() if n < RARE_HITS.get(id_, LEAST_HITS)}
    assert not few


def test_every_verb_was_accepted(report):
    few = {
        verb: report.total.accepted(verb)
        for verb, least in LEAST_ACCEPTED.items()
        if report.total.accepted(verb) < least
    }
    assert not few


def test_most_calls_are_accepted(report):
    assert {name: tally.success for name, tally in report.tallies.items() if tally.success < LEAST_SUCCESS} == {}


def test_every_rare_event_happened(report):
    events = report.total.events
    assert {event: events[event] for event, least in LEAST_EVENTS.items() if events[event] < least} == {}


def test_equal_seeds_give_equal_campaigns(tmp_path):
    first, second = (campaign.run(["jlp"], 3, 10, 7, tmp_path).total for _ in range(2))
    assert first == second


def test_a_probe_leaves_no_trace():
    arena = Arena.deploy(load_design("glp"))
    arena.advance(1)
    before = arena.snapshot()
    with arena.probe():
        arena.donate(0, 10**8)
        assert arena.call("deposit_collateral", "traders", 3, 3, 10**9).accepted
        assert arena.snapshot() != before
    assert arena.snapshot() == before
    assert len(arena.tape("").step) == 0


def test_a_tape_of_the_machine_plays_again_without_a_difference(tmp_path):
    arena = Arena.deploy(load_design("glp"))
    arena.advance(5)
    deposit = arena.call("deposit_collateral", "traders", 3, 3, 10_000 * 10**6)
    opened = arena.call("trade", "traders", 3, 0, 10**18 // 2 + 1, 2**127)
    refused = arena.call("withdraw_collateral", "traders", 3, 3, 10_000 * 10**6, 1)
    assert [call.accepted for call in (deposit, opened, refused)] == [True, True, False]
    path = tmp_path / "machine.tape"
    arena.tape("three calls").save(path)
    chain, differences = play(load(path), EvmChain)
    chain.close()
    assert differences == []
    assert load(path).head.note == "three calls"
