"""No knob of a market is dead: each number is moved, and the same run is recorded otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest
from market_factory import SOURCE, at, changed, run, small_document, world_of

from sim.scenario.market import parse_market

#: Why a number is not moved here.
REASONS = {
    "clock": "other steps see the same shocks: tests/world/test_endogenous_world.py",
    "cutting.shock_s": "what is drawn, on purpose: tests/world/test_fundamental.py",
}
#: What a key is moved to where a little more of it is not allowed, or changes nothing in so short a run.
MOVED: dict[str, Any] = {
    "venue.weight": 2.0,
    "venue.lag_s": 30,
    "platform.crowd.share": 0.2,
    "platform.crowd.long.ETH": None,
    "platform.crowd.short.BTC": None,
    "platform.crowd.concentration": 5.0,
    "platform.crowd.leverage_max": 3.0,
    "fundamental.correlation.value": 0.1,
    "cutting.most_substeps": 1,
    "cutting.review_s": 30,
    "funding.cap_bps": 0.1,
    "makers.loss_stop_share": 0.9,
    "makers.beyond_stop": 1.0,
    "fundamental.jumps.decay_s": 10.0,
    "platform.crowd.stop_share": 0.5,
    "platform.crowd.portfolios": 6,
    "event.ramp_s": 120,
    "funding.interval_s": 300,
    "platform.deleverage_below_usd": 1e9,
    "fundamental.crisis.correlation": -0.5,
}
#: Weights that only mean something against each other: one of them is moved.
RELATIVE = ("platform.crowd.cohort_weight",)
_WINDOW = {"from": at(5), "until": at(25), "venue": "perp_b", "source": SOURCE}


@cache
def _document() -> dict[str, Any]:
    """The small market with every table in it, and every number said."""
    document = small_document()
    document["cutting"] |= {"most_substeps": 16, "tolerance_bps": 10.0, "review_s": 60}
    document["wrapped"] = [
        {"feed": "WETH", "base": "ETH", "rate": 1.08, "sd_bps": 5, "half_life_s": 60, "source": SOURCE}
    ]
    crisis = {
        "from": at(5),
        "until": at(25),
        "factor": 2.0,
        "factors": {"ETH": 3.0},
        "correlation": 0.9,
        "source": SOURCE,
    }
    document["fundamental"]["crisis"] = [crisis]
    document["fundamental"]["jumps"] |= {"rate_per_hour": 60.0, "mean_bps": -1.0}
    for asset in document["asset"]:
        asset["drift_log_per_year"] = 0.1
    for venue in document["venue"]:
        venue["lag_s"] = 10
    document["event"] = [
        _WINDOW | {"kind": "lie", "size_bps": -100.0, "ramp_s": 60},
        _WINDOW | {"kind": "thin", "depth_factor": 0.5},
    ]
    for each in document["platform"]:
        each["deleverage_below_usd"] = 0.0
        for crowd in each["crowd"]:
            crowd |= {"leverage_max": 12.0, "concentration": 0.6, "cohort_weight": 1.0}
    document["platform"][0]["crowd"][3]["leverage_max"] = 40.0
    document["makers"] |= {"loss_stop_share": 0.0005, "least_presence": 0.1}
    return document


def _numbers(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _numbers(each, (*path, key))
    elif isinstance(value, list):
        for i, each in enumerate(value):
            yield from _numbers(each, (*path, str(i)))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path


def _name(path: tuple[str, ...]) -> str:
    return ".".join(part for part in path if not part.isdigit())


def _knobs() -> dict[str, list[tuple[str, ...]]]:
    """Every key once, with all places that it stands at."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for path in _numbers(_document()):
        if not any(_name(path).startswith(reason) for reason in REASONS):
            found.setdefault(_name(path), []).append(path)
    return found


def _at(path: tuple[str, ...]) -> Any:
    value: Any = _document()
    for part in path:
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value


@cache
def _recorded(changes: tuple[tuple[str, Any], ...]) -> dict[str, np.ndarray]:
    world = world_of(parse_market(changed(_document(), dict(changes)), "small.toml"), paths=(0,), cohorts=120)
    run(world, steps=33)  # while the lie is growing
    quotes = world.quotes()
    records = run(world, steps=207)
    return records | {
        "quotes": quotes.price_usd,
        "spreads": quotes.half_spread_usd,
        "published": quotes.published_s,
        "weights": world.venue_weights,
        "fees": world.state.platforms.fees_usd.copy(),
        "held": world.state.population.cohorts.cash_usd.copy(),
        "form": world.state.population.cohorts.form_usd.copy(),
    }


def _moved(path: tuple[str, ...]) -> Any:
    name, value = _name(path), _at(path)
    if name in MOVED:
        return MOVED[name]
    if value == 0:
        return 1.0
    return value * 1.3 if isinstance(value, float) and abs(value) * 1.3 < 1 or abs(value) > 1 else value * 0.7


@pytest.mark.parametrize("name", [name for name in _knobs() if MOVED.get(name, 0) is not None])
def test_a_knob_that_is_moved_changes_what_happens(name):
    before = _recorded(())
    changes = []
    for path in _knobs()[name]:
        value = _moved(path)
        value = int(value) if isinstance(_at(path), int) and value == int(value) else value
        changes.append((".".join(path), value))
        if name in RELATIVE:
            break
    after = _recorded(tuple(changes))
    assert any(after[key].shape != before[key].shape or (after[key] != before[key]).any() for key in before), changes[0]
