"""A design may extend another, and take overrides from the command line."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sim.design import load_design, load_designs, override_fits
from sim.design.layers import read_layers
from sim.inputs.errors import InputError


def refusal(call, *arguments) -> str:
    with pytest.raises(InputError) as caught:
        call(*arguments)
    assert caught.value.file == "--set"
    return str(caught.value)


# --- extends


def test_a_child_keeps_what_it_does_not_say(write_design):
    child = load_design(write_design('title = "Mine"\n[margin]\nminimum_usd = 5\n'))
    glp = load_design("glp")
    assert (child.name, child.title, child.summary) == ("mine", "Mine", glp.summary)
    assert child.policies["margin"].parameters["minimum_usd"] == 5
    assert child.policies["margin"].parameters["initial_bps"] == 200
    assert child.assets == glp.assets


def test_assets_and_markets_merge_by_symbol(write_design):
    text = '[[asset]]\nsymbol = "ETH"\nhaircut = 0.2\n[[market]]\nsymbol = "SOL"\ntrade_fee_bps = 7\n'
    child, glp = load_design(write_design(text)), load_design("glp")
    assert [asset.symbol for asset in child.assets] == [asset.symbol for asset in glp.assets]
    assert child.assets[1] == glp.assets[1].model_copy(update={"haircut": Decimal("0.2")})
    assert [market.trade_fee_bps for market in child.markets] == [10, 10, 7]


def test_a_new_policy_drops_the_old_parameters_and_their_sources(write_design):
    child = load_design(write_design('[liquidation]\npolicy = "full_liquidation"\nfee_bps = 5\n'))
    assert child.policies["liquidation"].parameters["keeper_usd"] == 2
    path = write_design('[borrow_rate]\npolicy = "kinked_borrow"\n')
    with pytest.raises(InputError, match="borrow_rate.minimum_per_year: expected a number per"):
        load_design(path)
    fee = '[weight_fee]\npolicy = "flat_fee"\nmint_redeem_fee_bps = 1\nswap_fee_bps = 2\n'
    design = load_design(write_design(fee))
    assert design.policies["weight_fee"].arguments == (1, 2)
    assert design.source_of("weight_fee.swap_fee_bps") is None


def test_sources_rules_and_breaks_merge(write_design):
    text = """
