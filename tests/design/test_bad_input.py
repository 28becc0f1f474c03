"""Whatever is wrong with a design is said in one line: the file, the key, what was expected."""

from __future__ import annotations

import pytest

from sim.design import load_design
from sim.inputs.errors import InputError


def complaint(path: str, *overrides: str) -> str:
    """The message without the folder of the file."""
    with pytest.raises(InputError) as caught:
        load_design(path, overrides)
    message = str(caught.value)
    assert "\n" not in message
    return message.replace(path, "mine.toml")


def test_unknown_design_lists_the_shipped_ones():
    with pytest.raises(InputError) as caught:
        load_design("gmx_v9")
    assert str(caught.value).startswith("gmx_v9: expected the path of a .toml file, or one of breakwater, glp,")


def test_missing_file_is_named(tmp_path):
    assert complaint(str(tmp_path / "none.toml")) == (
        "mine.toml: expected a file that can be read, got No such file or directory"
    )


def test_broken_toml_is_located(write_design):
    message = complaint(write_design("[margin\n", extends=None))
    assert message.startswith("mine.toml: line 1: expected valid TOML, got ")
    assert "line 1" in message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("colour = 1", "mine.toml: colour: expected one of extends, name, title, summary"),
        ("[oracle]\nwidth = 1", "mine.toml: oracle.width: expected one of mode, venue, min_venues"),
        (
            '[[asset]]\nsymbol = "BTC"\ncap = 1',
            "mine.toml: asset[BTC].cap: expected one of symbol, feed, decimals",
        ),
        (
            '[[oracle.feed]]\nsymbol = "ETH"\nmin = 1',
            "mine.toml: oracle.feed[ETH].min: expected one of symbol, min_usd, max_usd, ",
        ),
        ('label = "x"', "mine.toml: label: expected one of extends, name"),
        ("oracle = 5", "mine.toml: oracle: expected a table, got 5"),
        ("asset = 5", "mine.toml: asset: expected tables, each written as [[asset]], got 5"),
        ("margin = 5", "mine.toml: margin: expected a table [margin] with a policy, got 5"),
        ("extends = 5", None),
    ],
)
def test_unknown_keys_and_tables_list_what_may_stand_there(write_design, text, expected):
    if expected is None:
        message = complaint(write_design(text, extends=None))
        assert message == "mine.toml: extends: expected the name or path of a design, got 5"
    else:
        assert complaint(write_design(text)).startswith(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("target_weight = -0.1", "target_weight: expected a number of at least 0"),
        ("target_weight = 1.5", "target_weight: expected a number of at most 1"),
        ("target_weight = nan", "target_weight: expected a number, got NaN"),
        ('target_weight = "0.2"', "target_weight: expected a number, got 0.2"),
        ("target_weight = true", "target_weight: expected a number, got True"),
        ("decimals = 8.5", "decimals: expected a whole number, got 8.5"),
        ("decimals = 19", "decimals: expected a number of at most 18, got 19"),
        ("max_pool = 0.123456789", "max_pool: expected at most 8 decimal places, got 0.123456789"),
        ("buffer = 20_000", "buffer: expected at most max_pool, got 20000"),
        (
            "haircut = 0.0000000000000000001",
            "haircut: expected no more than 18 decimal places, got 1E-19",
        ),
        ("target_weight = 0.24", None),
        ('feed = "DOGE"', "feed: expected a feed with bounds in [[oracle.feed]] (BTC, ETH, SOL"),
    ],
)
def test_bad_values_of_an_asset_are_named(write_design, text, expected):
    message = complaint(write_design(f'[[asset]]\nsymbol = "BTC"\n{text}\n'))
    if expected is None:
        expected_message = "mine.toml: asset.target_weight: expected weights that sum to 1, got 1.01"
        assert message == expected_message
    else:
        assert message.startswith(f"mine.toml: asset[BTC].{expected}")


def test_an_asset_needs_a_symbol_of_its_own(write_design):
    twice = '[[asset]]\nsymbol = "BTC"\n[[asset]]\nsymbol = "BTC"\n'
    expected = "mine.toml: asset[1].symbol: expected a symbol that no other [[asset]] has"
    assert complaint(write_design(twice)) == f"{expected}, got BTC"
    assert complaint(write_design("[[asset]]\ndecimals = 8\n")) == expected.replace("[1]", "[0]")


def test_a_missing_value_is_named(write_design):
    text = '[[asset]]\nsymbol = "DOGE"\nhaircut = 0\nmax_pool = 1\nbuffer = 0\ntarget_weight = 0\n'
    assert complaint(write_design(text)) == "mine.toml: asset[DOGE].decimals: expected a value (the key is required)"


