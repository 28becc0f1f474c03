"""RiskController: roles, and the rules that it names.

Set-up and seal: test_controller_seal.py. Bounds of parameters: test_controller_bounds.py. How fast they may move:
test_controller_pace.py. What is tightened at once: test_controller_brakes.py.
"""

from __future__ import annotations

import pytest
from contracts.codes import happy, refuses
from contracts.governed import DAY_S
from contracts.orders import open_stage
from contracts.stage import (
    ALICE,
    BTC,
    NOBODY,
    USDC,
    USDC_1,
    WAD,
    Contract,
    Stage,
    event,
)

from sim.chain.settings import ROLES
from sim.design import SLOTS

NO_FUNDING = "policies/funding_rate/NoFunding.vy"


# ------------------------------------------------------------------ roles


def fresh_controller(stage: Stage) -> Contract:
    return stage.deploy("RiskController.vy", stage.address("admin"), stage.address("keeper"))


@happy("bind")
@refuses("bind", "ACCESS_ALREADY_BOUND")
def test_a_controller_is_bound_once(stage: Stage) -> None:
    controller, market = fresh_controller(stage), stage.market.address
    assert controller.send("bind", market, by="admin").events == ()
    assert controller.read("market") == market
    assert controller.refusal("bind", market, by="admin") == "ACCESS_ALREADY_BOUND"


@happy("nominate_admin")
@happy("accept_admin")
def test_the_admin_hands_over_in_two_steps(stage: Stage) -> None:
    keeper = stage.address("keeper")
    accept = ("accept_admin",)
    assert stage.controller.refusal(*accept, by="keeper") == "ACCESS_NOT_PENDING_ADMIN"
    receipt = stage.controller.send("nominate_admin", keeper, by="admin")
    assert receipt.events == (event("AdminNominated", pending_admin=keeper),)
    assert stage.controller.refusal(*accept, by="stranger") == "ACCESS_NOT_PENDING_ADMIN"
    assert stage.controller.refusal("set_protocol_fee", 0, by="keeper") == "ACCESS_NOT_ADMIN"  # not before he accepts
    receipt = stage.controller.send(*accept, by="keeper")
    assert receipt.events == (event("AdminChanged", admin=keeper),)
    assert stage.controller.refusal("set_protocol_fee", 0, by="admin") == "ACCESS_NOT_ADMIN"
    assert stage.controller.refusal("announce_protocol_fee", 0, by="keeper") == "OK"
    assert stage.controller.refusal(*accept, by="keeper") == "ACCESS_NOT_PENDING_ADMIN"


@happy("set_guardian")
def test_the_admin_chooses_the_guardian(stage: Stage) -> None:
    keeper = stage.address("keeper")
    receipt = stage.controller.send("set_guardian", keeper, by="admin")
    assert receipt.events == (event("GuardianChanged", guardian=keeper),)
    assert stage.controller.read("guardian") == keeper


# ------------------------------------------------------------------ policies


@happy("announce_policy")
@happy("set_policy")
@happy("market.set_policy")
@refuses("set_policy", "POLICY_UNKNOWN_SLOT")
@refuses("set_policy", "POLICY_NOT_A_CONTRACT")
def test_a_policy_fills_a_slot_that_exists_and_is_a_contract(stage: Stage) -> None:
    policy = stage.deploy(NO_FUNDING).address
    refusal = stage.controller.refusal
    assert refusal("set_policy", len(SLOTS) + len(ROLES) + 1, policy, by="admin") == "POLICY_UNKNOWN_SLOT"
    stranger = stage.address("stranger")
    assert refusal("set_policy", 2, stranger, by="admin") == "POLICY_NOT_A_CONTRACT"
    receipt = stage.controller.send("announce_policy", 2, policy, by="admin")
    times = {"from_s": stage.time_s + DAY_S, "until_s": stage.time_s + 7 * DAY_S}
    assert receipt.events == (event("Announced", kind=0, id=2, named=policy, row=(0,) * 16, **times),)
    stage.advance(DAY_S)
    receipt = stage.controller.send("set_policy", 2, policy, by="admin")
    assert receipt.events == (event("PolicyChanged", slot=2, policy=policy),)
    assert stage.holder_of(2).read("policy_of", 2) == policy


