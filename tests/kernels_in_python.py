"""The market's step as plain Python, as it is written or with one line changed."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sim.kernels.columns import one_path
from sim.world.endogenous.world import EndogenousWorld

PACKAGE = "sim.world.endogenous"
#: In the order of their imports.
MODULES = (
    "book",
    "discovery",
    "makers",
    "arbitrage",
    "cohorts",
    "platforms",
    "takers",
    "herding",
    "deleveraging",
    "review",
    "substeps",
)


@dataclass(frozen=True)
class Fault:
    """One line that is wrong."""

    name: str
    module: str
    right: str
    wrong: str


PLANTED = (
    Fault("fees lost", "platforms", "    platforms.fees_usd[k] += fee_usd\n", ""),
    Fault("fees unpaid", "platforms", "max(rest_usd, 0.0) - fee_usd", "max(rest_usd, 0.0)"),
    Fault("spread lost", "takers", "        total_usd += paid\n        sold", "        sold"),
    Fault("makers unpaid", "takers", "makers.cash_usd[v] += maker_terms.flow_share * total_usd", "pass"),
    Fault("spread of members", "cohorts", "* cohorts.closed[a] + share - 1.0)", "* cohorts.closed[a] - 1.0)"),
    Fault("units twice", "platforms", "backlog_units[k, f] += units", "backlog_units[k, f] += 2 * units"),
    Fault(
        "who left sells again",
        "platforms",
        "platforms.held[k, f] * cohorts.units[f, a]\n        usd",
        "cohorts.units[f, a]\n        usd",
    ),
    Fault("entries for nothing", "platforms", "platforms.stop_cash_usd[k] += open_wish", "open_wish"),
    Fault("winners' own price", "deleveraging", "of_hedgers * price_usd", "of_hedgers * work.mid_usd[v, f]"),
    Fault("transfers at no price", "arbitrage", "            hedgers.cash_usd[0] -= usd\n", ""),
    Fault("arbitrage at the old price", "arbitrage", "cash_usd[v] += paid_usd", "cash_usd[v] += bought_usd"),
    Fault("inventory at half price", "makers", "hedgers.cash_usd[0] -= usd", "hedgers.cash_usd[0] -= 0.5 * usd"),
    Fault("who left pays on", "review", "platforms.held[k, f] * per_unit", "per_unit"),
    Fault("hedgers do not pay", "review", "hedgers.cash_usd[0] -= hedgers.units[v, f] * per_unit", "pass"),
    Fault("leaving alone", "review", "hedgers.units[v, f] += left", "hedgers.units[v, f] += 0.0 * left"),
    Fault("born with the past", "cohorts", "cost_usd + brought_usd", "cost_usd"),
    Fault("outside for nothing", "takers", "        outside.cash_usd[s, v] -= paid\n", ""),
    Fault("outside out of thin air", "takers", "        outside.bought_units[s, v, f] += bought\n", ""),
    Fault("outside not netted", "takers", "units += span_s * outside.order_units[s, v, f]", "pass"),
    Fault(
        "outside pays no funding",
        "review",
        "outside.cash_usd[s, v] -= outside.bought_units",
        "outside.cash_usd[s, v] -= 0.0 * outside.bought_units",
    ),
    Fault("debts of a ladder forgotten", "platforms", "platforms.fund_usd[k] += rest_usd", "pass"),
    Fault("debts of a ladder twice", "platforms", "= max(rest_usd, 0.0) - fee_usd", "= rest_usd - fee_usd"),
    Fault("counted twice", "platforms", "count(platforms, cohorts, k, a, -share)", "pass"),
    Fault(
        "arrivals without a seller",
        "review",
        "hedgers.units[v, f] -= cohorts.wish_usd[f, a] / work.mark_usd[k, f]",
        "pass",
    ),
)


@contextmanager
def python_step(fault: Fault | None = None) -> Iterator[Callable[[EndogenousWorld, int], None]]:
    """A replacement of `EndogenousWorld.advance` that runs the kernels as they are written."""
    names = [f"{PACKAGE}.{name}" for name in MODULES]
    kept = {name: sys.modules.pop(name) for name in names}
    try:
        for name in names:
            spec = importlib.util.find_spec(name)
            assert spec is not None and spec.origin is not None
            source = Path(spec.origin).read_text()
            if fault is not None and name.endswith(f".{fault.module}"):
                assert fault.right in source, fault.name
                source = source.replace(fault.right, fault.wrong)
            module = importlib.util.module_from_spec(spec)
            sys.modules[name] = module
            exec(compile(source, spec.origin, "exec"), module.__dict__)
        advance = sys.modules[f"{PACKAGE}.substeps"].advance
    finally:
        sys.modules.update(kept)

    def step(world: EndogenousWorld, now: int) -> None:
        def run(begin_s: float, span_s: float) -> None:
            for path in range(world.state.sizes["P"]):
                given = world.state.arguments(begin_s, span_s)
                advance(*(one_path(part, path) if isinstance(part, tuple) else part for part in given))

        vars(world)["_run"] = run
        world.advance(now)

    yield step
