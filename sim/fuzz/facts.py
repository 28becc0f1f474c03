"""What a design fixes, as the integers that properties and solvers reckon with."""

from __future__ import annotations

from dataclasses import dataclass

from sim.chain.deployment import Cast, feeds_of
from sim.chain.settings import Venue
from sim.design import Design
from sim.design.oracle import DOLLAR
from sim.design.tables import Market
from sim.inputs.compiler import artifact

WAD = 10**18
POOL, INSURANCE, TREASURY, BOOK = 0, 1, 2, 3  # where value lies: account ids, and the pool, which is none
LONG, SHORT = 0, 1
OK, WIDE, HALTED = 0, 1, 2
NORMAL, REDUCE_ONLY, PAUSED = 0, 1, 2
WAD_PER_BPS = 10**14
#: Hard bounds on what a policy may answer (contracts/lib/constants.vy).
MAX_FEE_WAD = 10**17
MAX_IMPACT_WAD = 10**17
MAX_RATE_WAD_PER_S = 317_097_919_837


@dataclass(frozen=True, slots=True)
class AssetFacts:
    """A listed token."""

    symbol: str
    scale: int  # 10**(18 - decimals)
    feed: int
    haircut_wad: int
    depth_usd_wad: int
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
    reserve_factor_wad: int
    max_open_interest_usd_wad: int
    max_open_interest_share_wad: int
    max_account_share_wad: int
    max_profit_share_wad: int
    impact_pool_share_wad: int


@dataclass(frozen=True, slots=True)
class Redemption:
    """What the asset of a feed is redeemed for."""

    base: int | None  # feed; None is USD
    rate_wad: int
    band_wad: int
    valuation: int  # contracts/lib/feed_rules.vy
    blend_wad: int


@dataclass(frozen=True, slots=True)
class OracleFacts:
    """The oracle's rules, the same for every feed but bounds and redemption."""

    bounds_wad: tuple[tuple[int, int], ...]  # by feed
    redemptions: tuple[Redemption, ...]  # by feed
    weights: tuple[int, ...]  # by venue
    aggregator: int  # contracts/lib/feed_rules.vy
    venue: int  # the one that counts, where only one does
    max_venue_age_s: int
    max_price_age_s: int
    max_confidence_wad: int
    min_venues: int
    min_weight: int
    max_venue_share_wad: int
    floor_spread_wad: int
    wide_wad: int
    wide_price: int  # contracts/lib/feed_rules.vy
    max_median_distance_wad: int
    max_average_distance_wad: int
    average_s: int
    max_step_wad: int
    max_step_wad_per_s: int


@dataclass(frozen=True, slots=True)
class PoolFacts:
    """What liquidity providers may do."""

    max_aum_usd_wad: int
    redeem_delay_s: int
    redeem_window_s: int
    redeem_limit_wad: int
    rebate_share_wad: int
    exit_wait_s: int
    entry_wait_s: int


@dataclass(frozen=True, slots=True)
class Facts:
    """A design and a cast, in integers."""

    assets: tuple[AssetFacts, ...]
    markets: tuple[MarketFacts, ...]
    oracle: OracleFacts
    pool: PoolFacts
    policies: tuple[tuple[str, str], ...]  # slot, name in the design
    sale_order: tuple[int, ...]
    is_funding_per_unit: bool  # the pool stands between the sides; else one pays the other
    is_cut_by_index: bool  # winners give back at once what others lose
    is_by_order: bool  # trades are requested, and executed at the first price after the request
    protocol_fee_wad: int
    keeper_usd_wad: int  # flat reward of a liquidation
    charges_wad: int  # fee + penalty + keeper, per USD closed
    pool_pays_keeper: bool
    lot_usd_wad: int  # of a deleveraging
    max_epoch_loss_usd_wad: int
    epoch_s: int
    accounts: int  # ids 1 .. accounts
    trader_ids: tuple[int, ...]
    keeper_ids: tuple[int, ...]
    actors: tuple[str, ...]

    def actor(self, name: str) -> int:
        """Index of an actor."""
        return self.actors.index(name)

    def policy(self, slot: str) -> str:
        """Name of the policy in a slot."""
        return dict(self.policies)[slot]

    @property
    def bearer_ids(self) -> tuple[int, ...]:
        """Accounts that may hold positions: traders', and insurance."""
        return (INSURANCE, *self.trader_ids)


