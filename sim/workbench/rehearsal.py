"""A short storm for a design of one's own: seconds instead of minutes, and everything that a run needs in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

from sim.design import Design
from sim.risk.records import Records
from sim.runs.experiment import Task, run_task
from sim.scenario import load_scenario
from sim.scenario.loading import parse_scenario
from sim.scenario.model import Scenario

#: Whose people, venues and opening prices the storm has.
SHIPPED = "oct_2025_replay"
STEPS, STEP_S = 40, 10
TRADERS = 40
START = datetime(2025, 1, 1, tzinfo=UTC)


@cache
def short_storm(fall: float = 0.25) -> Scenario:
    """Every floating price falls by a share of itself and half recovers, in forty steps of ten seconds.

    Args:
        fall: share of the price, below one.
    """
    shipped = load_scenario(SHIPPED)
    document = shipped.model_dump(mode="json", by_alias=True, exclude_none=True)
    opening = {point.feed: point.price_usd for point in reversed(shipped.waypoints)}
    path = ((0, 1.0), (STEPS // 2, 1 - fall), (STEPS, 1 - fall / 2))
    document |= {
        "name": "short_storm",
        "title": "A short storm",
        "summary": f"Prices fall by {fall:.0%} and half recover.",
        "clock": {"start": _moment(0), "segment": [{"until": _moment(STEPS), "step_s": STEP_S}]},
        "waypoint": [
            {"feed": feed, "time": _moment(step), "price_usd": price * share, "source": "made up"}
            for feed, price in opening.items()
            for step, share in path
        ],
        "event": [],
    }
    document["noise"].pop("storm", None)
    document["traders"] |= {"count": TRADERS, "seeded_share": 0.9, "arrival_per_hour": 20.0}
    return parse_scenario(document, "short_storm")


def rehearse(design: Design, *, fall: float = 0.25, seed: int = 1) -> Records:
    """Deploy a design in process and play one path of the short storm on it.

    Raises:
        InputError: the storm has no price for a feed of the design.
    """
    return run_task(Task(design, short_storm(fall), seed, (0,), None))


def _moment(step: int) -> str:
    return (START + timedelta(seconds=step * STEP_S)).isoformat()
