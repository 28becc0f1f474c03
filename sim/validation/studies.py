"""Markets that are run for a check: which one, how it is cut, and what is kept of each path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.scenario.extending import MARKETS as FOLDER
from sim.scenario.market import MarketScenario, parse_market
from sim.validation import variants
from sim.validation.facts import Facts, load_facts
from sim.validation.markets import shipped_document
from sim.validation.measures import LEAST_DELEVERAGED_USD, MEASURES, NEED_PLATFORMS, Day
from sim.validation.pools import StandInPool
from sim.world.endogenous import hedging
from sim.world.endogenous.accounts import open_interest_usd
from sim.world.endogenous.state import price_usd
from sim.world.endogenous.world import EndogenousWorld
from sim.world.streams import Streams

CHUNK = 8  # paths of one task: a path is the same bits in any
SHARE_OF_OPEN_INTEREST = 1.0  # percent that has to be liquidated before a cascade may count as early
RETURN_S = 300

Numbers = dict[str, np.ndarray]


@dataclass(frozen=True, slots=True)
class Study:
    """One market, from the morning on or from an hour before the storm on."""

    market: str = "oct_2025"
    variant: str = variants.AS_IT_IS
    cohorts: int = 1_000
    is_storm_only: bool = False
    step_s: int | None = None  # one for the whole run, storm only; none: as the market's clock says
    pool_usd: float = 0.0  # of a stand-in pool's longs
    hedged_share: float | None = None  # of what it closes; none: as the market says
    run: int = 0  # tells repeats apart


def market_of(study: Study, facts: Facts) -> MarketScenario:
    """The market that a study runs."""
    document: dict[str, Any] = variants.made(shipped_document(study.market), study.variant)
    if study.is_storm_only or study.step_s is not None:
        _cut_morning(document, study, facts)
    if study.hedged_share is not None:
        document["hedge"]["share"] = study.hedged_share
    return parse_market(document, FOLDER / f"{study.market}.toml")


def _cut_morning(document: dict[str, Any], study: Study, facts: Facts) -> None:
    """Start at the reference, end an hour after the last low; all steps of one length if the study has one."""
    clock, when = document["clock"], facts.when
    until = when.lowest_until.replace(hour=when.lowest_until.hour + 1, minute=0)
    if study.step_s is not None:
        segments = [{"until": until, "step_s": study.step_s}]
    else:
        segments = [each for each in clock["segment"] if when.reference_from < each["until"] <= until]
        segments.append({"until": until, "step_s": 60})
    document["clock"] = {"start": when.reference_from, "segment": segments}
    document["news"] = [each for each in document["news"] if each["from"] >= when.storm_from]


def measured(study: Study, seed: int, paths: Sequence[int]) -> Numbers:
    """Run some paths; every measure, (P,), and 5-minute log returns of the reference at the large venue, (P, N).

    Path by path, for the order in which numpy adds up an array depends on its shape.
    """
    day = simulated(study, load_facts(study.market), seed, paths)
    each = [_numbers(day.only(place)) for place in range(len(paths))]
    return {name: np.concatenate([numbers[name] for numbers in each]) for name in each[0]}


def _numbers(day: Day) -> Numbers:
    who = day.facts.who
    btc = day.mid_usd(who.large, who.bitcoin)
    each = np.searchsorted(day.time_s, np.arange(day.time_s[0], day.time_s[-1] + 1, RETURN_S))
    found = {name: _of(day, name) for name in MEASURES}
    return {**found, "returns": np.diff(np.log(btc[:, each]), axis=1), **outcomes(day)}


def simulated(study: Study, facts: Facts, seed: int, paths: Sequence[int]) -> Day:
    """Records of some paths."""
    every = 1 if study.step_s is None or study.step_s >= 10 else 10 // study.step_s
    return simulate(market_of(study, facts), facts, seed, paths, study.cohorts, every, study.pool_usd)


def simulate(
    market: MarketScenario,
    facts: Facts,
    seed: int,
    paths: Sequence[int],
    cohorts: int = 1_000,
    record_every: int = 1,
    pool_usd: float = 0.0,
) -> Day:
    """Records of some paths of a market; `pool_usd`: of a stand-in pool's longs."""
    sources = (hedging.SOURCE,) if pool_usd else ()
    world = EndogenousWorld(
        market, Streams(seed, tuple(paths)), cohorts=cohorts, sources=sources, record_every=record_every
    )
    start_usd = open_interest_usd(world.state, price_usd(world.state))
    who = facts.who
    lists = (who.bitcoin, who.ether, who.solana)
    pool = StandInPool(market, world, pool_usd, lists) if pool_usd else None
    for step in range(1, len(world.times_s)):
        if pool is not None:
            pool.act(float(world.step_s[step]))
        world.advance(step)
    return Day(market, facts, world.records.arrays(), start_usd)


def outcomes(day: Day) -> Numbers:
    """What ablations are judged by beside the facts, and whether a path cascaded before the storm, all (P,)."""
    liquidated = day.records["liquidated_usd"].sum(axis=(2, 3))
    before = liquidated[:, day.time_s < day.storm_s].sum(axis=1)
    open_usd = day.open_interest_usd.sum(axis=(1, 2))
    solana = day.fall(day.facts.who.onchain, day.facts.who.solana)
    has_cascade = 100.0 * day.liquidated_usd > SHARE_OF_OPEN_INTEREST * open_usd
    return {
        "liquidated": day.liquidated_usd / 1e9,
        "deleveraged": day.records["deleveraged_usd"].sum(axis=(1, 2)) / 1e9,
        "stopped": day.records["stopped_usd"].sum(axis=(1, 2)) / 1e9,
        "bad_debt": day.records["bad_debt_usd"].sum(axis=(1, 2)) / 1e6,
        "hedge_venue_fall": solana,
        "exogenous_fall": _exogenous_fall(day),
        "rush_deleveraging": _rush_deleveraging(day),
        "is_early": (before > 0.5 * day.liquidated_usd) & has_cascade,
    }


def _rush_deleveraging(day: Day) -> np.ndarray:
    """Seconds from where on-chain liquidations reach a tenth of their peak rate to the first deleveraging, (P,)."""
    names = [platform.venue for platform in day.market.platforms]
    if day.facts.who.onchain not in names:
        return np.full(len(day.open_interest_usd), np.nan)
    k, storm = names.index(day.facts.who.onchain), day.time_s >= day.storm_s
    usd = day.records["liquidated_usd"][:, :, k].sum(axis=2) * storm
    rate = usd / np.diff(day.time_s, prepend=day.time_s[0] - 1)
    taken = (day.records["deleveraged_usd"][:, :, k] > LEAST_DELEVERAGED_USD) & storm
    begun = rate >= 0.1 * rate.max(axis=1, keepdims=True)
    waited = day.time_s[taken.argmax(axis=1)] - day.time_s[begun.argmax(axis=1)]
    return np.where(taken.any(axis=1), waited, np.nan)


def _exogenous_fall(day: Day) -> np.ndarray:
    fundamental = day.records["fundamental_usd"][:, :, day.feed(day.facts.who.bitcoin)]
    before = np.median(fundamental[:, day.reference], axis=1)
    return 100.0 * (1.0 - fundamental[:, day.window].min(axis=1) / before)


def _of(day: Day, name: str) -> np.ndarray:
    """A measure; not a number where there is nobody whom it is of."""
    if name in NEED_PLATFORMS and not day.market.platforms:
        return np.full(len(day.open_interest_usd), np.nan)
    return np.asarray(MEASURES[name](day), dtype=float)
