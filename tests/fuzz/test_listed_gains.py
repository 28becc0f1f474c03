"""What the search found in a shipped design is listed there, and one sequence for each listing gains as it says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pytest

from sim.design import list_designs, load_design
from sim.fuzz.search.genes import PICKS, Gene, Genome
from sim.fuzz.search.questions import question_of
from sim.fuzz.search.trial import ROUNDING_USD_WAD, Outcome, Place, prepare

WAD = 10**18
GLP = ("glp", "glp_partial", "single_venue")
LONG, SHORT = 0, 1
BTC, SOL, USDC = 0, 2, 3
TEN_DAYS, AS_LITTLE, ALL_OF_IT, FIFTEEN = 6, 0, 3, 5  # a wait, margins, accounts


@dataclass(frozen=True, slots=True)
class Gain:
    """A sequence that shows what a design lists."""

    design: str
    property_id: str
    place: Place
    genome: Genome
    least_usd: int


@dataclass(frozen=True, slots=True)
class Otherwise:
    """The rule that a listing names, replaced."""

    listed: Gain
    overrides: tuple[str, ...]


def gene(kind: str, *picks: int, size: float = 0.0) -> Gene:
    """A gene whose other choices do not matter."""
    return Gene(kind, (*picks, *[0] * (PICKS - len(picks))), size)


def played(gain: Gain, overrides: Iterable[str] = ()) -> Outcome:
    """What the sequence comes to."""
    trial = prepare(load_design(gain.design, tuple(overrides)), gain.place)
    assert trial is not None
    return trial.play(gain.genome)


PAIR_HELD = (gene("straddle", 0, 0, 0, ALL_OF_IT, size=3.0), *[gene("wait", TEN_DAYS)] * 3)
SWAPPED = (gene("swap", USDC, SOL, size=2.0), gene("move"))
OPENED = (gene("open", 0, 0, LONG), gene("move"))
MINTED = (*[gene("mint", USDC)] * 4, gene("leave", 0))
FEE_SHARED = (gene("mint", BTC, size=3.5), gene("mint", USDC, size=3.5), gene("leave", 0))
TAKEN_OVER = (gene("crowd", 0, 0, LONG, AS_LITTLE, FIFTEEN, size=9.0), *[gene("wait", TEN_DAYS)] * 3)
OPEN_AT_ONCE = {"hlp": 340_998, "pdlp_paper": 34_749, "pre_reform": 341_158, "post_reform": 341_158}
UNPAID_WINNERS = {"hlp": 1_585_499, "pre_reform": 1_536_890}
STRADDLED = Gain(
    "jlp",
    "SE-04",
    Place("quiet", 0, "either", 100),
    (gene("straddle"), gene("move"), gene("sweep")),
    2_800,
)
SINGLED_OUT = Gain("gmx_v2", "SE-06", Place("shorts-won", 2, "harm", 0), (gene("deleverage", 0, SHORT, 3, 2),), 36_899)
LEANED_ON = Gain(
    "hlp", "SE-06", Place("deficit", 2, "harm", 0), (gene("open", 0, 0, SHORT), gene("deleverage", 0, LONG)), 9_554
)
GAINS = [
    *[Gain(name, "SE-03", Place("landlord", 0, "carry", 0), PAIR_HELD, 836) for name in GLP],
    Gain(
        "pdlp_paper",
        "SE-03",
        Place("landlord", 0, "carry", 0),
        (gene("straddle", 0, 0, 0, ALL_OF_IT, size=5.0), *[gene("wait", TEN_DAYS)] * 3),
        1_958,
    ),
    Gain(
        "jlp",
        "SE-03",
        Place("landlord", 2, "carry", 0),
        (gene("straddle", 0, 0, 0, ALL_OF_IT), *[gene("wait", TEN_DAYS)] * 3),
        36_977,
    ),
    *[Gain(name, "SE-05", Place("quiet", 2, "known", 100), SWAPPED, 5_683) for name in GLP],
    Gain(
        "jlp",
        "SE-01",
        Place("long-below", 2, "block", 0),
        (gene("mint", USDC, size=3.0), gene("mint", USDC, size=3.0), gene("leave", 0)),
        500,
    ),
    *[Gain(name, "SE-05", Place("quiet", 0, "known", 100), OPENED, usd) for name, usd in OPEN_AT_ONCE.items()],
    *[Gain(name, "SE-01", Place("owed", 2, "block", 0), MINTED, usd) for name, usd in UNPAID_WINNERS.items()],
    Gain("hlp", "SE-01", Place("crowded", 0, "block", 0), (gene("open", 0, 0, SHORT), gene("leave", 0)), 9_718),
    Gain("pdlp_paper", "SE-01", Place("long-below", 0, "block", 0), FEE_SHARED, 139),
    Gain("pre_reform", "SE-02", Place("sole", 0, "days", 0), TAKEN_OVER, 120),
    Gain("post_reform", "SE-07", Place("wide", 2, "harm", 0), (gene("open", 0, 0, LONG, ALL_OF_IT),), 100_000),
    STRADDLED,
    Gain("jlp", "SE-05", Place("quiet", 2, "known", 100), SWAPPED, 10_480),
    Gain(
        "gmx_v2",
        "SE-01",
        Place("owed", 2, "block", 0),
        (gene("mint", USDC), gene("mint", USDC), gene("mint", USDC), gene("leave", 0)),
        1_430_000,
    ),
    Gain(
        "gmx_v2",
        "SE-01",
        Place("crowded", 2, "block", 0),
        (gene("leave", 0), gene("open", 0, 0, LONG, AS_LITTLE), gene("leave", 1)),
        18_915,
    ),
    Gain(
        "gmx_v2",
        "SE-03",
        Place("one-sided", 0, "carry", 0),
        (gene("open", 0, 0, SHORT, ALL_OF_IT, size=20.0), gene("wait", TEN_DAYS), gene("leave", 0)),
        129_000,
    ),
    SINGLED_OUT,
    LEANED_ON,
    *[
        Gain(
            name,
            "SE-06",
            Place("deficit", 0, "harm", 0),
            (gene("deposit_collateral", pick), gene("deleverage", 0, LONG)),
            usd,
        )
        for name, pick, usd in (("pre_reform", 7, 1_924_105), ("post_reform", 7, 1_924_105), ("hlp", 8, 886_270))
    ],
]
OTHERWISE = [
    Otherwise(STRADDLED, ("margin.initial_bps=200", "margin.maintenance_bps=100")),
    Otherwise(SINGLED_OUT, ("market[SOL].max_profit_share=1",)),
    Otherwise(LEANED_ON, ("price_impact.policy=no_impact",)),
]
LISTED = {
    (name, broken.property)
    for name in list_designs()
    for broken in load_design(name).breaks
    if broken.property.startswith("SE-")
}


def test_each_listing_has_its_sequence_and_each_sequence_its_listing() -> None:
    assert {(gain.design, gain.property_id) for gain in GAINS} == LISTED


@pytest.mark.parametrize("gain", GAINS, ids=lambda gain: f"{gain.design}-{gain.property_id}-{gain.place.scene}")
def test_the_sequence_gains_what_the_design_lists(gain: Gain) -> None:
    outcome = played(gain)
    found = question_of(gain.place.kind, [harm.what for harm in outcome.harms])
    assert found.id == gain.property_id
    assert outcome.usd_wad >= gain.least_usd * WAD


@pytest.mark.parametrize("other", OTHERWISE, ids=lambda other: f"{other.listed.design}-{other.listed.property_id}")
def test_without_the_rule_that_a_listing_names_nothing_is_gained(other: Otherwise) -> None:
    assert played(other.listed, other.overrides).usd_wad <= ROUNDING_USD_WAD
