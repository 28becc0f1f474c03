"""Parameters of a policy follow from its constructor, exactly."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.design import load_design
from sim.design.numbers import SECONDS_PER_YEAR, WAD, scaled_down, text_of
from sim.design.parameters import Parameter

MARKETS = ("BTC", "ETH")
ASSETS = ("BTC", "ETH", "USDC")

decimals = st.decimals(min_value=0, max_value=10**12, allow_nan=False, places=18)


def encode(argument: str, kind: str, lengths: tuple[int, ...], value: object) -> object:
    return Parameter(argument, kind, lengths).encode(value, ASSETS, MARKETS)


@pytest.mark.parametrize(
    ("argument", "key"),
    [
        ("maximum_wad_per_s", "maximum_per_year"),
        ("maximum_velocity_wad_per_day_per_day", "maximum_velocity_per_day_per_day"),
        ("interest_wad_per_8h", "interest_per_8h"),
        ("keeper_usd_wad", "keeper_usd"),
        ("buffer_wad", "buffer"),
        ("fee_bps", "fee_bps"),
        ("cooldown_s", "cooldown_s"),
        ("stable_assets", "stable_assets"),
        ("exponent", "exponent"),
    ],
)
def test_the_ending_of_the_argument_gives_the_key(argument, key):
    assert Parameter(argument, "uint256", ()).key == key


def test_a_flag_keeps_its_name():
    assert Parameter("forfeits_wad", "bool", ()).key == "forfeits_wad"


@given(decimals)
@pytest.mark.parametrize("argument", ["x_wad", "x_wad_per_8h", "x_wad_per_day_per_day"])
def test_a_wad_is_exact(argument, value):
    assert encode(argument, "uint256", (), value) == Fraction(value) * WAD


@given(decimals)
def test_a_rate_per_year_is_rounded_down_once(value):
    exact = Fraction(value) * WAD / SECONDS_PER_YEAR
    assert 0 <= exact - encode("x_wad_per_s", "uint256", (), value) < 1


@given(st.decimals(allow_nan=False, allow_infinity=False, places=30, min_value=-(10**40)))
def test_text_of_a_number_is_exact(value):
    assert Fraction(text_of(value)) == Fraction(value)


def test_one_basis_point_an_hour_is_known_to_the_last_wad():
    rate = load_design("glp").policies["borrow_rate"].arguments
    assert rate == (27_777_777_777,)
    assert scaled_down(Decimal("0.876"), WAD) // SECONDS_PER_YEAR == 27_777_777_777


def test_assets_become_a_bitmap():
    assert encode("x_assets", "uint256", (), ["USDC", "BTC"]) == 0b101
    assert encode("x_assets", "uint256", (), []) == 0


def test_one_value_holds_for_all_markets():
    assert encode("x_bps", "uint256", (8,), 200) == (200,) * 8
    assert encode("x", "bool", (8,), True) == (True,) * 8


def test_markets_that_are_not_listed_take_the_first_ones_value():
    value = {"ETH": 300, "BTC": 200}
    assert encode("x_bps", "uint256", (8,), value) == (200, 300, *[200] * 6)


def test_tiers_are_padded_with_zeros_and_markets_with_the_first():
    value = {"BTC": [Decimal(0), Decimal("1.5")], "ETH": [0]}
    btc, eth = (0, 15 * 10**17, 0), (0, 0, 0)
    assert encode("x_usd_wad", "uint256", (3, 8), value) == (btc, eth, *[btc] * 6)
    assert encode("x", "uint256", (3, 8), [40, 20]) == ((40, 20, 0),) * 8


def test_an_array_that_is_not_per_market_is_a_list():
    assert encode("x_s", "uint256", (3,), [60]) == (60, 0, 0)


def test_whole_numbers_may_be_written_with_an_exponent():
    assert encode("x", "uint256", (), Decimal("1E+3")) == 1_000


def test_a_shipped_tier_policy_takes_its_tiers(write_design):
    margin = """
[margin]
policy = "step_tier_margin"
leverage = { BTC = [40, 20], ETH = [25, 15], SOL = [20, 10] }
lower_usd = { BTC = [0, 150e6], ETH = [0, 100e6], SOL = [0, 70e6] }
"""
    choice = load_design(write_design(margin)).policies["margin"]
    lower_usd_wad, leverage = choice.arguments
    assert leverage == ((40, 20, 0), (25, 15, 0), (20, 10, 0), *[(40, 20, 0)] * 5)
    assert lower_usd_wad[1] == (0, 100_000_000 * WAD, 0)
    assert choice.parameters["leverage"]["SOL"] == (20, 10)


def test_an_own_policy_is_found_next_to_its_design(write_design, tmp_path):
    (tmp_path / "policies").mkdir()
    source = tmp_path / "policies" / "Steep.vy"
    source.write_text(
        "SLOPE_WAD: immutable(uint256)\n\n\n"
        "@deploy\ndef __init__(slope_wad: uint256, is_open: bool, pause_s: uint256):\n"
        "    SLOPE_WAD = slope_wad\n"
    )
    fee = '[weight_fee]\npolicy = "policies/Steep.vy"\nslope = 0.3\nis_open = true\npause_s = 60\n'
    parent = write_design(fee, name="parent.toml")
    (tmp_path / "below").mkdir()
    child = write_design("", name="below/child.toml", extends="../parent.toml")
    for path in (parent, child):
        choice = load_design(path).policies["weight_fee"]
        assert choice.source == source.resolve()
        assert choice.arguments == (3 * 10**17, True, 60)
        assert choice.parameters == {"slope": Decimal("0.3"), "is_open": True, "pause_s": 60}