[sources]
"margin.minimum_usd" = "mine"
[[rule]]
rule = "assets of the pool"
held = "omitted"
[[breaks]]
property = "LQ-05"
reason = "mine"
"""
    child, glp = load_design(write_design(text)), load_design("glp")
    assert child.source_of("margin.minimum_usd") == "mine"
    assert child.source_of("margin.initial_bps") == glp.source_of("margin.initial_bps")
    held = {rule.rule: rule.held for rule in child.rules}
    assert held["assets of the pool"] == "omitted"
    assert len(child.rules) == len(glp.rules)
    assert [b.property for b in child.breaks] == [b.property for b in glp.breaks] + ["LQ-05"]


# --- overrides of one design


def test_an_override_changes_one_number_and_is_remembered():
    design = load_design("glp_partial", ["liquidation.close_factor=0.2"])
    assert design.name == "glp_partial"
    assert design.changes == ("liquidation.close_factor=0.2",)
    assert design.policies["liquidation"].arguments[1] == 2 * 10**17
    assert design.source_of("liquidation.close_factor") == "set on the command line"


@pytest.mark.parametrize("key", ["asset[BTC].haircut", "asset.BTC.haircut"])
def test_an_item_of_a_list_is_addressed_by_its_symbol(key):
    assert load_design("glp", [f"{key}=0.5"]).assets[0].haircut == Decimal("0.5")


def test_an_override_may_be_a_bare_word_a_list_or_a_flag():
    design = load_design(
        "jlp",
        [
            "oracle.mode=single_venue",
            "oracle.venue=binance",
            "liquidation.forfeits=false",
            'weight_fee.stable_assets=["USDC", "SOL"]',
            "price_impact.linear_scale_usd.BTC=1e9",
        ],
    )
    assert (design.oracle.mode, design.oracle.venue) == ("single_venue", "binance")
    assert design.policies["liquidation"].parameters["forfeits"] is False
    assert design.policies["weight_fee"].arguments[-1] == 0b1100
    assert design.policies["price_impact"].arguments[0][0] == 10**27


def test_a_policy_and_its_parameters_may_be_set_in_any_order():
    fees = ["weight_fee.swap_fee_bps=20", "weight_fee.mint_redeem_fee_bps=10"]
    design = load_design("glp", [*fees, "weight_fee.policy=flat_fee"])
    assert design.policies["weight_fee"].arguments == (10, 20)


def test_a_value_that_is_wrong_is_blamed_on_the_command_line():
    message = refusal(load_design, "glp", ["asset.BTC.target_weight=0.5"])
    assert message == "--set: asset.target_weight: expected weights that sum to 1, got 1.27"
    message = refusal(load_design, "glp", ["margin.minimum_usd=-1"])
    assert message.startswith("--set: margin.minimum_usd: expected a number of USD that is not")
    message = refusal(load_design, "glp", ["oracle.min_venues=9"])
    assert message.startswith("--set: oracle.min_venues: expected a number of at most 8")


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("margin", "margin: expected KEY=VALUE or DESIGN:KEY=VALUE"),
        ("=1", "=1: expected KEY=VALUE or DESIGN:KEY=VALUE"),
        (":margin.x=1", ":margin.x=1: expected KEY=VALUE or DESIGN:KEY=VALUE"),
        ("margin.minimum_usd=", "margin.minimum_usd: expected a TOML value or a bare word, got "),
        ("margin.minimum_usd=[1", "margin.minimum_usd: expected a TOML value or a bare word"),
        ("margin.minimum_usd=1\nx=2", "margin.minimum_usd: expected a TOML value or a bare word"),
        (
            "leverage=3",
            "leverage: expected one of protocol_fee_share, execution, age_spread_bps_per_s",
        ),
        ("title=x", "title: expected one of protocol_fee_share"),
        ("margin.leverage=3", "margin.leverage: expected one of policy, initial_bps"),
        ("margin=3", "margin: expected one of policy, initial_bps"),
        ("margin.minimum_usd.BTC=3", "margin.minimum_usd.BTC: expected one value for all of"),
        ("margin.initial_bps.BTC=3", "margin.initial_bps.BTC: expected one value for all of"),
        (
            "asset.DOGE.haircut=0",
            "asset[DOGE].haircut: expected one of BTC, ETH, SOL, USDC, got DOGE",
        ),
        ("asset.BTC.cap=0", "asset[BTC].cap: expected one of feed, decimals, target_weight"),
        ("market.BTC=0", "market[BTC]: expected one of feed, long_asset"),
        ("oracle.spread=0", "oracle.spread: expected one of mode, venue"),
        ("oracle.feed.XRP.min_usd=0", "oracle.feed[XRP]"),
        ("weight_fee.policy=nope", "weight_fee.policy: expected one of banded_tax"),
    ],
)
def test_an_override_that_fits_nothing_is_refused(override, expected):
    assert expected in refusal(load_design, "glp", [override])


# --- overrides of several designs


def test_a_design_that_lacks_the_parameter_is_left_alone():
    glp, partial = load_designs(["glp", "glp_partial"], ["liquidation.close_factor=0.2"])
    assert glp == load_design("glp")
    assert partial.changes == ("liquidation.close_factor=0.2",)


def test_a_parameter_that_no_design_has_is_refused():
    message = refusal(load_designs, ["glp", "jlp"], ["liquidation.close_factor=0.2"])
    assert message.startswith("--set: liquidation.close_factor: expected one of policy, fee_bps")
    message = refusal(load_designs, ["glp", "jlp"], ["weight_fee.slope=1"])
    assert "expected for glp one of policy, mint_redeem_fee_bps" in message
    assert "; for jlp one of policy, fee_bps" in message


def test_an_addressed_override_changes_that_design_only():
    overrides = ["jlp:margin.maintenance_bps=30"]
    glp, jlp = load_designs(["glp", "jlp"], overrides)
    assert glp == load_design("glp", overrides) == load_design("glp")
    assert jlp.policies["margin"].parameters["maintenance_bps"] == 30
    assert jlp == load_design("jlp", overrides)


def test_an_address_that_is_not_compared_is_refused():
    message = refusal(load_designs, ["glp"], ["jlp:margin.maintenance_bps=30"])
    assert message.endswith("expected one of the designs glp, got jlp")


def test_a_design_named_twice_gets_labels_to_be_addressed_by():
    first, second = load_designs(["glp", "glp"], ["glp#2:margin.minimum_usd=5"])
    assert (str(first), str(second)) == ("glp", "glp#2")
    assert first.name == second.name == "glp"
    assert first.changes == () and second.changes == ("margin.minimum_usd=5",)


def test_a_parameter_of_a_policy_that_an_override_chooses_fits():
    designs = load_designs(
        ["glp", "jlp"],
        ["funding_rate.maximum_per_year=0.9", "jlp:funding_rate.policy=skew_linear_funding"],
    )
    assert [design.policies["funding_rate"].policy for design in designs] == [
        "no_funding",
        "skew_linear_funding",
    ]


def test_override_fits_tells_whether_a_design_has_the_key():
    glp = read_layers("glp").merged()
    assert override_fits(glp, "margin.minimum_usd=1")
    assert not override_fits(glp, "margin.leverage=1")
