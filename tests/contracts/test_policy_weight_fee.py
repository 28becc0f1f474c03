"""Weight-fee policies against their formulas in exact arithmetic."""

from __future__ import annotations

from fractions import Fraction
from math import floor

import pytest
from contracts.bare import MAX_INT, WAD, Policy
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.design import load_design

EXACT = settings(max_examples=60, deadline=None, derandomize=True)
MINT, REDEEM, SWAP = range(3)
BPS_WAD = WAD // 10_000
GLP = "policies/weight_fee/GlpTax.vy"
BANDED = "policies/weight_fee/BandedTax.vy"
FLAT = "policies/weight_fee/FlatFee.vy"

bps = st.integers(0, 500)
usd_wad = st.integers(0, 10**12 * WAD)
calls = st.tuples(
    st.sampled_from([MINT, REDEEM, SWAP]),
    st.integers(0, 7),
    st.integers(0, 7),
    usd_wad,
    usd_wad,
    usd_wad,
    st.booleans(),
)


def tax(base: int, tax_bps: int, now: int, target: int, delta: int, increases: bool) -> int:
    """Whole basis points: the published formula, on fractions of the target."""
    if target == 0:
        return base
    after = now + delta if increases else max(0, now - delta)
    distance = Fraction(abs(now - target), target)
    distance_after = Fraction(abs(after - target), target)
    if distance_after < distance:
        return max(0, base - floor(tax_bps * distance))
    # The mean distance is truncated to a wei before it is compared.
    mean = Fraction(floor((distance + distance_after) / 2 * target), target)
    return base + floor(tax_bps * min(mean, 1))


@pytest.mark.parametrize(
    ("now_usd", "delta_usd", "expected_bps"),
    [(0, 100, 0), (900, 100, 25), (1_500, 100, 57), (500, 1_900, 77), (500, 990, 5)],
)
def test_glp_tax_gives_the_published_numbers(now_usd: int, delta_usd: int, expected_bps: int) -> None:
    """Base 30, tax 50, target 1,000; the last two show the cliff of the original."""
    policy = Policy(GLP, 30, 30, 4, 50, 20, 0)
    fee_wad = policy.call("fee", MINT, 0, 0, now_usd * WAD, 1_000 * WAD, delta_usd * WAD, True)
    assert fee_wad == expected_bps * BPS_WAD


@EXACT
@given(parameters=st.tuples(bps, bps, bps, bps, bps, st.integers(0, 255)), call=calls)
def test_glp_tax_is_the_formula(parameters: tuple[int, ...], call: tuple[int, ...]) -> None:
    mint_redeem, swap, stable_swap, tax_bps, stable_tax, stables = parameters
    kind, asset, other, now, target, delta, increases = call
    is_stable_swap = kind == SWAP and stables >> asset & 1 and stables >> other & 1
    base = stable_swap if is_stable_swap else swap if kind == SWAP else mint_redeem
    slope = stable_tax if is_stable_swap else tax_bps
    policy = Policy(GLP, *parameters)
    assert policy.call("fee", *call) == BPS_WAD * tax(base, slope, now, target, delta, increases)


@EXACT
@given(parameters=st.tuples(bps, bps, bps, st.integers(1, 2 * WAD), st.integers(0, 255)), call=calls)
def test_banded_tax_is_the_formula_inside_its_band(parameters: tuple[int, ...], call: tuple[int, ...]) -> None:
    fee, stable_fee, tax_bps, band_wad, stables = parameters
    _, asset, other, now, target, delta, increases = call
    base = stable_fee if stables >> asset & 1 and stables >> other & 1 else fee
    expected = BPS_WAD * tax(base, tax_bps, now, target, delta, increases)
    after = now + delta if increases else max(0, now - delta)
    is_away = abs(after - target) >= abs(now - target) or (now < target) != (after < target)
    is_outside = abs(after - target) > floor(Fraction(target * band_wad, WAD))
    if target > 0 and is_away and is_outside:
        expected = MAX_INT
    policy = Policy(BANDED, *parameters)
    assert policy.call("fee", *call) == expected


@pytest.fixture(scope="module")
def banded() -> Policy:
    """Base 10, tax 50, band 20 % of the target."""
    return Policy(BANDED, 10, 2, 50, WAD // 5, 0)


def test_the_band_is_closed_outward_and_open_inward(banded: Policy) -> None:
    def fee(now_usd: int, delta_usd: int, increases: bool) -> int:
        amounts = (now_usd * WAD, 1_000 * WAD, delta_usd * WAD)
        return banded.call("fee", MINT, 0, 0, *amounts, increases)

    assert fee(1_100, 100, True) == 17 * BPS_WAD  # at the edge: 10 + 50 * 15 %
    assert fee(1_100, 101, True) == MAX_INT
    assert fee(1_300, 50, False) == 0  # from outside toward the target: 10 - 50 * 30 %
    assert fee(700, 1, False) == MAX_INT


@pytest.mark.parametrize(("now_usd", "delta_usd", "increases"), [(1_500, 900, False), (500, 900, True)])
def test_a_jump_over_the_target_ends_inside_the_band_or_is_refused(
    banded: Policy, now_usd: int, delta_usd: int, increases: bool
) -> None:
    """From half of the target off to four tenths off on the other side; GMX v1 gives the rebate for that."""
    for policy, jump in ((banded, MAX_INT), (Policy(GLP, 10, 10, 2, 50, 20, 0), 0)):
        amounts = (now_usd * WAD, 1_000 * WAD)
        assert policy.call("fee", MINT, 0, 0, *amounts, delta_usd * WAD, increases) == jump
        assert policy.call("fee", MINT, 0, 0, *amounts, 700 * WAD, increases) == 0  # to the edge of the band


@pytest.mark.parametrize(
    ("name", "start", "jump", "says"),
    [
        ("glp", 1_500, 900, "costs 5 bps, in two steps 21"),
        ("glp_partial", 500, 900, "costs 5 bps, in two steps 21"),
        ("single_venue", 1_500, 900, "costs 5 bps, in two steps 21"),
        ("jlp", 1_200, 390, "0 bps from 1.2 to 0.81 times the target, in two steps 7"),
        ("jlp", 800, 390, "0 bps from 1.2 to 0.81 times the target, in two steps 7"),
    ],
)
def test_a_design_lists_what_a_jump_over_the_target_saves(name: str, start: int, jump: int, says: str) -> None:
    design = load_design(name)
    policy = Policy(design.policies["weight_fee"].source, *design.policies["weight_fee"].arguments)
    first = abs(1_000 - start)

    def cost_usd(now_usd: int, delta_usd: int) -> float:
        call = (MINT, 0, 0, now_usd * WAD, 1_000 * WAD, delta_usd * WAD, start < 1_000)
        return float(Fraction(policy.call("fee", *call), WAD)) * delta_usd

    steps = (cost_usd(start, jump), cost_usd(start, first) + cost_usd(1_000, jump - first))
    once, twice = (round(usd / jump * 10_000) for usd in steps)
    assert says in next(broken.reason for broken in design.breaks if broken.property == "SW-02")
    assert f"{once} bps" in says and says.endswith(f"in two steps {twice}")


@EXACT
@given(parameters=st.tuples(bps, bps), call=calls)
def test_flat_fee_depends_on_the_kind_alone(parameters: tuple[int, int], call: tuple[int, ...]) -> None:
    policy = Policy(FLAT, *parameters)
    assert policy.call("fee", *call) == BPS_WAD * parameters[call[0] == SWAP]
