"""Impact of meta-orders: one side of a large order in many small ones, in a market where nothing else happens."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from sim.scenario.extending import MARKETS as FOLDER
from sim.scenario.market import parse_market
from sim.validation.checks import Check, Part, Plan, Results, Task, near
from sim.validation.markets import shipped_document
from sim.world.endogenous.world import EndogenousWorld, Orders
from sim.world.streams import Streams

SOURCE = "meta"
LENGTH_S, STEP_S = 1_800, 10
#: Sizes in what all books hold within 1 %; half a decade apart.
DEPTHS = 10.0 ** np.arange(-2.0, 3.01, 0.5)


def still(document: dict[str, Any]) -> dict[str, Any]:
    """The market without news, noise, jumps and platforms, for an hour in steps of 10 s."""
    quiet = copy.deepcopy(document)
    quiet |= {"news": [], "event": [], "platform": [], "fundamental": {}}
    quiet.pop("hedge", None)
    for asset in quiet["asset"]:
        asset["sd_bps_per_5min"] = 0.0
    for stable in quiet.get("stable", []):
        stable["sd_bps"] = 0.0
    for venue in quiet["venue"]:
        venue["basis_sd_bps"] = 0.0
    start = quiet["clock"]["start"]
    quiet["clock"] = {
        "start": start,
        "segment": [{"until": start.replace(hour=start.hour + 1), "step_s": STEP_S}],
    }
    return quiet


def impacts(name: str, length_s: int) -> np.ndarray:
    """Log move of the reference at the end of each order, over `length_s`, (sizes,); a path is a size."""
    noisy, quiet = shipped_document(name), still(shipped_document(name))
    # makers compare what happens with the calm that they know, so that stays
    market = parse_market(quiet, FOLDER / f"{name}.toml")
    calm = parse_market({**noisy, "clock": quiet["clock"], "platform": [], "event": []}, FOLDER / f"{name}.toml")
    paths = tuple(range(len(DEPTHS)))
    world = EndogenousWorld(market, Streams(1, paths), cohorts=1, sources=(SOURCE,))
    as_known = EndogenousWorld(calm, Streams(1, (0,)), cohorts=1).state
    world.state.maker_terms.calm_variance[:] = as_known.maker_terms.calm_variance
    world.state.makers.variance[:] = as_known.maker_terms.calm_variance
    f = world.feeds.index(market.reference)
    depth_usd = world.state.book_terms.depth_usd[:, f].copy()  # (V,)
    start_usd = world.consensus_usd[0, f]
    steps = length_s // STEP_S
    units = np.zeros_like(world.state.books.presence)
    # spread over the venues as their depth is, as anybody with a router does
    units[:, :, f] = DEPTHS[:, None] * depth_usd / start_usd / steps
    for step in range(1, steps + 1):
        world.submit(Orders(units, SOURCE))
        world.advance(step)
    mid_log = np.log(world.mid_usd()[:, f] / start_usd)  # (P, V)
    return np.asarray((mid_log * depth_usd).sum(axis=1) / depth_usd.sum())


def slope(moves: np.ndarray, first: float, last: float) -> float:
    """Log-log slope of impact over sizes from `first` to `last`."""
    used = (first * 0.99 <= DEPTHS) & (last * 1.01 >= DEPTHS)
    return float(np.polyfit(np.log(DEPTHS[used]), np.log(moves[used]), 1)[0])


def _tasks(plan: Plan) -> list[Task]:
    return [Task(impacts, (plan.market, length_s)) for length_s in (LENGTH_S, STEP_S)]


def _checks(plan: Plan, results: Results) -> list[Check]:
    slow, at_once = (results[task] for task in _tasks(plan))
    found = []
    for moves, first, last, name in (
        (slow, 0.01, 1.0, "in half an hour, a hundredth to one depth"),
        (slow, 1.0, 100.0, "in half an hour, one to a hundred depths"),
        (at_once, 0.01, 1.0, "at once, a hundredth to one depth"),
        (at_once, 10.0, 1_000.0, "at once, ten to a thousand depths"),
    ):
        ends = (float(100.0 * np.interp(end, DEPTHS, moves)) for end in (first, last))
        note = "log moves of {:.2g} to {:.2g} % at the ends".format(*ends)
        found.append(near(f"impact exponent, {name}", 0.5, slope(moves, first, last), 0.07, note=note))
    return found


PART = Part(
    "Impact of meta-orders",
    "Log-log slope of the move against the size, which is given in what all books hold within 1 % and spread over "
    "them; the square-root law (Donier and Bonart 2015) has .5 over four decades. Here it is the law of a patient "
    "book, which only orders at once, and large ones, come to: books re-centre within minutes, so that slow orders "
    "meet what makers offer, whose impact has the exponent 1 / .8.",
    _tasks,
    _checks,
)
