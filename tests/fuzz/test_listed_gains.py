"""What the search finds in a shipped design is listed there with its number, and what is listed is found again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from sim.design import list_designs, load_design
from sim.fuzz.search.hunt import search
from sim.fuzz.search.trial import Place

SEQUENCES = 600


@dataclass(frozen=True, slots=True)
class Gain:
    """Where a search shows what a design lists, and about how much."""

    design: str
    property_id: str
    place: Place
    seed: int  # with which so few sequences are enough
    least_usd: float


@dataclass(frozen=True, slots=True)
class Otherwise:
    """The same search where the rule is another."""

    design: str
    overrides: str
    place: Place


QUIET, SOL_QUIET = Place("quiet", 0, "known", 100), Place("quiet", 2, "known", 100)
STRADDLED, SINGLED_OUT = Place("quiet", 0, "either", 100), Place("shorts-won", 2, "harm", 0)
GAINS = [
    Gain("glp", "SE-05", QUIET, 3, 10_000.0),
    Gain("glp_partial", "SE-05", QUIET, 3, 10_000.0),
    Gain("single_venue", "SE-05", QUIET, 3, 10_000.0),
    Gain("jlp", "SE-01", Place("long-below", 2, "block", 0), 3, 400.0),
    Gain("jlp", "SE-04", STRADDLED, 1, 2_000.0),
    Gain("jlp", "SE-05", SOL_QUIET, 3, 1_000.0),
    Gain("gmx_v2", "SE-01", Place("owed", 2, "block", 0), 3, 500_000.0),
    Gain("gmx_v2", "SE-01", Place("crowded", 2, "block", 0), 3, 2_000.0),
    Gain("gmx_v2", "SE-03", Place("one-sided", 0, "carry", 0), 3, 10_000.0),
    Gain("gmx_v2", "SE-06", SINGLED_OUT, 3, 36_000.0),
]
#: Where the rule that a listing names is another one: nothing is found.
OTHERWISE = [
    Otherwise("jlp", "margin.initial_bps=200 margin.maintenance_bps=100", STRADDLED),
    Otherwise("gmx_v2", "market[SOL].max_profit_share=1", SINGLED_OUT),
]
LISTED = {
    (name, broken.property)
    for name in list_designs()
    for broken in load_design(name).breaks
    if broken.property.startswith("SE-")
}


def test_each_listing_has_its_search_and_each_search_its_listing() -> None:
    assert {(gain.design, gain.property_id) for gain in GAINS} == LISTED


@pytest.mark.parametrize("gain", GAINS, ids=lambda gain: f"{gain.design}-{gain.property_id}-{gain.place.scene}")
def test_the_search_finds_what_a_design_lists(gain: Gain, tmp_path: Path) -> None:
    finding = search(load_design(gain.design), gain.place, gain.seed, SEQUENCES, None, tmp_path).finding
    assert finding is not None, "not found"
    assert (finding.property_id, finding.is_listed) == (gain.property_id, True)
    assert finding.usd >= gain.least_usd


@pytest.mark.parametrize("other", OTHERWISE, ids=lambda other: f"{other.design}-{other.overrides}")
def test_without_the_rule_that_a_listing_names_nothing_is_found(other: Otherwise, tmp_path: Path) -> None:
    design = load_design(other.design, other.overrides.split())
    assert search(design, other.place, 1, SEQUENCES, None, tmp_path).finding is None
