"""A small world to test on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sim import scenario as scenarios
from sim.scenario.model import Scenario

T0 = "2025-01-01T00:00:00Z"


def at(minute: int) -> str:
    """A time of the small scenario, minutes after its start."""
    return f"2025-01-01T{minute // 60:02d}:{minute % 60:02d}:00Z"


def small_document() -> dict[str, Any]:
    """Two floating feeds and a stable one, three venues, an hour in steps of a minute, a storm from 20 to 30."""
    venue = {"weight": 1, "basis_sd_bps": 10, "basis_half_life_s": 120, "half_spread_bps": 2}
    prices = {"BTC": (100.0, 80.0, 90.0), "ETH": (10.0, 9.0, 9.5)}
    return {
        "name": "small",
        "title": "Small",
        "summary": "A small world.",
        "kind": "waypoints",
        "feeds": ["BTC", "USDC", "ETH"],
        "clock": {"start": T0, "segment": [{"until": at(60), "step_s": 60}]},
        "waypoint": [
            {"feed": feed, "time": at(minute), "price_usd": price, "source": "made up"}
            for feed, row in prices.items()
            for minute, price in zip((0, 25, 60), row, strict=True)
        ],
        "stable": [{"feed": "USDC", "peg_usd": 1.0, "sd_bps": 5, "half_life_s": 300, "source": "made up"}],
        "noise": {
            "volatility": [
                {"feed": "BTC", "sd_bps_per_5min": 20, "source": "made up"},
                {"feed": "ETH", "sd_bps_per_5min": 40, "source": "made up"},
            ],
            "correlation": [{"feeds": ["BTC", "ETH"], "value": 0.6, "source": "made up"}],
            "storm": {"from": at(20), "until": at(30), "factor": 3.0, "source": "made up"},
        },
        "venue": [{"name": name, **venue} for name in ("Binance", "OKX", "Kraken")],
        "event": [],
        "traders": {
            "count": 1,
            "seeded_share": 0,
            "arrival_per_hour": 0,
            "close_per_hour": 0,
            "long_share": 0.5,
            "leverage": [{"leverage": 2, "share": 1}],
            "equity_median_usd": 1,
            "equity_log_sd": 0,
            "market_weights": {"BTC": 1},
            "stop_share": 0,
            "stop_loss_fraction": 0.5,
            "take_profit_fraction": 1,
        },
        "arbitrageur": {"capital_usd": 0, "min_profit_bps": 0, "max_trade_usd": 0},
        "liquidity_providers": {
            "count": 1,
            "seed_usd": 1,
            "capital_usd": 0,
            "deposit_yield_per_year": 0,
            "exit_drawdown_min": 0,
            "exit_drawdown_max": 1,
            "action_share": 1,
        },
        "keepers": {"max_liquidations_per_step": 0, "cost_usd": 0},
    }


@pytest.fixture(scope="session")
def small() -> Callable[..., Scenario]:
    """Builds the small scenario with overrides: `small(feeds=[...], **{"venue[0].weight": 2})`."""

    def build(**overrides: Any) -> Scenario:
        return scenarios.parse_scenario(small_document(), "small.toml", overrides)

    return build
