"""What it is worth to know the next price for who swaps or deposits, and whether the design says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from sim.design import Design, list_designs, load_design
from sim.fuzz import solve
from sim.fuzz.arena import Arena
from sim.fuzz.facts import WAD
from sim.fuzz.probes.foreknown import MOVES_BPS, gained_by_a_mint, gained_by_a_swap
from sim.fuzz.properties import Lab
from sim.fuzz.reckon import units_down
from sim.fuzz.trading import trade

Gained = Callable[[Lab, int, int], int | None]
BOTH: dict[str, Gained] = {"SW-12": gained_by_a_swap, "LP-22": gained_by_a_mint}

#: USD that a tenth of the pool gains on BTC when the last price, 25 seconds old, is known to be 0.5, 1 and 1.5 % too
#: low, and as much too high: by a swap, and by a deposit. The designs list the larger ones.
_GLP = {
    "SW-12": (156, 1_152, 2_148, 160, 1_160, 2_160),
    "LP-22": (-219, -110, -1, 10, 377, 744),
}
_EXCHANGE = {"LP-22": (117, 355, 593, 117, 355, 593)}
LISTED_USD: dict[str, dict[str, tuple[float, ...]]] = {
    **dict.fromkeys(("glp", "glp_partial", "single_venue"), _GLP),
    "hlp": {"LP-22": (214, 452, 690, 214, 452, 690)},
    "jlp": {"SW-12": (114, 276, 438, 140, 340, 540), "LP-22": (-5, 56, 118, 134, 346, 558)},
    "pdlp_paper": {"SW-12": (741, 1_740, 2_739, 743, 1_743, 2_743), "LP-22": (65, 175, 284, 293, 660, 1_027)},
    **dict.fromkeys(("post_reform", "pre_reform"), _EXCHANGE),
}
BY_REQUEST = ("breakwater", "gmx_v2")
#: Whose pool holds dollars alone: its shares move with what traders win and lose. One of them holds so much.
OF_DOLLARS = ("hlp", "post_reform", "pre_reform")
_STAKE_USD_WAD = 1_000_000 * WAD


def exposed(lab: Lab, bps: int) -> Lab:
    """A trader stands where the move costs him."""
    arena, facts = lab.arena, lab.facts
    account, asset = facts.trader_ids[0], facts.assets[facts.markets[0].assets[1]]
    units = units_down(asset, _STAKE_USD_WAD // 2, lab.state.prices[asset.feed].low)
    assert arena.call("deposit_collateral", "traders", account, facts.markets[0].assets[1], units).accepted
    most = solve.most_open(arena, arena.snapshot(), account, 0, bps < 0)
    size = min(_STAKE_USD_WAD, most * 9 // 10) * WAD // lab.state.prices[facts.markets[0].feed].high
    assert trade(lab, account, 0, size if bps < 0 else -size).accepted
    return replace(lab, state=arena.snapshot())


def gained_usd(design: Design, gained_by: Gained) -> list[float]:
    """By each move, up and down; nothing where there is nothing to swap."""
    arena = Arena.deploy(design)
    state = arena.snapshot()
    lab = Lab(arena, state, 0, tuple(price.mid for price in state.prices), {})
    found = []
    for bps in (*MOVES_BPS, *(-bps for bps in MOVES_BPS)):
        with arena.probe():
            gained = gained_by(exposed(lab, bps) if design.name in OF_DOLLARS else lab, 0, bps)
        if gained is not None:
            found.append(gained / WAD)
    return found


@pytest.mark.parametrize("id_", BOTH)
@pytest.mark.parametrize("name", list_designs())
def test_a_look_is_worth_nothing_but_where_the_design_says_so(name: str, id_: str) -> None:
    design = load_design(name)
    is_listed = any(broken.property == id_ for broken in design.breaks)
    found = gained_usd(design, BOTH[id_])
    assert is_listed == (max(found, default=0) > 0)
    assert (name in BY_REQUEST) == (design.pool.entry_wait_s > 0)
    if is_listed:
        assert found == pytest.approx(LISTED_USD[name][id_], abs=1)
    else:
        assert name in BY_REQUEST or found == []


@pytest.mark.parametrize("id_", BOTH)
@pytest.mark.parametrize("name", sorted(LISTED_USD))
def test_the_same_design_by_request_pays_nothing_for_a_look(name: str, id_: str) -> None:
    assert max(gained_usd(load_design(name, ["pool.entry_wait_s=1"]), BOTH[id_]), default=-1) < 0


@pytest.mark.parametrize("id_", BOTH)
@pytest.mark.parametrize("name", BY_REQUEST)
def test_the_same_design_at_once_pays_for_it(name: str, id_: str) -> None:
    assert max(gained_usd(load_design(name, ["pool.entry_wait_s=0"]), BOTH[id_])) > 500
