"""What venues show of the true price: a basis, events, spreads and halts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from sim.scenario.model import Scenario
from sim.scenario.tables import Event, Storm, Venue, Window, unix_s
from sim.world.paths import BPS, ornstein_uhlenbeck
from sim.world.streams import Streams


def basis(
    venues: Sequence[Venue], feeds: Sequence[str], time_s: np.ndarray, storm: Storm | None, streams: Streams
) -> np.ndarray:
    """Log deviation of venues from the true price, (P, T, feeds, V): an OU process each, independent."""
    half_life_s = np.array([venue.basis_half_life_s for venue in venues])
    sd = np.array([venue.basis_sd_bps * BPS for venue in venues])
    names = [f"{feed} at {venue.name}" for feed in feeds for venue in venues]
    deviation = streams.normals_of("basis", names, 0, (len(time_s),))
    deviation = deviation.reshape(len(streams.paths), len(time_s), len(feeds), len(venues))
    deviation = ornstein_uhlenbeck(deviation, time_s, half_life_s)
    factor = _storm_factor(time_s, storm, [venue.storm_basis_factor for venue in venues])  # (T, V)
    deviation *= sd * factor[:, None, :]
    return deviation


def half_spreads(venues: Sequence[Venue], time_s: np.ndarray, storm: Storm | None) -> np.ndarray:
    """Half of the spread as a fraction of the price, (T, V)."""
    calm = np.array([venue.half_spread_bps * BPS for venue in venues])
    return calm * _storm_factor(time_s, storm, [venue.storm_spread_factor for venue in venues])


def offsets(scenario: Scenario, time_s: np.ndarray) -> np.ndarray:
    """Log deviation that events impose, (T, F, V); events that overlap add up."""
    total = np.zeros((len(time_s), len(scenario.feeds), len(scenario.venues)))
    for event in scenario.events:
        if event.kind == "offset":
            feeds, venue = _place(scenario, event)
            height = ramp(event, event.ramp_s or 0, time_s)
            total[:, feeds, venue] += ((event.size_bps or 0.0) * BPS * height)[:, None]
    return total


def shown_steps(scenario: Scenario, time_s: np.ndarray) -> np.ndarray:
    """The step whose quote is on show, (T, F, V): the last before a halt, else the step itself.

    A venue that is halted from step 0 on shows what it quoted at step 0.
    """
    is_live = np.ones((len(time_s), len(scenario.feeds), len(scenario.venues)), dtype=bool)
    for event in scenario.events:
        if event.kind == "halt":
            feeds, venue = _place(scenario, event)
            is_live[:, feeds, venue] &= ~within(time_s, event.begin, event.until)[:, None]
    steps = np.arange(len(time_s))[:, None, None]
    return np.maximum.accumulate(np.where(is_live, steps, 0), axis=0)


def _storm_factor(time_s: np.ndarray, storm: Storm | None, factors: Sequence[float]) -> np.ndarray:
    """The factors (V,) during the storm and 1 otherwise, (T, V)."""
    if storm is None:
        return np.ones((len(time_s), len(factors)))
    return np.where(within(time_s, storm.begin, storm.until)[:, None], np.array(factors), 1.0)


def ramp(window: Window, ramp_s: int, time_s: np.ndarray) -> np.ndarray:
    """From 0 up to 1 within the first `ramp_s` of a window, and down to 0 within the last, (T,)."""
    since, left = time_s - unix_s(window.begin), unix_s(window.until) - time_s
    height = np.minimum(since, left) / ramp_s if ramp_s else 1.0
    return np.where(within(time_s, window.begin, window.until), np.minimum(height, 1.0), 0.0)


def within(time_s: np.ndarray, begin: datetime, until: datetime) -> np.ndarray:
    """Which moments lie in [begin, until), (T,)."""
    return (time_s >= unix_s(begin)) & (time_s < unix_s(until))


def _place(scenario: Scenario, event: Event) -> tuple[list[int], int]:
    venue = [venue.name for venue in scenario.venues].index(event.venue)
    return [scenario.feeds.index(feed) for feed in event.feeds], venue
