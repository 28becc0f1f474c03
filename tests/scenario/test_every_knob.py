"""No knob of a scenario is dead: each is moved, and the same run is recorded otherwise, or a reason is written here."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any, get_args

import numpy as np
import pytest
from pydantic import BaseModel
from storm import START, storm

from sim.design import load_design
from sim.inputs.errors import InputError
from sim.runs.experiment import Task, run_task
from sim.scenario import parse_scenario
from sim.scenario.model import Scenario

#: What is said and not reckoned with.
WORDS = {"name", "title", "summary", "source"}
#: Why a knob is not moved here.
REASONS = {
    "kind": "it says which tables there are: test_scenario.py",
    "actor": "kinds and tables of their own: tests/agents/test_actors.py",
    "market": "every knob of a market: test_every_market_knob.py",
    "prices": "a file of the user's own: tests/world/test_csvfile.py and test_replay.py",
    "clock.start": "every other time is after it, and the first waypoints are at it: test_scenario.py",
    "feeds": "names, which everything else refers to",
    "waypoint.feed": "a name: of whose table it is",
    "stable.feed": "a name: of whose table it is",
    "wrapped.feed": "a name: of whose table it is",
    "noise.volatility.feed": "a name: of whose table it is",
    "noise.correlation.feeds": "names: of whose pair it is",
    "venue.name": "a name: what the venue's noise is drawn by",
}
_LATER = [{"until": "2025-01-01T00:08:20Z", "step_s": 10}]
_SPAN = {"from": "2025-01-01T00:01:00Z", "until": "2025-01-01T00:05:00Z", "source": "made up"}
_FEEDS = {"venue": "Binance", "feeds": ["BTC", "USDE", "WBETH"]}
_OF_BTC = {"feed": "WBETH", "base": "BTC", "rate": 0.0432, "sd_bps": 5.0, "half_life_s": 600, "source": "made up"}
_PAGE = {
    "liquidity_providers.deposit_yield_per_year": 5.0,
    "liquidity_providers.deposit_yield_spread_per_year": 0.0,
    "liquidity_providers.yield_before_per_year": 0.0,
}
#: Traders are short, and win in the fall.
_NERVE = "liquidity_providers.run_profit"
_RUN = {"traders.long_share": 0.0, f"{_NERVE}_max_share": 0.05}
#: So many providers who would add that some are refused more than once, where prices are wide.
_CROWD = {"liquidity_providers.count": 400, "liquidity_providers.deposit_yield_per_year": -1e9}
#: And who would leave with all that they have, and are refused at first.
_FLEEING = {
    "liquidity_providers.count": 400,
    "liquidity_providers.exit_drawdown_min": 0.0,
    "liquidity_providers.exit_drawdown_max": 1e-4,
    "liquidity_providers.action_share": 1.0,
    "liquidity_providers.leave_share": 0.0,
    "liquidity_providers.retry_after_s": 0.0,
}
#: Where a knob shows: the design, what else is set, and what it is moved to, the key itself or the whole of its table.
BESIDE: dict[str, tuple[str, dict[str, Any], Any]] = {
    "clock.segment.until": ("glp", {}, {"clock.segment": _LATER}),
    "wrapped.base": ("pre_reform", {}, {"wrapped": [_OF_BTC]}),
    "event.until": ("glp", {}, "2025-01-01T00:04:00Z"),
    "event.kind": ("glp", {}, {"event": [_SPAN | _FEEDS | {"kind": "halt"}]}),
    "traders.leverage.share": ("glp", {}, {"traders.leverage": [{"leverage": 3.0, "share": 1.0}]}),
    "arbitrageur.capital_usd": ("jlp", {}, 1_000.0),
    "arbitrageur.cost_usd": ("jlp", {}, 1_000.0),
    "arbitrageur.latency_s": ("jlp", {"arbitrageur.cost_usd": 0.1}, 9.0),
    "arbitrageur.max_trade_usd": ("jlp", {}, 500.0),
    "arbitrageur.min_profit_bps": ("jlp", {}, 40.0),
    "blocks.block_s": ("jlp", {"arbitrageur.cost_usd": 50.0, "keepers.latency_s": 2.0}, 10.0),
    "blocks.gas_per_s": ("jlp", {}, 2e5),
    "keepers.cost_usd": ("glp", {}, 1e6),
    "liquidity_providers.run_profit_min_share": ("glp", _RUN | {f"{_NERVE}_min_share": 0.05}, 0.0),
    "liquidity_providers.run_profit_max_share": ("glp", _RUN | {f"{_NERVE}_min_share": 0.0}, 0.001),
    "liquidity_providers.leave_share": ("post_reform", _CROWD, 1.0),
    "liquidity_providers.retry_after_s": ("post_reform", _CROWD, 300.0),
    "liquidity_providers.retry_size_share": ("jlp", _FLEEING, 1.0),
    "liquidity_providers.yield_window_s": ("glp", _PAGE, 3_600.0),
}
#: Feeds that only these have.
OF_THE_REFORM = ("wrapped", "stable", "margin_weights", "event")


@cache
def base() -> dict[str, Any]:
    """The storm, with a gale in it, a venue that is off and one that is silent."""
    document = storm().model_dump(mode="json", by_alias=True, exclude_none=True)
    document["noise"]["storm"] = _SPAN | {"factor": 2.0}
    offset = {"kind": "offset", "size_bps": -300.0, "ramp_s": 60}
    document["event"] = [_SPAN | _FEEDS | offset, _SPAN | {"venue": "OKX", "feeds": ["ETH"], "kind": "halt"}]
    return document


def knobs(model: type[BaseModel], above: str = "") -> Iterator[str]:
    """Every key of a scenario file, dotted; items of a list share one."""
    for name, field in model.model_fields.items():
        key = f"{above}{field.alias or name}"
        inner = list(_models(field.annotation))
        if inner and name not in ("actors", "market", "prices"):
            for each in inner:
                yield from knobs(each, f"{key}.")
        else:
            yield key


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for each in get_args(annotation):
        yield from _models(each)


def places(document: Any, key: str) -> Iterator[tuple[Any, str]]:
    """The tables of a document that have a knob."""
    first, _, rest = key.partition(".")
    if not rest:
        if first in document:
            yield document, first
        return
    below = document.get(first)
    for table in below if isinstance(below, list) else [below] if below is not None else []:
        yield from places(table, rest)


def moved(value: Any) -> Iterator[Any]:
    """Other values of a kind."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield from (value * 2, value * 0.5, value + 1, 0, value * 10, min(1.0, value + 0.2))
    elif isinstance(value, dict):
        yield {name: weight * (1 if i else 5) for i, (name, weight) in enumerate(value.items())}
    elif isinstance(value, list):
        yield value[:-1]
    elif isinstance(value, str) and value.startswith("2025"):
        minute = "2025-01-01T00:02:00Z" if value != "2025-01-01T00:02:00Z" else START
        yield minute
    else:
        yield {"offset": "halt", "halt": "offset", "Binance": "Kraken", "OKX": "Kraken", "BTC": "ETH"}.get(value, value)


