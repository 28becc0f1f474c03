"""Constructors of fee, rate and impact policies state their bounds in a sentence each; at the bound they accept."""

from __future__ import annotations

import re
from typing import Any

import pytest
from contracts.bare import MAX_RATE_WAD_PER_S, MAX_UINT, WAD, Policy, Refused

from sim.inputs.compiler import CONTRACTS

SLOTS = ("weight_fee", "borrow_rate", "funding_rate", "price_impact")
TOP = MAX_RATE_WAD_PER_S
SCALE = 10**15 * WAD

#: Policy -> (argument, what its sentence says, accepted value next to a refused one).
Bounds = list[tuple[int, str, Any, Any]]


def eight(value: int, last: int | None = None) -> list[int]:
    """A value per market, the last market's different."""
    return [value] * 7 + [value if last is None else last]


def at_most(argument: int, name: str, most: int, says: str) -> tuple[int, str, Any, Any]:
    """The bound of one argument from above."""
    return argument, f"{name} above {says}", most, most + 1


def scales(argument: int, name: str) -> Bounds:
    """The bounds of a scale in USD per market."""
    return [
        (argument, f"{name} below one USD", eight(WAD), eight(WAD, WAD - 1)),
        (argument, f"{name} above 1e15", eight(SCALE), eight(WAD, SCALE + 1)),
    ]


