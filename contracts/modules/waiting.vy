# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Waiting
@notice Requests: what waits for a price that nobody knew when it was asked for, and how it ends.
@dev The first price is first in this: no concerned feed was older, and one at least has had none since. Whoever comes later finds it gone
     and sets a new wait for the next price, which nobody knows yet: neither a holder who keeps his own request from being executed
     nor a keeper chooses a price.
"""

from ..interfaces import IMarket
from ..interfaces import IOracle
from ..interfaces import IPool
from ..lib import concerned
from ..lib import constants as c
from ..lib import errors as err
from ..lib import listing

REWARD_DIVISOR: constant(uint256) = 10_000
MIN_REWARD_USD_WAD: constant(uint256) = 5 * 10**16

# What became of a request.
EXECUTED: constant(uint256) = 0
RETURNED: constant(uint256) = 1  # at its price it would have brought less than asked for, or nothing
EXPIRED: constant(uint256) = 2
POSTPONED: constant(uint256) = 3  # nothing yet: its first price is over

MARKET: public(immutable(IMarket))
POOL: public(immutable(IPool))
ORACLE: public(immutable(IOracle))


@deploy
def __init__(market: address, pool: address):
    MARKET = IMarket(market)
    POOL = IPool(pool)
    ORACLE = IOracle(staticcall IMarket(market).ORACLE())


@internal
@view
def _check_listed(k: uint256):
    count: uint256 = staticcall MARKET.asset_count()
    err.check(k < count, err.ASSET_NOT_LISTED)
    asset: IMarket.AssetParams = staticcall MARKET.asset_params(k)
    err.check(listing.has_asset(asset), err.ASSET_NOT_LISTED)


@internal
@view
def _is_first(f: uint256, due_s: uint256, price: IOracle.Price) -> bool:
    """@notice Whether a price that was observed after a time is the first such price of its feed."""
    first: IOracle.Price = staticcall ORACLE.first_price_after(f, due_s)
    if first.mid == 0:  # none of a finished block, or none that is remembered
        is_known: bool = staticcall ORACLE.remembers(f, due_s)
        return is_known
    # Two prices may rest on quotes of the same times, so all numbers of them are looked at.
    return (
        first.published_at == price.published_at
        and first.observed_from_s == price.observed_from_s
        and first.low == price.low
        and first.mid == price.mid
        and first.high == price.high
    )


@internal
@view
def _is_due(also: uint256, due_s: uint256) -> bool:
    """
    @notice Whether the prices of now are the first ones that all were observed after a time: of the feeds that decide the pool's value, and
            of some more (a bitmap). Refuses while some were not.
    """
    px: IOracle.Price[c.MAX_FEEDS] = staticcall ORACLE.prices()
    feeds: uint256 = concerned.feeds(MARKET) | also
    is_due: bool = False
    for f: uint256 in range(c.MAX_FEEDS):
        if (feeds >> f) & 1 == 1:
            err.check(px[f].observed_from_s > due_s, err.REQUEST_TOO_SOON)
            if not is_due:
                is_due = self._is_first(f, due_s, px[f])
    return is_due


@internal
@view
def _feed_of(k: uint256) -> uint256:
    """@notice An asset's feed, as a bitmap."""
    asset: IMarket.AssetParams = staticcall MARKET.asset_params(k)
    return 1 << asset.feed