def recorded(document: dict[str, Any], design: str) -> str:
    """All that a short run of two paths leaves behind."""
    found = run_task(Task(load_design(design), parse_scenario(document, "storm.toml"), 1, (0, 1), None))
    hasher = hashlib.sha256()
    for group in (found.series, found.totals, found.liquidations, found.reverts, found.actions):
        for key in sorted(group):
            hasher.update(str(key).encode() + np.ascontiguousarray(group[key]).tobytes())
    return hasher.hexdigest()


@cache
def as_it_is(design: str, beside: tuple[tuple[str, Any], ...]) -> str:
    return recorded(_with(beside), design)


def _with(beside: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    document = copy.deepcopy(base())
    for key, value in beside:
        for table, name in places(document, key):
            table[name] = value
    return document


KNOBS = [key for key in knobs(Scenario) if key.split(".")[-1] not in WORDS and key not in REASONS]


def alternatives(key: str, beside: tuple[tuple[str, Any], ...]) -> Iterator[dict[str, Any]]:
    """Scenario files in which the knob stands otherwise."""
    value = BESIDE.get(key, ("", {}, None))[2]
    if isinstance(value, dict):
        yield _with((*beside, *value.items()))
        return
    for place in range(len(list(places(base(), key)))):
        (kept,) = (table[name] for table, name in [list(places(base(), key))[place]])
        for other in moved(kept) if value is None else [value]:
            document = _with(beside)
            table, name = list(places(document, key))[place]
            table[name] = other
            if other != kept:
                yield document


@pytest.mark.parametrize("key", KNOBS)
def test_a_knob_that_is_moved_changes_what_is_recorded(key: str) -> None:
    reform = any(key.startswith(each) for each in OF_THE_REFORM) or key.endswith("margin_weights")
    design, others, _ = BESIDE.get(key, ("pre_reform" if reform else "glp", {}, None))
    beside = tuple(others.items())
    tried = 0
    for document in islice(alternatives(key, beside), 30):
        try:
            after = recorded(document, design)
        except InputError:
            continue
        tried += 1
        if after != as_it_is(design, beside):
            return
    pytest.fail(f"{tried} other values were accepted, and nothing changed")


def test_every_reason_is_of_a_knob_that_there_is() -> None:
    assert {*REASONS, *BESIDE} <= set(knobs(Scenario))
