"""Documents of markets: the shipped ones, and a small one, made up, on which a closed form can be tried.

A document is what a TOML file holds; `changed` puts values at dotted keys.
"""

from __future__ import annotations

import copy
from typing import Any

from sim.inputs.tomlfile import read_toml
from sim.scenario.extending import MARKETS as FOLDER
from sim.scenario.market import MarketScenario, parse_market

T0 = "2025-01-01T00:00:00Z"
SOURCE = "made up"


def at(minute: int) -> str:
    """A time of the small market, minutes after its start."""
    return f"2025-01-01T{minute // 60:02d}:{minute % 60:02d}:00Z"


def crowd(name: str, kind: str, share: float, leverage: float, **more: Any) -> dict[str, Any]:
    """A crowd of four portfolios."""
    return {
        "name": name,
        "kind": kind,
        "share": share,
        "leverage_median": leverage,
        "leverage_log_sd": 0.5,
        "portfolios": 4,
        "source": SOURCE,
        **more,
    }


def platform(name: str, engine: str, **more: Any) -> dict[str, Any]:
    """A platform with everybody on it: stops, pairs, those who open later, and collateral that is not dollars."""
    return {
        "name": name,
        "venue": name,
        "engine": engine,
        "execution_s": 60,
        "stop_s": 45,
        "deleverage_s": 15,
        "insurance_usd": 1e5,
        "mark_own_share": 0.6,
        "fee_bps": 50,
        "leave_per_hour": 0.1,
        "leave_panic": 0.2,
        "open_interest": [
            {"feed": "BTC", "usd": 3e9, "maintenance_bps": 50, "source": SOURCE},
            {"feed": "ETH", "usd": 2e9, "maintenance_bps": 100, "source": SOURCE},
        ],
        "collateral": [{"feed": "USDE", "haircut_bps": 500, "mark_own_share": 1.0, "source": SOURCE}],
        "crowd": [
            crowd("longs", "long", 0.5, 6.0, stop_share=0.25, stop_loss_share=0.6, collateral={"USDE": 0.3}),
            crowd("pairs", "pair", 0.05, 9.0, long={"ETH": 0.5}, short={"BTC": 0.5}),
            crowd("shorts", "short", 0.3, 4.0),
            crowd("late", "short", 0.03, 15.0, opens="fall", fall_from_bps=50, fall_until_bps=300),
            crowd("arrivals", "long", 0.05, 5.0, opens="during"),
        ],
        "source": SOURCE,
        **more,
    }


def small_document() -> dict[str, Any]:
    """Two assets and a stable one, a spot venue and two perps, an hour in steps of 10 s, news from minute 10 to 20."""
    depth = {"BTC": 60e6, "ETH": 30e6, "USDE": 5e6}
    noise = {"spot": 3.5, "perp_a": 3.5, "perp_b": 10.0}
    return {
        "name": "small",
        "title": "Small",
        "summary": "A small market.",
        "reference": "BTC",
        "clock": {"start": T0, "segment": [{"until": at(60), "step_s": 10}]},
        "cutting": {"shock_s": 10, "source": SOURCE},
        "asset": [
            {
                "feed": feed,
                "price_usd": price,
                "sd_bps_per_5min": sd,
                "news_beta": beta,
                "risk": beta,
                "source": SOURCE,
            }
            for feed, price, sd, beta in (("BTC", 100.0, 15.0, 1.0), ("ETH", 10.0, 20.0, 1.3))
        ],
        "stable": [{"feed": "USDE", "peg_usd": 1.0, "sd_bps": 5, "half_life_s": 600, "source": SOURCE}],
        "fundamental": {
            "correlation": [{"feeds": ["BTC", "ETH"], "value": 0.7, "source": SOURCE}],
            "jumps": {
                "rate_per_hour": 2.0,
                "mean_bps": 0.0,
                "sd_bps": 15.0,
                "branching": 0.5,
                "decay_s": 120,
                "source": SOURCE,
            },
        },
        "news": [{"from": at(10), "until": at(20), "size_bps": -500, "source": SOURCE}],
        "venue": [
            {
                "name": name,
                "weight": 1,
                "basis_sd_bps": sd,
                "basis_half_life_s": 83,
                "half_spread_bps": 1.0,
                "maker_capital_depths": 1.5,
                "maker_limit_depths": 3.0,
                "source": SOURCE,
                "depth": [
                    {"feed": feed, "at_1pct_usd": usd, "source": SOURCE}
                    for feed, usd in depth.items()
                    if (name, feed) != ("spot", "USDE")
                ],
            }
            for name, sd in noise.items()
        ],
        "event": [],
        "book": {
            "exponent": 0.8,
            "patient_share": 0.06,
            "follow_s": 60,
            "own_s": 600,
            "fade_s": 2400,
            "believed_share": 0.7,
            "lasting_share": 0.15,
            "source": SOURCE,
        },
        "makers": {
            "flow_share": 0.3,
            "withdrawal_exponent": 0.6,
            "loss_withdrawal": 0.6,
            "loss_stop_share": 0.5,
            "beyond_stop": 0.2,
            "least_presence": 0.01,
            "average_s": 60,
            "variance_s": 180,
            "leave_s": 15,
            "return_s": 1200,
            "hand_over_s": 45,
            "source": SOURCE,
        },
        "arbitrage": {"capital_usd": 3e8, "band_bps": 8, "close_s": 10, "transfer_s": 900, "source": SOURCE},
        "momentum": {
            "size_depths": 1.0,
            "theta_bps": 120,
            "trend_s": 300,
            "act_s": 60,
            "signal_feed": "BTC",
            "source": SOURCE,
        },
        "funding": {"interval_s": 600, "interest_bps": 1.0, "damper_bps": 5.0, "cap_bps": 37.5, "source": SOURCE},
        "platform": [platform("perp_a", "full"), platform("perp_b", "ladder")],
    }


def changed(document: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A document with values put at dotted keys: `book.exponent`, `platform.0.fee_bps`."""
    made = copy.deepcopy(document)
    for key, value in changes.items():
        *path, last = key.split(".")
        place: Any = made
        for part in path:
            place = place[int(part)] if isinstance(place, list) else place[part]
        place[last] = value
    return made


def small_market(**changes: Any) -> MarketScenario:
    """The small market; keys with a double underscore for a dot."""
    dotted = {key.replace("__", "."): value for key, value in changes.items()}
    return parse_market(changed(small_document(), dotted), "small.toml")


def quiet(**changes: Any) -> MarketScenario:
    """The small market without news, noise or jumps."""
    still: dict[str, Any] = {"news": [], "fundamental": {}, "stable__0__sd_bps": 0.0}
    still |= {f"asset__{i}__sd_bps_per_5min": 0.0 for i in range(2)}
    still |= {f"venue__{i}__basis_sd_bps": 0.0 for i in range(3)}
    return small_market(**(still | changes))


def shipped_document(name: str) -> dict[str, Any]:
    """The document of a shipped market."""
    return read_toml(FOLDER / f"{name}.toml", parse_float=float)
