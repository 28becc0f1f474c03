# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Endings
@notice How a market or an asset leaves the list, and how the positions of a market are closed that is given up or whose price is lost for
        good. A day's notice each, four weeks' for winding up; nothing that a stranger does stops it.

    unlist a market   that nobody has a position in. Whoever wants nobody to enter meanwhile stops its growth first, at once
                      (`set_reduce_only`), which lasts longer than the notice. Funding that it owes stays payable, in the asset of account-wide
                      fees; orders that wait for it end, and their margin returns; its circuit breaker closes nothing any more
    wind a market up  that somebody stays in. Its growth ends for good, and so do orders that may grow a position; its owners leave as
                      before, by what only reduces; and anybody closes any position, whole, without impact and without a fee, at a
                      price that is three seconds old at most: nobody knows much of the next one. When it is empty it is unlisted
                      like any other. Within four weeks everybody could leave by himself; who stayed for a profit that is capped
                      gives up what is withheld
    unlist an asset   that counts for nothing as collateral (the haircut goes there by announced steps), that no listed market is
                      backed by or paid in, and of which the pool holds a thousandth of its own value at most. Collateral in it, however much
                      and whosever, is no obstacle: it is withdrawn any time. What the pool holds counts for nothing from then
                      on: a stranger can make it hold more than that only by giving it to the pool
    settle a market   whose feed has had no price for three days, at the last one that it had: at that everybody's margin and every share
                      has counted since, and no role names another. After the notice anybody closes any position at it
                      (Liquidator, `settle_position`) for as long as there is no other: a price that comes back ends the settlement, and
                      the next one needs a notice of its own. So there is never a choice between the two. Whom the last price
                      favours gains what he has gained on paper since; the other side of it is the pool's, as in any close

