"""Constructors of policies state their bounds, each with its sentence; at the bound they accept."""

from __future__ import annotations

import re
from typing import Any

import pytest
from contracts.stage import MAX_RATE_WAD_PER_S, WAD, Stage

from sim.chain.compiler import CONTRACTS

GLP = "weight_fee/GlpTax.vy"
BANDED = "weight_fee/BandedTax.vy"
FLAT_FEE = "weight_fee/FlatFee.vy"
LINEAR = "borrow_rate/LinearBorrow.vy"
KINKED = "borrow_rate/KinkedBorrow.vy"
SKEW = "funding_rate/SkewLinearFunding.vy"
WINDOW = "price_impact/LinearWindowImpact.vy"
FLAT_MARGIN = "margin/FlatMargin.vy"
TIERED = "margin/StepTierMargin.vy"
FULL = "liquidation/FullLiquidation.vy"
RESTORE = "liquidation/RestoreMargin.vy"

TOP = MAX_RATE_WAD_PER_S
EIGHT = [1] * 8

#: Constructor arguments at their bounds.
ACCEPTED: dict[str, tuple[Any, ...]] = {
    GLP: (500, 500, 500, 500, 500, 2**256 - 1),
    BANDED: (500, 500, 500, 1, 0),
    FLAT_FEE: (500, 500),
    LINEAR: (TOP,),
    KINKED: (TOP, TOP, TOP, WAD - 1),
    SKEW: (TOP,),
    WINDOW: (EIGHT, [WAD] * 8, 3, 1, 1_000),
    FLAT_MARGIN: ([10_000] * 8, [10_000] * 8, 0),
    TIERED: ([[0, 1, 2]] * 8, [[1, 1, 1]] * 8),
    FULL: (400, 300, 300, 100 * WAD, True, True),
    RESTORE: (WAD, WAD, 0, 400, 300, 300, 100 * WAD, True),
}

