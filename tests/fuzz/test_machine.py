"""The contracts hold every property under the machine, and the machine met what it has to meet."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.chain.actions import VERBS
from sim.chain.evm import EvmChain
from sim.chain.tape import load, play
from sim.design import list_designs, load_design
from sim.fuzz import campaign, catalogue
from sim.fuzz.arena import Arena
from sim.fuzz.campaign import Report
from sim.fuzz.tally import RARE_EVENTS

HERE = Path(__file__).parent
#: The designs of the long run: between them they leave out no verb, no property and no rare event.
DESIGNS = ("glp", "jlp", "glp_partial", *(str(HERE / f"{name}.toml") for name in ("stress", "siege")))
EXAMPLES = 8  # sequences of each
RULES = 40
WAITING = 4
JUNIOR = 12
SEED = 20_251_015

LEAST_STEPS = 2_000
LEAST_SUCCESS = 0.75
#: The other designs have a few sequences each.
OTHERS = tuple(sorted(set(list_designs()) - set(DESIGNS)))
FEW = 2


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> Report:
    return campaign.run(DESIGNS, SEED, tmp_path_factory.mktemp("fuzz"), examples=EXAMPLES, rules=RULES)


@pytest.fixture(scope="module")
def waiting(tmp_path_factory) -> Report:
    """A design whose shares leave by request, and a vault whose breakers listen to what it does not hold.

    The only kinds of which some properties are.
    """
    designs = [str(HERE / f"{name}.toml") for name in ("waiting", "lonely")]
    return campaign.run(designs, SEED, tmp_path_factory.mktemp("waiting"), examples=WAITING, rules=RULES)


@pytest.fixture(scope="module")
def junior(tmp_path_factory) -> Report:
    """A design whose winners an index cuts: some properties are of it alone."""
    return campaign.run(
        [str(HERE / "junior.toml")], SEED, tmp_path_factory.mktemp("junior"), examples=JUNIOR, rules=RULES
    )


def failures(report: Report) -> str:
    return "\n".join(f"{each.message}\ntape: {each.tape}, sequence {each.sequence}" for each in report.failures)


def test_every_property_holds_under_every_design(report):
    assert not report.failures, failures(report)
    assert all(tally.examples == EXAMPLES for tally in report.tallies.values())
    assert report.total.steps >= LEAST_STEPS


def test_every_property_holds_where_shares_leave_by_request(waiting):
    assert not waiting.failures, failures(waiting)


def test_every_property_holds_where_an_index_cuts_the_winners(junior):
    assert not junior.failures, failures(junior)


def test_there_are_at_least_a_hundred_properties_and_each_was_put_to_the_test(report, waiting, junior):
    known = set(catalogue.statements())
    assert len(known) >= 100
    assert known - set(report.total.hits) - set(waiting.total.hits) - set(junior.total.hits) == set()


def test_every_verb_was_accepted(report, waiting):
    assert {verb for verb in VERBS if not report.total.accepted(verb) and not waiting.total.accepted(verb)} == set()


def test_most_calls_are_accepted(report):
    assert {name: tally.success for name, tally in report.tallies.items() if tally.success < LEAST_SUCCESS} == {}


def test_every_rare_event_happened(report):
    assert {event for event in RARE_EVENTS if not report.total.events[event]} == set()


@pytest.mark.parametrize("name", OTHERS)
def test_the_other_designs_hold_every_property_but_those_they_are_known_to_break(name, tmp_path):
    report = campaign.run([name], SEED, tmp_path, examples=FEW, rules=RULES)
    assert not report.failures, failures(report)
    broken = {each.property for each in load_design(name).breaks}
    assert not broken & set(report.total.hits)


def test_equal_seeds_give_equal_campaigns(tmp_path):
    first, second = (campaign.run(["jlp"], 7, tmp_path, examples=2, rules=10).total for _ in range(2))
    assert first == second


def test_time_decides_only_how_many_sequences_there_are(tmp_path):
    timed = campaign.run(["glp"], 3, tmp_path, minutes=0.02, rules=8)
    n = timed.total.examples
    assert n >= 1
    assert campaign.run(["glp"], 3, tmp_path, examples=n, rules=8).total == timed.total


def test_ctrl_c_keeps_what_was_found(tmp_path):
    def stop(report: Report) -> None:
        if report.total.examples == 2:
            raise KeyboardInterrupt

    report = campaign.run(["glp"], 3, tmp_path, examples=5, rules=4, show=stop)
    assert report.interrupted
    assert report.total.examples == 2


def test_a_probe_leaves_no_trace():
    arena = Arena.deploy(load_design("glp"))
    arena.advance(1)
    trader = arena.facts.trader_ids[0]
    before = arena.snapshot()
    with arena.probe():
        arena.donate(0, 10**8, "market")
        arena.advance(60)
        with arena.fork():
            assert arena.call("deposit_collateral", "traders", trader, 3, 10**9).accepted
        assert arena.call("deposit_collateral", "traders", trader, 3, 10**9).accepted
        assert arena.snapshot() != before
    assert arena.snapshot() == before
    assert len(arena.tape("").step) == 0


def test_a_tape_of_the_machine_plays_again_without_a_difference(tmp_path):
    arena = Arena.deploy(load_design("glp", ["execution=at_once"]))
    arena.advance(5)
    trader = arena.facts.trader_ids[0]
    deposit = arena.call("deposit_collateral", "traders", trader, 3, 10_000 * 10**6)
    opened = arena.call("trade", "traders", trader, 0, 10**18 // 2 + 1, 2**127)
    refused = arena.call("withdraw_collateral", "traders", trader, 3, 10_000 * 10**6, 1)
    assert [call.accepted for call in (deposit, opened, refused)] == [True, True, False]
    path = tmp_path / "machine.tape"
    arena.tape("three calls").save(path)
    chain, differences = play(load(path), EvmChain)
    chain.close()
    assert differences == []
    assert load(path).head.note == "three calls"
