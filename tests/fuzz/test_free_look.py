"""What it is worth to know the next price, design by design, and whether the design says so."""

from __future__ import annotations

import pytest

from sim.design import Design, list_designs, load_design
from sim.fuzz.arena import Arena
from sim.fuzz.facts import WAD
from sim.fuzz.probes.foreknown import MOVES_BPS, gained_by_a_look
from sim.fuzz.properties import Lab

#: USD that a trade at once gains on BTC when the last price, 25 seconds old, is known to be 0.5, 1 and 1.5 % too low,
#: and as much too high; as the designs list the larger ones.
LISTED_USD = {
    "hlp": (13_527, 31_331, 49_135, 13_538, 31_351, 49_164),
    "pdlp_paper": (1_145, 3_191, 5_238, 2_499, 6_957, 11_416),
    "post_reform": (13_528, 31_332, 49_136, 13_549, 31_374, 49_200),
    "pre_reform": (13_528, 31_332, 49_136, 13_549, 31_374, 49_200),
}
BY_REQUEST = ("breakwater", "glp", "glp_partial", "gmx_v2", "jlp", "single_venue")


def gained_usd(design: Design) -> list[float]:
    """By each move, up and down."""
    arena = Arena.deploy(design)
    state = arena.snapshot()
    lab = Lab(arena, state, 0, tuple(price.mid for price in state.prices), {})
    found = []
    for bps in (*MOVES_BPS, *(-bps for bps in MOVES_BPS)):
        with arena.probe():
            gained = gained_by_a_look(lab, 0, bps)
        assert gained is not None
        found.append(gained / WAD)
    return found


@pytest.mark.parametrize("name", list_designs())
def test_a_look_is_worth_nothing_but_where_the_design_says_so(name: str) -> None:
    design = load_design(name)
    is_listed = any(broken.property == "PO-19" for broken in design.breaks)
    found = gained_usd(design)
    assert is_listed == (max(found) > 0)
    assert (name in BY_REQUEST) == (design.execution == "after_request") == (not is_listed)
    if is_listed:
        assert found == pytest.approx(LISTED_USD[name], abs=1)


@pytest.mark.parametrize("name", sorted(LISTED_USD))
def test_the_same_design_by_request_pays_nothing_for_a_look(name: str) -> None:
    assert max(gained_usd(load_design(name, ["execution=after_request"]))) < 0


@pytest.mark.parametrize("name", BY_REQUEST)
def test_the_same_design_at_once_pays_for_it(name: str) -> None:
    assert max(gained_usd(load_design(name, ["execution=at_once"]))) > 1_000


@pytest.mark.parametrize("name", list_designs())
def test_a_spread_that_grows_as_fast_as_the_price_pays_for_the_look(name: str) -> None:
    """Six basis points a second are as much as the largest of these moves in the time that the price is old."""
    assert max(gained_usd(load_design(name, ["execution=at_once", "age_spread_bps_per_s=6"]))) < 0
