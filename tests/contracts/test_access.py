"""Who may call what: every function that can change something, and every role, taken from the ABI."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from contracts.codes import ACCESS, REFUSALS, happy
from contracts.cohorts import INDEX
from contracts.sources import SHELLS, VERBS, zero_arguments
from contracts.stage import ALICE, BTC, BTC_1, FINE, USDC, USDC_1, WAD, Contract, Stage, event
from eth_utils import to_checksum_address

from sim.inputs.compiler import artifact

GUARDIAN = to_checksum_address("0x" + "9a" * 20)
ROLES = (
    "admin",
    "guardian",
    "controller",
    "pool",
    "liquidator",
    "order_book",
    "reporter",
    "trader",
    "keeper",
    "lp",
    "stranger",
)


SHELL_OF_ROLE = {"pool": "Pool", "liquidator": "Liquidator", "order_book": "OrderBook", "controller": "RiskController"}
#: What else a verb calls, of the roles' shells.
CALLED_BY = {"release_and_liquidate": "OrderBook", "fails": "RiskController", "mend": "RiskController"}
#: Nobody calls itself: a contract that speaks has no code meanwhile.
PAIRS = [
    (verb, role)
    for verb, role in product(ACCESS, ROLES)
    if SHELL_OF_ROLE.get(role) not in (VERBS[verb][0], *([CALLED_BY["mend"]] if verb == "mend" else ()))
]


@pytest.fixture(scope="module")
def prepared() -> Stage:
    """The admin owns Alice's account, a guardian is named, the keeper is nominated; an order waits."""
    stage = Stage(INDEX)
    stage.seed(BTC_1, 0, 0, 50_000 * USDC_1)
    stage.deposit(ALICE, USDC, 1_000 * USDC_1)
    stage.controller.send("set_guardian", GUARDIAN, by="admin")
    stage.controller.send("nominate_admin", stage.address("keeper"), by="admin")
    stage.oracle_controller.send("nominate_admin", stage.address("keeper"), by="admin")
    terms = (BTC, 0, WAD, 1, 2**128, False, USDC, 0, 0, 0)
    stage.order_book.send("place", ALICE, terms, by="trader")
    oracle = stage.deploy("Oracle.vy", stage.address("admin"))
    oracle.send("set_venue", 0, (stage.address("reporter"), 1, 60, WAD), by="admin")
    stage.real_oracle = oracle
    return stage


def _contract(stage: Stage, shell: str) -> Contract:
    attribute = {
        "OrderBook": "order_book",
        "RiskController": "controller",
        "Oracle": "real_oracle",
        "OracleController": "oracle_controller",
    }
    return getattr(stage, attribute.get(shell, shell.lower()))


def _arguments(stage: Stage, shell: str, function: str) -> list[Any]:
    """Zeros, but Alice's account and what tightens."""
    source = f"{shell}.vy"
    names = [item["name"] for item in artifact(source).function(function)["inputs"]]
    told = {"account": ALICE, "target": ALICE, "is_reduce_only": True, "mode": 1 if shell == "RiskController" else 0}
    return [told.get(name, zero) for name, zero in zip(names, zero_arguments(source, function), strict=True)]


def _answer(stage: Stage, verb: str, role: str) -> str:
    shell, function = VERBS[verb]
    mark = stage.chain.snapshot(0)
    sender = GUARDIAN if role == "guardian" else role
    answer = _contract(stage, shell).refusal(function, *_arguments(stage, shell, function), by=sender)
    stage.chain.revert(0, mark)
    return answer


def test_every_function_that_can_change_something_is_listed() -> None:
    assert sorted(VERBS) == sorted(REFUSALS)


def test_no_function_takes_ether() -> None:
    entries = [entry for shell in SHELLS for entry in artifact(f"{shell}.vy").abi if entry["type"] == "function"]
    assert {entry["stateMutability"] for entry in entries} == {"view", "nonpayable"}


@pytest.mark.parametrize(("verb", "role"), [(verb, role) for verb, role in PAIRS if role not in ACCESS[verb][0]])
def test_a_function_is_closed_to_every_other_role(prepared: Stage, verb: str, role: str) -> None:
    assert _answer(prepared, verb, role) == ACCESS[verb][1]


@pytest.mark.parametrize(("verb", "role"), [(verb, role) for verb, role in PAIRS if role in ACCESS[verb][0]])
def test_a_function_knows_its_roles(prepared: Stage, verb: str, role: str) -> None:
    assert _answer(prepared, verb, role) != ACCESS[verb][1]


@pytest.mark.parametrize("verb", sorted(set(VERBS) - set(ACCESS)))
def test_what_names_no_role_answers_everybody_alike(prepared: Stage, verb: str) -> None:
    """Balances apart: nobody here but the LP has shares."""
    mute = {VERBS[verb][0], CALLED_BY.get(verb)}  # a contract that speaks has no code meanwhile
    answers = {_answer(prepared, verb, role) for role in ROLES if SHELL_OF_ROLE.get(role) not in mute}
    assert len(answers) == 1


@happy("set_venue")
@happy("set_feed")
@happy("report")
def test_the_admin_says_who_reports_and_the_reporter_makes_a_price() -> None:
    stage = Stage()
    oracle, reporter = stage.deploy("Oracle.vy", stage.address("admin")), stage.address("reporter")
    for v in range(2):
        receipt = oracle.send("set_venue", v, (reporter, 1, 60, WAD), by="admin")
        assert receipt.fields("VenueChanged")["venue"] == v
    fields = artifact("Oracle.vy").function("set_feed")["inputs"][1]["components"]
    rules = {
        "min_price_wad": WAD,
        "max_price_wad": 100_000 * WAD,
        "wide_spread_wad": WAD // 100,
        "max_age_s": 60,
        "min_venues": 2,
        "max_venue_share_wad": WAD,
    }
    params = tuple(rules.get(field["name"], 0) for field in fields)
    assert oracle.send("set_feed", 0, params, by="admin").events == (event("FeedChanged", feed=0, params=params),)
    quotes = [50_000 * WAD << 160 | stage.time_s] * 2 + [0] * 6
    said = oracle.send("report", quotes, by="reporter").fields("PriceReported")
    assert (said["feed"], said["mid"], said["status"]) == (0, 50_000 * WAD, FINE)
    assert oracle.read("prices")[0].mid == 50_000 * WAD
