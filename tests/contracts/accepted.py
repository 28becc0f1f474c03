"""Whatever a constructor accepts: how far each argument goes, and arguments of calls that can be reached.

Reachable: USD values up to 1e19 (more than all money, so that no sum of a market, a side or a pool is beyond it), any
time since the last call, and any word as memory, since another rule may have left it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from contracts.amounts import usd
from contracts.bare import WAD, Policy, Refused
from hypothesis import strategies as st

from sim.design import SLOTS, list_designs, load_design
from sim.inputs.compiler import artifact

MOST_USD = 10**19
WORD = 2**256 - 1
SECONDS = 2**40
MOST_PRICE_WAD = 2**95  # above any that the oracle tells

Arguments = tuple[Any, ...]
_FINE = 10**6  # an edge is found to one part in as many
#: Arguments of a policy that no shipped design has, by contract: a variant for whoever wants to compare.
_ALTERNATIVES: dict[str, tuple[Arguments, ...]] = {
    "IndexHaircut": ((),),
    "QueueDeleverage": ((4 * WAD // 10, 3 * WAD // 10, True, 1_000 * WAD),),
}


@cache
def in_designs(source: Path) -> tuple[Arguments, ...]:
    """Arguments with which shipped designs deploy a policy, or stated ones of a policy that none has."""
    choices = (load_design(name).policies[slot] for name in list_designs() for slot in SLOTS)
    used = tuple({choice.arguments: None for choice in choices if choice.source == source})
    return used or _ALTERNATIVES[source.stem]


def accepts(source: Path, arguments: Arguments) -> bool:
    """Say whether a constructor takes these."""
    try:
        Policy(source, *arguments)
    except Refused:
        return False
    return True


def _leaves(value: Any, place: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    """Places of the numbers and flags in nested arguments; of a value for each market the first and the last."""
    if not isinstance(value, tuple | list):
        yield place
        return
    for i, inner in enumerate(value):
        if len(value) != 8 or i in (0, 7):
            yield from _leaves(inner, (*place, i))


def _at(value: Any, place: tuple[int, ...]) -> Any:
    return _at(value[place[0]], place[1:]) if place else value


def with_value(arguments: Any, place: tuple[int, ...], new: Any) -> Any:
    """Arguments with one number changed; of a value for each market all are, so that the others' order stays."""
    if not place:
        return new
    changed = list(arguments)
    changed[place[0]] = with_value(changed[place[0]], place[1:], new)
    return tuple(changed)


def places(arguments: Arguments) -> list[tuple[int, ...]]:
    """Where numbers and flags stand."""
    return [place for i, argument in enumerate(arguments) for place in _leaves(argument, (i,))]


@cache
def reach(source: Path, arguments: Arguments, place: tuple[int, ...]) -> tuple[Any, ...]:
    """The least and the largest value that a constructor takes at a place, the others as they are."""
    here = _at(arguments, place)
    if isinstance(here, bool):
        return tuple(flag for flag in (False, True) if accepts(source, with_value(arguments, place, flag)))

    def takes(value: int) -> bool:
        return accepts(source, with_value(arguments, place, value))

    def edge(toward: int) -> int:
        if takes(toward):
            return toward
        good, bad = here, toward
        while bad > 2 * good + 1 and bad.bit_length() - good.bit_length() > 2:  # first the order of magnitude
            middle = 1 << (good.bit_length() + bad.bit_length()) // 2
            good, bad = (middle, bad) if takes(middle) else (good, middle)
        while abs(bad - good) > 1 + max(good, bad) // _FINE:
            middle = (good + bad) // 2
            good, bad = (middle, bad) if takes(middle) else (good, middle)
        return good

    return tuple(dict.fromkeys((edge(0), here, edge(WORD))))


@st.composite
def accepted(draw: st.DrawFn, source: Path) -> Arguments:
    """Arguments that a constructor takes: a shipped design's, with some of them moved as far as they go."""
    arguments = draw(st.sampled_from(in_designs(source)))
    for place in draw(st.lists(st.sampled_from(places(arguments)), max_size=4)) if arguments else ():
        options = reach(source, arguments, place)
        far = draw(st.sampled_from(options))
        if not isinstance(far, bool) and draw(st.booleans()):
            far = draw(st.integers(min(options), max(options)))
        moved = with_value(arguments, place, far)
        if accepts(source, moved):
            arguments = moved
    return arguments


def _amounts(draw: st.DrawFn) -> int:
    return draw(st.one_of(st.just(0), st.integers(0, 100), usd(MOST_USD), st.just(MOST_USD * WAD)))


def _one(draw: st.DrawFn, name: str, kind: str) -> Any:
    if kind == "bool":
        return draw(st.booleans())
    if name == "memo":
        return draw(st.one_of(st.just(0), st.integers(0, 2**128), st.integers(0, WORD)))
    if name in ("market", "asset", "other"):
        return draw(st.integers(0, 7))
    if name == "kind":
        return draw(st.integers(0, 2))
    if name == "elapsed_s":
        return draw(st.one_of(st.integers(0, 3_600), st.integers(0, SECONDS)))
    if name.startswith("utilisation"):
        return draw(st.one_of(st.sampled_from([0, WAD]), st.integers(0, WAD)))
    if name.endswith("price_wad"):
        return draw(st.one_of(st.sampled_from([1, WAD, MOST_PRICE_WAD]), st.integers(1, MOST_PRICE_WAD)))
    amount = _amounts(draw)
    return draw(st.sampled_from([amount, -amount])) if kind == "int256" else amount


@st.composite
def reachable(draw: st.DrawFn, source: Path, function: str) -> list[Any]:
    """Arguments of a call of a view, by their names."""
    row = []
    for item in artifact(source).function(function)["inputs"]:
        kind, _, length = item["type"].rstrip("]").partition("[")
        values = [_one(draw, item["name"], kind) for _ in range(int(length or 1))]
        row.append(values if length else values[0])
    return _consistent(artifact(source).function(function)["inputs"], row)


def _consistent(inputs: list[dict[str, Any]], row: list[Any]) -> list[Any]:
    """What one call says twice agrees: a size is worth an amount, and a part is no more than its whole."""
    names = [item["name"] for item in inputs]
    told = dict(zip(names, row, strict=True))
    if "size_delta_wad" in told:
        told["size_delta_wad"] = told["size_delta_wad"] * WAD // told["base_price_wad"]
    if "total_profit_usd_wad" in told:
        told["total_profit_usd_wad"] = max(told["total_profit_usd_wad"], told["profit_usd_wad"], 1)
        told["left_usd_wad"] = min(told["left_usd_wad"], told["needed_usd_wad"])
    return list(told.values())
