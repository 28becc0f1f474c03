# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Concerned
@notice Which feeds decide what a pool is worth: of what it holds, and of markets that somebody is in. No door is shut by any other, nor by a
        circuit breaker that listens to another.
"""

from ..interfaces import IMarket
from . import constants as c
from . import listing


@internal
@view
def feeds(market: IMarket) -> uint256:
    """@notice Bitmap of the feeds."""
    found: uint256 = 0
    assets: uint256 = staticcall market.asset_count()
    for k: uint256 in range(assets, bound=c.MAX_ASSETS):
        asset: IMarket.AssetParams = staticcall market.asset_params(k)
        bucket: IMarket.Buckets = staticcall market.buckets(k)
        if bucket.pool > 0 and listing.has_asset(asset):
            found |= 1 << asset.feed
    markets: uint256 = staticcall market.market_count()
    for m: uint256 in range(markets, bound=c.MAX_MARKETS):
        params: IMarket.MarketParams = staticcall market.market_params(m)
        long: IMarket.Side = staticcall market.sides(m, c.LONG)
        short: IMarket.Side = staticcall market.sides(m, c.SHORT)
        if long.size_wad + short.size_wad > 0:
            found |= 1 << params.feed
    return found


@internal
@view
def closed(market: IMarket, feeds: uint256) -> uint256:
    """@notice Bitmap of the verbs that circuit breakers of these feeds close."""
    found: uint256 = 0
    markets: uint256 = staticcall market.market_count()
    for m: uint256 in range(markets, bound=c.MAX_MARKETS):
        params: IMarket.MarketParams = staticcall market.market_params(m)
        if (feeds >> params.feed) & 1 == 1:
            clock: IMarket.Clock = staticcall market.clocks(m)
            found |= clock.closed
    return found
