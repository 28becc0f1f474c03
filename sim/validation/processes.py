"""The processes behind prices against closed forms: Brownian motion, jumps, clusters of them, pegs."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize
from scipy.signal import lfilter
from scipy.stats import kurtosis

from sim.scenario.market import load_market
from sim.scenario.market_tables import Asset, Jumps
from sim.scenario.tables import Stable
from sim.validation.checks import Check, Part, Plan, Results, Task, near
from sim.world.fundamental.diffusion import YEAR_S, Diffusion
from sim.world.fundamental.jumps import HawkesJumps
from sim.world.fundamental.pegs import Deviations
from sim.world.fundamental.process import CELLS, Process
from sim.world.streams import Streams

HOUR_S = 3_600
BRANCHING, DECAY_S, SLOW_S = 0.8, 20.0, 60.0
KURTOSIS = {"rate_per_hour": 2.0, "mean": -0.01, "sd_jump": 0.02, "sd_hour": 0.01}


def blocks(process: Process, shock_s: int, count: int) -> np.ndarray:
    """Increments of the first blocks, (P, count * CELLS, F)."""
    ends = (np.arange(CELLS) + 1.0) * shock_s
    return np.concatenate([process.increments(b, ends + b * CELLS * shock_s) for b in range(count)], axis=1)


def asset_of(sd_per_year: float, drift: float, feed: str = "BTC") -> Asset:
    """An asset of an annual deviation and drift of logs."""
    sd_bps = sd_per_year * np.sqrt(300.0 / YEAR_S) * 1e4
    return Asset(
        feed=feed, price_usd=1, sd_bps_per_5min=sd_bps, news_beta=1, risk=1, drift_log_per_year=drift, source="test"
    )


def jumps_of(rate_per_hour: float, mean: float, sd: float, branching: float = 0.0, decay_s: float = 60.0) -> Jumps:
    """Jumps of N(mean, sd^2) in logs."""
    return Jumps(
        rate_per_hour=rate_per_hour,
        mean_bps=1e4 * mean,
        sd_bps=1e4 * sd,
        branching=branching,
        decay_s=decay_s,
        source="test",
    )


def hourly_hit_share(seed: int, paths: int) -> float:
    """Longs of leverage 20, maintenance .5 %, liquidated within a day: 60 % a year, looked at every hour."""
    sd, streams = 0.6, Streams(seed, tuple(range(paths)))
    process = Diffusion([asset_of(sd, -0.5 * sd**2)], [0], 1, np.eye(1), [], 0, HOUR_S, streams)
    price = np.exp(np.cumsum(blocks(process, HOUR_S, 1)[:, :24, 0], axis=1))
    return float((price.min(axis=1) < (1 - 1 / 20) / (1 - 0.005)).mean())


def merton_share(seed: int, paths: int) -> float:
    """Paths with a jump below -10 % within a week, of 12 a year of N(-5 %, 7 %)."""
    jumps = jumps_of(12.0 * HOUR_S / YEAR_S, -0.05, 0.07)
    process = HawkesJumps(jumps, np.ones(1), HOUR_S, Streams(seed, tuple(range(paths))))
    moved = blocks(process, HOUR_S, 2)[:, : 7 * 24, 0]
    return float((moved < -0.10).any(axis=1).mean())


def merton_kurtosis(seed: int) -> tuple[float, float]:
    """Excess kurtosis of hourly returns with steady jumps: in closed form, and simulated."""
    rate, mean, sd_jump, sd_hour = KURTOSIS.values()
    streams, shock_s = Streams(seed, tuple(range(3_000))), 20  # two jumps hardly ever fall into one cell
    parts = (
        HawkesJumps(jumps_of(rate, mean, sd_jump), np.ones(1), shock_s, streams),
        Diffusion([asset_of(sd_hour * np.sqrt(YEAR_S / HOUR_S), 0.0)], [0], 1, np.eye(1), [], 0, shock_s, streams),
    )
    cells = np.add(*(blocks(part, shock_s, 45)[:, :, 0] for part in parts))
    hours = cells.reshape(3_000, -1, 180).sum(axis=2).ravel()
    variance = sd_hour**2 + rate * (mean**2 + sd_jump**2)
    expected = rate * (mean**4 + 6 * mean**2 * sd_jump**2 + 3 * sd_jump**4) / variance**2
    return expected, float(kurtosis(hours))


def arrivals_of(rate_per_hour: float, branching: float, decay_s: float, seed: int, paths: int, n: int) -> np.ndarray:
    """Which cells of a second have a jump, (P, n * CELLS)."""
    jumps = jumps_of(rate_per_hour, 0.0, 1e-4, branching, decay_s)
    process = HawkesJumps(jumps, np.ones(1), 1, Streams(seed, tuple(range(paths))))
    return np.concatenate([process.arrivals(block).astype(bool) for block in range(n)], axis=1)


def hawkes_moments(seed: int) -> tuple[float, float]:
    """Mean rate in that of the base, and variance over mean of counts in windows of eleven hours.

    So rare and slow that two hardly ever fall into one cell, where one of them would be lost.
    """
    rate_per_hour, warm = 2.0, 40
    process = HawkesJumps(
        jumps_of(rate_per_hour, 0.0, 1e-4, BRANCHING, 200.0), np.ones(1), 1, Streams(seed, tuple(range(1_500)))
    )
    for block in range(warm):
        process.arrivals(block)
    counts = np.sum([process.arrivals(warm + block).sum(axis=1) for block in range(312)], axis=0)
    return float(counts.mean() / (rate_per_hour * 312 * CELLS / HOUR_S)), float(counts.var() / counts.mean())


def hawkes_clusters(seed: int) -> tuple[float, tuple[float, ...], int]:
    """Mean size of clusters, shares of those of 1, 2 and 3, and how many; base so rare that they are apart."""
    gap_s = 15.0 * SLOW_S  # without a jump, after which no child is to be expected
    arrived = arrivals_of(0.05, BRANCHING, SLOW_S, seed, 8_000, 120)
    sizes = []
    last_start = arrived.shape[1] - 6 * gap_s  # so that a cluster can end
    for row in arrived[arrived.any(axis=1)]:
        at_s = np.flatnonzero(row)
        first = np.concatenate([[0], np.flatnonzero(np.diff(at_s) > gap_s) + 1])
        size = np.diff(np.concatenate([first, [len(at_s)]]))
        sizes.append(size[at_s[first] < last_start])
    every = np.concatenate(sizes)
    return float(every.mean()), tuple(float((every == k).mean()) for k in (1, 2, 3)), len(every)


def shipped_rate(name: str, seed: int) -> float:
    """Jumps of a shipped market on its own grid, in those that its rate and branching ask for."""
    market = load_market(name)
    jumps, shock_s = market.fundamental.jumps, market.cutting.shock_s
    if jumps is None:
        return 1.0
    process = HawkesJumps(jumps, np.ones(1), shock_s, Streams(seed, tuple(range(1_000))))
    process.arrivals(0)
    counts = np.sum([process.arrivals(1 + block).sum(axis=1) for block in range(100)], axis=0)
    hours = 100 * CELLS * shock_s / HOUR_S
    return float(counts.mean() * (1.0 - jumps.branching) / (jumps.rate_per_hour * hours))


def hawkes_branching(seed: int) -> tuple[float, int]:
    """Branching found back by maximum likelihood from about 20,000 events, and how many there were."""
    arrived = arrivals_of(60.0, BRANCHING, DECAY_S, seed, 20, 96).astype(float)

    def loss(free: np.ndarray) -> float:
        mu, n, beta = np.exp(free[0]), 1.0 / (1.0 + np.exp(-free[1])), np.exp(free[2])
        kept = np.exp(-beta)
        excited = lfilter([0.0, n * beta], [1.0, -kept], arrived, axis=1)
        rate = mu + excited * -np.expm1(-beta) / beta
        return float(rate.sum() - (arrived * (rate + np.log(-np.expm1(-rate)))).sum())

    best = minimize(loss, np.log([0.02, 1.0, 0.1]), method="Nelder-Mead", options={"xatol": 1e-4, "fatol": 1e-3})
    return float(1.0 / (1.0 + np.exp(-best.x[1]))), int(arrived.sum())


def peg_moments(seed: int) -> tuple[float, float, float]:
    """Deviation in that which was asked for, half-life likewise, variance of the median of three in one's."""
    half_life_s, sd_bps, shock_s = 100.0, 20.0, 10
    names = ("A", "B", "C")
    pegs = [Stable(feed=name, peg_usd=1, sd_bps=sd_bps, half_life_s=half_life_s, source="test") for name in names]
    process = Deviations(pegs, [0, 1, 2], 3, shock_s, Streams(seed, tuple(range(1_000))))
    level = np.cumsum(blocks(process, shock_s, 8), axis=1)[:, 100:]
    kept = (level[:, 10:] * level[:, :-10]).mean() / (level**2).mean()  # after a half-life
    median = np.median(level, axis=2)
    return (
        float(level.std() * 1e4 / sd_bps),
        float(-np.log(2.0) / np.log(kept)),
        float(median.var() / level.var()),
    )


