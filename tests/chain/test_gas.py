"""What is measured of each design: every verb that it lets through; of each other one the refusal that closes it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from sim.chain import gas
from sim.chain.actions import VERBS
from sim.chain.failures import name_of
from sim.chain.nameless import nameless
from sim.design import Design, list_designs, load_design

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
INDEX = "deleverage.policy=index_haircut"

#: Where trades execute after the request, nobody trades at once.
AFTER_REQUEST = {"trade": "TRADE_BY_ORDER_ONLY"}
#: Where providers ask first, nobody enters or leaves at once.
BY_REQUEST = {"mint": "ENTRY_BY_REQUEST", "swap": "ENTRY_BY_REQUEST", "redeem": "EXIT_BY_REQUEST"}
#: Where there is no funding.
NO_CLAIMS = {"claim_funding": "CLAIM_NOTHING"}
#: Where insurance takes nothing over.
NO_TAKE_OVER = {"unwind": "UNWIND_NOTHING"}
#: Where winners are left alone, or give through an index, without being named.
NOBODY_NAMED = {"deleverage": "DELEVERAGE_NOT_TRIGGERED"}
#: Pools of one asset; where other collateral is listed the pool takes none of it, and what asks for it is returned.
ONE_ASSET = {"swap": "SWAP_SAME_ASSET", "request_swap": "SWAP_SAME_ASSET"}
ONE_ASSET_TAKEN = {"swap": "POOL_CAP"}

GLP = AFTER_REQUEST | NO_CLAIMS | NO_TAKE_OVER | NOBODY_NAMED
CLOSED = {
    "breakwater": AFTER_REQUEST | BY_REQUEST | NO_TAKE_OVER,
    "glp": GLP,
    "glp_partial": GLP,
    "gmx_v2": AFTER_REQUEST | BY_REQUEST | NO_TAKE_OVER,
    "hlp": ONE_ASSET | NO_TAKE_OVER,
    "jlp": GLP,
    "pdlp_paper": NO_TAKE_OVER | NOBODY_NAMED,
    "post_reform": ONE_ASSET_TAKEN,
    "pre_reform": ONE_ASSET_TAKEN,
    "single_venue": GLP,
}
#: What becomes of accounts that are liquidated, besides those that are closed whole when nothing is left of them.
FATES = {
    "breakwater": {"in part"},
    "glp": {"whole"},
    "glp_partial": {"in part"},
    "gmx_v2": {"whole"},
    "hlp": {"in part"},
    "jlp": {"whole"},
    "pdlp_paper": {"in part"},
    "post_reform": {"in part", "taken over"},
    "pre_reform": {"in part", "taken over"},
    "single_venue": {"whole"},
}


@cache
def measured(name: str, *overrides: str) -> gas.Gas:
    return gas.gas_of(load_design(name, overrides))


def refusals(found: gas.Gas) -> dict[str, str]:
    return {verb: name_of(code) for verb, code in found.closed().items()}


def test_all_shipped_designs_are_listed_here() -> None:
    assert sorted(CLOSED) == sorted(FATES) == list_designs()


@pytest.mark.parametrize("name", sorted(CLOSED))
def test_each_verb_has_figures_or_is_closed_for_a_reason(name: str) -> None:
    found = measured(name)
    assert refusals(found) == CLOSED[name]
    assert set(found.table()) == set(VERBS)
    assert min(found.table().values()) > 21_000


@pytest.mark.parametrize("name", sorted(FATES))
def test_liquidations_of_all_kinds_are_reached(name: str) -> None:
    fates = measured(name).used["liquidate"].keys()
    assert FATES[name] | {"whole, bankrupt"} <= fates


@pytest.mark.parametrize("name", ["glp", "hlp", "post_reform", "breakwater"])
def test_winners_who_give_through_an_index_are_asked_nothing_else(name: str) -> None:
    named, by_index = measured(name), measured(name, INDEX)
    assert refusals(by_index) == CLOSED[name] | NOBODY_NAMED
    # A loss is booked in the liquidation itself.
    assert by_index.used["liquidate"]["whole, bankrupt"] > named.used["liquidate"]["whole, bankrupt"]


@pytest.mark.parametrize("name", ["my_pool", "own_rule"])
def test_examples_reach_what_their_base_reaches(name: str) -> None:
    found = measured(str(EXAMPLES / f"{name}.toml"))
    assert refusals(found) == CLOSED["glp_partial"]
    assert found.used.keys() == measured("glp_partial").used.keys()
    assert FATES["glp_partial"] <= found.used["liquidate"].keys()


def test_winners_are_asked_for_both_reasons() -> None:
    assert measured("breakwater").used["deleverage"].keys() == {"loss", "excess"}


def test_orders_and_requests_come_to_every_end() -> None:
    found = measured("breakwater").used
    assert {"with margin", "no margin", "has its price"} <= found["cancel"].keys()
    assert {"open", "grow", "reduce", "close", "limit", "stop", "another market"} <= found["execute"].keys()
    assert {"mint", "swap"} <= found["execute_entry"].keys()
    # An execution does more than postponing or returning a request would.
    assert found["execute_exit"]["one"] > found["request_exit"]["one"]


def fingerprint(design: Design) -> str:
    return gas.fingerprint(nameless(design))


def test_a_fingerprint_is_of_what_is_deployed_and_of_nothing_else() -> None:
    glp = load_design("glp")
    assert fingerprint(glp.model_copy(update={"name": "x", "title": "y", "summary": "z", "breaks": ()})) == fingerprint(
        glp
    )
    others = (
        load_design("glp", ["liquidation.fee_bps=11"]),
        load_design("glp", ["asset.BTC.haircut=0.06"]),
        load_design("glp", ["oracle.max_price_age_s=61"]),
        load_design("glp", ["pool.exit_wait_s=1"]),
        load_design("glp", ["execution=at_once"]),
        load_design("glp", ["losses.insurance_usd=1"]),
        load_design("glp", ["losses.epoch_s=61"]),
        load_design("glp", ["market.SOL.trade_fee_bps=11"]),
        load_design("glp", ["oracle.feed.SOL.max_usd=5_001"]),
        load_design("glp_partial"),
    )
    assert len({fingerprint(design) for design in (glp, *others)}) == 1 + len(others)


@pytest.mark.parametrize("name", sorted(CLOSED))
def test_a_fingerprint_knows_no_order_and_no_file(name: str) -> None:
    """However a design was put together: tables turned round, or read back from a tape's JSON."""
    design = load_design(name)
    oracle = design.oracle.model_copy(update={"feeds": design.oracle.feeds[::-1]})
    turned = design.model_copy(
        update={"assets": design.assets[::-1], "markets": design.markets[::-1], "oracle": oracle}
    )
    assert fingerprint(turned) == fingerprint(design)
    assert fingerprint(Design.from_dict(design.to_dict())) == fingerprint(design)


@pytest.mark.parametrize(
    "overrides",
    [
        [f"market.{symbol}.max_open_interest_usd=20" for symbol in ("BTC", "ETH", "SOL")],  # nobody can trade
        ["market.BTC.max_open_interest_usd=20"],  # nobody can trade in the first market
        ["oracle.feed.BTC.min_usd=99_000", "oracle.feed.BTC.max_usd=101_000"],  # prices cannot fall
        ["oracle.max_price_age_s=1", "pool.max_aum_usd=5_000"],  # prices hardly last, and the pool is small
        ["margin.initial_bps=9_000", "margin.maintenance_bps=8_000"],  # no leverage
    ],
)
def test_a_design_that_lets_little_happen_is_measured_all_the_same(overrides: list[str]) -> None:
    found = measured("glp", *overrides)
    assert set(found.table()) == set(VERBS)
    assert found.closed().keys() >= CLOSED["glp"].keys()
