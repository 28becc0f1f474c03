"""The procedure, written down: waves of simulated points, each drawn where the one before says that facts are met.

1. Points of a Sobol sequence through the priors, each simulated on a few paths of the calibration's seed: all see the
   same shocks and the same people.
2. A surrogate of every moment is fitted to the better half of all points so far; the posterior that it implies is
   sampled, and points of the next wave are drawn from it.
3. Candidates (the posterior's mode, its mean, and the best points) are simulated on more paths of the same seed. The
   one with the highest posterior is taken: parameters that facts do not pin stay near what they were.
4. It is compared with what was shipped on other seeds, and what the facts do not pin is published.

Only facts marked fit are ever looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from scipy.optimize import minimize
from scipy.stats import qmc

from sim.validation.calibration.moments import Moments, distance, misses, moments_of, scale_of
from sim.validation.calibration.posterior import (
    WALKERS_PER_PARAMETER,
    LogDensity,
    log_posterior,
    log_prior,
    sampled,
)
from sim.validation.calibration.priors import Priors, prior_of, with_values
from sim.validation.calibration.surrogate import fitted
from sim.validation.facts import Fact, Facts

FARTHEST = 10.0  # unit misses: what is further away is not nearer to anything, and would bend the surrogates

Show = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is spent."""

    first: int = 256  # points of the first wave
    waves: int = 4  # after it
    points: int = 160  # of each
    paths: int = 12
    first_paths: int = 8
    candidates: int = 12
    candidate_paths: int = 32

    @property
    def runs(self) -> int:
        """Points that are simulated."""
        return self.first + self.waves * self.points + self.candidates


@dataclass(slots=True)
class Points:
    """What has been simulated."""

    places: np.ndarray  # (N, D)
    medians: np.ndarray  # (N, facts)
    errors: np.ndarray  # (N, facts)

    def more(self, places: np.ndarray, found: Sequence[Moments]) -> Points:
        """With more of them."""
        return Points(
            np.concatenate([self.places, places]),
            np.concatenate([self.medians, [each.medians for each in found]]),
            np.concatenate([self.errors, [each.errors for each in found]]),
        )


@dataclass(frozen=True, slots=True)
class Calibrated:
    """The outcome."""

    place: np.ndarray  # (D,)
    draws: np.ndarray  # (N, D) of the posterior
    unseen: np.ndarray  # (facts,) error of the surrogates
    points: Points


class Calibration:
    """One run of the procedure."""

    def __init__(
        self, document: dict[str, Any], facts: Facts, priors: Priors, sizes: Sizes, jobs: int, show: Show
    ) -> None:
        """show: told (done, all) points."""
        self.document, self.facts, self.priors, self.sizes = document, facts, priors, sizes
        self.marked: tuple[Fact, ...] = facts.marked("fit")
        self.centre = priors.centre(document)
        self._jobs, self._show, self._done = jobs, show, 0
        self._rng = np.random.default_rng(priors.seed)

    def run(self) -> Calibrated:
        """All of it."""
        sizes, parameters = self.sizes, len(self.centre)
        uniform = qmc.Sobol(parameters, seed=self.priors.seed).random(sizes.first)
        places = prior_of(self.centre).ppf(uniform)
        places[0] = self.centre
        nothing = np.empty((0, len(self.marked)))
        points = Points(np.empty((0, parameters)), nothing, nothing)
        points = points.more(places, self._simulated(places, sizes.first_paths))
        for _ in range(sizes.waves):
            draws, _ = self._posterior(points)
            chosen = draws[self._rng.choice(len(draws), sizes.points, replace=False)]
            points = points.more(chosen, self._simulated(chosen, sizes.paths))
        draws, density = self._posterior(points)
        candidates = self._candidates(points, draws, density)
        found = self._simulated(candidates, sizes.candidate_paths)
        scores = [self._score(place, moments) for place, moments in zip(candidates, found, strict=True)]
        return Calibrated(candidates[int(np.argmax(scores))], draws, self._unseen, points)

    def _simulated(self, places: np.ndarray, paths: int) -> list[Moments]:
        """Moments at places (N, D), in their order."""
        markets = (with_values(self.document, self.priors.parameters, self.priors.values(place)) for place in places)
        seed, found = self.priors.seed, []
        calls = (delayed(moments_of)(market, self.facts, self.marked, seed, paths) for market in markets)
        for moments in Parallel(n_jobs=self._jobs, return_as="generator")(calls):
            found.append(moments)
            self._done += 1
            self._show(self._done, self.sizes.runs)
        return found

    def _posterior(self, points: Points) -> tuple[np.ndarray, LogDensity]:
        """Draws, and the density that they are of."""
        far = np.array([distance(self.marked, medians) for medians in points.medians])
        walkers = WALKERS_PER_PARAMETER * len(self.centre)
        order = np.argsort(far, kind="stable")
        near = order[: max(len(order) // 2, min(len(order), walkers))]
        low, high, scale = np.array([(*fact.range, scale_of(fact)) for fact in self.marked]).T
        medians = np.clip(points.medians[near], low - FARTHEST * scale, high + FARTHEST * scale)
        surrogates = [fitted(points.places[near], medians[:, i]) for i in range(len(self.marked))]
        self._unseen = np.array([surrogate.error for surrogate in surrogates])
        errors = np.median(points.errors[near], axis=0)
        density = log_posterior(self.marked, surrogates, errors, self.centre)
        start = points.places[near][np.arange(walkers) % len(near)]
        start = np.clip(start + 0.02 * self._rng.normal(size=start.shape), 0.01, 0.99)
        return sampled(density, start, self._rng), density

    def _candidates(self, points: Points, draws: np.ndarray, density: LogDensity) -> np.ndarray:
        """The posterior's mode and mean, what was shipped, and the best points so far."""
        best = draws[int(np.argmax(density(draws)))]
        mode = minimize(
            lambda place: -float(density(np.clip(place, 0.001, 0.999)[None])[0]),
            best,
            method="L-BFGS-B",
            bounds=[(0.001, 0.999)] * len(best),
        ).x
        scores = [
            self._score(place, Moments(*row))
            for place, *row in zip(points.places, points.medians, points.errors, strict=True)
        ]
        known = points.places[np.argsort(scores)[::-1][: self.sizes.candidates - 4]]
        return np.stack([mode, best, draws.mean(axis=0), self.centre, *known])

    def _score(self, place: np.ndarray, moments: Moments) -> float:
        """Log posterior of a point that was simulated."""
        variance = 1.0 + (moments.errors / np.array([scale_of(fact) for fact in self.marked])) ** 2
        fit = -0.5 * (misses(self.marked, moments.medians) ** 2 / variance).sum()
        return float(fit + log_prior(place[None], self.centre)[0])
