"""What parameters are after the facts: a posterior on the unit cube, by an ensemble of walkers.

Likelihood: normal in the misses, whose variance is that of a unit miss, of sampling, and of the surrogate. Walkers
stretch towards each other (Goodman and Weare 2010), which needs no tuning.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from sim.validation.calibration.moments import misses, scale_of
from sim.validation.calibration.priors import DEVIATION
from sim.validation.calibration.surrogate import Surrogate
from sim.validation.facts import Fact

STRETCH = 2.0
WALKERS_PER_PARAMETER = 8
SWEEPS = 1_500
WARM = 500
EVERY = 10

LogDensity = Callable[[np.ndarray], np.ndarray]


def log_prior(places: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Of places (N, D), without its constant, (N,)."""
    inside = ((places > 0.0) & (places < 1.0)).all(axis=1)
    return np.where(inside, -0.5 * (((places - centre) / DEVIATION) ** 2).sum(axis=1), -np.inf)


def log_posterior(
    marked: Sequence[Fact], surrogates: Sequence[Surrogate], errors: np.ndarray, centre: np.ndarray
) -> LogDensity:
    """Log density of places (N, D), without its constant.

    errors: (facts,) of sampling.
    """
    scale = np.array([scale_of(fact) for fact in marked])
    unseen = np.array([surrogate.error for surrogate in surrogates])
    variance = 1.0 + (errors**2 + unseen**2) / scale**2

    def density(places: np.ndarray) -> np.ndarray:
        medians = np.stack([surrogate(places) for surrogate in surrogates], axis=1)
        return log_prior(places, centre) - 0.5 * (misses(marked, medians) ** 2 / variance).sum(axis=1)

    return density


def sampled(density: LogDensity, start: np.ndarray, rng: np.random.Generator, sweeps: int = SWEEPS) -> np.ndarray:
    """Draws of a density, (N, D), from walkers that start at places (W, D), W even."""
    walkers, dimensions = start.copy(), start.shape[1]
    now = density(walkers)
    half = len(walkers) // 2
    kept = []
    for sweep in range(sweeps):
        for own, others in ((slice(0, half), slice(half, None)), (slice(half, None), slice(0, half))):
            mine = walkers[own]
            partner = walkers[others][rng.integers(half, size=len(mine))]
            z = ((STRETCH - 1.0) * rng.random(len(mine)) + 1.0) ** 2 / STRETCH
            tried = partner + z[:, None] * (mine - partner)
            there = density(tried)
            log_ratio = (dimensions - 1) * np.log(z) + there - now[own]
            takes = np.log(rng.random(len(mine))) < log_ratio
            walkers[own] = np.where(takes[:, None], tried, mine)
            now[own] = np.where(takes, there, now[own])
        if sweep >= WARM * sweeps // SWEEPS and sweep % EVERY == 0:
            kept.append(walkers.copy())
    return np.concatenate(kept)
