"""A design can be stored, restored, and told apart from another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sim.design import Design, list_designs, load_design, load_designs
from sim.inputs.errors import InputError

OWN_POLICY = "@deploy\ndef __init__(slope_wad: uint256):\n    assert slope_wad > 0\n"


@pytest.mark.parametrize("name", list_designs())
def test_a_design_survives_json(name):
    design = load_design(name, ["market.BTC.min_position_usd=12.5"])
    restored = Design.from_dict(json.loads(json.dumps(design.to_dict())))
    assert restored == design
    assert restored.fingerprint == design.fingerprint == design.to_dict()["fingerprint"]


def test_a_tape_carries_an_own_policy(write_design, tmp_path):
    source = tmp_path / "Mine.vy"
    source.write_text(OWN_POLICY)
    path = write_design('[weight_fee]\npolicy = "Mine.vy"\nslope = 0.125\n')
    design = load_design(path)
    stored = json.dumps(design.to_dict())
    source.unlink()
    restored = Design.from_dict(json.loads(stored))
    assert restored.policies["weight_fee"].source.read_text() == OWN_POLICY
    assert restored.policies["weight_fee"].arguments == (125 * 10**15,)
    assert restored.fingerprint == json.loads(stored)["fingerprint"]


def test_something_else_is_not_a_design():
    with pytest.raises(InputError, match="run.tape: policies: expected the policies of a design"):
        Design.from_dict({}, file="run.tape")
    content = load_design("glp").to_dict()
    content["protocol_fee_share"] = "much"
    with pytest.raises(InputError, match="run.tape: protocol_fee_share: expected a number"):
        Design.from_dict(content, file="run.tape")


def test_the_fingerprint_ignores_names_and_notes(write_design):
    text = 'title = "x"\nsummary = "y"\n[sources]\nmargin = "z"\n'
    text += '[[rule]]\nrule = "r"\nheld = "omitted"\n'
    same = load_design(write_design(text))
    first, second = load_designs(["glp", "glp"])
    assert len({d.fingerprint for d in (same, first, second, load_design("glp"))}) == 1


@pytest.mark.parametrize(
    "override",
    [
        "protocol_fee_share=0.31",
        "asset.BTC.haircut=0.051",
        "asset.BTC.max_pool=10001",
        "market.SOL.trade_fee_bps=11",
        "market.SOL.short_asset=SOL",
        "oracle.max_price_age_s=61",
        "oracle.feed.BTC.max_usd=999999",
        "margin.minimum_usd=2.000000000000000001",
        "liquidation.forfeits=true",
    ],
)
def test_the_fingerprint_sees_every_change_of_the_pool(override):
    assert load_design("glp", [override]).fingerprint != load_design("glp").fingerprint


def test_equal_numbers_written_otherwise_are_equal():
    overrides = ["protocol_fee_share=0.300", "margin.minimum_usd=2e0"]
    assert load_design("glp", overrides).fingerprint == load_design("glp").fingerprint


def test_the_fingerprint_sees_a_change_of_the_code(write_design, tmp_path):
    fingerprints = []
    for name, text in (("A", OWN_POLICY), ("B", OWN_POLICY.replace("> 0", "> 1"))):
        Path(tmp_path / f"{name}.vy").write_text(text)
        path = write_design(f'[weight_fee]\npolicy = "{name}.vy"\nslope = 1\n')
        fingerprints.append(load_design(path).fingerprint)
    assert fingerprints[0] != fingerprints[1]


def test_a_design_cannot_change():
    design = load_design("glp")
    with pytest.raises(ValueError, match="frozen"):
        design.name = "other"
