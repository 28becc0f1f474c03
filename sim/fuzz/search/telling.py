"""A sequence in words."""

from __future__ import annotations

from collections.abc import Sequence

from sim.chain.actions import VERBS
from sim.fuzz.facts import INSURANCE, WAD, Facts
from sim.fuzz.search.stage import Stage
from sim.fuzz.session import Act


def told(stage: Stage, acts: Sequence[Act], truth: Sequence[int]) -> list[str]:
    """One line for each act; `truth`: prices before the first."""
    lines = []
    prices = tuple(truth)
    for act in acts:
        if act.verb == "report":
            moved = [
                f"{feed} {(new / old - 1) * 100:+.2f} %"
                for feed, new, old in zip(stage.design.feeds, act.truth, prices, strict=True)
                if new != old
            ]
            prices = act.truth
            when = f"after {_span(act.seconds)}" if act.seconds else "in the same block"
            lines.append(f"{when} the price comes: {', '.join(moved) or 'unchanged'}")
        elif not act.verb:
            lines.append(f"{_span(act.seconds)} pass")
        else:
            lines.append(f"{act.actor}: {_call(stage, act)}")
    return lines


def _call(stage: Stage, act: Act) -> str:
    facts, design = stage.facts, stage.design
    given = dict(zip((name for name, _ in VERBS[act.verb].arguments), act.values, strict=True))
    said = []
    for name, kind in VERBS[act.verb].arguments:
        value = given[name]
        if (
            name.startswith(("min_", "acceptable"))
            or name == "receiver"
            or (name.startswith("candidate") and not value)
        ):
            continue
        if name in ("account", "target", "keeper") or name.startswith("candidate"):
            said.append(f"{name if name in ('keeper', 'target') else ''} {_account(stage, value)}".strip())
        elif kind == "actor":
            said.append(facts.actors[value])
        elif name in ("k", "j", "asset"):
            said.append(design.assets[value].symbol if value < len(design.assets) else f"asset {value}")
        elif name == "m":
            said.append(f"{design.markets[value].symbol} market" if value < len(design.markets) else f"market {value}")
        elif kind.startswith("amount:"):
            said.append(_tokens(facts, given[VERBS[act.verb].arguments[int(kind[7:])][0]], value))
        elif name == "size":
            said.append(f"{'buys' if value > 0 else 'sells'} {abs(value) / WAD:.9g}")
        elif kind == "wad":
            said.append(f"{name} {value / WAD:.9g}")
        elif value:
            said.append(f"{name} {value}")
    return f"{act.verb}: {', '.join(said)}"


def _account(stage: Stage, account: int) -> str:
    if account == INSURANCE:
        return "insurance"
    whose = "outsider's" if account in (*stage.outsiders, stage.honest_keeper) else "own"
    return f"{whose} account {account}"


def _tokens(facts: Facts, k: int, units: int) -> str:
    if k >= len(facts.assets):
        return f"{units}"
    return f"{units * facts.assets[k].scale / WAD:.9g}"


def _span(seconds: int) -> str:
    for size, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size or seconds == size:
            return f"{seconds / size:g} {name}"
    return f"{seconds} s"
