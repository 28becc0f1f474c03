"""A short storm for tests: the shipped people and venues, prices that fall by a fifth and half recover, forty steps."""

from __future__ import annotations

from typing import Any

from sim.scenario import load_scenario, parse_scenario
from sim.scenario.model import Scenario

START = "2025-01-01T00:00:00Z"
WAYPOINTS = {"BTC": (100_000.0, 80_000.0, 90_000.0), "ETH": (4_000.0, 3_100.0, 3_600.0), "SOL": (200.0, 150.0, 180.0)}


def storm(**overrides: Any) -> Scenario:
    """The storm, with dotted keys of the scenario file overridden."""
    shipped = load_scenario("oct_2025_replay")
    document = shipped.model_dump(mode="json", by_alias=True, exclude_none=True)
    times = (START, "2025-01-01T00:03:00Z", "2025-01-01T00:06:40Z")
    document |= {
        "name": "storm",
        "clock": {"start": START, "segment": [{"until": times[-1], "step_s": 10}]},
        "waypoint": [
            {"feed": feed, "time": time, "price_usd": price, "source": "made up"}
            for feed, prices in WAYPOINTS.items()
            for time, price in zip(times, prices, strict=True)
        ],
        "event": [],
    }
    document["noise"].pop("storm", None)
    # More leverage than the shipped people take: there is something to liquidate on every path.
    leverage = [
        {"leverage": leverage, "share": share}
        for leverage, share in ((3, 0.15), (5, 0.2), (10, 0.3), (20, 0.2), (40, 0.15))
    ]
    small = {"traders.leverage": leverage, "traders.equity_median_usd": 2_000.0}
    small |= {"traders.count": 40, "traders.seeded_share": 0.9, "traders.arrival_per_hour": 20.0}
    return parse_scenario(document, "storm.toml", small | overrides)
