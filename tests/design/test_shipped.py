"""Shipped designs: complete, sourced, and comparable."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sim.design import SLOTS, list_designs, load_design
from sim.design.numbers import WAD

ROOT = Path(__file__).resolve().parents[2]
shipped = pytest.mark.parametrize("name", list_designs())


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


@shipped
def test_every_number_has_a_source(name):
    design = load_design(name)
    numbers = design.numbers()
    assert {"protocol_fee_share", "asset[BTC].decimals", "oracle.feed[SOL].max_usd"} <= set(numbers)
    assert [key for key in numbers if not design.source_of(key)] == []


@shipped
def test_weights_sum_to_one_wad(name):
    assert sum(asset.target_weight_wad for asset in load_design(name).assets) == WAD


@shipped
def test_a_design_says_what_it_holds_and_what_it_breaks(name):
    design = load_design(name)
    assert {rule.held for rule in design.rules} == {"exactly", "approximately", "omitted"}
    assert "SW-01" in {broken.property for broken in design.breaks}


@shipped
def test_designs_share_assets_and_oracle(name):
    design, glp = load_design(name), load_design("glp")
    assert design.oracle == glp.oracle
    assert [(a.symbol, a.scale) for a in design.assets] == [
        ("BTC", 10**10),
        ("ETH", 1),
        ("SOL", 10**9),
        ("USDC", 10**12),
    ]


def test_glp_is_the_preset_of_gmx_v1():
    glp = load_design("glp")
    weight_fee = glp.policies["weight_fee"]
    assert weight_fee.arguments == (30, 30, 4, 50, 20, 1 << glp.asset_id("USDC"))
    assert glp.policies["margin"].arguments == ((200,) * 8, (200,) * 8, 2 * WAD)
    assert glp.policies["liquidation"].arguments == (10, 0, 0, 2 * WAD, False, True)
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