MANY = 20_000


def _tasks(plan: Plan) -> list[Task]:
    own = [Task(hourly_hit_share, (plan.seed, MANY)), Task(merton_share, (plan.seed, MANY))]
    own.append(Task(shipped_rate, (plan.market, plan.seed)))
    own += [Task(call, (plan.seed,)) for call in (merton_kurtosis, hawkes_moments, peg_moments)]
    return own + [Task(call, (plan.seed,)) for call in (hawkes_clusters, hawkes_branching) if plan.is_full]


def _checks(plan: Plan, results: Results) -> list[Check]:
    def error(share: float, n: int = MANY) -> float:
        return 3.0 * float(np.sqrt(share * (1.0 - share) / n))

    seed = (plan.seed,)
    hit, jumped = results[Task(hourly_hit_share, (*seed, MANY))], results[Task(merton_share, (*seed, MANY))]
    expected, found_kurtosis = results[Task(merton_kurtosis, seed)]
    mean, fano = results[Task(hawkes_moments, seed)]
    sd, half_life, median = results[Task(peg_moments, seed)]
    found = [
        near("GBM, liquidated within a day, hourly checks", 0.1171, hit, error(0.1171), note=".11406 by BGK"),
        near("Merton, a jump below -10 % within a week", 0.0532, jumped, error(0.0532)),
        near("Merton, excess kurtosis of an hour", expected, found_kurtosis, 0.1 * expected),
        near("Hawkes, branching .8: mean rate in the base", 5.0, mean, 0.25),
        near("Hawkes, variance over mean of counts", 25.0, fano, 2.5, note="windows of 11 hours, 1,500 of them"),
        near(
            "jumps as shipped, on their grid, in those asked for",
            1.0,
            results[Task(shipped_rate, (plan.market, plan.seed))],
            0.05,
            note="a cell holds one at most: what falls together is lost",
        ),
        near("OU, deviation in that asked for", 1.0, sd, 0.03),
        near("OU, half-life in that asked for", 1.0, half_life, 0.05),
        near("median of three, variance in one's", 0.4487, median, 0.0045),
    ]
    if plan.is_full:
        size, shares, n = results[Task(hawkes_clusters, seed)]
        sd_size = np.sqrt(BRANCHING / (1.0 - BRANCHING) ** 3)
        found.append(near("Hawkes, mean size of a cluster", 5.0, size, 3.0 * float(sd_size / np.sqrt(n))))
        for k, (share, borel) in enumerate(zip(shares, (0.4493, 0.1615, 0.0871), strict=True), start=1):
            found.append(near(f"Hawkes, clusters of {k}", borel, share, error(borel, n)))
        branching, events = results[Task(hawkes_branching, seed)]
        found.append(near("Hawkes, branching by maximum likelihood", 0.8, branching, 0.03, note=f"{events:,} events"))
    return found


PART = Part(
    "Processes in closed form",
    "Fundamental processes by themselves. Tolerances: three standard errors of a share, else 3 to 10 % as a rule.",
    _tasks,
    _checks,
)