def test_a_market_needs_assets_of_the_pool(write_design):
    text = '[[market]]\nsymbol = "BTC"\nshort_asset = "USDT"\n'
    assert complaint(write_design(text)) == (
        "mine.toml: market[BTC].short_asset: expected one of the assets BTC, ETH, SOL, USDC, got USDT"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('mode = "single_venue"', "oracle.venue: expected a venue for the mode single_venue"),
        ('venue = "binance"', "oracle.venue: expected a venue for the mode single_venue"),
        (
            'mode = "median"',
            "oracle.mode: expected 'weighted_median', 'clamped_mean', 'single_venue' or 'mean', got median",
        ),
        ("max_venue_age_s = 0", "oracle.max_venue_age_s: expected a positive number, got 0"),
        ("wide_bps = 0.5", "oracle.wide_bps: expected a whole number, got 0.5"),
        (
            '[[oracle.feed]]\nsymbol = "BTC"\nmin_usd = 1_000_000',
            "oracle.feed[BTC].max_usd: expected a number above min_usd, got 1000000",
        ),
        (
            '[[oracle.feed]]\nsymbol = "XRP"\nmin_usd = 1\nmax_usd = 2',
            "oracle.feed[XRP]: expected a feed of an asset or market, got XRP",
        ),
    ],
)
def test_bad_values_of_the_oracle_are_named(write_design, text, expected):
    assert complaint(write_design(f"[oracle]\n{text}\n")).startswith(f"mine.toml: {expected}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '[weight_fee]\npolicy = "glp"',
            (
                "weight_fee.policy: expected one of banded_tax, continuous_tax, flat_fee, glp_tax, imbalance_impact, "
                "or the path of a .vy file, got glp"
            ),
        ),
        (
            "[weight_fee]\ntax_pct = 1",
            (
                "weight_fee.tax_pct: expected one of mint_redeem_fee_bps, swap_fee_bps, "
                "stable_swap_fee_bps, tax_bps, stable_tax_bps, stable_assets, got tax_pct"
            ),
        ),
        (
            "[price_impact]\nscale = 1",
            "price_impact.scale: expected no parameters of no_impact, got scale",
        ),
        (
            '[funding_rate]\npolicy = "skew_linear_funding"',
            ("funding_rate.maximum_per_year: expected a number per year (skew_linear_funding needs it)"),
        ),
        (
            "[weight_fee]\ntax_bps = 0.5",
            "weight_fee.tax_bps: expected a whole number of basis points, got 0.5",
        ),
        (
            "[weight_fee]\ntax_bps = -1",
            ("weight_fee.tax_bps: expected a whole number of basis points that is not negative, got -1"),
        ),
        (
            '[borrow_rate]\nrate_at_full_per_year = "87.6%"',
            "borrow_rate.rate_at_full_per_year: expected a number per year, got 87.6%",
        ),
        ("[liquidation]\nforfeits = 1", "liquidation.forfeits: expected true or false, got 1"),
        (
            "[liquidation]\nkeeper_usd = 1e60",
            "liquidation.keeper_usd: expected a number that fits into 256 bits, got 1E+60",
        ),
        (
            "[liquidation]\nkeeper_usd = 1e-19",
            "liquidation.keeper_usd: expected at most 18 decimal places, got 1E-19",
        ),
        (
            '[weight_fee]\nstable_assets = "USDC"',
            "weight_fee.stable_assets: expected a list of assets (BTC, ETH, SOL, USDC), got USDC",
        ),
        (
            '[weight_fee]\nstable_assets = ["USDC", "DAI"]',
            "weight_fee.stable_assets[1]: expected one of the assets BTC, ETH, SOL, USDC, got DAI",
        ),
        (
            "[margin]\ninitial_bps = { BTC = 200, ETH = 200, DOGE = 200 }",
            "margin.initial_bps.DOGE: expected one of the markets BTC, ETH, SOL, got DOGE",
        ),
        (
            "[margin]\ninitial_bps = { BTC = 200, ETH = 200 }",
            "margin.initial_bps.SOL: expected a value for each market (BTC, ETH, SOL)",
        ),
        (
            "[margin]\ninitial_bps = { BTC = 200, ETH = 200, SOL = 2.5 }",
            "margin.initial_bps.SOL: expected a whole number of basis points, got 2.5",
        ),
        (
            '[margin]\npolicy = "step_tier_margin"\nleverage = [40]\nlower_usd = [0, 1, 2, 3]',
            "margin.lower_usd: expected a list of 1 to 3 values, got [0, 1, 2, 3]",
        ),
        (
            '[margin]\npolicy = "step_tier_margin"\nleverage = [40]\nlower_usd = [0, -1]',
            "margin.lower_usd[1]: expected a number of USD that is not negative, got -1",
        ),
        (
            '[sources]\nweight_fees = "x"',
            "sources.weight_fees: expected the key of a number or of its table, got weight_fees",
        ),
        (
            '[[breaks]]\nproperty = "the cliff"\nreason = "x"',
            "breaks[the cliff].property: expected text that should match pattern",
        ),
        (
            '[[rule]]\nrule = "cooldown"\nheld = "no"',
            "rule[cooldown].held: expected 'exactly', 'approximately' or 'omitted', got no",
        ),
    ],
)
def test_bad_policies_and_parameters_are_named(write_design, text, expected):
    assert complaint(write_design(text)).startswith(f"mine.toml: {expected}")


def test_a_policy_that_is_no_file_is_named(write_design, tmp_path):
    message = complaint(write_design('[weight_fee]\npolicy = "None.vy"\n'))
    assert message == f"{tmp_path.resolve() / 'None.vy'}: expected a Vyper source file"


def test_a_policy_whose_constructor_wants_more_than_a_file_can_say_is_refused(write_design, tmp_path):
    (tmp_path / "Odd.vy").write_text("@deploy\ndef __init__(owner: address):\n    pass\n")
    message = complaint(write_design('[weight_fee]\npolicy = "Odd.vy"\n'))
    assert "__init__.owner: expected uint256, bool, or fixed arrays of them" in message
    assert message.endswith("got address")


def test_the_file_that_set_a_value_is_blamed_not_the_one_that_extends_it(write_design):
    parent = write_design("[margin]\nminimum_usd = -1\n", name="parent.toml")
    child = write_design('title = "child"\n', name="child.toml", extends="parent.toml")
    with pytest.raises(InputError) as caught:
        load_design(child)
    assert caught.value.file == parent


def test_a_design_that_extends_itself_is_refused(write_design):
    path = write_design("", name="loop.toml", extends="loop.toml")
    assert "extends: expected a design that does not extend itself" in complaint(path)


def test_a_design_that_extends_nothing_known_is_refused(write_design):
    path = write_design("", extends="gmx_v9")
    assert complaint(path).startswith("mine.toml: extends: expected the path of a .toml file, or")
