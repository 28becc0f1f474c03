"""A rule that fails is replaced at once, without a question to it, and everybody goes on."""

from __future__ import annotations

from typing import Any

import pytest
from contracts.codes import happy, refuses
from contracts.stage import ALICE, BOB, BTC, BTC_1, KEEPER, MAX_UINT, NOBODY, USDC, USDC_1, WAD, Stage, event
from pyrevm import AccountInfo

from sim.chain.evm import status_of
from sim.chain.failures import name_of
from sim.chain.plan import encode_call
from sim.design import SLOTS
from sim.inputs.compiler import artifact

DAY_S = 86_400
#: What a rule's code becomes: a revert without data, and what takes all gas that it is given.
BROKEN = {"reverts": bytes.fromhex("5f5ffd"), "burns all gas": bytes.fromhex("fe")}
OVER_TIME = ("borrow_rate", "funding_rate", "circuit")
NOTHING = (0, 0, 0, 0, 0)
#: Account, market, asset, side, part: what the question to each rule is about.
CASES = {
    **dict.fromkeys(OVER_TIME, NOTHING),
    "weight_fee": (0, 0, USDC, 0, WAD // 100),
    "price_impact": (BOB, BTC, 0, 0, WAD),
    "margin": (BOB, 0, 0, 0, 0),
    "liquidation": (ALICE, 0, 0, 0, 0),
    "deleverage": (0, BTC, 0, 1, 0),
}
#: What each of them stops, out of everything below.
STOPS = {
    **dict.fromkeys(OVER_TIME, {"close", "redeem", "liquidate", "withdraw"}),
    "weight_fee": {"redeem"},
    "price_impact": {"close", "liquidate"},
    "margin": {"close", "liquidate", "withdraw"},
    "liquidation": {"liquidate"},
    "deleverage": set(),
}


@pytest.fixture
def stage() -> Stage:
    """A pool of 10 BTC and 500,000 USDC. Alice, 1 BTC long, is to be liquidated; Bob, half a BTC short, is not."""
    stage = Stage()
    stage.seed(10 * BTC_1, 0, 0, 500_000 * USDC_1)
    for account, size in ((ALICE, WAD), (BOB, -WAD // 2)):
        stage.deposit(account, USDC, 5_000 * USDC_1)
        stage.trade(account, BTC, size)
    stage.advance(DAY_S)
    stage.price(BTC, 45_500 * WAD)
    return stage


def slot_of(name: str) -> int:
    return SLOTS.index(name)


def rule(stage: Stage, name: str) -> str:
    """Address of the rule in force."""
    address: str = stage.holder_of(slot_of(name)).read("policy_of", slot_of(name))
    return address


def fail(stage: Stage, name: str, how: str = "reverts") -> None:
    """From now on the rule in force fails."""
    stage._evm.insert_account_info(rule(stage, name), AccountInfo(code=BROKEN[how]))


def flat_margin(bps: int) -> tuple[list[int], list[int], int]:
    """Arguments of a rule that asks for so much maintenance margin."""
    return [10_000] * 8, [bps] * 8, 0


def another(stage: Stage, name: str) -> str:
    """The same rule once more, whole."""
    policy = stage.design.policies[name]
    return stage.deploy(policy.source, *policy.arguments).address


def stopped(stage: Stage) -> set[str]:
    """What cannot be done now, though it is due: each is tried in a future of its own."""
    shares = stage.pool.read("balanceOf", stage.address("lp")) // 100
    tries: dict[str, tuple[Any, tuple[Any, ...], str]] = {
        "close": (stage.desk, ("trade", BOB, BTC, WAD // 2, MAX_UINT), "trader"),
        "add": (stage.market, ("deposit_collateral", ALICE, USDC, USDC_1), "trader"),
        "withdraw": (stage.market, ("withdraw_collateral", BOB, USDC, USDC_1, stage.address("trader")), "trader"),
        "redeem": (stage.pool, ("redeem", USDC, shares, 0, stage.address("lp")), "lp"),
        "liquidate": (stage.liquidator, ("liquidate", ALICE, KEEPER), "keeper"),
    }
    found = set()
    for name, (contract, call, by) in tries.items():
        mark = stage.chain.snapshot(0)
        if contract.refusal(*call, by=by) != "OK":
            found.add(name)
        stage.chain.revert(0, mark)
    return found


def test_while_the_rules_answer_nothing_is_stopped_and_none_fails(stage: Stage) -> None:
    assert stopped(stage) == set()
    for name, case in CASES.items():
        assert stage.doctor.send("fails", slot_of(name), case, by="stranger").returned is False
        assert stage.doctor.refusal("mend", slot_of(name), another(stage, name), case, by="admin") == "POLICY_ANSWERS"


@happy("fails")
@happy("mend")
@happy("replace_failed")
@refuses("mend", "POLICY_ANSWERS")
@pytest.mark.parametrize("how", BROKEN)
@pytest.mark.parametrize("name", CASES)
def test_a_rule_that_fails_is_replaced_at_once_and_everybody_goes_on(stage: Stage, name: str, how: str) -> None:
    fail(stage, name, how)
    assert stopped(stage) == STOPS[name]
    assert stage.doctor.send("fails", slot_of(name), CASES[name], by="stranger").returned is True
    instead = another(stage, name)
    receipt = stage.doctor.send("mend", slot_of(name), instead, CASES[name], by="admin")
    assert receipt.events[-1] == event("PolicyChanged", slot=slot_of(name), policy=instead)
    assert stopped(stage) == set()
    assert stage.doctor.send("fails", slot_of(name), CASES[name], by="stranger").returned is False
    assert stage.doctor.refusal("mend", slot_of(name), instead, CASES[name], by="admin") == "POLICY_ANSWERS"


@pytest.mark.parametrize("name", OVER_TIME)
def test_a_change_with_its_notice_would_ask_the_rule_that_fails(stage: Stage, name: str) -> None:
    instead = another(stage, name)
    stage.controller.send("announce_policy", slot_of(name), instead, by="admin")
    fail(stage, name)
    stage.advance(DAY_S)
    assert stage.controller.refusal("set_policy", slot_of(name), instead, by="admin") == "PANIC"
    stage.doctor.send("mend", slot_of(name), instead, CASES[name], by="admin")


def test_two_rules_that_fail_together_are_replaced_one_after_the_other(stage: Stage) -> None:
    names = ("borrow_rate", "funding_rate", "circuit", "margin", "liquidation", "price_impact", "weight_fee")
    for name in names:
        fail(stage, name)
    for name in names:
        stage.doctor.send("mend", slot_of(name), another(stage, name), CASES[name], by="admin")
    assert stopped(stage) == set()


@pytest.mark.parametrize("how", BROKEN)
@pytest.mark.parametrize("name", ["borrow_rate", "funding_rate"])
def test_a_rule_that_answers_is_not_replaced_for_the_one_beside_it(stage: Stage, name: str, how: str) -> None:
    other = {"borrow_rate": "funding_rate", "funding_rate": "borrow_rate"}[name]
    fail(stage, name, how)
    assert stage.doctor.send("fails", slot_of(other), NOTHING, by="stranger").returned is False
    mend = ("mend", slot_of(other), another(stage, other), NOTHING)
    assert stage.doctor.refusal(*mend, by="admin") == "POLICY_ANSWERS"
    assert stage.doctor.send("fails", slot_of(name), NOTHING, by="stranger").returned is True


def test_a_rule_that_answers_with_too_few_words_fails(stage: Stage) -> None:
    word = bytes.fromhex("60205ff3")  # one word of zeros
    stage._evm.insert_account_info(rule(stage, "funding_rate"), AccountInfo(code=word))
    assert stopped(stage) == STOPS["funding_rate"]
    assert stage.doctor.send("fails", slot_of("borrow_rate"), NOTHING, by="stranger").returned is False
    stage.doctor.send("mend", slot_of("funding_rate"), another(stage, "funding_rate"), NOTHING, by="admin")
    assert stopped(stage) == set()


@refuses("mend", "LIQUIDATION_REWARD_UNCOVERED")
def test_in_place_of_a_rule_that_fails_comes_none_that_others_pay_for() -> None:
    """A flat reward above what the smallest account holds: whoever liquidates his own would have it of insurance."""
    stage = Stage("liquidation.keeper_usd=0.05", "margin.minimum_usd=0.1")
    stage.seed(10 * BTC_1, 0, 0, 500_000 * USDC_1)
    stage.deposit(ALICE, USDC, 5_000 * USDC_1)
    stage.trade(ALICE, BTC, WAD)
    stage.advance(DAY_S)
    stage.price(BTC, 45_500 * WAD)
    assert stage.controller.read("are_rewards_covered") is True
    fail(stage, "liquidation")
    policy = stage.design.policies["liquidation"]
    dear = [WAD if value == WAD // 20 else value for value in policy.arguments]
    assert dear != list(policy.arguments)
    instead = stage.deploy(policy.source, *dear).address
    mend = ("mend", slot_of("liquidation"), instead, CASES["liquidation"])
    assert stage.doctor.refusal(*mend, by="admin") == "LIQUIDATION_REWARD_UNCOVERED"
    fail(stage, "margin")
    assert (
        stage.doctor.refusal("mend", slot_of("margin"), another(stage, "margin"), (ALICE, 0, 0, 0, 0), by="admin")
        == "OK"
    )
    stage.doctor.send("mend", slot_of("liquidation"), another(stage, "liquidation"), CASES["liquidation"], by="admin")


def test_what_a_rule_builds_upon_is_mended_first(stage: Stage) -> None:
    fail(stage, "borrow_rate")
    for name in ("circuit", "margin", "liquidation", "price_impact", "weight_fee", "deleverage"):
        assert stage.doctor.refusal("fails", slot_of(name), CASES[name], by="stranger") == "PANIC"
    fail(stage, "margin")
    stage.doctor.send("mend", slot_of("borrow_rate"), another(stage, "borrow_rate"), NOTHING, by="admin")
    assert stage.doctor.refusal("fails", slot_of("liquidation"), CASES["liquidation"], by="stranger") == "PANIC"


def test_a_plan_out_of_bounds_is_a_failure_too(stage: Stage) -> None:
    stage.rude("liquidation", BTC, 0)  # closes nothing
    assert stopped(stage) == {"liquidate"}
    stage.doctor.send("mend", slot_of("liquidation"), another(stage, "liquidation"), CASES["liquidation"], by="admin")
    assert stopped(stage) == set()


@refuses("replace_failed", "ACCESS_TOO_SOON")
@refuses("replace_failed", "ACCESS_NOT_ANNOUNCED")
@pytest.mark.parametrize("name", ["weight_fee", "borrow_rate", "funding_rate", "margin"])
def test_what_fails_at_the_samples_alone_is_replaced_after_its_notice(stage: Stage, name: str) -> None:
    """It stops nobody, but an ordinary change would ask it there."""
    stage.fill(name, "mocks/FragilePolicy.vy", 49_000 * WAD)
    instead = another(stage, name)
    assert stopped(stage) == set()
    mend = (slot_of(name), instead, CASES[name])
    assert stage.doctor.send("fails", slot_of(name), CASES[name], by="stranger").returned is False
    assert stage.doctor.refusal("mend", *mend, by="admin") == "ACCESS_TOO_SOON"
    stage.controller.send("announce_policy", slot_of(name), another(stage, name), by="admin")
    stage.advance(DAY_S)
    assert stage.doctor.refusal("mend", *mend, by="admin") == "ACCESS_NOT_ANNOUNCED"
    stage.controller.send("announce_policy", slot_of(name), instead, by="admin")
    stage.advance(DAY_S)
    assert stage.controller.refusal("set_policy", slot_of(name), instead, by="admin") == "PANIC"
    stage.doctor.send("mend", *mend, by="admin")
    assert rule(stage, name) == instead


# ------------------------------------------------------------------ what it may be replaced by


@refuses("replace_failed", "ACCESS_STEP_TOO_LARGE")
@pytest.mark.parametrize("how", BROKEN)
def test_instead_of_a_rule_that_cannot_be_asked_comes_a_modest_one(stage: Stage, how: str) -> None:
    """A maintenance margin of 5 %, a fee of 25 bps, a rate of 100 % a year: the least more is refused."""
    for name, source, most in (
        ("margin", "policies/margin/FlatMargin.vy", lambda more: flat_margin(500 + more)),
        ("weight_fee", "policies/weight_fee/FlatFee.vy", lambda more: (25 + more, 0)),
        ("borrow_rate", "policies/borrow_rate/LinearBorrow.vy", lambda more: (31_709_791_983 + more,)),
    ):
        fail(stage, name, how)
        for more, answer in ((1, "ACCESS_STEP_TOO_LARGE"), (0, "OK")):
            policy = stage.deploy(source, *most(more)).address
            assert stage.doctor.refusal("mend", slot_of(name), policy, CASES[name], by="admin") == answer, name


def test_a_rule_that_answers_elsewhere_is_the_measure(stage: Stage) -> None:
    """Crossed in the state of now, it answers at the samples: half of it more, or 50 bps of the notional."""
    stage.rude("margin", 99 * WAD, 100 * WAD)
    assert stage.doctor.send("fails", slot_of("margin"), CASES["margin"], by="stranger").returned is True
    policy = stage.deploy("policies/margin/FlatMargin.vy", *flat_margin(200)).address
    answer = stage.doctor.refusal("mend", slot_of("margin"), policy, CASES["margin"], by="admin")
    assert answer == "ACCESS_STEP_TOO_LARGE"
    policy = stage.deploy("policies/margin/FlatMargin.vy", *flat_margin(50)).address
    stage.doctor.send("mend", slot_of("margin"), policy, CASES["margin"], by="admin")


@refuses("mend", "POLICY_UNKNOWN_SLOT")
@refuses("fails", "POLICY_UNKNOWN_SLOT")
@refuses("fails", "TRADE_NOTHING")
@refuses("mend", "TRADE_NOTHING")
@refuses("fails", "LIQUIDATION_HEALTHY")
@refuses("mend", "LIQUIDATION_HEALTHY")
@pytest.mark.parametrize("verb", ["fails", "mend"])
def test_a_question_is_about_what_there_is(stage: Stage, verb: str) -> None:
    def answer(slot: int, *case: int) -> str:
        policy = () if verb == "fails" else (rule(stage, "margin"),)
        return stage.doctor.refusal(verb, slot, *policy, case, by="admin")

    assert answer(len(SLOTS), *NOTHING) == "POLICY_UNKNOWN_SLOT"
    impact, fee = slot_of("price_impact"), slot_of("weight_fee")
    for part in (0, WAD + 1):
        assert answer(impact, BOB, BTC, 0, 0, part) == answer(fee, 0, 0, USDC, 0, part) == "TRADE_NOTHING"
    assert answer(impact, KEEPER, BTC, 0, 0, WAD) == "TRADE_NOTHING"
    assert answer(slot_of("liquidation"), BOB, 0, 0, 0, 0) == "LIQUIDATION_HEALTHY"


@refuses("fails", "POLICY_ASKED_WITH_TOO_LITTLE")
@refuses("mend", "POLICY_ASKED_WITH_TOO_LITTLE")
def test_nobody_makes_a_rule_fail_by_giving_it_too_little(stage: Stage) -> None:
    sender, target = stage.address("admin"), stage.doctor.address
    for verb, extra in (("fails", ()), ("mend", (rule(stage, "margin"),))):
        data = encode_call(artifact("Doctor.vy"), verb, (slot_of("margin"), *extra, CASES["margin"]))
        answers = []
        for gas in range(1_000_000, 10_000_000, 500_000):
            try:
                told = int.from_bytes(stage._evm.message_call(sender, target, data, gas=gas))
                answers.append("fails" if told else "answers")
            except RuntimeError as error:
                answers.append(name_of(status_of(error)))
        enough = "answers" if verb == "fails" else "POLICY_ANSWERS"
        assert set(answers) == {"POLICY_ASKED_WITH_TOO_LITTLE", enough}
        assert answers == sorted(answers, key=enough.__eq__)


@refuses("replace_failed", "POLICY_UNKNOWN_SLOT")
@refuses("replace_failed", "POLICY_NOT_A_CONTRACT")
def test_the_contracts_themselves_are_no_rules(stage: Stage) -> None:
    policy = rule(stage, "margin")
    refusal = stage.controller.refusal
    assert refusal("replace_failed", len(SLOTS), policy, True, False, by="doctor") == "POLICY_UNKNOWN_SLOT"
    assert refusal("replace_failed", 4, stage.address("stranger"), True, False, by="doctor") == "POLICY_NOT_A_CONTRACT"
    assert refusal("replace_failed", 4, policy, True, False, by="doctor") == "OK"


@happy("bind_doctor")
@refuses("bind_doctor", "ACCESS_ALREADY_BOUND")
@refuses("bind_doctor", "ACCESS_SEALED")
def test_the_doctor_is_named_once_and_before_the_seal(stage: Stage) -> None:
    assert stage.controller.read("doctor") == stage.doctor.address
    assert stage.controller.refusal("bind_doctor", NOBODY, by="admin") == "ACCESS_SEALED"
    fresh = stage.deploy("RiskController.vy", stage.address("admin"), stage.address("keeper"))
    fresh.send("bind_doctor", stage.doctor.address, by="admin")
    assert fresh.refusal("bind_doctor", stage.doctor.address, by="admin") == "ACCESS_ALREADY_BOUND"
