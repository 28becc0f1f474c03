"""What it costs to move the price that a pool trades at, and what it brings, design by design, as the designs say."""

from __future__ import annotations

import pytest

from sim.chain.deployment import Cast, Opening
from sim.design import Design, list_designs, load_design
from sim.fuzz.arena import Arena, opening_prices
from sim.fuzz.facts import WAD
from sim.fuzz.probes.moved_price import MOVES_BPS, Push, cost_of_moving, pushed
from sim.fuzz.properties import Lab

#: What the books of all venues together take within 2 %: breakwater's assumption, the same for every design.
DEPTH_USD = {"BTC": 50_000_000, "ETH": 25_000_000, "SOL": 5_000_000}
#: Of a pool of a hundred millions: USD that shorts of SOL gain who fill their side and move SOL down by 1.5 %.
LISTED_USD = {
    "glp": 320_593,
    "glp_partial": 320_593,
    "gmx_v2": 863_023,
    "hlp": 1_381_282,
    "jlp": 79_863,
    "pdlp_paper": 320_695,
    "post_reform": 1_381_705,
    "pre_reform": 1_381_706,
    "single_venue": 320_593,
}
SOL = "SOL"


def pushes(design: Design, symbol: str, moves: tuple[int, ...], depth_usd: int = 0) -> list[Push]:
    """Each move of a market's price, in a pool of a hundred millions, on books of this depth."""
    cast = Cast(
        ("reporter", "traders", "keepers", "arbitrageur", "lp0", "lp1"),
        4,
        opening=Opening(opening_prices(design), 50e6, ("lp0", "lp1")),
    )
    arena = Arena.deploy(design, cast=cast)
    state = arena.snapshot()
    lab = Lab(arena, state, 0, tuple(price.mid for price in state.prices), {})
    m = [market.symbol for market in design.markets].index(symbol)
    found = []
    for bps in moves:
        with arena.probe():
            push = pushed(lab, m, bps, (depth_usd or DEPTH_USD[symbol]) * WAD)
        assert push is not None
        found.append(push)
    return found


def test_half_of_the_move_is_paid_on_all_that_is_bought_there_and_back() -> None:
    assert cost_of_moving(5_000_000 * WAD, 150) == 56_250 * WAD
    assert cost_of_moving(5_000_000 * WAD, -150) == 56_250 * WAD
    assert cost_of_moving(5_000_000 * WAD, 200) == 100_000 * WAD  # all of the depth, at 1 % on average


@pytest.mark.parametrize("name", list_designs())
def test_moving_the_price_pays_where_the_design_says_so_and_as_much(name: str) -> None:
    design = load_design(name)
    is_listed = any(broken.property == "OR-23" for broken in design.breaks)
    (push,) = pushes(design, SOL, (-150,))
    assert is_listed == (push.gained > push.cost) == (name in LISTED_USD)
    if is_listed:
        assert push.gained / WAD == pytest.approx(LISTED_USD[name], abs=2)


@pytest.mark.parametrize("symbol", sorted(DEPTH_USD))
def test_where_open_interest_follows_the_books_no_move_pays(symbol: str) -> None:
    design = load_design("breakwater")
    moves = (*MOVES_BPS, *(-bps for bps in MOVES_BPS), 24, -24)
    assert all(0 < push.gained < push.cost or push.gained <= 0 for push in pushes(design, symbol, moves))
    assert {asset.symbol: asset.depth_usd_wad // WAD for asset in design.assets if asset.depth_usd_wad} == DEPTH_USD


@pytest.mark.parametrize("depth_usd", [500_000, 1_000_000, 20_000_000])
def test_the_cap_follows_the_depth_that_the_design_names(depth_usd: int) -> None:
    """Books as deep as the design says: were they shallower or deeper, moving the price would pay as little."""
    design = load_design("breakwater", [f"asset.SOL.depth_usd={depth_usd}"])
    moves = (*MOVES_BPS, *(-bps for bps in MOVES_BPS))
    assert all(push.gained < push.cost for push in pushes(design, SOL, moves, depth_usd))


def test_without_that_cap_it_pays() -> None:
    (push,) = pushes(load_design("breakwater", ["open_interest_depth_share=1_000"]), SOL, (-150,))
    assert push.gained > 4 * push.cost
