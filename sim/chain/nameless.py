"""A design without its names, its tables in an order of their own, and a fingerprint of what is deployed of it.

What a call costs cannot depend on what a design, an asset or a feed is called, nor on which table of the file stands
first. So whatever is measured of a design's code is measured of this form of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from sim.chain.plan import Create, Ref, Send
from sim.chain.settings import Venue
from sim.design import Design
from sim.design.oracle import DOLLAR
from sim.design.parameters import parameters_of
from sim.design.tables import integers_of

#: Who reports prices to a nameless design: as many as an oracle knows, of equal weight; the first is the one that the
#: design relies on, if it relies on one.
VENUES = tuple(Venue(f"venue{v}", 1) for v in range(8))
_NAMES = ("symbol", "feed", "redemption_base", "long_asset", "short_asset", "venue")


def nameless(design: Design) -> Design:
    """The same pool under names that say nothing, its tables ordered by what they hold.

    Tables that hold the same are told apart by what refers to them, and by their symbols last of all.
    """
    feed_of = _places(design, design.oracle.feeds, lambda feed: _terms_of_base(design, feed))
    asset_of = _places(design, design.assets, lambda asset: [feed_of[asset.feed]])
    market_of = _places(
        design,
        design.markets,
        lambda market: [feed_of[market.feed], asset_of[market.long_asset], asset_of[market.short_asset]],
    )
    feeds = {symbol: f"feed{place}" for symbol, place in feed_of.items()} | {DOLLAR: DOLLAR}
    assets = {symbol: f"asset{place}" for symbol, place in asset_of.items()}
    oracle = design.oracle.model_copy(
        update={
            "venue": VENUES[0].name if design.oracle.venue else None,
            "feeds": tuple(
                feed.model_copy(
                    update={
                        "symbol": feeds[feed.symbol],
                        "redemption_base": feeds[feed.redemption_base] if feed.redemption_base else None,
                    }
                )
                for feed in _ordered(design.oracle.feeds, feed_of)
            ),
        }
    )
    return design.model_copy(
        update={
            "name": "nameless",
            "label": "",
            "assets": tuple(
                asset.model_copy(update={"symbol": assets[asset.symbol], "feed": feeds[asset.feed]})
                for asset in _ordered(design.assets, asset_of)
            ),
            "markets": tuple(
                market.model_copy(
                    update={
                        "symbol": f"market{place}",
                        "feed": feeds[market.feed],
                        "long_asset": assets[market.long_asset],
                        "short_asset": assets[market.short_asset],
                    }
                )
                for place, market in enumerate(_ordered(design.markets, market_of))
            ),
            "oracle": oracle,
            "sale_order": tuple(assets[symbol] for symbol in design.sale_order),
            "policies": {
                slot: choice.model_copy(
                    update={
                        "arguments": tuple(
                            parameter.encode(
                                choice.parameters[parameter.key],
                                sorted(asset_of, key=asset_of.__getitem__),
                                sorted(market_of, key=market_of.__getitem__),
                            )
                            for parameter in parameters_of(choice.source)
                        )
                    }
                )
                for slot, choice in design.policies.items()
            },
        }
    )


def fingerprint_of(plan: Iterable[Create | Send]) -> str:
    """Hash of all that a plan does: every contract's code and arguments, every setting, every first deposit."""
    hasher = hashlib.sha256()
    for step in plan:
        if isinstance(step, Create):
            hasher.update(step.artifact.initcode)
            told: list[Any] = [step.name, _told(step.arguments)]
        else:
            told = [step.target, step.function, _told(step.arguments), step.sender]
        hasher.update(json.dumps(told).encode())
    return hasher.hexdigest()


def _places(design: Design, tables: Iterable[Any], linked: Any) -> dict[str, int]:
    """Symbol -> place, by what a table holds, what it is linked to, and what the policies say of it."""

    def key(table: Any) -> tuple[str, str]:
        own = {name: value for name, value in integers_of(table).items() if name not in _NAMES}
        return json.dumps([own, linked(table), _said_of(design, table.symbol)], sort_keys=True), table.symbol

    return {table.symbol: place for place, table in enumerate(sorted(tables, key=key))}


def _ordered(tables: Iterable[Any], places: Mapping[str, int]) -> list[Any]:
    return sorted(tables, key=lambda table: places[table.symbol])


def _terms_of_base(design: Design, feed: Any) -> list[Any]:
    """What a feed's redemption leads to."""
    bases = {other.symbol: other for other in design.oracle.feeds}
    base = bases.get(feed.redemption_base)
    return [{n: v for n, v in integers_of(base).items() if n not in _NAMES}] if base is not None else []


def _said_of(design: Design, symbol: str) -> list[Any]:
    """What the policies' parameters and the order of sale say of a symbol."""
    said: list[Any] = [design.sale_order.index(symbol) if symbol in design.sale_order else None]
    for choice in design.policies.values():
        for value in choice.parameters.values():
            if isinstance(value, Mapping):
                said.append(str(value.get(symbol)))
            elif isinstance(value, list | tuple):
                said.append(symbol in value)
    return said


def _told(arguments: Any) -> Any:
    """Arguments as JSON; an address that is only known later by the name of its contract."""
    if isinstance(arguments, Ref):
        return {"ref": arguments.name}
    if isinstance(arguments, list | tuple):
        return [_told(item) for item in arguments]
    return arguments
