"""Shipped designs: complete, sourced, and comparable."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sim.design import SLOTS, list_designs, load_design
from sim.design.numbers import WAD
from sim.inputs.compiler import shipped_policies

ROOT = Path(__file__).resolve().parents[2]
shipped = pytest.mark.parametrize("name", list_designs())
#: Designs that differ in their pool alone: every other one has an oracle of its own on purpose.
ONE_ORACLE = ("glp", "glp_partial", "gmx_v2", "hlp", "jlp", "pdlp_paper")
#: Ids of the catalogue of properties, and of what the searcher asks: two letters of a subject and a number.
SUBJECTS = {"TA", "LP", "RO", "PO", "FF", "LQ", "AD", "OR", "SW", "AC", "LV", "DF", "SE"}


def test_the_designs_are_those_of_the_documentation():
    assert list_designs() == [
        *("breakwater", "glp", "glp_partial", "gmx_v2", "hlp", "jlp"),
        *("pdlp_paper", "post_reform", "pre_reform", "single_venue"),
    ]


def test_the_slots_are_those_of_the_contracts():
    text = (ROOT / "contracts/lib/constants.vy").read_text()
    numbered = {
        slot: int(re.search(rf"^{slot.upper()}: constant\(uint256\) = (\d+)", text, re.MULTILINE)[1]) for slot in SLOTS
    }
    assert list(numbered.values()) == list(range(len(SLOTS)))


@shipped
def test_a_design_is_named_after_its_file(name):
    design = load_design(name)
    assert (design.name, str(design), design.changes) == (name, name, ())


#: Fair variants of what designs take from the protocols that they model, for whoever wants to compare.
ALTERNATIVES = {"deleverage": {"queue_deleverage", "index_haircut"}}


def test_every_shipped_policy_is_used():
    designs = [load_design(name) for name in list_designs()]
    for slot in SLOTS:
        used = {design.policies[slot].policy for design in designs}
        assert used | ALTERNATIVES.get(slot, set()) == set(shipped_policies(slot))


@shipped
def test_a_design_has_a_title_of_its_own_and_a_summary_of_sentences(name):
    design = load_design(name)
    assert [load_design(other).title for other in list_designs()].count(design.title) == 1
    assert design.summary[0].isupper() and design.summary.endswith(".") and "  " not in design.summary


@shipped
def test_every_number_has_a_source(name):
    design = load_design(name)
    numbers = design.numbers()
    assert {"protocol_fee_share", "asset[USDC].decimals", "oracle.feed[SOL].max_usd"} <= set(numbers)
    assert [key for key in numbers if not design.source_of(key)] == []


@shipped
def test_an_assumption_has_a_reason(name):
    for key, source in load_design(name).sources.items():
        if source.startswith("assumption"):
            assert re.fullmatch(r"assumption: \w.{5,}", source), key


@shipped
def test_weights_sum_to_one_wad(name):
    assert sum(asset.target_weight_wad for asset in load_design(name).assets) == WAD


@shipped
def test_a_design_says_what_it_holds_and_what_it_does_not(name):
    design = load_design(name)
    assert {rule.held for rule in design.rules} == {"exactly", "approximately", "omitted"}
    assert all(rule.note or rule.held != "approximately" for rule in design.rules)


@shipped
def test_what_a_design_breaks_is_a_property_with_a_reason(name):
    breaks = load_design(name).breaks
    assert len({broken.property for broken in breaks}) == len(breaks)
    assert {broken.property[:2] for broken in breaks} <= SUBJECTS


def test_a_fee_with_a_cliff_or_below_nought_is_listed_as_broken():
    cliffs = {"glp_tax", "banded_tax", "imbalance_impact"}
    for name in list_designs():
        design = load_design(name)
        fee = design.policies["weight_fee"]
        least = min((value for key, value in fee.parameters.items() if key.endswith("fee_bps")), default=0)
        is_broken = fee.policy in cliffs or least == 0
        assert ("SW-01" in {broken.property for broken in design.breaks}) == is_broken, name


@shipped
def test_a_reward_out_of_the_pool_is_listed_as_broken(name):
    design = load_design(name)
    pays = design.policies["liquidation"].parameters["pool_pays_keeper"]
    assert {id_ in {broken.property for broken in design.breaks} for id_ in ("LQ-08", "LQ-16")} == {pays}


@pytest.mark.parametrize("name", ONE_ORACLE)
def test_designs_of_pools_share_one_oracle(name):
    """But for what counts while it is unsure: the worse price, as GMX has it, or the middle."""
    oracle = load_design(name).oracle
    assert oracle.model_copy(update={"wide_price": "edge"}) == load_design("glp").oracle


@pytest.mark.parametrize("name", [name for name in list_designs() if name not in ONE_ORACLE])
def test_another_oracle_is_another_on_purpose(name):
    design, glp = load_design(name), load_design("glp")
    assert design.oracle != glp.oracle
    assert {"BTC", "ETH", "SOL", "USDC"} <= set(design.feeds)


@shipped
def test_designs_agree_on_decimals(name):
    scales = {"BTC": 10**10, "ETH": 1, "SOL": 10**9, "USDC": 10**12, "USDE": 1, "WBETH": 1}
    for asset in load_design(name).assets:
        assert asset.scale == scales[asset.symbol]


@pytest.mark.parametrize("name", ["pre_reform", "post_reform"])
def test_yield_bearing_coins_are_collateral_and_none_of_the_pool(name):
    for asset in load_design(name).assets[1:]:
        assert (asset.target_weight, asset.max_pool) == (0, 0)


def test_the_reform_changes_prices_collateral_margin_and_breaker_alone():
    before, after = load_design("pre_reform"), load_design("post_reform")
    assert [slot for slot in SLOTS if before.policies[slot] != after.policies[slot]] == ["margin", "circuit"]
    assert (before.markets, before.pool, before.losses) == (after.markets, after.pool, after.losses)
    assert before.oracle.is_single_venue and after.oracle.mode == "clamped_mean"
    for old, new in zip(before.assets[1:], after.assets[1:], strict=True):
        assert old.haircut < new.haircut and old.depth_usd == 0 < new.depth_usd


def test_single_venue_differs_from_glp_in_its_prices_alone():
    single, glp = load_design("single_venue"), load_design("glp")
    assert (single.assets, single.markets, single.policies) == (glp.assets, glp.markets, glp.policies)
    assert single.oracle.model_copy(update={"mode": glp.oracle.mode, "venue": None}) == glp.oracle


def test_glp_is_the_preset_of_gmx_v1():
    glp = load_design("glp")
    weight_fee = glp.policies["weight_fee"]
    assert weight_fee.arguments == (30, 30, 4, 50, 20, 1 << glp.asset_id("USDC"))
    assert glp.policies["margin"].arguments == ((200,) * 8, (200,) * 8, 2 * WAD)
    assert glp.policies["liquidation"].arguments == (10, 0, 0, 2 * WAD, False, False, True)
    assert glp.protocol_fee_share_wad == 3 * 10**17


def test_glp_partial_differs_from_glp_in_its_liquidation_only():
    glp, partial = load_design("glp"), load_design("glp_partial")
    assert (partial.assets, partial.markets) == (glp.assets, glp.markets)
    changed = [slot for slot in SLOTS if partial.policies[slot] != glp.policies[slot]]
    assert changed == ["liquidation"]
    assert partial.policies["liquidation"].policy == "restore_margin"


def test_jlp_charges_at_most_fifty_basis_points_on_a_trade():
    jlp = load_design("jlp")
    maximum_bps = jlp.policies["price_impact"].parameters["maximum_bps"]
    assert {maximum_bps + market.trade_fee_bps for market in jlp.markets} == {50}


def test_integer_views_are_in_the_contracts_units():
    jlp = load_design("jlp")
    btc, market = jlp.assets[0], jlp.markets[0]
    assert btc.target_weight_wad == 13 * 10**16
    assert btc.haircut_wad == 5 * 10**16
    assert (btc.max_pool_units, btc.buffer_units) == (10_000 * 10**8, 0)
    assert market.trade_fee_wad == 6 * 10**14
    assert market.reserve_factor_wad == WAD
    assert market.min_position_usd_wad == 10 * WAD
    assert market.max_open_interest_usd_wad == 500_000_000 * WAD
    oracle = jlp.oracle
    assert (oracle.floor_spread_wad, oracle.wide_wad) == (10**14, 10**16)
    assert (oracle.min_weight_share_wad, oracle.max_venue_share_wad) == (WAD // 2, WAD // 2)
    assert oracle.max_confidence_wad == 2 * 10**16
    assert oracle.feeds[3].min_usd_wad == 10**17
    assert jlp.feeds == ("BTC", "ETH", "SOL", "USDC")
    assert (jlp.market_id("SOL"), jlp.feed_id("USDC")) == (2, 3)


def test_weights_that_binary_fractions_cannot_hold_are_exact(write_design):
    weights = {"BTC": "0.1", "ETH": "0.2", "SOL": "0.3", "USDC": "0.4"}
    assert 0.1 + 0.2 + 0.3 + 0.4 == 1.0 and 0.1 + 0.2 != 0.3
    tables = [f'[[asset]]\nsymbol = "{s}"\ntarget_weight = {w}\n' for s, w in weights.items()]
    design = load_design(write_design("".join(tables)))
    assert [a.target_weight_wad for a in design.assets] == [k * 10**17 for k in (1, 2, 3, 4)]