@dev A slot that was listed is never listed anew.
"""

from ..interfaces import ILiquidator
from ..interfaces import IMarket
from ..interfaces import IOracle
from ..interfaces import IPool
from ..interfaces import IRates
from ..lib import constants as c
from ..lib import errors as err
from ..lib import fixed_point as fp
from ..lib import listing
from ..lib import pricing
from ..lib import rows
from . import brakes
from . import notice
from . import roles

uses: brakes
uses: notice
uses: roles

DEAD_S: constant(uint256) = 3 * 86_400
DUST_SHARE_WAD: constant(uint256) = 10**15


@internal
@view
def _listed_market(m: uint256) -> IMarket.MarketParams:
    count: uint256 = staticcall roles.market.market_count()
    err.check(m < count, err.MARKET_NOT_LISTED)
    params: IMarket.MarketParams = staticcall roles.market.market_params(m)
    err.check(listing.has_market(params), err.MARKET_NOT_LISTED)
    return params


@internal
@view
def _listed_asset(k: uint256) -> IMarket.AssetParams:
    count: uint256 = staticcall roles.market.asset_count()
    err.check(k < count, err.ASSET_NOT_LISTED)
    params: IMarket.AssetParams = staticcall roles.market.asset_params(k)
    err.check(listing.has_asset(params), err.ASSET_NOT_LISTED)
    return params


@internal
@view
def _paid_in() -> (uint256, uint256):
    """@return (asset of account-wide fees: that of the first market, its feed)"""
    first: IMarket.MarketParams = staticcall roles.market.market_params(0)
    asset: IMarket.AssetParams = staticcall roles.market.asset_params(first.short_asset)
    return first.short_asset, asset.feed


@internal
@view
def _prices() -> IOracle.Price[c.MAX_FEEDS]:
    oracle: IOracle = IOracle(staticcall roles.market.ORACLE())
    return staticcall oracle.prices()


# ------------------------------------------------------------------ markets


@external
def announce_unlist_market(m: uint256):
    """@notice Say that a market will be unlisted in a day at the earliest, if nobody has a position in it then."""
    roles._only_admin()
    params: IMarket.MarketParams = self._listed_market(m)
    notice._announce(notice.UNLIST_MARKET, m, empty(address), rows.of_number(0))


@external
def announce_wind_up_market(m: uint256):
    """@notice Say that a market will be wound up in 28 days at the earliest."""
    roles._only_admin()
    params: IMarket.MarketParams = self._listed_market(m)
    err.check(listing.is_open(params), err.MARKET_NOT_LISTED)
    notice._announce(notice.WIND_UP_MARKET, m, empty(address), rows.of_number(0))


@external
def wind_up_market(m: uint256):
    """@notice Let nobody enter a market again, for good, and anybody close the positions that are left."""
    roles._only_admin()
    params: IMarket.MarketParams = self._listed_market(m)
    err.check(listing.is_open(params), err.MARKET_NOT_LISTED)
    notice._use(notice.WIND_UP_MARKET, m, empty(address), rows.of_number(0))
    brakes._release(m)
    extcall roles.market.set_market(m, listing.wound_up(params))


@external
def unlist_market(m: uint256):
    """@notice Unlist a market that nobody has a position in."""
    roles._only_admin()
    params: IMarket.MarketParams = self._listed_market(m)
    long: IMarket.Side = staticcall roles.market.sides(m, c.LONG)
    short: IMarket.Side = staticcall roles.market.sides(m, c.SHORT)
    err.check(long.size_wad + short.size_wad == 0, err.MARKET_NOT_EMPTY)
    notice._use(notice.UNLIST_MARKET, m, empty(address), rows.of_number(0))
    paid_in: uint256 = 0
    feed: uint256 = 0
    paid_in, feed = self._paid_in()
    rates: IRates = IRates(staticcall roles.market.policy_of(c.RATES))
    extcall rates.retire(m)
    brakes._release(m)
    extcall roles.market.set_market(m, listing.without_market(params, paid_in, feed))


# ------------------------------------------------------------------ assets


@external
def announce_unlist_asset(k: uint256):
    """@notice Say that an asset will be unlisted in a day at the earliest, if nothing rests on it then."""
    roles._only_admin()
    params: IMarket.AssetParams = self._listed_asset(k)
    notice._announce(notice.UNLIST_ASSET, k, params.token, rows.of_number(0))


@internal
@view
def _check_unused(k: uint256, params: IMarket.AssetParams, paid_in: uint256):
    err.check(k != paid_in and params.haircut_wad == c.WAD, err.ASSET_IN_USE)
    markets: uint256 = staticcall roles.market.market_count()
    for m: uint256 in range(markets, bound=c.MAX_MARKETS):
        named: IMarket.MarketParams = staticcall roles.market.market_params(m)
        err.check(named.long_asset != k and named.short_asset != k, err.ASSET_IN_USE)
    bucket: IMarket.Buckets = staticcall roles.market.buckets(k)
    if bucket.pool == 0:
        return
    px: IOracle.Price[c.MAX_FEEDS] = self._prices()
    pool: IPool = IPool(staticcall roles.market.policy_of(c.POOL_DESK))
    aum: IMarket.Aum = staticcall pool.aum()
    held: uint256 = pricing.value_up(bucket.pool, params.scale, px[params.feed].high)
    err.check(held <= fp.mul_down(aum.low, DUST_SHARE_WAD), err.ASSET_IN_USE)


@internal
@pure
def _order_without(order: uint256, k: uint256, other: uint256) -> uint256:
    """@notice An order of sale in which another asset stands a second time, where this one stood: it is not sold any more."""
    left: uint256 = 0
    for i: uint256 in range(c.MAX_ASSETS):
        id: uint256 = (order >> (4 * i)) & 15
        left |= (other if id == k and order >> (4 * i) > 0 else id) << (4 * i)
    return left


@external
def unlist_asset(k: uint256):
    """@notice Unlist an asset that nothing rests on."""
    roles._only_admin()
    params: IMarket.AssetParams = self._listed_asset(k)
    paid_in: uint256 = 0
    feed: uint256 = 0
    paid_in, feed = self._paid_in()
    self._check_unused(k, params, paid_in)
    notice._use(notice.UNLIST_ASSET, k, params.token, rows.of_number(0))
    order: uint256 = staticcall roles.market.sale_order()
    extcall roles.market.set_sale_order(self._order_without(order, k, paid_in))
    extcall roles.market.set_asset(k, listing.without_asset(params, feed))


# ------------------------------------------------------------------ settlement


@internal
@view
def _dead_since(m: uint256) -> uint256:
    """@notice When the last price of a feed was published that has had none for long."""
    params: IMarket.MarketParams = self._listed_market(m)
    px: IOracle.Price[c.MAX_FEEDS] = self._prices()
    price: IOracle.Price = px[params.feed]
    err.check(
        price.status == c.HALTED and price.low > 0 and price.published_at + DEAD_S <= block.timestamp,
        err.SETTLEMENT_NOT_OPEN,
    )
    return price.published_at


@external
def announce_settle_market(m: uint256):
    """@notice Say that the positions of a market without a price will be settled at its last one, in a day at the earliest."""
    roles._only_admin()
    published_at_s: uint256 = self._dead_since(m)
    notice._announce(notice.SETTLE_MARKET, m, empty(address), rows.of_number(published_at_s))


@external
def settle_market(m: uint256):
    """@notice Let anybody settle the positions of a market at its last price, until there is another one."""
    roles._only_admin()
    published_at_s: uint256 = self._dead_since(m)
    notice._use(notice.SETTLE_MARKET, m, empty(address), rows.of_number(published_at_s))
    liquidator: ILiquidator = ILiquidator(staticcall roles.market.policy_of(c.LIQUIDATOR))
    extcall liquidator.open_settlement(m, published_at_s)
