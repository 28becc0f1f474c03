"""Every verb has a happy path; every refusal that its source names has a test; every code is provoked."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from contracts.codes import ACCESS, GATE_CODES, GATES, REFUSALS, code_of_gate
from contracts.sources import VERBS, answers

from sim.chain.failures import failures
from sim.fuzz.judges import gates

FOLDER = Path(__file__).parent
TABLE = {(verb, code) for verb, codes in REFUSALS.items() for code in codes}
ROLES = {(verb, code) for verb, (_, code) in ACCESS.items()}

#: Verbs that pass a gate -> rows of the table of gates.
GATED = {
    "mint": {"MINT"},
    "redeem": {"REDEEM"},
    "redeem_held": {"REDEEM"},
    "swap": {"SWAP"},
    "mint_held": {"MINT"},
    "swap_held": {"SWAP"},
    "trade": {"INCREASE", "DECREASE"},
    "settle": {"INCREASE", "DECREASE"},
    "execute": {"INCREASE"},
    "release": {"INCREASE"},
    "withdraw_collateral": {"WITHDRAW", "WITHDRAW_FREE"},
    "transfer_collateral": {"WITHDRAW", "WITHDRAW_FREE", "DEPOSIT"},
    "deposit_collateral": {"DEPOSIT"},
    "claim_funding": {"CLAIM"},
    "liquidate": {"LIQUIDATE"},
    "release_and_liquidate": {"LIQUIDATE"},
    "unwind": {"LIQUIDATE"},
    "settle_position": {"LIQUIDATE"},
    "deleverage": {"DELEVERAGE"},
}

#: What a verb's source names and no call can provoke: checks that other verbs share it for.
UNREACHABLE = {
    # Nothing is taken from an account but what it was seen to hold.
    *product(
        ("deposit_collateral", "claim_funding", "assess", "settle", "exchange", "seize", "credit", "pay_from_pool"),
        ["ACCOUNT_TOO_LITTLE_COLLATERAL"],
    ),
    # Tokens move only where an amount is above zero.
    ("exchange", "ASSET_NOTHING_TO_MOVE"),
    # Nobody mints to the contract of exits where shares are held back.
    *product(("give_back", "redeem_held"), ["SHARES_LOCKED"]),
    # What stands in the way of a request ends it.
    *product(
        ["redeem_held", "mint_held", "swap_held"], ("POLICY_FEE_TOO_HIGH", "POOL_PROFIT_CAPPED", "POOL_WEIGHT_BAND")
    ),
    *product(["mint_held"], ("POOL_AUM_CAP", "POOL_WORTHLESS", "SHARES_RECEIVER", "SHARES_TOO_FEW")),
    ("swap_held", "TOKENS_TOO_FEW"),
    # What was just released holds no margin.
    ("release_and_liquidate", "LIQUIDATION_ORDERS_FIRST"),
    # Once sealed every role is named.
    *product(("set_market", "replace_failed"), ["ACCESS_ROLE_MISSING"]),
    # An announced mode is looked up before it is used.
    ("set_mode", "ACCESS_NOT_ANNOUNCED"),
    # An unlisting has no terms that could be others.
    *product(("unlist_market", "unlist_asset", "wind_up_market"), ["ACCESS_NOT_ANNOUNCED"]),
    # The reserve that is handed over was just given back.
    ("assign", "POOL_RESERVED"),
}


def _marks(name: str) -> Iterator[tuple[str, ...]]:
    """Arguments of the decorators `@name(...)` of all tests in this folder."""
    for path in FOLDER.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.FunctionDef) or not node.name.startswith("test_"):
                continue
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and getattr(mark.func, "id", "") == name:
                    yield tuple(ast.literal_eval(argument) for argument in mark.args)


def test_every_verb_has_a_happy_path() -> None:
    assert sorted(set(REFUSALS) - {verb for (verb,) in _marks("happy")}) == []


def test_every_happy_path_is_of_a_verb_in_the_table() -> None:
    assert sorted({verb for (verb,) in _marks("happy")} - set(REFUSALS)) == []


def test_every_pair_of_the_table_has_a_test() -> None:
    assert sorted(TABLE - set(_marks("refuses"))) == []


def test_every_test_of_a_refusal_is_in_the_table() -> None:
    assert sorted(set(_marks("refuses")) - TABLE - ROLES) == []


@pytest.mark.parametrize("verb", VERBS)
def test_every_code_that_a_verbs_source_names_is_in_the_table(verb: str) -> None:
    codes, gates = answers(*VERBS[verb])
    listed = {code for name, code in TABLE | ROLES if name == verb}
    unreachable = {code for name, code in UNREACHABLE if name == verb}
    assert codes - listed == unreachable
    assert gates == GATED.get(verb, set())


def test_every_code_is_provoked_and_every_provoked_code_exists() -> None:
    gated = {code_of_gate(*cell) for cell in product(GATES, range(3), range(3), (False, True))} - {"OK"}
    assert gated == set(GATE_CODES)
    provoked = gated | {code for _, code in TABLE | ROLES}
    assert provoked == {f.name for f in failures().values()} - {"PANIC"}


def test_codes_are_numbered_without_gap_or_repetition() -> None:
    codes = [code for code, failure in failures().items() if failure.name != "PANIC"]
    assert sorted(codes) == list(range(1, len(codes) + 1))


#: What the machine cannot provoke: its ids are listed, its actors are who they say, its rules answer within bounds.
_MISUSE = {
    "ACCOUNT_UNKNOWN",
    "ASSET_NOT_LISTED",
    "ASSET_TRANSFER_FAILED",
    "LIQUIDATION_KEEPER_UNKNOWN",
    "MARKET_NOT_LISTED",
    "ORACLE_BAD_BATCH",
    "ORDER_NOT_OPERATOR",
    "POLICY_BAD_PLAN",
    "POLICY_MARGIN_CROSSED",
    "SHARES_RECEIVER",
    "TRADE_REDUCE_ONLY",
}


def test_the_machine_expects_every_refusal_that_a_verb_may_give() -> None:
    for verb, expected in gates.REFUSALS.items():
        assert sorted(set(REFUSALS[verb]) - expected - _MISUSE - set(GATE_CODES)) == [], verb
