"""What a deployment sets: a design's numbers as the controllers take them, in the order of the contracts' structs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sim.chain.plan import Ref, Send
from sim.design import SLOTS, Design
from sim.design.oracle import DOLLAR
from sim.inputs.errors import InputError

#: Contracts that Market works with, in the slots after the design's own (contracts/lib/constants.vy).
ROLES = ("liquidator", "pool", "order_book", "desk", "rates", "exits", "entries")
#: In the slot after those, where a design has one: winners are cut by an index.
COHORTS = "cohorts"


@dataclass(frozen=True, slots=True)
class Venue:
    """A price source as the oracle knows it."""

    name: str
    weight: int


def roles_of(design: Design) -> tuple[str, ...]:
    """Contracts that a design's Market works with, in the order of their slots."""
    return (*ROLES, COHORTS) if design.is_cut_by_index else ROLES


def pool_limits(design: Design) -> Send:
    """Set last: shares that wait for their redemption could not be minted to others, nor the first ones by request."""
    pool = design.pool
    limits = (
        pool.max_aum_usd_wad,
        pool.redeem_delay_s,
        pool.redeem_window_s,
        pool.redeem_limit_wad,
        pool.rebate_share_wad,
        pool.exit_wait_s,
        pool.entry_wait_s,
    )
    return Send("controller", "set_pool", (limits,))


def oracle_settings(design: Design, feeds: Sequence[str], venues: Sequence[Venue], reporter: Any) -> list[Send]:
    """Venues and feeds, and the seal.

    Raises:
        InputError: the venue that the design names is not one of the scenario's.
    """
    oracle = design.oracle
    steps = [Send("oracle_controller", "bind", (Ref("oracle"),))]
    steps += [
        Send(
            "oracle_controller",
            "set_venue",
            (v, (reporter, venue.weight, oracle.max_venue_age_s, oracle.max_confidence_wad)),
        )
        for v, venue in enumerate(venues)
    ]
    total = sum(venue.weight for venue in venues)
    names = [venue.name for venue in venues]
    if oracle.venue is not None and oracle.venue not in names:
        expected = f"one of the scenario's venues {', '.join(names)}"
        raise InputError(file=str(design), key="oracle.venue", expected=expected, got=oracle.venue)
    bounds = {feed.symbol: feed for feed in oracle.feeds}
    late: list[Send] = []
    for f, symbol in enumerate(feeds):
        feed = bounds[symbol]
        rules = (
            feed.min_usd_wad,
            feed.max_usd_wad,
            oracle.floor_spread_wad,
            oracle.wide_wad,
            oracle.max_price_age_s,
            oracle.min_venues,
            -(-oracle.min_weight_share_wad * total // 10**18),
            oracle.max_venue_share_wad,
            oracle.aggregator,
            names.index(oracle.venue) if oracle.venue in names else 0,
            oracle.max_median_distance_wad,
            oracle.max_average_distance_wad,
            oracle.average_s or 0,
            oracle.max_step_wad,
            oracle.max_step_wad_per_s,
        )
        base = 0 if feed.redemption_base in (None, DOLLAR) else feeds.index(feed.redemption_base) + 1
        redemption = (base, feed.redemption_rate_wad, feed.redemption_band_wad, feed.valuation_id, feed.blend_wad)
        if base > f:  # the oracle has to know a base first
            late.append(Send("oracle_controller", "set_feed", (f, (*rules, *redemption, oracle.wide_price_id))))
            redemption = (0, 0, 0, 0, 0)
        steps.append(Send("oracle_controller", "set_feed", (f, (*rules, *redemption, oracle.wide_price_id))))
    return [*steps, *late, Send("oracle_controller", "seal", ())]


def market_settings(design: Design, feeds: Sequence[str], *, opens_free: bool) -> list[Send]:
    """Roles and rules, assets and markets."""
    symbols = [asset.symbol for asset in design.assets]
    steps = [Send("controller", "bind", (Ref("market"),))]
    for role_id, role in enumerate(roles_of(design), start=len(SLOTS)):
        steps.append(Send("controller", "set_policy", (role_id, Ref(role))))
    for slot_id, slot in enumerate(SLOTS):
        policy = "policy:opening" if opens_free and slot == "weight_fee" else f"policy:{slot}"
        steps.append(Send("controller", "set_policy", (slot_id, Ref(policy))))
    steps.append(Send("controller", "set_protocol_fee", (design.protocol_fee_share_wad,)))
    for k, asset in enumerate(design.assets):
        parameters = (
            Ref(f"token:{asset.symbol}"),
            asset.scale,
            feeds.index(asset.feed),
            asset.target_weight_wad,
            asset.haircut_wad,
            asset.depth_usd_wad,
            asset.max_pool_units,
            asset.buffer_units,
        )
        steps.append(Send("controller", "set_asset", (k, parameters)))
    if design.sale_order:
        order = sum(symbols.index(symbol) << (4 * i) for i, symbol in enumerate(design.sale_order))
        steps.append(Send("controller", "set_sale_order", (order,)))
    for m, market in enumerate(design.markets):
        settings = (
            feeds.index(market.feed),
            symbols.index(market.long_asset),
            symbols.index(market.short_asset),
            market.reserve_factor_wad,
            market.max_open_interest_usd_wad,
            market.max_open_interest_share_wad,
            market.max_account_share_wad,
            market.max_profit_share_wad,
            market.impact_pool_share_wad,
            market.min_position_usd_wad,
            market.trade_fee_wad,
            False,
        )
        steps.append(Send("controller", "set_market", (m, settings)))
    return steps
