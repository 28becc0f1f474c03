"""Constructors of margin, liquidation, deleverage and circuit policies state their bounds, each with its sentence."""

from __future__ import annotations

import re
from typing import Any

import pytest
from contracts.bare import WAD, Policy, Refused

from sim.inputs.compiler import CONTRACTS

SLOTS = ("margin", "liquidation", "deleverage", "circuit")

FLAT = "margin/FlatMargin.vy"
TIERED = "margin/StepTierMargin.vy"
ROOT = "margin/SquareRootMargin.vy"
OPEN_INTEREST = "margin/OpenInterestMargin.vy"
FULL = "liquidation/FullLiquidation.vy"
RESTORE = "liquidation/RestoreMargin.vy"
FRACTION = "liquidation/FixedFraction.vy"
LADDER = "liquidation/TierLadder.vy"
FACTOR = "liquidation/CloseFactor.vy"
NEVER = "deleverage/NoDeleverage.vy"
INDEX = "deleverage/IndexHaircut.vy"
LISTED = "deleverage/ListedQueue.vy"
QUEUE = "deleverage/QueueDeleverage.vy"
PRO_RATA = "deleverage/ProRataDeleverage.vy"
CAPPED = "deleverage/CappedProRata.vy"
OPEN = "circuit/NoCircuit.vy"
MOVE = "circuit/PriceMoveCircuit.vy"
RATIO = "circuit/ProfitRatioCircuit.vy"

DAY_S = 86_400
EIGHT = [1] * 8
TOP_CHARGES = (400, 300, 300, 100 * WAD, True)
NO_CHARGES = (0, 0, 0, 0, False)
CHARGES_ABOVE = (400, 300, 301, 0, False)
REWARD_ABOVE = (0, 0, 0, 100 * WAD + 1, False)
LIMITS = [[0, 1, 2]] * 8
TEN = 10 * WAD
MOST_USD = 10**15 * WAD
ABOVE = MOST_USD + 1
WORD = 2**256 - 1


def last(value: int) -> list[int]:
    """Only the last market has this value."""
    return [*EIGHT[1:], value]


#: Constructor arguments at their bounds.
ACCEPTED: list[tuple[str, tuple[Any, ...]]] = [
    (FLAT, ([10_000] * 8, [10_000] * 8, 10**6 * WAD)),
    (TIERED, (LIMITS, [[1, 1, 1]] * 8)),
    (ROOT, ([10_000] * 8, [10_000] * 8, [WAD] * 8)),
    (ROOT, (EIGHT, EIGHT, [0] * 8)),
    (OPEN_INTEREST, ([10_000] * 8, [10_000] * 8, [0] * 8, [0] * 8)),
    (OPEN_INTEREST, (EIGHT, EIGHT, [0] * 8, EIGHT)),
    (FULL, (400, 300, 300, 100 * WAD, True, False, True)),
    (FULL, (400, 300, 300, 100 * WAD, False, True, True)),
    (RESTORE, (WAD, WAD, 0, *TOP_CHARGES)),
    (FRACTION, (WAD, 0, DAY_S, True, WAD, True, *TOP_CHARGES)),
    (FRACTION, (1, 0, 0, False, 0, False, *NO_CHARGES)),
    (LADDER, (LIMITS, 1, True, *TOP_CHARGES)),
    (LADDER, ([[0, 0, 0]] * 8, 2, False, *NO_CHARGES)),
    (FACTOR, (WAD, WAD, MOST_USD, MOST_USD, *TOP_CHARGES)),
    (FACTOR, (1, 0, 0, 0, *NO_CHARGES)),
    (NEVER, ()),
    (INDEX, ()),
    (QUEUE, (TEN, WAD - 1, True, 10**30)),
    (LISTED, (TEN, WAD - 1, True, 10**30)),
    (LISTED, (0, 0, False, 0)),
    (QUEUE, (0, 0, False, 0)),
    (PRO_RATA, (TEN, WAD - 1, True)),
    (PRO_RATA, (0, 0, False)),
    (CAPPED, (TEN, WAD - 1, True, WAD)),
    (CAPPED, (0, 0, False, 1)),
    (OPEN, ()),
    (MOVE, ([TEN] * 8, [TEN] * 8, DAY_S, DAY_S)),
    (MOVE, (EIGHT, EIGHT, 1, 0)),
    (RATIO, (TEN, TEN, TEN)),
    (RATIO, (0, 0, 0)),
]

