# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Steps
@notice How far one announced change may move a setting. What moves by a share of itself can leave zero: by a hundredth of what the shares
        are worth.
"""

from ..interfaces import IMarket
from ..interfaces import IOracle
from ..interfaces import IPool
from . import constants as c
from . import errors as err
from . import fixed_point as fp
from . import pricing

# What a parameter may move at once.
FEE_STEP_WAD: constant(uint256) = 10**15  # 10 bps
WEIGHT_STEP_WAD: constant(uint256) = 5 * 10**16
HAIRCUT_STEP_WAD: constant(uint256) = 5 * 10**16
DEPTH_STEP_WAD: constant(uint256) = 5 * 10**16  # of what the largest holding there could be counts
PROFIT_STEP_WAD: constant(uint256) = 10**16  # of what backs a side
SHARE_STEP_WAD: constant(uint256) = 25 * 10**16
PROTOCOL_STEP_WAD: constant(uint256) = 5 * 10**16
POSITION_STEP_USD_WAD: constant(uint256) = 1_000 * 10**18
DELAY_STEP_S: constant(uint256) = 86_400
WAIT_STEP_S: constant(uint256) = 300
# What is moved by a share of itself can leave zero by this much of the pool's value.
FLOOR_SHARE_WAD: constant(uint256) = 10**16
FLOOR_USD_WAD: constant(uint256) = 100 * 10**18
BUFFER_PARTS: constant(uint256) = 20  # of what the pool holds


@internal
@pure
def check(old: uint256, new: uint256, step: uint256):
    err.check(fp.distance(old, new) <= step, err.ACCESS_STEP_TOO_LARGE)


@internal
@view
def floor_usd(market: IMarket) -> uint256:
    """@notice A hundredth of what the shares are worth; a small sum where there are none."""
    pool: IPool = IPool(staticcall market.policy_of(c.POOL_DESK))
    aum: IMarket.Aum = staticcall pool.aum()
    return max(fp.mul_down(aum.low, FLOOR_SHARE_WAD), FLOOR_USD_WAD)


@internal
@view
def _high_of(market: IMarket, feed: uint256) -> uint256:
    oracle: IOracle = IOracle(staticcall market.ORACLE())
    px: IOracle.Price[c.MAX_FEEDS] = staticcall oracle.prices()
    return px[feed].high


@internal
@view
def _floor_units(market: IMarket, params: IMarket.AssetParams) -> uint256:
    """@notice What a cap of nothing may become at once, in token units; nothing where there is no price."""
    price_wad: uint256 = self._high_of(market, params.feed)
    if price_wad == 0:
        return 0
    return pricing.amount_down(self.floor_usd(market), params.scale, price_wad)


@internal
@view
def check_new_asset(market: IMarket, params: IMarket.AssetParams):
    """@notice A new asset counts for nothing as collateral, and the pool takes little of it: the rest comes in steps."""
    err.check(
        params.haircut_wad == c.WAD
        and params.target_weight_wad <= WEIGHT_STEP_WAD
        and params.buffer == 0
        and params.max_pool <= self._floor_units(market, params),
        err.ACCESS_STEP_TOO_LARGE,
    )


@internal
@view
def check_asset(market: IMarket, k: uint256, params: IMarket.AssetParams):
    old: IMarket.AssetParams = staticcall market.asset_params(k)
    held: IMarket.Buckets = staticcall market.buckets(k)
    self.check(old.target_weight_wad, params.target_weight_wad, WEIGHT_STEP_WAD)
    self.check(old.haircut_wad, params.haircut_wad, HAIRCUT_STEP_WAD)
    self.check(old.max_pool, params.max_pool, max(old.max_pool // 2, self._floor_units(market, params)))
    # Tokens that swaps and redemptions must leave are taken from those who want to leave.
    err.check(params.buffer <= old.buffer + held.pool // BUFFER_PARTS + 1, err.ACCESS_STEP_TOO_LARGE)
    # Nobody holds more of it than everybody together, nor has a profit to come in it that is not reserved.
    largest: uint256 = pricing.value_up(
        held.collateral + held.reserved, params.scale, self._high_of(market, params.feed)
    )
    counted: uint256 = self._counted_share(largest, params.depth_usd_wad)
    before: uint256 = self._counted_share(largest, old.depth_usd_wad)
    err.check(counted >= fp.mul_down(before, c.WAD - DEPTH_STEP_WAD), err.ACCESS_STEP_TOO_LARGE)
    if old.depth_usd_wad > 0 and params.depth_usd_wad != old.depth_usd_wad:
        # It may bound what is open in the coin (lib/room.vy): as fast as a cap, and never without bound again.
        most: uint256 = old.depth_usd_wad + max(old.depth_usd_wad // 2, self.floor_usd(market))
        err.check(params.depth_usd_wad > 0 and params.depth_usd_wad <= most, err.ACCESS_STEP_TOO_LARGE)


@internal
@pure
def _counted_share(usd_wad: uint256, depth_usd_wad: uint256) -> uint256:
    """@notice Which share of a holding counts at a depth, WAD (modules/assets.vy, _counted)."""
    if depth_usd_wad == 0:
        return c.WAD
    return fp.mul_div_down(c.WAD, depth_usd_wad, depth_usd_wad + usd_wad)


@internal
@view
def check_market(market: IMarket, m: uint256, params: IMarket.MarketParams, before_cut_usd_wad: uint256):
    old: IMarket.MarketParams = staticcall market.market_params(m)
    self.check(old.reserve_factor_wad, params.reserve_factor_wad, SHARE_STEP_WAD)
    self.check(old.trade_fee_wad, params.trade_fee_wad, FEE_STEP_WAD)
    # After a cut the way back to what it was is one step.
    cap: uint256 = params.max_open_interest_usd_wad
    if cap > before_cut_usd_wad:
        self.check(
            old.max_open_interest_usd_wad, cap, max(old.max_open_interest_usd_wad // 2, self.floor_usd(market))
        )
    self.check(
        old.max_open_interest_share_wad,
        params.max_open_interest_share_wad,
        max(old.max_open_interest_share_wad // 2, WEIGHT_STEP_WAD),
    )
    # A lower cap on profit would take equity from winners at once; a higher one gives them what providers have.
    err.check(
        params.max_profit_share_wad >= old.max_profit_share_wad
        and params.max_profit_share_wad <= old.max_profit_share_wad + PROFIT_STEP_WAD,
        err.ACCESS_STEP_TOO_LARGE,
    )
    self.check(old.max_account_share_wad, params.max_account_share_wad, SHARE_STEP_WAD)
    self.check(old.impact_pool_share_wad, params.impact_pool_share_wad, SHARE_STEP_WAD)
    self.check(old.min_position_usd_wad, params.min_position_usd_wad, POSITION_STEP_USD_WAD)


@internal
@pure
def check_pool(old: IPool.PoolParams, params: IPool.PoolParams):
    self.check(old.redeem_delay_s, params.redeem_delay_s, DELAY_STEP_S)
    self.check(old.redeem_window_s, params.redeem_window_s, DELAY_STEP_S)
    self.check(old.redeem_limit_wad, params.redeem_limit_wad, SHARE_STEP_WAD)
    self.check(old.rebate_share_wad, params.rebate_share_wad, SHARE_STEP_WAD)
    # Whether one leaves or enters at once or by request is settled at the seal: nobody came for the other.
    err.check(
        (old.exit_wait_s == 0) == (params.exit_wait_s == 0) and (old.entry_wait_s == 0) == (params.entry_wait_s == 0),
        err.ACCESS_STEP_TOO_LARGE,
    )
    self.check(old.exit_wait_s, params.exit_wait_s, WAIT_STEP_S)
    self.check(old.entry_wait_s, params.entry_wait_s, WAIT_STEP_S)
