"""What a design fixes, as the integers that properties and solvers reckon with."""

from __future__ import annotations

from dataclasses import dataclass

from sim.chain.compiler import artifact
from sim.chain.deployment import Cast, Venue, feeds_of
from sim.design import Design

WAD = 10**18
INSURANCE = 1
TREASURY = 2
LONG, SHORT = 0, 1
OK, WIDE, HALTED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class AssetFacts:
    """A listed token."""

    symbol: str
    scale: int  # 10**(18 - decimals)
    feed: int
    haircut_wad: int
    max_pool: int
    buffer: int
    target_weight_wad: int


@dataclass(frozen=True, slots=True)
class MarketFacts:
    """A listed market."""

    feed: int
    assets: tuple[int, int]  # that backs longs, shorts
    min_position_usd_wad: int
    trade_fee_wad: int


@dataclass(frozen=True, slots=True)
class OracleFacts:
    """The oracle's rules, the same for every feed but the bounds."""

    bounds_wad: tuple[tuple[int, int], ...]  # by feed
    weights: tuple[int, ...]  # by venue
    max_venue_age_s: int
    max_price_age_s: int
    max_confidence_wad: int
    min_venues: int
    min_weight: int
    max_venue_share_wad: int
    floor_spread_wad: int
    wide_wad: int


@dataclass(frozen=True, slots=True)
class Facts:
    """A design and a cast, in integers."""

    assets: tuple[AssetFacts, ...]
    markets: tuple[MarketFacts, ...]
    oracle: OracleFacts
    protocol_fee_wad: int
    keeper_usd_wad: int  # flat reward of a liquidation
    charges_wad: int  # fee + penalty + keeper, per USD closed
    pool_pays_keeper: bool
    has_funding: bool
    accounts: int  # ids 1 .. accounts
    trader_ids: tuple[int, ...]
    keeper_ids: tuple[int, ...]
    actors: tuple[str, ...]

    def actor(self, name: str) -> int:
        """Index of an actor."""
        return self.actors.index(name)


def facts_of(design: Design, venues: tuple[Venue, ...], cast: Cast) -> Facts:
    """Collect a design's integers."""
    feeds = feeds_of(design)
    symbols = [asset.symbol for asset in design.assets]
    bounds = {feed.symbol: feed for feed in design.oracle.feeds}
    choice = design.policies["liquidation"]
    names = [name for name, _ in artifact(choice.source).constructor]
    plan = dict(zip(names, choice.arguments, strict=True))
    oracle = design.oracle
    if oracle.is_single_venue:
        raise ValueError("the fuzzer models the weighted median only")
    return Facts(
        assets=tuple(
            AssetFacts(
                a.symbol,
                a.scale,
                feeds.index(a.feed),
                a.haircut_wad,
                a.max_pool_units,
                a.buffer_units,
                a.target_weight_wad,
            )
            for a in design.assets
        ),
        markets=tuple(
            MarketFacts(
                feeds.index(m.feed),
                (symbols.index(m.long_asset), symbols.index(m.short_asset)),
                m.min_position_usd_wad,
                m.trade_fee_wad,
            )
            for m in design.markets
        ),
        oracle=OracleFacts(
            bounds_wad=tuple((bounds[f].min_usd_wad, bounds[f].max_usd_wad) for f in feeds),
            weights=tuple(v.weight for v in venues),
            max_venue_age_s=oracle.max_venue_age_s,
            max_price_age_s=oracle.max_price_age_s,
            max_confidence_wad=oracle.max_confidence_wad,
            min_venues=oracle.min_venues,
            min_weight=-(-oracle.min_weight_share_wad * sum(v.weight for v in venues) // WAD),
            max_venue_share_wad=oracle.max_venue_share_wad,
            floor_spread_wad=oracle.floor_spread_wad,
            wide_wad=oracle.wide_wad,
        ),
        protocol_fee_wad=design.protocol_fee_share_wad,
        keeper_usd_wad=plan["keeper_usd_wad"],
        charges_wad=(plan["fee_bps"] + plan["penalty_bps"] + plan["keeper_bps"]) * 10**14,
        pool_pays_keeper=plan["pool_pays_keeper"],
        has_funding=design.policies["funding_rate"].policy != "no_funding",
        accounts=cast.accounts + 2,
        trader_ids=tuple(cast.trader_ids),
        keeper_ids=tuple(cast.keeper_ids),
        actors=cast.actors,
    )