#: Policy -> arguments that it accepts, and the bounds around them.
BOUNDS: dict[str, tuple[tuple[Any, ...], Bounds]] = {
    "weight_fee/FlatFee": (
        (0, 0),
        [at_most(0, "mint_redeem_fee_bps", 500, "500"), at_most(1, "swap_fee_bps", 500, "500")],
    ),
    "weight_fee/GlpTax": (
        (0, 0, 0, 0, 0, MAX_UINT),
        [
            at_most(0, "mint_redeem_fee_bps", 500, "500"),
            at_most(1, "swap_fee_bps", 500, "500"),
            at_most(2, "stable_swap_fee_bps", 500, "500"),
            at_most(3, "tax_bps", 500, "500"),
            at_most(4, "stable_tax_bps", 500, "500"),
        ],
    ),
    "weight_fee/BandedTax": (
        (0, 0, 0, 1, 0),
        [
            at_most(0, "fee_bps", 500, "500"),
            at_most(1, "stable_fee_bps", 500, "500"),
            at_most(2, "tax_bps", 500, "500"),
            (3, "band_wad is zero", 1, 0),
            at_most(3, "band_wad", 10 * WAD, "ten"),
        ],
    ),
    "weight_fee/ImbalanceImpact": (
        (WAD, WAD, 1, 0, 500, True),
        [
            at_most(0, "positive_factor_wad", WAD, "negative_factor_wad"),
            at_most(1, "negative_factor_wad", WAD, "one"),
            (2, "exponent outside 1..3", 1, 0),
            (2, "exponent outside 1..3", 3, 4),
            at_most(3, "better_fee_bps", 500, "worse_fee_bps"),
            at_most(4, "worse_fee_bps", 500, "500"),
            (5, "positive_factor_wad above half without a pair", True, False),
        ],
    ),
    "weight_fee/ContinuousTax": (
        (10, 10, 5, 0, WAD, False),
        [
            at_most(0, "mint_redeem_fee_bps", 500, "500"),
            at_most(1, "swap_fee_bps", 500, "500"),
            at_most(2, "minimum_fee_bps", 10, "a base fee"),
            (0, "minimum_fee_bps above a base fee", 5, 4),
            (1, "minimum_fee_bps above a base fee", 5, 4),
            at_most(3, "tax_bps", 500, "500"),
            (4, "saturation_wad is zero", 1, 0),
            at_most(4, "saturation_wad", 10 * WAD, "ten"),
            (5, "rebates below minimum_fee_bps", False, True),
        ],
    ),
    "borrow_rate/LinearBorrow": ((0,), [at_most(0, "rate_at_full_wad_per_s", TOP, "the hard bound")]),
    "borrow_rate/KinkedBorrow": (
        (5, 10, 15, WAD // 2, True),
        [
            at_most(0, "minimum_wad_per_s", 10, "target_wad_per_s"),
            at_most(1, "target_wad_per_s", 15, "maximum_wad_per_s"),
            at_most(2, "maximum_wad_per_s", TOP, "the hard bound"),
            (3, "target_utilisation_wad is zero", 1, 0),
            (3, "target_utilisation_wad is not below one", WAD - 1, WAD),
        ],
    ),
    "funding_rate/NoFunding": ((), []),
    "funding_rate/SkewLinearFunding": ((0,), [at_most(0, "maximum_wad_per_s", TOP, "the hard bound")]),
    "funding_rate/PaperFunding": (
        (0, TOP),
        [
            at_most(0, "kappa_wad_per_s", TOP, "maximum_wad_per_s"),
            at_most(1, "maximum_wad_per_s", TOP, "the hard bound"),
        ],
    ),
    "funding_rate/AdaptiveFunding": (
        (0, TOP, 1, 1, WAD // 2, 0),
        [
            at_most(0, "minimum_wad_per_s", TOP, "maximum_wad_per_s"),
            at_most(1, "maximum_wad_per_s", TOP, "the hard bound"),
            (2, "increase_s is zero", 1, 0),
            at_most(2, "increase_s", 10**9, "1e9"),
            (3, "decrease_s is zero", 1, 0),
            at_most(3, "decrease_s", 10**9, "1e9"),
            at_most(4, "stable_threshold_wad", WAD, "one"),
            at_most(5, "decrease_threshold_wad", WAD // 2, "stable_threshold_wad"),
        ],
    ),
    "funding_rate/VelocityFunding": (
        (0, 0, eight(WAD)),
        [
            at_most(0, "maximum_velocity_wad_per_day_per_day", 1_000 * WAD, "1,000"),
            at_most(1, "maximum_wad_per_s", TOP, "the hard bound"),
            *scales(2, "skew_scale_usd_wad"),
        ],
    ),
    "funding_rate/PremiumFunding": (
        (0, 0, 0, eight(WAD)),
        [
            at_most(0, "interest_wad_per_8h", WAD // 100, "one per cent"),
            at_most(1, "band_wad_per_8h", WAD // 100, "one per cent"),
            at_most(2, "maximum_wad_per_s", TOP, "the hard bound"),
            *scales(3, "premium_scale_usd_wad"),
        ],
    ),
    "price_impact/NoImpact": ((), []),
    "price_impact/LinearWindowImpact": (
        (eight(WAD), eight(WAD), 1, 1, 0),
        [
            *scales(0, "linear_scale_usd_wad"),
            *scales(1, "threshold_usd_wad"),
            (2, "exponent outside 1..3", 1, 0),
            (2, "exponent outside 1..3", 3, 4),
            (3, "fee_factor is zero", 1, 0),
            at_most(3, "fee_factor", 10_000, "10,000"),
            at_most(4, "maximum_bps", 1_000, "1,000"),
        ],
    ),
    "price_impact/PowerImpact": (
        (eight(0), eight(WAD), 2, 2, 0, 1_000),
        [
            (0, "positive_factor_wad above negative_factor_wad", eight(WAD), eight(0, WAD + 1)),
            (1, "negative_factor_wad above one", eight(WAD), eight(WAD, WAD + 1)),
            (2, "positive_exponent is zero", 1, 0),
            at_most(2, "positive_exponent", 2, "negative_exponent"),
            at_most(3, "negative_exponent", 3, "three"),
            at_most(4, "positive_cap_bps", 1_000, "negative_cap_bps"),
            at_most(5, "negative_cap_bps", 1_000, "1,000"),
        ],
    ),
    "price_impact/SkewScaleImpact": (
        (eight(WAD), 0),
        [*scales(0, "skew_scale_usd_wad"), at_most(1, "maximum_bps", 1_000, "1,000")],
    ),
}

CASES = [(name, *bound) for name, (_, bounds) in BOUNDS.items() for bound in bounds]


def _replaced(name: str, argument: int, value: Any) -> tuple[Any, ...]:
    accepted = list(BOUNDS[name][0])
    accepted[argument] = value
    return tuple(accepted)


@pytest.mark.parametrize("name", BOUNDS)
def test_parameters_inside_their_bounds_are_accepted(name: str) -> None:
    policy = Policy(f"policies/{name}.vy", *BOUNDS[name][0])
    for (argument, _), value in zip(policy.code.constructor, BOUNDS[name][0], strict=True):
        if not isinstance(value, list):
            assert policy.call(argument.upper()) == value


@pytest.mark.parametrize(("name", "argument", "says", "accepted", "refused"), CASES)
def test_a_bound_accepts_what_lies_on_it_and_refuses_what_lies_beyond_with_a_sentence(
    name: str, argument: int, says: str, accepted: Any, refused: Any
) -> None:
    source = f"policies/{name}.vy"
    Policy(source, *_replaced(name, argument, accepted))
    with pytest.raises(Refused) as refusal:
        Policy(source, *_replaced(name, argument, refused))
    assert str(refusal.value) == f"{name.split('/')[1]}: {says}"


def test_every_policy_of_these_slots_and_every_sentence_in_their_constructors_is_provoked() -> None:
    sources = {f"{slot}/{path.stem}": path for slot in SLOTS for path in (CONTRACTS / "policies" / slot).glob("*.vy")}
    assert set(sources) == set(BOUNDS)
    written = {text for path in sources.values() for text in re.findall(r'assert .*, "([^"]+)"', path.read_text())}
    assert written == {f"{name.split('/')[1]}: {says}" for name, _, says, _, _ in CASES}
