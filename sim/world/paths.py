"""True prices: bridges through waypoints, and pegs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.scenario.model import Scenario
from sim.scenario.tables import Stable, Storm, Waypoint, Wrapped, unix_s
from sim.world.streams import Streams

BPS = 1e-4
VOLATILITY_WINDOW_S = 300.0  # of sd_bps_per_5min


def bridges(scenario: Scenario, feeds: Sequence[str], time_s: np.ndarray, streams: Streams) -> np.ndarray:
    """Prices of floating feeds, (P, T, len(feeds)), exact at every waypoint.

    The log price is the straight line between waypoints plus a Brownian bridge on the clock of
    `activity_s`; after a feed's last waypoint it is that price plus a free Brownian motion.
    """
    paths = len(streams.paths)
    if not feeds:
        return np.empty((paths, len(time_s), 0))
    activity = activity_s(time_s, scenario.noise.storm)
    shocks = streams.normals_of("price", feeds, 0, (len(time_s),))
    shocks = shocks @ square_root(scenario.correlation()).T
    shocks *= np.sqrt(np.diff(activity, prepend=activity[0]))[:, None]
    motion = np.cumsum(shocks, axis=1)  # of variance 1 per second of activity
    per_5min = {entry.feed: entry.sd_bps_per_5min * BPS for entry in scenario.noise.volatility}
    prices = np.empty_like(motion)
    for i, feed in enumerate(feeds):
        points = [point for point in scenario.waypoints if point.feed == feed]
        noise = _pinned(motion[:, :, i], activity, _steps_of(points, time_s))
        sd_per_root_s = per_5min[feed] / np.sqrt(VOLATILITY_WINDOW_S)
        prices[:, :, i] = _line(points, time_s) * np.exp(sd_per_root_s * noise)
    return prices


def pegs(stables: Sequence[Stable], time_s: np.ndarray, streams: Streams) -> np.ndarray:
    """Prices of pegged feeds, (P, T, len(stables)): an OU process in log price around each peg."""
    half_life_s = np.array([stable.half_life_s for stable in stables])
    sd = np.array([stable.sd_bps * BPS for stable in stables])
    peg_usd = np.array([stable.peg_usd for stable in stables])
    shocks = streams.normals_of("peg", [stable.feed for stable in stables], 0, (len(time_s),))
    deviation = ornstein_uhlenbeck(shocks, time_s, half_life_s)
    return peg_usd * np.exp(sd * deviation)


def wrapped(tokens: Sequence[Wrapped], time_s: np.ndarray, streams: Streams) -> np.ndarray:
    """Price of wrapped tokens in their base, (P, T, len(tokens)): an OU process in log price around each rate."""
    half_life_s = np.array([token.half_life_s for token in tokens])
    sd = np.array([token.sd_bps * BPS for token in tokens])
    rate = np.array([token.rate for token in tokens])
    shocks = streams.normals_of("wrapped", [token.feed for token in tokens], 0, (len(time_s),))
    deviation = ornstein_uhlenbeck(shocks, time_s, half_life_s)
    return rate * np.exp(sd * deviation)


def ornstein_uhlenbeck(shocks: np.ndarray, time_s: np.ndarray, half_life_s: np.ndarray) -> np.ndarray:
    """A stationary OU process of variance 1 from normals (P, T, ..., n), in place; half-lives (n,)."""
    for t in range(1, len(time_s)):
        kept = 0.5 ** ((time_s[t] - time_s[t - 1]) / half_life_s)
        shocks[:, t] = kept * shocks[:, t - 1] + np.sqrt(1.0 - kept**2) * shocks[:, t]
    return shocks


def activity_s(time_s: np.ndarray, storm: Storm | None) -> np.ndarray:
    """Seconds since step 0, (T,), each of the storm counted factor squared times: the clock of variance."""
    elapsed = (time_s - time_s[0]).astype(np.float64)
    if storm is None:
        return elapsed
    begin, until = unix_s(storm.begin), unix_s(storm.until)
    in_storm = np.clip(time_s, begin, until) - max(begin, min(until, int(time_s[0])))
    return elapsed + (storm.factor**2 - 1.0) * in_storm


def _pinned(motion: np.ndarray, activity: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Brownian paths (P, T) less their chords between `steps` (n,): 0 there, free after the last."""
    left, right, is_free = _segments(steps, len(activity))
    span = np.where(is_free, 1.0, activity[right] - activity[left])
    share = np.where(is_free, 0.0, (activity - activity[left]) / span)
    return motion - ((1.0 - share) * motion[:, left] + share * motion[:, right])


def _line(points: Sequence[Waypoint], time_s: np.ndarray) -> np.ndarray:
    """The price on the straight line in log price between waypoints, (T,)."""
    left, right, is_free = _segments(_steps_of(points, time_s), len(time_s))
    price = np.zeros(len(time_s))
    price[_steps_of(points, time_s)] = [point.price_usd for point in points]
    share = np.where(is_free, 0.0, (time_s - time_s[left]) / np.where(is_free, 1, time_s[right] - time_s[left]))
    return price[left] * (price[right] / price[left]) ** share


def _segments(steps: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each of `count` steps: the pinned one at or before it, the one after, and if there is none."""
    segment = np.searchsorted(steps, np.arange(count), side="right") - 1
    is_free = segment == len(steps) - 1
    return steps[segment], steps[np.minimum(segment + 1, len(steps) - 1)], is_free


def _steps_of(points: Sequence[Waypoint], time_s: np.ndarray) -> np.ndarray:
    return np.searchsorted(time_s, [unix_s(point.time) for point in points])


def square_root(correlation: np.ndarray) -> np.ndarray:
    """The symmetric matrix whose square is `correlation`; works for a semidefinite one too."""
    values, vectors = np.linalg.eigh(correlation)
    return (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