@refuses("set_policy", "ACCESS_ROLE_MISSING")
def test_a_rule_is_named_after_the_contract_that_asks_it(stage: Stage) -> None:
    controller = stage.deploy("RiskController.vy", stage.address("admin"), stage.address("admin"))
    market = stage.deploy("Market.vy", controller.address, stage.address("admin"), stage.oracle.address, True)
    controller.send("bind", market.address, by="admin")
    rule = stage.deploy(NO_FUNDING).address
    assert controller.refusal("set_policy", 2, rule, by="admin") == "ACCESS_ROLE_MISSING"
    rates = stage.deploy("Rates.vy", market.address)
    controller.send("set_policy", len(SLOTS) + ROLES.index("rates"), rates.address, by="admin")
    controller.send("set_policy", 2, rule, by="admin")
    assert (controller.read("home_of", 2), rates.read("policy_of", 2)) == (rates.address, rule)


@pytest.mark.parametrize("slot", ["borrow_rate", "funding_rate", "circuit"])
def test_a_rule_that_has_no_answer_cannot_stop_the_market(slot: str) -> None:
    """Every accrual asks it, its own replacement included: it is asked once before it is named."""
    stage = open_stage()
    stage.deposit(ALICE, USDC, 50_000 * USDC_1)
    stage.trade(ALICE, BTC, WAD)
    misfit = stage.deploy("policies/weight_fee/FlatFee.vy", 0, 0).address
    stage.controller.send("announce_policy", SLOTS.index(slot), misfit, by="admin")
    stage.advance(2 * DAY_S)
    stage.market.send("accrue", by="stranger")  # no time has passed since: nothing asks the rule now
    assert stage.controller.refusal("set_policy", SLOTS.index(slot), misfit, by="admin") == "PANIC"
    stage.advance(DAY_S)
    assert stage.market.refusal("accrue", by="stranger") == "OK"


@refuses("set_policy", "ACCESS_ALREADY_BOUND")
@pytest.mark.parametrize("slot", range(len(SLOTS), len(SLOTS) + len(ROLES)))
def test_the_contracts_that_market_opens_verbs_to_are_named_once(stage: Stage, slot: int) -> None:
    stage.advance(2 * DAY_S)
    for policy in (stage.deploy(NO_FUNDING).address, stage.holder_of(slot).read("policy_of", slot)):
        assert stage.controller.refusal("set_policy", slot, policy, by="admin") == "ACCESS_ALREADY_BOUND"


def test_what_cuts_winners_is_named_in_the_set_up_or_never(stage: Stage) -> None:
    """The slot may stay empty, and is not filled later: positions that it has not heard of could not give."""
    slot = len(SLOTS) + len(ROLES)
    cohorts = stage.deploy("Cohorts.vy", stage.market.address)
    assert stage.holder_of(4).read("policy_of", slot) == NOBODY
    stage.advance(2 * DAY_S)
    assert stage.controller.refusal("announce_policy", slot, cohorts.address, by="admin") == "POLICY_UNKNOWN_SLOT"
    assert stage.controller.refusal("set_policy", slot, cohorts.address, by="admin") == "ACCESS_TOO_SOON"


@refuses("announce_policy", "POLICY_UNKNOWN_SLOT")
@refuses("announce_policy", "POLICY_NOT_A_CONTRACT")
def test_rules_are_announced_and_roles_are_not(stage: Stage) -> None:
    policy = stage.deploy(NO_FUNDING).address
    refusal = stage.controller.refusal
    for slot in range(len(SLOTS), len(SLOTS) + len(ROLES) + 1):
        assert refusal("announce_policy", slot, policy, by="admin") == "POLICY_UNKNOWN_SLOT"
    for slot in range(len(SLOTS)):
        assert refusal("announce_policy", slot, policy, by="admin") == "OK"
    assert refusal("announce_policy", 4, stage.address("stranger"), by="admin") == "POLICY_NOT_A_CONTRACT"
