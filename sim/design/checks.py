"""What must hold between the tables of a design."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sim.design.layers import key_of
from sim.design.model import Design, covers
from sim.design.numbers import is_whole, text_of


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that is wrong."""

    places: Sequence[tuple[str, ...]]  # where it was set; the first one is the key
    expected: str
    got: str | None
    key_for_all: str = ""  # the key, if no single place is

    @property
    def key(self) -> str:
        return self.key_for_all or key_of(self.places[0])


def complaints(design: Design) -> Iterator[Complaint]:
    """Check what no table can check alone."""
    assets = [asset.symbol for asset in design.assets]
    total = sum((Fraction(asset.target_weight) for asset in design.assets), Fraction())
    if total != 1:
        places = [("asset", symbol, "target_weight") for symbol in assets]
        yield Complaint(places, "weights that sum to 1", text_of(total), "asset.target_weight")
    for asset in design.assets:
        for field, amount in (("max_pool", asset.max_pool), ("buffer", asset.buffer)):
            place = ("asset", asset.symbol, field)
            if not is_whole(amount, 10**asset.decimals):
                expected = f"at most {asset.decimals} decimal places"
                yield Complaint([place], expected, text_of(amount))
        if asset.buffer > asset.max_pool:
            place = ("asset", asset.symbol, "buffer")
            places = [place, ("asset", asset.symbol, "max_pool")]
            yield Complaint(places, "at most max_pool", text_of(asset.buffer))
    for market in design.markets:
        for field in ("long_asset", "short_asset"):
            place = ("market", market.symbol, field)
            symbol = getattr(market, field)
            if symbol not in assets:
                yield Complaint([place], f"one of the assets {', '.join(assets)}", symbol)
    yield from _oracle_complaints(design)
    numbers = design.numbers()
    for source in design.sources:
        if not any(covers(source, key) or covers(key, source) for key in numbers):
            expected = "the key of a number or of its table"
            yield Complaint([("sources", source)], expected, source)


def _oracle_complaints(design: Design) -> Iterator[Complaint]:
    oracle = design.oracle
    for kind, items in (("asset", design.assets), ("market", design.markets)):
        for item in items:
            place = (kind, item.symbol, "feed")
            if item.feed not in design.feeds:
                expected = f"a feed with bounds in [[oracle.feed]] ({', '.join(design.feeds)})"
                yield Complaint([place, place[:2]], expected, item.feed)
    used = {item.feed for item in (*design.assets, *design.markets)}
    for feed in oracle.feeds:
        place = ("oracle", "feed", feed.symbol)
        if feed.symbol not in used:
            yield Complaint([place], "a feed of an asset or market", feed.symbol)
        if feed.min_usd >= feed.max_usd:
            places = [(*place, "max_usd"), (*place, "min_usd")]
            yield Complaint(places, "a number above min_usd", text_of(feed.max_usd))
    if oracle.is_single_venue != (oracle.venue is not None):
        expected = "a venue for the mode single_venue, and none for another mode"
        yield Complaint([("oracle", "venue"), ("oracle", "mode")], expected, oracle.venue)
