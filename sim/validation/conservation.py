"""Units and cash of everybody: made by nobody and lost by nobody, at every step."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from sim.scenario import list_scenarios, load_scenario
from sim.scenario.loading import REPLAY
from sim.scenario.market import MarketScenario
from sim.validation import studies
from sim.validation.checks import Check, Part, Plan, Results, Task, at_most, equal
from sim.validation.facts import load_facts
from sim.validation.markets import quiet, small_market
from sim.validation.studies import Study
from sim.world.endogenous.accounts import holdings
from sim.world.endogenous.world import EndogenousWorld, Orders
from sim.world.streams import Streams

#: Of gross turnover; rounding of some thousand sums of like amounts.
EXACT = 1e-9
SIZE_OF_DEPTH = 0.02  # of an order from outside, in what a book holds within 1 %

Advance = Callable[[EndogenousWorld, int], None]


def leaks(world: EndogenousWorld, steps: int, orders: bool = False, step: Advance | None = None) -> float:
    """The largest share of gross amounts that was lost or made at any step.

    orders: from outside, at random, by all sources in turn; step: advances instead of the world itself.
    """
    before, worst = holdings(world.state), 0.0
    rng = np.random.default_rng(1)
    listed = world.state.book_terms.depth_usd > 0.0
    for now in range(1, steps + 1):
        if orders:
            size = SIZE_OF_DEPTH * listed * world.state.book_terms.depth_usd / world.mid_usd()[0].T
            units = rng.normal(size=world.state.books.presence.shape) * size
            world.submit(Orders(units, world.sources[now % len(world.sources)]))
        world.advance(now) if step is None else step(world, now)
        after = holdings(world.state)
        units = np.abs(after.units - before.units) / np.maximum(after.gross_units, 1.0)
        cash = np.abs(after.cash_usd - before.cash_usd) / after.gross_usd
        worst = max(worst, float(units.max()), float(cash.max()))
    return worst


def leak_of(market: MarketScenario, seed: int, paths: Sequence[int], cohorts: int) -> float:
    """What is lost in a whole run, with two sources trading at random from outside."""
    world = EndogenousWorld(market, Streams(seed, tuple(paths)), cohorts=cohorts, sources=("one", "other"))
    return leaks(world, len(world.times_s) - 1, orders=True)


def leak_of_variant(name: str, variant: str, seed: int, paths: Sequence[int]) -> float:
    """The same of a variant of a shipped market, from the hour before the storm on."""
    study = Study(name, variant, is_storm_only=True)
    return leak_of(studies.market_of(study, load_facts(name)), seed, paths, 400)


def leak_of_small(seed: int) -> float:
    """The same of the small market: every kind of account on both kinds of engine."""
    return leak_of(small_market(), seed, (0, 1), 200)


def leak_of_shipped(name: str, seed: int, paths: Sequence[int]) -> float:
    """The same of the market of a shipped scenario, from its beginning to its end."""
    market = load_scenario(name).market
    assert market is not None, "asked for those that have one"
    return leak_of(market, seed, paths, 400)


def quiet_moves(seed: int) -> tuple[bool, float]:
    """Whether all prices of a market without news, noise and jumps stay the same bits; USD that have left by choice."""
    world = EndogenousWorld(quiet(), Streams(seed, (0, 1)), cohorts=200)
    start_usd = world.mid_usd()
    is_still = True
    for step in range(1, len(world.times_s)):
        world.advance(step)
        is_still &= bool((world.mid_usd() == start_usd).all())
    return is_still, float(world.records.arrays()["left_usd"].sum())


def _tasks(plan: Plan) -> list[Task]:
    own = [Task(leak_of_small, (plan.seed,)), Task(quiet_moves, (plan.seed,))]
    own += [Task(leak_of_variant, (plan.market, name, plan.seed, (0, 1))) for name in _variants(plan)]
    if plan.is_full:
        own += [Task(leak_of_shipped, (name, plan.seed, (0, 1))) for name in shipped()]
    return own


def shipped() -> list[str]:
    """Names of all shipped scenarios whose market people make."""
    known = [name for name in list_scenarios() if name != REPLAY]
    return [name for name in known if load_scenario(name).market is not None]


def _variants(plan: Plan) -> tuple[str, ...]:
    return ("as it is", "ladders", "no funds", "no platforms", "depth x 0.5") if plan.is_full else ("as it is",)


def _checks(plan: Plan, results: Results) -> list[Check]:
    small, still, *rest = _tasks(plan)
    names = [f"{plan.market}, {name}" for name in _variants(plan)]
    names += [f"scenario {name}" for name in shipped()] if plan.is_full else []
    found = [at_most("small market, orders from outside", EXACT, results[small], note="of gross turnover, any step")]
    found += [at_most(name, EXACT, results[task]) for name, task in zip(names, rest, strict=True)]
    is_still, left_usd = results[still]
    found.append(
        equal("no news, no noise, no jumps: prices", is_still, f"while USD {left_usd:,.0f} were closed by choice")
    )
    return found


PART = Part(
    "Conservation",
    "Units and cash of accounts, platforms, makers, arbitrage, followers, hedgers, fees and whoever trades from "
    "outside, as a share of gross amounts, at every step. Pools on the chain come on top where a scenario has them.",
    _tasks,
    _checks,
)