REFUSED: list[tuple[str, tuple[Any, ...], str]] = [
    (FLAT, (last(10_001), EIGHT, 0), "initial_bps above 10,000"),
    (FLAT, (EIGHT, last(0), 0), "maintenance_bps is zero"),
    (FLAT, (EIGHT, last(2), 0), "maintenance_bps above initial_bps"),
    (FLAT, (EIGHT, EIGHT, 10**6 * WAD + 1), "minimum_usd_wad above a million USD"),
    (TIERED, ([[1, 2, 3]] * 8, [[3, 2, 1]] * 8), "lower_usd_wad of the first tier is not zero"),
    (TIERED, ([[0, 0, 0]] * 8, [[0, 0, 0]] * 8), "leverage is zero"),
    (TIERED, ([[0, 2, 2]] * 8, [[3, 2, 1]] * 8), "lower_usd_wad does not rise"),
    (TIERED, (LIMITS, [[3, 0, 0]] * 8), "leverage is zero"),
    (TIERED, (LIMITS, [[1_001, 1, 1]] * 8), "leverage above 1,000"),
    (TIERED, ([[0, 0, 0]] * 8, [[3, 1_001, 0]] * 8), "leverage above 1,000"),
    (TIERED, ([[0, ABOVE, 0]] * 8, [[3, 2, 1]] * 8), "lower_usd_wad above 1e15"),
    (TIERED, (LIMITS, [[3, 4, 1]] * 8), "leverage rises with size"),
    (ROOT, (last(10_001), EIGHT, EIGHT), "initial_bps above 10,000"),
    (ROOT, (EIGHT, last(0), EIGHT), "maintenance_bps is zero"),
    (ROOT, (EIGHT, last(2), EIGHT), "maintenance_bps above initial_bps"),
    (ROOT, (EIGHT, EIGHT, last(WAD + 1)), "imf_wad_per_sqrt_usd above one"),
    (OPEN_INTEREST, (last(0), EIGHT, [0] * 8, EIGHT), "initial_bps is zero"),
    (OPEN_INTEREST, (last(10_001), EIGHT, [0] * 8, EIGHT), "initial_bps above 10,000"),
    (OPEN_INTEREST, (EIGHT, last(0), [0] * 8, EIGHT), "maintenance_share_bps is zero"),
    (OPEN_INTEREST, (EIGHT, last(10_001), [0] * 8, EIGHT), "maintenance_share_bps above 10,000"),
    (OPEN_INTEREST, (EIGHT, EIGHT, EIGHT, [2] * 7 + [1]), "lower_cap_usd_wad not below upper_cap_usd_wad"),
    (OPEN_INTEREST, (EIGHT, EIGHT, EIGHT, [2] * 7 + [0]), "lower_cap_usd_wad not below upper_cap_usd_wad"),
    (OPEN_INTEREST, (EIGHT, EIGHT, EIGHT, [2] * 7 + [ABOVE]), "upper_cap_usd_wad above 1e15"),
    (FULL, (WORD, 1, 0, 0, False, False, False), "charges above 1,000 bps"),
    (FULL, (400, 300, 301, 0, False, False, False), "charges above 1,000 bps"),
    (FULL, (0, 0, 0, 100 * WAD + 1, False, False, False), "keeper_usd_wad above 100 USD"),
    (FULL, (0, 0, 0, 0, True, True, False), "forfeits and takes_over exclude each other"),
    (RESTORE, (WAD + 1, WAD, 0, *NO_CHARGES), "buffer_wad above one"),
    (RESTORE, (0, 0, 0, *NO_CHARGES), "close_factor_wad is zero"),
    (RESTORE, (0, WAD + 1, 0, *NO_CHARGES), "close_factor_wad above one"),
    (RESTORE, (0, WAD, ABOVE, *NO_CHARGES), "minimum_usd_wad above 1e15"),
    (RESTORE, (0, WAD, 0, *CHARGES_ABOVE), "charges above 1,000 bps"),
    (RESTORE, (0, WAD, 0, *REWARD_ABOVE), "keeper_usd_wad above 100 USD"),
    (FRACTION, (0, 0, 0, True, 0, True, *NO_CHARGES), "fraction_wad is zero"),
    (FRACTION, (WAD + 1, 0, 0, True, 0, True, *NO_CHARGES), "fraction_wad above one"),
    (FRACTION, (1, ABOVE, 0, True, 0, True, *NO_CHARGES), "large_usd_wad above 1e15"),
    (FRACTION, (1, 0, DAY_S + 1, True, 0, True, *NO_CHARGES), "cooldown_s above one day"),
    (FRACTION, (1, 0, 0, True, WAD + 1, True, *NO_CHARGES), "backstop_wad above one"),
    (FRACTION, (1, 0, 0, True, 0, True, *CHARGES_ABOVE), "charges above 1,000 bps"),
    (FRACTION, (1, 0, 0, True, 0, True, *REWARD_ABOVE), "keeper_usd_wad above 100 USD"),
    (LADDER, (LIMITS[1:] + [[1, 2, 3]], 1, True, *NO_CHARGES), "lower_usd_wad of the first tier is not zero"),
    (LADDER, (LIMITS[1:] + [[0, 2, 2]], 1, True, *NO_CHARGES), "lower_usd_wad does not rise"),
    (LADDER, ([[0, ABOVE, 0]] * 8, 1, True, *NO_CHARGES), "lower_usd_wad above 1e15"),
    (LADDER, (LIMITS, 0, True, *NO_CHARGES), "steps outside 1..2"),
    (LADDER, (LIMITS, 3, True, *NO_CHARGES), "steps outside 1..2"),
    (LADDER, (LIMITS, 1, True, *CHARGES_ABOVE), "charges above 1,000 bps"),
    (LADDER, (LIMITS, 1, True, *REWARD_ABOVE), "keeper_usd_wad above 100 USD"),
    (FACTOR, (0, 0, 0, 0, *NO_CHARGES), "close_factor_wad is zero"),
    (FACTOR, (WAD + 1, 0, 0, 0, *NO_CHARGES), "close_factor_wad above one"),
    (FACTOR, (1, 0, ABOVE, 0, *NO_CHARGES), "minimum_usd_wad above 1e15"),
    (FACTOR, (1, 0, 0, ABOVE, *NO_CHARGES), "dust_usd_wad above 1e15"),
    (FACTOR, (1, WAD + 1, 0, 0, *NO_CHARGES), "full_below_wad above one"),
    (FACTOR, (1, 0, 0, 0, *CHARGES_ABOVE), "charges above 1,000 bps"),
    (FACTOR, (1, 0, 0, 0, *REWARD_ABOVE), "keeper_usd_wad above 100 USD"),
    (LISTED, (TEN + 1, 0, True, 0), "trigger_wad above ten"),
    (LISTED, (1, 2, True, 0), "target_wad above trigger_wad"),
    (LISTED, (2 * WAD, WAD, True, 0), "target_wad is not below one"),
    (LISTED, (1, 1, True, 10**30 + 1), "lot_usd_wad above a trillion USD"),
    (QUEUE, (TEN + 1, 0, True, 0), "trigger_wad above ten"),
    (QUEUE, (1, 2, True, 0), "target_wad above trigger_wad"),
    (QUEUE, (2 * WAD, WAD, True, 0), "target_wad is not below one"),
    (QUEUE, (1, 1, True, 10**30 + 1), "lot_usd_wad above a trillion USD"),
    (PRO_RATA, (TEN + 1, 0, True), "trigger_wad above ten"),
    (PRO_RATA, (0, 1, True), "target_wad above trigger_wad"),
    (PRO_RATA, (2 * WAD, WAD, True), "target_wad is not below one"),
    (CAPPED, (TEN + 1, 0, True, 1), "trigger_wad above ten"),
    (CAPPED, (1, 2, True, 1), "target_wad above trigger_wad"),
    (CAPPED, (2 * WAD, WAD, True, 1), "target_wad is not below one"),
    (CAPPED, (1, 1, True, 0), "cap_wad is zero"),
    (CAPPED, (1, 1, True, WAD + 1), "cap_wad above one"),
    (MOVE, (last(TEN + 1), EIGHT, 1, 0), "on_wad above ten"),
    (MOVE, (EIGHT, last(0), 1, 0), "off_wad is zero"),
    (MOVE, (EIGHT, last(2), 1, 0), "off_wad above on_wad"),
    (MOVE, (EIGHT, EIGHT, 0, 0), "window_s is zero"),
    (MOVE, (EIGHT, EIGHT, DAY_S + 1, 0), "window_s above one day"),
    (MOVE, (EIGHT, EIGHT, 1, DAY_S + 1), "minimum_s above one day"),
    (RATIO, (TEN + 1, 0, 0), "mint_ratio_wad above ten"),
    (RATIO, (0, TEN + 1, 0), "redeem_ratio_wad above ten"),
    (RATIO, (0, 0, TEN + 1), "increase_ratio_wad above ten"),
]


