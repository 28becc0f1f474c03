"""Lockstep: bytecode and native agree on a storm of calls, and the comparison would notice if they did not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from sim.certificate import certificate, grid, lockstep, operators
from sim.certificate.grid import GridResult
from sim.certificate.machine import Answer, Machine, Sent
from sim.certificate.operators import OperatorsResult
from sim.certificate.shrinking import differs, shrink
from sim.certificate.storm.play import Play
from sim.certificate.storm.recipes import BOOK, NoRecipe, check_complete
from sim.certificate.storm.stage import Stage
from sim.chain.failures import OK
from sim.cli.root import main
from sim.design import load_design
from sim.native.context import LIMIT

ACTIONS = 4_000
SEED = 10
#: Verbs that need not succeed in a short run, and why.
RARE = {
    "controller.bind": "a controller is bound once, at deployment",
    "controller.bind_doctor": "a doctor is named once, at deployment",
    "oracle_controller.bind": "a controller is bound once, at deployment",
    "liquidator.deleverage": "winners are seldom asked to pay",
    "liquidator.liquidate": "prices have to fall first",
    "liquidator.release_and_liquidate": "prices have to fall first",
    "controller.lower_open_interest_cap": "seldom drawn",
    "market.claim_funding": "funding has to be owed first",
    "market.restrict": "seldom drawn",
    "order_book.release": "an account in trouble has to have orders",
    "pool.redeem": "shares may be locked for days",
    "pool.transfer": "shares may be locked for days",
    "pool.transferFrom": "shares may be locked for days",
    **dict.fromkeys(
        (
            "controller.announce_mode",
            "controller.announce_pool",
            "controller.announce_protocol_fee",
            "controller.announce_sale_order",
            "controller.set_asset",
            "controller.set_market",
            "controller.set_policy",
            "controller.set_pool",
            "controller.set_protocol_fee",
            "controller.set_sale_order",
        ),
        "announced a day before",
    ),
    **dict.fromkeys(("controller.unlist_market", "controller.unlist_asset"), "announced a day before"),
    **dict.fromkeys(("controller.announce_settle_market", "controller.settle_market"), "no price is lost for days"),
    "controller.wind_up_market": "announced four weeks before",
    "liquidator.settle_position": "a price has to be lost first",
    "controller.seal": "once, at deployment",
    "controller.end_brake": "what was tightened lasts three days",
}


@pytest.fixture(scope="module")
def results() -> dict[str, lockstep.LockstepResult]:
    """Short runs, as the certificate has long ones."""
    designs = {"glp": ["execution=at_once"], "breakwater": []}
    return {name: lockstep.run(load_design(name, how), actions=ACTIONS, seed=SEED) for name, how in designs.items()}


@pytest.fixture(scope="module")
def stage() -> Stage:
    return Stage(load_design("glp"))


def test_a_storm_finds_no_difference(results: dict[str, lockstep.LockstepResult]):
    for result in results.values():
        assert result.differences == ()
        assert result.actions >= ACTIONS
        assert result.checkpoints >= 2 and result.words > 10_000


def test_a_storm_finds_none_where_an_index_cuts_the_winners():
    result = lockstep.run(load_design("glp", ["deleverage.policy=index_haircut"]), actions=2_000, seed=SEED)
    assert result.differences == ()
    assert result.calls["cohorts.haircut"][1] > 10 and result.calls["cohorts.store"][1] > 0


def test_at_least_half_of_the_actions_are_accepted(results: dict[str, lockstep.LockstepResult]):
    for result in results.values():
        verbs = [counts for name, counts in result.calls.items() if not name.endswith(lockstep.VIEW)]
        assert sum(accepted for _, accepted in verbs) >= sum(calls for calls, _ in verbs) / 2
        assert result.limits <= result.actions / 50


def test_every_verb_is_called_and_nearly_all_succeed(results: dict[str, lockstep.LockstepResult], stage: Stage):
    whole = lockstep.together(results.values())
    verbs = {f"{form.role}.{form.function}" for form in stage.forms.values() if not form.is_view}
    assert verbs <= set(whole.calls)
    assert set(whole.never_accepted) & verbs <= set(RARE)
    assert len(whole.codes) >= 30


def test_most_statements_are_reached(results: dict[str, lockstep.LockstepResult]):
    reached, places = lockstep.together(results.values()).coverage.share(branches=False)
    assert reached / places > 0.8


def test_a_seed_fixes_the_storm(results: dict[str, lockstep.LockstepResult]):
    again = lockstep.run(load_design("glp", ["execution=at_once"]), actions=ACTIONS, seed=SEED)
    assert replace(again, speed=lockstep.Speed()) == replace(results["glp"], speed=lockstep.Speed())


def test_a_function_without_a_recipe_is_refused(stage: Stage):
    Play(stage, (1,))  # fills the book
    book = [entry for entry in BOOK if entry.key != ("market", "seize")]
    with pytest.raises(NoRecipe, match="market.seize"):
        check_complete(stage.forms.values(), book)


def test_a_wrong_word_of_storage_is_found(stage: Stage):
    stage.restart()
    assert stage.twin.compare_storage() == []
    stage.stored("market.buckets")[1, 1, 0] += np.uint64(1)
    (told,) = stage.twin.compare_storage()
    assert "buckets[1]+1" in told


def test_a_wrong_answer_is_found_and_shrunk(monkeypatch: pytest.MonkeyPatch):
    def lying(self: Machine, calls: list[Sent], time_s: int, number: int) -> list[Answer]:
        answers = honest(self, calls, time_s, number)
        wrong = [call.target == "pool" and len(call.data) == 4 + 4 * 32 for call in calls]
        return [
            replace(a, output=a.output[:-1]) if bad and a.output else a for a, bad in zip(answers, wrong, strict=True)
        ]

    honest = Machine.run
    monkeypatch.setattr(Machine, "run", lying)
    result = lockstep.run(load_design("glp"), actions=500, seed=1)
    assert "pool" in result.differences[0]
    assert result.differences[1] == "1 steps from the deployment show it:"
    assert "-> pool." in result.differences[2]


def test_shrinking_leaves_what_is_needed(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    keeper = [stage.sent("keepers", "market", "accrue")]
    steps = [5, *keeper * 3, stage.sent("stranger", "market", "open_account"), 7, *keeper * 4]
    monkeypatch.setattr("sim.certificate.shrinking.differs", lambda _, some: steps[4] in some)
    assert shrink(stage, steps) == [steps[4]]
    monkeypatch.undo()
    assert not differs(stage, steps)


def certify(*arguments: str) -> Result:
    return CliRunner(mix_stderr=False).invoke(main, ["certify", *arguments])


def test_certify_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(certificate, "CACHE", tmp_path)
    # both are tested on their own, and take their time
    monkeypatch.setattr(grid, "run", lambda: GridResult(7, (), {}))
    monkeypatch.setattr(operators, "run", lambda cases, seed: OperatorsResult(cases, 0, (), 1))
    copy = tmp_path / "copy.json"
    told = certify("--design", "glp", "--actions", "300", "--jobs", "1", "--no-faults", "--out", str(copy))
    assert told.exit_code == 0, told.stdout + told.stderr
    assert "native = bytecode: 0 differences in 3" in told.stdout
    kept = certificate.last_valid()
    assert kept is not None and kept.is_good and kept.actions >= 300
    assert certificate.Certificate.from_json(copy.read_text()) == kept
    assert kept.quote() in told.stdout


def test_a_difference_gives_exit_code_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(certificate, "CACHE", tmp_path)
    monkeypatch.setattr(grid, "run", lambda: GridResult(7, ("two and two are five",), {}))
    monkeypatch.setattr(operators, "run", lambda cases, seed: OperatorsResult(cases, 0, (), 1))
    told = certify("--design", "glp", "--actions", "100", "--jobs", "1", "--no-faults")
    assert told.exit_code == 1
    assert "two and two are five" in told.stdout and "1 differences in 1" in told.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--design", "gpl"], ["gpl", "glp"]), (["--design", "glp", "--out", "none/c.json"], ["--out", "none/c.json"])],
)
def test_bad_input_is_one_line_and_exit_code_2(arguments: list[str], words: list[str]):
    told = certify(*arguments)
    assert told.exit_code == 2
    assert len(told.stderr.strip().splitlines()) == 1
    assert all(word in told.stderr for word in words)


def test_limits_without_a_reason_are_a_difference(monkeypatch: pytest.MonkeyPatch):
    """A machine that has room for nothing is not compared at all, and must not pass for one that is right."""

    def roomless(self: Machine, calls: list[Sent], time_s: int, number: int) -> list[Answer]:
        return [Answer(LIMIT, b"", ()) for _ in calls]

    monkeypatch.setattr(Machine, "run", roomless)
    result = lockstep.run(load_design("glp"), actions=100, seed=1)
    assert result.actions == 0
    assert "no room for" in result.differences[0] and "more than 2%" in result.differences[0]


@pytest.mark.parametrize("design", ["glp", "breakwater"])
def test_a_storm_goes_on_when_an_asset_and_a_market_are_listed_in_it(design: str):
    """What to send is looked up in what is listed now: a design's own lists are too short then."""
    stage = Stage(load_design(design))
    play = Play(stage, (SEED,))
    _, scale, feed, *_ = play.assets[0]
    new_asset = (len(play.assets), play.address(play.token_of(0)), scale, feed, 0, 10**18, 0, 2**100, 0)
    new_market = (len(play.markets), *play.markets[0][:3], *[0] * 8, 1)
    listed = [play.sent("controller", "market", "set_asset", *new_asset)]
    listed.append(play.sent("controller", "market", "set_market", *new_market))
    assert [answer.status for answer in stage.twin.run(listed).native] == [OK, OK]
    play.look()
    assert len(play.batch(20_000)) >= 20_000
    stage.close()