def facts_of(design: Design, venues: tuple[Venue, ...], cast: Cast) -> Facts:
    """Collect a design's integers."""
    feeds = feeds_of(design)
    symbols = [asset.symbol for asset in design.assets]
    plan = _arguments(design, "liquidation")
    bps = sum(plan.get(name, 0) for name in ("fee_bps", "penalty_bps", "keeper_bps"))
    order = design.sale_order or tuple(symbols)
    return Facts(
        assets=tuple(
            AssetFacts(
                a.symbol,
                a.scale,
                feeds.index(a.feed),
                a.haircut_wad,
                a.depth_usd_wad,
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
                m.reserve_factor_wad,
                _fixed_cap(design, m),
                m.max_open_interest_share_wad,
                m.max_account_share_wad,
                m.max_profit_share_wad,
                m.impact_pool_share_wad,
            )
            for m in design.markets
        ),
        oracle=_oracle(design, venues, feeds),
        pool=PoolFacts(
            design.pool.max_aum_usd_wad,
            design.pool.redeem_delay_s,
            design.pool.redeem_window_s,
            design.pool.redeem_limit_wad,
            design.pool.rebate_share_wad,
            design.pool.exit_wait_s,
            design.pool.entry_wait_s,
        ),
        policies=tuple((slot, choice.policy) for slot, choice in design.policies.items()),
        sale_order=tuple(symbols.index(symbol) for symbol in order),
        is_funding_per_unit=design.is_funding_per_unit,
        is_cut_by_index=design.is_cut_by_index,
        is_by_order=design.execution == "after_request",
        protocol_fee_wad=design.protocol_fee_share_wad,
        keeper_usd_wad=plan.get("keeper_usd_wad", 0),
        charges_wad=bps * WAD_PER_BPS,
        pool_pays_keeper=bool(plan.get("pool_pays_keeper", False)),
        lot_usd_wad=_arguments(design, "deleverage").get("lot_usd_wad", 0),
        max_epoch_loss_usd_wad=design.losses.max_epoch_loss_usd_wad,
        epoch_s=design.losses.epoch_s,
        accounts=cast.keeper_ids[-1],
        trader_ids=tuple(cast.trader_ids),
        keeper_ids=tuple(cast.keeper_ids),
        actors=cast.actors,
    )


def _arguments(design: Design, slot: str) -> dict[str, int]:
    """Constructor arguments of a slot's policy, by name."""
    choice = design.policies[slot]
    names = [name for name, _ in artifact(choice.source).constructor]
    return dict(zip(names, choice.arguments, strict=True))


def _fixed_cap(design: Design, market: Market) -> int:
    """Open interest that a side may have, whatever backs it. USD WAD."""
    share = design.open_interest_depth_share_wad
    depths = [asset.depth_usd_wad for asset in design.assets if asset.feed == market.feed and asset.depth_usd_wad]
    caps = [depth * share // WAD for depth in depths if share]
    return min([market.max_open_interest_usd_wad, *caps])


def _oracle(design: Design, venues: tuple[Venue, ...], feeds: tuple[str, ...]) -> OracleFacts:
    oracle = design.oracle
    named = {feed.symbol: feed for feed in oracle.feeds}
    listed = [named[symbol] for symbol in feeds]
    names = [venue.name for venue in venues]
    return OracleFacts(
        bounds_wad=tuple((feed.min_usd_wad, feed.max_usd_wad) for feed in listed),
        redemptions=tuple(
            Redemption(
                None if feed.redemption_base in (None, DOLLAR) else feeds.index(feed.redemption_base),
                feed.redemption_rate_wad,
                feed.redemption_band_wad,
                feed.valuation_id,
                feed.blend_wad,
            )
            for feed in listed
        ),
        weights=tuple(venue.weight for venue in venues),
        aggregator=oracle.aggregator,
        venue=names.index(oracle.venue) if oracle.venue in names else 0,
        max_venue_age_s=oracle.max_venue_age_s,
        max_price_age_s=oracle.max_price_age_s,
        max_confidence_wad=oracle.max_confidence_wad,
        min_venues=oracle.min_venues,
        min_weight=-(-oracle.min_weight_share_wad * sum(venue.weight for venue in venues) // WAD),
        max_venue_share_wad=oracle.max_venue_share_wad,
        floor_spread_wad=oracle.floor_spread_wad,
        wide_wad=oracle.wide_wad,
        wide_price=oracle.wide_price_id,
        max_median_distance_wad=oracle.max_median_distance_wad,
        max_average_distance_wad=oracle.max_average_distance_wad,
        average_s=oracle.average_s or 0,
        max_step_wad=oracle.max_step_wad,
        max_step_wad_per_s=oracle.max_step_wad_per_s,
    )
