"""Events of a market over its steps: who is halted, cut off or thin, and which quotes lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.scenario.market import MarketScenario
from sim.scenario.market_tables import MarketEvent
from sim.world.paths import BPS
from sim.world.venues import ramp, within


@dataclass(frozen=True, slots=True)
class Schedule:
    """By step; a step has what holds at its end."""

    is_open: np.ndarray  # (T, V, F)
    is_connected: np.ndarray  # (T, V)
    depth_factor: np.ndarray  # (T, V, F)
    lie_log: np.ndarray  # (T, F, V)


def schedule(market: MarketScenario, times_s: np.ndarray) -> Schedule:
    """The events of a scenario at the moments (T,) of its clock."""
    shape = (len(times_s), len(market.venues), len(market.feeds))
    is_open, depth_factor, lie_log = np.ones(shape), np.ones(shape), np.zeros(shape)
    is_connected = np.ones(shape[:2])
    for event in market.events:
        v = [venue.name for venue in market.venues].index(event.venue)
        feeds = _feeds(market, event)
        holds = within(times_s, event.begin, event.until)[:, None]
        match event.kind:
            case "halt":
                is_open[:, v, feeds] = np.where(holds, 0.0, is_open[:, v, feeds])
            case "transfer_halt":
                is_connected[:, v] = np.where(holds[:, 0], 0.0, is_connected[:, v])
            case "thin":
                depth_factor[:, v, feeds] *= np.where(holds, event.depth_factor or 1.0, 1.0)
            case "lie":
                height = ramp(event, event.ramp_s or 0, times_s)
                lie_log[:, v, feeds] += ((event.size_bps or 0.0) * BPS * height)[:, None]
    return Schedule(is_open, is_connected, depth_factor, np.ascontiguousarray(lie_log.transpose(0, 2, 1)))


def _feeds(market: MarketScenario, event: MarketEvent) -> list[int]:
    return [market.feeds.index(feed) for feed in event.feeds or market.feeds]
