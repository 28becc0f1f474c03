"""Stylised facts of returns: of the fundamental by itself, and of the whole world with one such day in a quarter.

BTC's five-minute marks of the last quarter of 2025 hold one day like 10 October. So the world's sample is that too:
the day without its news, 91 times as often as the day as it was.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import kurtosis, skew

from sim.scenario.market import load_market
from sim.validation.checks import Check, Part, Plan, Results, Task, within
from sim.validation.ensembles import chunks, together
from sim.validation.studies import Study
from sim.world.fundamental.building import fundamental, sudden
from sim.world.streams import Streams

HOUR_S = 3_600
HOURS, PATHS = 320, 64
SHOCK_S = 60  # of the fundamental by itself: what it is in an hour does not depend on it
DAYS = 91  # of a quarter, without the one
TAIL = 0.025
QUARTER = "five-minute marks of BTC, Q4 2025: {}"


def hourly(name: str, seed: int) -> np.ndarray:
    """Hourly log returns of the fundamental of the reference, no news, (P, HOURS)."""
    market = load_market(name)
    market = market.model_copy(update={"news": (), "cutting": market.cutting.model_copy(update={"shock_s": SHOCK_S})})
    streams, f = Streams(seed, tuple(range(PATHS))), market.feeds.index(market.reference)
    slides, jumps = fundamental(market, streams), sudden(market, streams)
    spans = [(t, t + HOUR_S) for t in range(0, HOURS * HOUR_S, HOUR_S)]
    return np.stack([slides.between(*span)[:, f] + jumps.landing(*span)[:, f] for span in spans], axis=1)


def calm_correlation(name: str, seed: int) -> tuple[float, float]:
    """Deviation of five-minute returns of the reference in that asked for, and its correlation with the next asset."""
    market = load_market(name)
    market = market.model_copy(update={"news": ()})
    slides = fundamental(market, Streams(seed, tuple(range(PATHS))))
    moved = np.stack([slides.between(t, t + 300) for t in range(0, 200 * 300, 300)], axis=1)
    asset, other = market.assets[0], market.assets[1]
    a, b = (moved[:, :, market.feeds.index(each.feed)].ravel() for each in (asset, other))
    return float(a.std() * 1e4 / asset.sd_bps_per_5min), float(np.corrcoef(a, b)[0, 1])


def autocorrelation(rows: np.ndarray, weights: np.ndarray, lag: int) -> float:
    """Of weighted rows of equal length, (N, T), each with the mean of all."""
    mean = np.average(rows.mean(axis=1), weights=weights)
    away = rows - mean
    return float(
        np.average((away[:, lag:] * away[:, :-lag]).mean(axis=1), weights=weights)
        / np.average((away**2).mean(axis=1), weights=weights)
    )


def moments(rows: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Skewness and excess kurtosis of weighted rows."""
    away = rows - np.average(rows.mean(axis=1), weights=weights)
    second, third, fourth = (np.average((away**k).mean(axis=1), weights=weights) for k in (2, 3, 4))
    return float(third / second**1.5), float(fourth / second**2 - 3.0)


def tail_index(rows: np.ndarray, weights: np.ndarray, tail: float = TAIL) -> float:
    """Hill's index of the largest share `tail` of absolute returns, weighted."""
    size = np.abs(rows).ravel()
    weight = np.repeat(weights / weights.sum() / rows.shape[1], rows.shape[1])
    order = np.argsort(-size)
    reached = np.cumsum(weight[order])
    inside = order[reached <= tail]
    least = size[order[len(inside)]]
    return float(weight[inside].sum() / (weight[inside] * np.log(size[inside] / least)).sum())


def _studies(plan: Plan) -> tuple[Study, Study]:
    return Study(plan.market, "no news"), Study(plan.market)


def _tasks(plan: Plan) -> list[Task]:
    own = [Task(hourly, (plan.market, plan.seed)), Task(calm_correlation, (plan.market, plan.seed))]
    return own + [task for study in _studies(plan) for task in chunks(study, plan.seed, plan.paths)]


def _checks(plan: Plan, results: Results) -> list[Check]:
    sd, correlation = results[Task(calm_correlation, (plan.market, plan.seed))]
    hours = results[Task(hourly, (plan.market, plan.seed))]
    equal = np.ones(len(hours))
    size = np.abs(hours)
    market = load_market(plan.market)
    asked = float(market.correlation()[0, 1])
    found = [
        within("fundamental: five-minute deviation in that asked for", 0.97, 1.03, sd),
        within("fundamental: correlation of two assets", asked - 0.02, asked + 0.02, correlation),
        within("fundamental, 1 h: autocorrelation", -0.08, 0.08, autocorrelation(hours, equal, 1)),
        within("fundamental, 1 h: of absolute returns, 24 h", 0.1, 1.0, autocorrelation(size, equal, 24)),
        within("fundamental, 1 h: excess kurtosis", 4.0, 40.0, float(kurtosis(hours.ravel()))),
        within("fundamental, 1 h: tail index (Hill, 2.5 %)", 2.4, 4.0, tail_index(hours, equal)),
        within("fundamental, 1 h: skewness below 0", -100.0, -0.05, float(skew(hours.ravel()))),
    ]
    calm, storm = (together(results, study, plan.seed, plan.paths)["returns"] for study in _studies(plan))
    rows = np.concatenate([calm, storm])
    weights = np.concatenate([np.full(len(calm), DAYS / len(calm)), np.full(len(storm), 1.0 / len(storm))])
    skewness, heavy = moments(rows, weights)
    size = np.abs(rows)
    deviation = 1e4 * float(np.sqrt(np.average((rows**2).mean(axis=1), weights=weights)))
    of_size = {lag: autocorrelation(size, weights, lag) for lag in (1, 3, 12)}
    found += [
        within("world, 5 min: deviation, bp", 12.5, 18.7, deviation, note=QUARTER.format("15.6")),
        within("world, 5 min: autocorrelation", -0.08, 0.08, autocorrelation(rows, weights, 1)),
        within("world, 5 min: excess kurtosis", 20.0, 1_000.0, heavy, note=QUARTER.format("184")),
        within("world, 5 min: skewness", -20.0, -0.5, skewness, note=QUARTER.format("-2.8")),
        within("world, 5 min: of absolute returns, 5 min", 0.25, 0.45, of_size[1], note=QUARTER.format(".35")),
        within("world, 5 min: of absolute returns, 15 min", 0.16, 0.36, of_size[3], note=QUARTER.format(".26")),
        within("world, 5 min: of absolute returns, 1 h", 0.07, 0.27, of_size[12], note=QUARTER.format(".17")),
        within(
            "world, 5 min: tail index (Hill, 2.5 %)", 2.7, 3.7, tail_index(rows, weights), note=QUARTER.format("3.2")
        ),
    ]
    return found


PART = Part(
    "Stylised facts",
    "Of the fundamental, hourly and without news (bounds: hourly BTC, 2017 to 2019); of the world, five-minute "
    "returns of the large perp, the day without its news weighted 91 times the day as it was. The shipped fundamental "
    "is a diffusion with small jumps, so that fat tails come from cascades alone: a calm day has neither them nor "
    "clustered volatility. A fundamental of a price file (stationary bootstrap) has what its file has.",
    _tasks,
    _checks,
)