REFUSED: list[tuple[str, tuple[Any, ...], str]] = [
    (GLP, (501, 0, 0, 0, 0, 0), "mint_redeem_fee_bps above 500"),
    (GLP, (0, 501, 0, 0, 0, 0), "swap_fee_bps above 500"),
    (GLP, (0, 0, 501, 0, 0, 0), "stable_swap_fee_bps above 500"),
    (GLP, (0, 0, 0, 501, 0, 0), "tax_bps above 500"),
    (GLP, (0, 0, 0, 0, 501, 0), "stable_tax_bps above 500"),
    (BANDED, (501, 0, 0, 1, 0), "fee_bps above 500"),
    (BANDED, (0, 501, 0, 1, 0), "stable_fee_bps above 500"),
    (BANDED, (0, 0, 501, 1, 0), "tax_bps above 500"),
    (BANDED, (0, 0, 0, 0, 0), "band_wad is zero"),
    (FLAT_FEE, (501, 0), "mint_redeem_fee_bps above 500"),
    (FLAT_FEE, (0, 501), "swap_fee_bps above 500"),
    (LINEAR, (TOP + 1,), "rate_at_full_wad_per_s above the hard bound"),
    (KINKED, (2, 1, 3, WAD // 2), "minimum_wad_per_s above target_wad_per_s"),
    (KINKED, (1, 3, 2, WAD // 2), "target_wad_per_s above maximum_wad_per_s"),
    (KINKED, (1, 2, TOP + 1, WAD // 2), "maximum_wad_per_s above the hard bound"),
    (KINKED, (1, 2, 3, 0), "target_utilisation_wad is zero"),
    (KINKED, (1, 2, 3, WAD), "target_utilisation_wad is not below one"),
    (SKEW, (TOP + 1,), "maximum_wad_per_s above the hard bound"),
    (WINDOW, ([1] * 7 + [0], [WAD] * 8, 1, 1, 0), "linear_scale_usd_wad is zero"),
    (WINDOW, (EIGHT, [WAD] * 7 + [WAD - 1], 1, 1, 0), "threshold_usd_wad below one USD"),
    (WINDOW, (EIGHT, [WAD] * 8, 0, 1, 0), "exponent outside 1..3"),
    (WINDOW, (EIGHT, [WAD] * 8, 4, 1, 0), "exponent outside 1..3"),
    (WINDOW, (EIGHT, [WAD] * 8, 1, 0, 0), "fee_factor is zero"),
    (WINDOW, (EIGHT, [WAD] * 8, 1, 1, 1_001), "maximum_bps above 1,000"),
    (FLAT_MARGIN, ([1] * 7 + [10_001], EIGHT, 0), "initial_bps above 10,000"),
    (FLAT_MARGIN, (EIGHT, [1] * 7 + [0], 0), "maintenance_bps is zero"),
    (FLAT_MARGIN, (EIGHT, [1] * 7 + [2], 0), "maintenance_bps above initial_bps"),
    (TIERED, ([[1, 2, 3]] * 8, [[3, 2, 1]] * 8), "lower_usd_wad of the first tier is not zero"),
    (TIERED, ([[0, 0, 0]] * 8, [[0, 0, 0]] * 8), "leverage is zero"),
    (TIERED, ([[0, 2, 2]] * 8, [[3, 2, 1]] * 8), "lower_usd_wad does not rise"),
    (TIERED, ([[0, 1, 2]] * 8, [[3, 0, 0]] * 8), "leverage is zero"),
    (TIERED, ([[0, 1, 2]] * 8, [[3, 4, 1]] * 8), "leverage rises with size"),
    (FULL, (400, 300, 301, 0, False, False), "charges above 1,000 bps"),
    (FULL, (0, 0, 0, 100 * WAD + 1, False, False), "keeper_usd_wad above 100 USD"),
    (RESTORE, (WAD + 1, WAD, 0, 0, 0, 0, 0, False), "buffer_wad above one"),
    (RESTORE, (0, 0, 0, 0, 0, 0, 0, False), "close_factor_wad is zero"),
    (RESTORE, (0, WAD + 1, 0, 0, 0, 0, 0, False), "close_factor_wad above one"),
    (RESTORE, (0, WAD, 0, 400, 300, 301, 0, False), "charges above 1,000 bps"),
    (RESTORE, (0, WAD, 0, 0, 0, 0, 100 * WAD + 1, False), "keeper_usd_wad above 100 USD"),
]


@pytest.fixture(scope="module")
def world() -> Stage:
    return Stage()


def _refusal(world: Stage, source: str, arguments: tuple[Any, ...]) -> str:
    try:
        world.deploy(f"policies/{source}", *arguments)
    except RuntimeError as error:
        output = re.search(r"output: 0x([0-9a-f]*)", str(error))
        raw = bytes.fromhex(output[1]) if output else b""
        return raw[68:].rstrip(b"\0").decode()  # after selector, offset and length
    return "accepted"


@pytest.mark.parametrize("source", ACCEPTED)
def test_parameters_at_their_bounds_are_accepted(world: Stage, source: str) -> None:
    assert _refusal(world, source, ACCEPTED[source]) == "accepted"


@pytest.mark.parametrize(("source", "arguments", "sentence"), REFUSED)
def test_parameters_out_of_bounds_are_refused_with_a_sentence(
    world: Stage, source: str, arguments: tuple[Any, ...], sentence: str
) -> None:
    name = source.split("/")[1].removesuffix(".vy")
    assert _refusal(world, source, arguments) == f"{name}: {sentence}"


def test_every_sentence_in_a_constructor_is_provoked() -> None:
    written = set()
    for path in (CONTRACTS / "policies").rglob("*.vy"):
        written |= set(re.findall(r'assert .*, "(\w+: [^"]+)"', path.read_text()))
    provoked = {f"{s.split('/')[1].removesuffix('.vy')}: {text}" for s, _, text in REFUSED}
    assert provoked == written
