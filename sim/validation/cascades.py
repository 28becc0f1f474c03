"""Cascades and liquidations in closed form, run by the same loop as everything else.

One book, one asset, liquidations spread evenly over the way down: with a density rho of USD to liquidate per unit of
log price and a book without a patient part that keeps what it took, a linear book of D per 1 % ends a shock s at
s / (1 - G), G = rho 1 % / D; where impact is a square root, sqrt(s) of the end is (k + sqrt(k^2 + 4 s)) / 2,
k^2 = rho (1 %)^2 / D.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from scipy.special import ndtr

from sim.scenario.market import MarketScenario
from sim.validation.checks import Check, Part, Plan, Results, Task, near, within
from sim.validation.markets import SOURCE, at, crowd, platform, quiet, small_document, small_market
from sim.world.endogenous.world import EndogenousWorld
from sim.world.streams import Streams

DEPTH_USD = 1e8
REACH = 0.4  # log distance that liquidations are spread over
NEVER_S = 1e12
NEARLY_2 = 2.0 - 1e-9  # exponent of a book of square-root impact
SHOCK = 0.03
GAINS = (0.0, 0.25, 0.5, 0.8)
ROOTS = ((0.02, 0.08), (0.04, 0.12))  # shock, k

STEP_S, STEPS, PATHS = 300, 144, 1_200
SD = 50e-4  # of log returns in 300 s
LEVERAGE, MAINTENANCE = 10.0, 0.01
CORRECTION = 0.5826  # of a barrier that is looked at now and then (Broadie, Glasserman and Kou 1997)
#: Log distance to where an isolated position of that leverage falls below its maintenance.
TRIGGER = {
    "long": -np.log((1.0 - 1.0 / LEVERAGE) / (1.0 - MAINTENANCE)),
    "short": np.log((1.0 + 1.0 / LEVERAGE) / (1.0 + MAINTENANCE)),
}


def final_fall(shock: float, exponent: float, density_usd: float, execution_s: float = 60.0, step_s: int = 2) -> float:
    """Log fall of the price when all is over."""
    depth = [{"feed": feed, "at_1pct_usd": DEPTH_USD, "source": SOURCE} for feed in ("BTC", "ETH")]
    one = platform("perp_a", "full", collateral=[], leave_per_hour=0.0, insurance_usd=1e15, fee_bps=0.0)
    one |= {"mark_own_share": 1.0, "execution_s": execution_s, "crowd": [crowd("longs", "long", 1.0, 2.0)]}
    changes: dict[str, Any] = {
        "platform": [one],
        "clock": {"start": at(0), "segment": [{"until": at(60), "step_s": step_s}]},
        "book__exponent": exponent,
        "book__patient_share": 0.0,
        "book__believed_share": 0.0,
        "makers__withdrawal_exponent": 0.0,
        "makers__loss_withdrawal": 0.0,
        "arbitrage__capital_usd": 0.0,
        "momentum__size_depths": 0.0,
        "venue__1__depth": depth,
        "venue__1__maker_limit_depths": 1e9,
    }
    changes |= {f"book__{name}": NEVER_S for name in ("follow_s", "own_s", "fade_s")}
    world = EndogenousWorld(quiet(**changes), Streams(1, (0,)), cohorts=4_000)
    cohorts, f = world.state.population.cohorts, world.feeds.index("BTC")
    count = cohorts.cash_usd.shape[1]
    start_usd = world.consensus_usd[0, f]
    trigger_usd = start_usd * np.exp(-REACH * (np.arange(count) + 0.5) / count)
    usd = density_usd * REACH / count  # of a cohort, when it is closed
    cohorts.units[:] = 0.0
    cohorts.units[0, f] = usd / trigger_usd
    for array in (cohorts.cash_usd, cohorts.form_usd):
        array[0] = -usd
    cohorts.spread_usd[:] = cohorts.lowest_usd[:] = 0.5 * usd * REACH / count
    world.state.platform_terms.maintenance[:] = 0.0
    world.state.books.fundamental_log[0, f] -= shock
    _run(world)
    return float(-np.log(world.mid_usd()[0, f, world.venues.index("perp_a")] / start_usd))


def linear_fall(gain: float, shock: float = SHOCK) -> float:
    """`final_fall` in a linear book of that gain."""
    return final_fall(shock, 1.0, gain * DEPTH_USD / 0.01)


def root_fall(shock: float, k: float) -> float:
    """`final_fall` where impact is a square root."""
    return final_fall(shock, NEARLY_2, k * k * DEPTH_USD / 1e-4)


def root_end(shock: float, k: float) -> float:
    """Where that ends in closed form."""
    return float(((k + np.sqrt(k * k + 4.0 * shock)) / 2.0) ** 2)


def deep_market(kind: str, engine: Literal["full", "ladder"]) -> MarketScenario:
    """A market too deep to be moved, with one cohort of isolated positions of one leverage, 12 hours long."""
    interest = [{"feed": "BTC", "usd": 1e6, "maintenance_bps": 1e4 * MAINTENANCE, "source": SOURCE}]
    only = crowd("all", kind, 1.0, LEVERAGE, leverage_log_sd=0.0, portfolios=1)
    deep = [{"feed": "BTC", "at_1pct_usd": 1e15, "source": SOURCE}]
    changes: dict[str, Any] = {f"venue__{i}__depth": deep for i in range(3)}
    changes |= {f"venue__{i}__basis_sd_bps": 0.0 for i in range(3)}
    own = {"open_interest": interest, "collateral": [], "crowd": [only], "leave_per_hour": 0.0, "fee_bps": 0}
    return small_market(
        asset=[small_document()["asset"][0] | {"sd_bps_per_5min": 1e4 * SD}],
        stable=[],
        news=[],
        fundamental={},
        clock={"start": at(0), "segment": [{"until": at(STEP_S * STEPS // 60), "step_s": STEP_S}]},
        cutting={"shock_s": STEP_S, "source": SOURCE},
        momentum__size_depths=0.0,
        funding__interest_bps=0.0,
        platform=[platform("perp_a", engine, **own)],
        **changes,
    )


def liquidated_share(kind: str, seed: int = 1, paths: int = PATHS) -> float:
    """Share of paths on which they are liquidated."""
    market = deep_market(kind, "full")
    world = EndogenousWorld(market, Streams(seed, tuple(range(paths))), cohorts=1, record_every=STEPS)
    _run(world)
    return float((world.state.population.cohorts.closed[:, 0] == 1.0).mean())


def passage_probability(kind: str) -> float:
    """First passage of a driftless Brownian motion looked at in steps."""
    return float(2.0 * ndtr(-(TRIGGER[kind] + CORRECTION * SD) / (SD * np.sqrt(STEPS))))


def _run(world: EndogenousWorld) -> None:
    for step in range(1, len(world.times_s)):
        world.advance(step)


def _tasks(plan: Plan) -> list[Task]:
    falls = [Task(linear_fall, (gain,)) for gain in GAINS] + [Task(root_fall, each) for each in ROOTS]
    falls.append(Task(linear_fall, (1.2,)))
    return falls + [Task(liquidated_share, (kind, plan.seed)) for kind in TRIGGER]


def _checks(plan: Plan, results: Results) -> list[Check]:
    found = []
    for gain in GAINS:
        end = SHOCK / (1.0 - gain)
        fall, near_enough = results[Task(linear_fall, (gain,))], end * max(0.02, 0.1 * gain**2)
        note = "queued units are sold lower than they were triggered, so they are fewer USD" if gain > 0.5 else ""
        found.append(near(f"linear cascade, gain {gain:g}", 100 * end, 100 * fall, 100 * near_enough, " %", note))
    beyond = results[Task(linear_fall, (1.2,))]
    found.append(within("linear cascade, gain 1.2: runs through all there is", 100 * REACH, 1e6, 100 * beyond, " %"))
    for shock, k in ROOTS:
        end, fall = root_end(shock, k), results[Task(root_fall, (shock, k))]
        found.append(near(f"square-root cascade, k {k:g}", 100 * end, 100 * fall, end, " %"))
    for kind in TRIGGER:
        expected, share = passage_probability(kind), results[Task(liquidated_share, (kind, plan.seed))]
        error = 3.0 * np.sqrt(expected * (1.0 - expected) / PATHS)
        found.append(near(f"{kind}s liquidated by the engine, first passage", expected, share, error))
    return found


PART = Part(
    "Cascades and liquidations in closed form",
    "The whole loop on a market made for it. Tolerances: 2 % of the fall, with a gain G at least 10 G^2 %; 1 % for the "
    "square root; three standard errors for shares.",
    _tasks,
    _checks,
)
