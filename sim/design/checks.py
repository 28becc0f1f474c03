"""What must hold between the tables of a design."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sim.design import rewards
from sim.design.layers import key_of
from sim.design.model import Design, covers
from sim.design.numbers import WAD, is_whole, text_of
from sim.design.oracle import DOLLAR, LEAST_RATE_WAD, Feed, Oracle


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
    if design.pool.redeem_limit < 1 and design.pool.redeem_window_s == 0:
        window = [("pool", "redeem_window_s"), ("pool", "redeem_limit")]
        yield Complaint(window, "a window for the redeem limit", "0")
    if design.age_spread_bps_per_s and design.execution != "at_once":
        keys = [("age_spread_bps_per_s",), ("execution",)]
        expected = "nought, or trades at_once: a price that nobody knew when he asked for it does not age"
        yield Complaint(keys, expected, str(design.age_spread_bps_per_s))
    if design.sale_order and sorted(design.sale_order) != sorted(assets):
        expected = f"every asset once ({', '.join(assets)})"
        yield Complaint([("sale_order",)], expected, ", ".join(design.sale_order))
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
    yield from _depth_complaints(design)
    yield from _pair_complaints(design)
    yield from _oracle_complaints(design)
    yield from _reward_complaints(design)
    numbers = design.numbers()
    for source in design.sources:
        if not any(covers(source, key) or covers(key, source) for key in numbers):
            expected = "the key of a number or of its table"
            yield Complaint([("sources", source)], expected, source)


def _depth_complaints(design: Design) -> Iterator[Complaint]:
    """Where open interest follows depth, every market has a coin whose depth is known."""
    if design.open_interest_depth_share is None:
        return
    known = {asset.feed for asset in design.assets if asset.depth_usd_wad}
    for market in design.markets:
        if market.feed not in known:
            places = [("open_interest_depth_share",), ("market", market.symbol)]
            yield Complaint(places, f"an asset with the feed {market.feed} and a depth_usd", None)


def _pair_complaints(design: Design) -> Iterator[Complaint]:
    """What reckons with two assets of one weight reckons wrong with others: circles through the pool would earn."""
    fee = design.policies["weight_fee"]
    weights = [asset.target_weight for asset in design.assets if asset.target_weight > 0]
    if fee.parameters.get("pair") is True and (len(weights) != 2 or weights[0] != weights[1]):
        got = f"{len(weights)} assets with a target weight"
        yield Complaint([("weight_fee", "pair")], "false, or two assets with a target weight of a half each", got)


def _reward_complaints(design: Design) -> Iterator[Complaint]:
    """An account pays for its own liquidation, or the design says that it does not."""
    if any(broken.property == rewards.PROPERTY for broken in design.breaks):
        return
    for symbol, taken, held in rewards.uncovered(design):
        places = [("liquidation", "keeper_usd"), ("market", symbol, "min_position_usd"), ("margin", "policy")]
        expected = (
            f"a reward that the smallest account can pay: with all charges at most {held} USD, the maintenance margin "
            f"of market[{symbol}].min_position_usd (or [[breaks]] with the property {rewards.PROPERTY})"
        )
        yield Complaint(places, expected, f"{taken} USD with charges")


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
    if oracle.floor_spread_bps > oracle.wide_bps:
        widths = [("oracle", "floor_spread_bps"), ("oracle", "wide_bps")]
        yield Complaint(widths, "at most wide_bps", str(oracle.floor_spread_bps))
    yield from _limit_complaints(oracle)
    for feed in oracle.feeds:
        yield from _redemption_complaints(feed, oracle)


def _limit_complaints(oracle: Oracle) -> Iterator[Complaint]:
    """Limits of the oracle come in pairs, and only where the mode can use them."""
    distance = oracle.max_median_distance_bps
    place = ("oracle", "max_median_distance_bps")
    if oracle.mode == "clamped_mean" and distance is None:
        yield Complaint([place, ("oracle", "mode")], "a number of basis points to clamp to (mode clamped_mean)", None)
    if oracle.mode == "single_venue" and distance is not None:
        yield Complaint([place], "no value, as one venue is its own median (mode single_venue)", str(distance))
    for first, second in (("max_average_distance_bps", "average_s"), ("max_step_bps", "max_step_bps_per_s")):
        for key, other in ((first, second), (second, first)):
            if getattr(oracle, key) is None and getattr(oracle, other) is not None:
                yield Complaint([("oracle", key), ("oracle", other)], f"a number, as {other} is set", None)


def _redemption_complaints(feed: Feed, oracle: Oracle) -> Iterator[Complaint]:
    """A feed is redeemed for USD or for a feed that is redeemed for no third one, and something uses it."""
    place = ("oracle", "feed", feed.symbol)
    rate = (*place, "redemption_rate")
    if feed.redemption_rate is None:
        for key in ("redemption_base", "redemption_band_bps", "valuation", "blend"):
            value = getattr(feed, key)
            if value not in (None, "market"):
                yield Complaint([rate, (*place, key)], f"a number, as {key} is set", None)
        return
    if feed.redemption_rate_wad < LEAST_RATE_WAD:
        expected = f"a number of at least {text_of(Fraction(LEAST_RATE_WAD, WAD))}"
        yield Complaint([rate], expected, text_of(feed.redemption_rate))
    if feed.redemption_band_bps is None and feed.valuation == "market":
        yield Complaint([rate], "redemption_band_bps or a valuation beside it, else nothing uses it", None)
    if (feed.valuation == "blend") != (feed.blend is not None):
        expected = "a share for the valuation blend, and none for another"
        got = None if feed.blend is None else text_of(feed.blend)
        yield Complaint([(*place, "blend"), (*place, "valuation")], expected, got)
    bases = {other.symbol: other.redemption_base for other in oracle.feeds if other.symbol != feed.symbol}
    base = feed.redemption_base
    base_place = (*place, "redemption_base")
    if base != DOLLAR and base not in bases:
        yield Complaint([base_place, rate], f"{DOLLAR} or another feed ({', '.join(bases)})", base)
    elif base != DOLLAR and bases[base] not in (None, DOLLAR):
        yield Complaint(
            [base_place], f"a feed that is not redeemed for another feed ({base} is, for {bases[base]})", base
        )
