# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Worth
@notice What the shares of a pool are worth, and what the prices show of it that is not in the books yet.
"""

from ..interfaces import IMarket
from ..interfaces import IOracle
from ..lib import concerned
from ..lib import constants as c
from ..lib import errors as err
from ..lib import fixed_point as fp
from ..lib import listing
from ..lib import pricing

NEAR_CAP_WAD: constant(uint256) = 95 * 10**16

MARKET: public(immutable(IMarket))
ORACLE: public(immutable(IOracle))

uncapped_markets: uint256  # bitmap of markets that are known to have no profit cap


@deploy
def __init__(market: address):
    MARKET = IMarket(market)
    ORACLE = IOracle(staticcall IMarket(market).ORACLE())


@internal
@view
def _net(gross: IMarket.Aum, budget_usd_wad: uint256) -> IMarket.Aum:
    """
    @notice The shareholders' part of the pool's value. Its status is the worst of what the pool holds and of the markets that somebody
            is in, and so are the verbs that circuit breakers close: no door is shut by what concerns nobody.
    """
    aum: IMarket.Aum = gross
    if aum.status > c.OK or aum.closed > 0:  # of all markets
        prices: IOracle.Price[c.MAX_FEEDS] = staticcall ORACLE.prices()
        feeds: uint256 = concerned.feeds(MARKET)
        aum.status = c.OK
        for f: uint256 in range(c.MAX_FEEDS):
            if (feeds >> f) & 1 == 1:
                aum.status = max(aum.status, prices[f].status)
        aum.closed = concerned.closed(MARKET, feeds)
    aum.low = fp.sub_or_zero(aum.low, budget_usd_wad)
    aum.mid = fp.sub_or_zero(aum.mid, budget_usd_wad)
    aum.high = fp.sub_or_zero(aum.high, budget_usd_wad)
    return aum


# ------------------------------------------------------------------ what prices show already


@internal
@view
def _uncovered() -> uint256:
    """@notice Losses of traders beyond what their accounts may have won in other markets, USD WAD at mid."""
    lost: uint256 = 0
    won: uint256 = 0
    worst: uint256 = 0  # of a market's losses and its winners' profits, which are no accounts of its losers
    count: uint256 = staticcall MARKET.market_count()
    for m: uint256 in range(count, bound=c.MAX_MARKETS):
        exposure: IMarket.Exposure = staticcall MARKET.exposure(m)
        moved: uint256 = 0
        for i: uint256 in range(2):
            moved += convert(abs(exposure.pnl[i]), uint256)
            if exposure.pnl[i] > 0:
                won += convert(exposure.pnl[i], uint256)
            else:
                lost += convert(-exposure.pnl[i], uint256)
        worst = max(worst, moved)
    if lost == 0:
        return 0
    return fp.sub_or_zero(max(lost, worst), won)


@internal
@view
def _pending_losses(px: IOracle.Price[c.MAX_FEEDS]) -> uint256:
    """
    @notice Losses that the prices show and nobody can pay: what is left when all collateral, earned funding and insurance are gone. They
            are in the pool's value until liquidations book them; who leaves before that pays his part. No less than this is lost; what an account
            lacks beside rich ones is not seen in sums (Lens.under_water): for that an exit waits.
    """
    uncovered: uint256 = self._uncovered()
    if uncovered == 0:
        return 0
    means: uint256 = 0
    listed: uint256 = staticcall MARKET.asset_count()
    for k: uint256 in range(listed, bound=c.MAX_ASSETS):
        asset: IMarket.AssetParams = staticcall MARKET.asset_params(k)
        bucket: IMarket.Buckets = staticcall MARKET.buckets(k)
        treasury: uint256 = staticcall MARKET.collateral(c.TREASURY, k)
        means += pricing.value_up(bucket.collateral - treasury, asset.scale, px[asset.feed].mid)
    markets: uint256 = staticcall MARKET.market_count()
    for m: uint256 in range(markets, bound=c.MAX_MARKETS):
        clock: IMarket.Clock = staticcall MARKET.clocks(m)
        means += clock.funding_pot_usd_wad
    return fp.sub_or_zero(uncovered, means)


@external
@view
def pending_losses() -> uint256:
    """@notice USD WAD of losses that the prices show and that all collateral together cannot pay; redemptions pay their part of it."""
    return self._pending_losses(staticcall ORACLE.prices())


@internal
@pure
def _is_off(price: IOracle.Price) -> bool:
    """@notice Whether venues show another price than the band that is answered: the oracle is catching up."""
    return price.shown < price.low or price.shown > price.high


@internal
@view
def _is_catching_up(px: IOracle.Price[c.MAX_FEEDS], also: uint256) -> bool:
    """@notice Whether of the feeds that decide the value, or of this one, some band is not where venues are."""
    feeds: uint256 = concerned.feeds(MARKET) | (1 << also)
    for f: uint256 in range(c.MAX_FEEDS):
        if (feeds >> f) & 1 == 1 and self._is_off(px[f]):
            return True
    return False


@internal
@view
def _fall_to_shown(px: IOracle.Price[c.MAX_FEEDS]) -> uint256:
    """
    @notice How much less than at mid the pool is worth where venues are already, USD WAD: its tokens, less what the traders' net sizes
            move by; nothing where it is worth more.
    """
    change: int256 = 0
    assets: uint256 = staticcall MARKET.asset_count()
    for k: uint256 in range(assets, bound=c.MAX_ASSETS):
        asset: IMarket.AssetParams = staticcall MARKET.asset_params(k)
        if self._is_off(px[asset.feed]):
            bucket: IMarket.Buckets = staticcall MARKET.buckets(k)
            shown: uint256 = pricing.value_down(bucket.pool, asset.scale, px[asset.feed].shown)
            mid: uint256 = pricing.value_up(bucket.pool, asset.scale, px[asset.feed].mid)
            change += convert(shown, int256) - convert(mid, int256)
    markets: uint256 = staticcall MARKET.market_count()
    for m: uint256 in range(markets, bound=c.MAX_MARKETS):
        params: IMarket.MarketParams = staticcall MARKET.market_params(m)
        if self._is_off(px[params.feed]):
            long: IMarket.Side = staticcall MARKET.sides(m, c.LONG)
            short: IMarket.Side = staticcall MARKET.sides(m, c.SHORT)
            net: int256 = convert(long.size_wad, int256) - convert(short.size_wad, int256)
            moved: int256 = convert(px[params.feed].shown, int256) - convert(px[params.feed].mid, int256)
            change -= fp.signed_mul_down(net, moved)
    return fp.unsigned_or_zero(-change)


# ------------------------------------------------------------------ what may not move


@internal
@pure
def _check_fee(fee_wad: int256):
    """@notice A fee policy lets a move be, within the hard bound."""
    err.check(fee_wad < max_value(int256), err.POOL_WEIGHT_BAND)
    err.check(fp.magnitude(fee_wad) <= c.MAX_FEE_WAD, err.POLICY_FEE_TOO_HIGH)


@internal
def _is_uncapped(k: uint256, less_usd_wad: uint256) -> bool:
    """
    @notice Whether no cap on profit is near, once so much less of an asset backs anybody. A side's profit is capped at a share of what backs
            it: while the cap binds, whoever adds to the backing pays the winners, and whoever takes from it takes from them. Neither
            is open from a little below the cap on (GMX v2 closes both by factors of their own, gmx-synthetics, MarketUtils.sol,
            validateMaxPnl).
    """
    count: uint256 = staticcall MARKET.market_count()
    for m: uint256 in range(count, bound=c.MAX_MARKETS):
        if (self.uncapped_markets >> m) & 1 == 1:
            continue
        params: IMarket.MarketParams = staticcall MARKET.market_params(m)
        if params.max_profit_share_wad >= c.NO_PROFIT_CAP_WAD:
            self.uncapped_markets |= 1 << m  # for good: the controller only raises this parameter
            continue
        exposure: IMarket.Exposure = staticcall MARKET.exposure(m)
        for i: uint256 in range(2):
            backing: uint256 = exposure.backing[i]
            if (params.long_asset if i == c.LONG else params.short_asset) == k:
                backing = fp.sub_or_zero(backing, less_usd_wad)
            near: uint256 = fp.mul_down(fp.mul_down(backing, params.max_profit_share_wad), NEAR_CAP_WAD)
            if fp.unsigned_or_zero(exposure.pnl[i]) > near:
                return False
    return True


@internal
def _check_uncapped():
    is_uncapped: bool = self._is_uncapped(0, 0)
    err.check(is_uncapped, err.POOL_PROFIT_CAPPED)


@internal
def _lets_go(k: uint256, asset: IMarket.AssetParams, amount: uint256, fee_usd_wad: int256, low_wad: uint256) -> bool:
    """@notice Whether so many tokens may leave: above what is reserved and the buffer, and with no cap on profit near afterwards."""
    bucket: IMarket.Buckets = staticcall MARKET.buckets(k)
    if bucket.pool < amount + bucket.reserved + asset.buffer:
        return False
    protocol: uint256 = staticcall MARKET.protocol_fee_wad()
    less_usd: uint256 = pricing.value_up(amount, asset.scale, low_wad)
    less_usd += fp.mul_up(fp.unsigned_or_zero(fee_usd_wad), protocol)
    is_uncapped: bool = self._is_uncapped(k, less_usd)
    return is_uncapped


@internal
@view
def _takes(k: uint256, asset: IMarket.AssetParams, amount: uint256) -> bool:
    """@notice Whether the pool may hold so many tokens more."""
    bucket: IMarket.Buckets = staticcall MARKET.buckets(k)
    return bucket.pool + amount <= asset.max_pool


@internal
@view
def _is_unreserved() -> bool:
    """@notice Whether no position is open: each reserves something."""
    count: uint256 = staticcall MARKET.asset_count()
    for k: uint256 in range(count, bound=c.MAX_ASSETS):
        bucket: IMarket.Buckets = staticcall MARKET.buckets(k)
        if bucket.reserved > 0:
            return False
    return True


@internal
@view
def _parts(usd_wad: uint256, px: IOracle.Price[c.MAX_FEEDS]) -> uint256[c.MAX_ASSETS]:
    """@notice Units of every token that make up USD at low prices, each in proportion to what the pool holds of it."""
    count: uint256 = staticcall MARKET.asset_count()
    pools: uint256[c.MAX_ASSETS] = empty(uint256[c.MAX_ASSETS])
    low: uint256 = 0
    for k: uint256 in range(count, bound=c.MAX_ASSETS):
        asset: IMarket.AssetParams = staticcall MARKET.asset_params(k)
        if not listing.has_asset(asset):
            continue
        bucket: IMarket.Buckets = staticcall MARKET.buckets(k)
        pools[k] = bucket.pool
        low += pricing.value_down(bucket.pool, asset.scale, px[asset.feed].low)
    parts: uint256[c.MAX_ASSETS] = empty(uint256[c.MAX_ASSETS])
    for k: uint256 in range(count, bound=c.MAX_ASSETS):
        if low > 0:
            parts[k] = fp.mul_div_down(pools[k], usd_wad, low)
    return parts