def name_of(source: str) -> str:
    return source.split("/")[1].removesuffix(".vy")


@pytest.mark.parametrize(("source", "arguments"), ACCEPTED)
def test_parameters_at_their_bounds_are_accepted(source: str, arguments: tuple[Any, ...]) -> None:
    assert Policy(f"policies/{source}", *arguments).address


@pytest.mark.parametrize(("source", "arguments", "sentence"), REFUSED)
def test_parameters_out_of_bounds_are_refused_with_a_sentence(
    source: str, arguments: tuple[Any, ...], sentence: str
) -> None:
    with pytest.raises(Refused) as refusal:
        Policy(f"policies/{source}", *arguments)
    assert str(refusal.value) == f"{name_of(source)}: {sentence}"


def test_every_sentence_in_a_constructor_is_provoked() -> None:
    written: set[str] = set()
    for slot in SLOTS:
        for path in (CONTRACTS / "policies" / slot).glob("*.vy"):
            written |= set(re.findall(r'assert .*, "(\w+: [^"]+)"', path.read_text()))
    assert {f"{name_of(source)}: {text}" for source, _, text in REFUSED} == written


def test_every_policy_of_the_slots_is_built_at_its_bounds() -> None:
    shipped = {f"{slot}/{path.name}" for slot in SLOTS for path in (CONTRACTS / "policies" / slot).glob("*.vy")}
    assert {source for source, _ in ACCEPTED} == shipped
