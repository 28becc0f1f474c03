"""What those who stay lose to whoever leaves first, design by design, and whether the design says so."""

from __future__ import annotations

import pytest

from sim.design import Design, list_designs, load_design
from sim.fuzz.arena import Arena
from sim.fuzz.facts import WAD
from sim.fuzz.probes.exits import STATED_WAD, lost_to_a_known_fall, lost_to_a_late_keeper
from sim.fuzz.properties import Lab

#: Basis points that the others lose where one provider leaves with what he may before a fall by 2 and by 10 % that only
#: he knows of, and while an account is under water and its keeper a block late; as the designs list them.
LISTED_BPS = {
    "glp": (60.8, 484.3, 182.4),
    "glp_partial": (60.8, 484.3, 182.4),
    "hlp": (48.2, 254.2, 741.5),
    "jlp": (5.5, 30.1, 0.7),  # the band lets few dollars out
    "pdlp_paper": (99.0, 524.1, 222.4),
    "post_reform": (41.2, 247.1, 0.0),  # closed by its circuit breaker in a crash
    "pre_reform": (41.2, 247.1, 298.2),
    "single_venue": (60.8, 484.3, 182.4),
}
#: Pools of dollars alone, which lose nothing by a fall but to shorts: here somebody is short for a quarter of the pool.
VAULTS = ("hlp", "pre_reform", "post_reform")
#: By request, and none of it.
WAITING = ("breakwater", "gmx_v2")


def _short(arena: Arena) -> None:
    """Somebody is short for a quarter of what the pool has."""
    facts = arena.facts
    account, k, usd = facts.trader_ids[2], facts.markets[0].assets[1], arena.reader.aum().low // 4
    price = arena.reader.prices()[facts.markets[0].feed].mid
    units = usd // facts.assets[k].scale
    assert arena.call("deposit_collateral", "traders", account, k, units).accepted
    assert arena.call("trade", "traders", account, 0, -usd * WAD // price, 0).accepted


def lost_bps(design: Design) -> list[float]:
    """Basis points in each of the three stories."""
    arena = Arena.deploy(design)
    if design.label in VAULTS:
        _short(arena)
    state = arena.snapshot()
    lab = Lab(arena, state, 0, tuple(price.mid for price in state.prices), {})
    found = []
    for story in (
        lambda: lost_to_a_known_fall(lab, 200),
        lambda: lost_to_a_known_fall(lab, 1_000),
        lambda: lost_to_a_late_keeper(lab),
    ):
        with arena.probe():
            lost = story()
        found.append(0.0 if lost is None else float(lost) * 10_000 / WAD)
    return found


@pytest.mark.parametrize("name", list_designs())
def test_who_leaves_first_takes_nothing_but_where_the_design_says_so(name: str) -> None:
    design = load_design(name)
    listed = {broken.property for broken in design.breaks} & {"LP-18", "LP-19"}
    found, stated = lost_bps(design), STATED_WAD * 10_000 / WAD
    breaks = {"LP-18"} if max(found[:2]) > stated else set()
    breaks |= {"LP-19"} if found[2] > stated else set()
    assert listed == breaks
    assert (name in WAITING) == (design.pool.exit_wait_s > 0)
    if name in WAITING:
        assert not listed
    else:
        assert found == pytest.approx(LISTED_BPS[name], abs=0.5)


@pytest.mark.parametrize("name", ["glp", "hlp"])
def test_the_same_design_by_request_loses_nothing(name: str) -> None:
    """The variant: exits wait, and are paid at a price that nobody knew."""
    assert max(lost_bps(load_design(name, ["pool.exit_wait_s=300"]))) <= STATED_WAD * 10_000 / WAD
