# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Listing
@notice What tells a market or an asset that is unlisted from one that is listed: parameters that no setter lets a listed one have. The
        slot is never used again, so that accounts, orders and records that name it always mean the same.
"""

from ..interfaces import IMarket

LEAST_USD_WAD: constant(uint256) = 2**120  # of a position in an unlisted market: more than anybody has


@internal
@pure
def is_open(params: IMarket.MarketParams) -> bool:
    """@notice Whether a position can be opened in the market: the smallest is no larger than all of them may be."""
    return params.min_position_usd_wad <= params.max_open_interest_usd_wad


@internal
@pure
def has_market(params: IMarket.MarketParams) -> bool:
    """@notice Whether a position can stand in the market: it is open, or wound up."""
    return self.is_open(params) or params.min_position_usd_wad < LEAST_USD_WAD


@internal
@pure
def wound_up(params: IMarket.MarketParams) -> IMarket.MarketParams:
    """@notice A market that nobody enters again, and whose positions stay what they are until they close."""
    ended: IMarket.MarketParams = params
    ended.max_open_interest_usd_wad = 0
    ended.min_position_usd_wad = min(max(params.min_position_usd_wad, 1), LEAST_USD_WAD - 1)
    ended.is_reduce_only = True
    return ended


@internal
@pure
def has_asset(params: IMarket.AssetParams) -> bool:
    """@notice Whether the asset counts for anything."""
    return params.scale > 0


@internal
@pure
def without_market(params: IMarket.MarketParams, paid_in: uint256, feed: uint256) -> IMarket.MarketParams:
    """@notice A market that nobody enters again. What it still owes its traders is paid in another asset and waits for that one's price alone."""
    ended: IMarket.MarketParams = params
    ended.feed = feed
    ended.long_asset = paid_in
    ended.short_asset = paid_in
    ended.max_open_interest_usd_wad = 0
    ended.min_position_usd_wad = LEAST_USD_WAD
    ended.is_reduce_only = True
    return ended


@internal
@pure
def without_asset(params: IMarket.AssetParams, feed: uint256) -> IMarket.AssetParams:
    """@notice An asset that counts for nothing, and whose price is asked no more. Whoever holds it withdraws it."""
    ended: IMarket.AssetParams = params
    ended.scale = 0
    ended.feed = feed
    ended.target_weight_wad = 0
    ended.depth_usd_wad = 0
    ended.max_pool = 0
    ended.buffer = 0
    return ended
