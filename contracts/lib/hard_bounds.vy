# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Hard bounds
@notice What no parameter of a Market or its Pool may ever be. How fast one moves inside them is the risk controller's affair.
"""

from ..interfaces import IMarket
from ..interfaces import IPool
from . import constants as c

MAX_RESERVE_FACTOR_WAD: constant(uint256) = 10 * 10**18
MAX_SHARE_WAD: constant(uint256) = 1_000 * 10**18  # of what backs a side
MAX_REDEEM_DELAY_S: constant(uint256) = 30 * 86_400
MAX_REDEEM_WINDOW_S: constant(uint256) = 7 * 86_400
MAX_WAIT_S: constant(uint256) = 3_600  # of exits, and of entries
MIN_REDEEM_LIMIT_WAD: constant(uint256) = 10**16  # 1 %


@internal
@pure
def is_pool(params: IPool.PoolParams) -> bool:
    return (
        params.redeem_delay_s <= MAX_REDEEM_DELAY_S
        and params.redeem_window_s <= MAX_REDEEM_WINDOW_S
        and params.redeem_limit_wad >= MIN_REDEEM_LIMIT_WAD
        and params.redeem_limit_wad <= c.WAD
        and (params.redeem_limit_wad == c.WAD or params.redeem_window_s > 0)
        and params.rebate_share_wad <= c.WAD
        and params.exit_wait_s <= MAX_WAIT_S
        and params.entry_wait_s <= MAX_WAIT_S
    )


@internal
@pure
def is_asset(params: IMarket.AssetParams) -> bool:
    return (
        params.target_weight_wad <= c.WAD
        and params.haircut_wad <= c.WAD
        and params.depth_usd_wad < 2**128
        and params.buffer <= params.max_pool
    )


@internal
@pure
def is_market(params: IMarket.MarketParams) -> bool:
    return (
        params.reserve_factor_wad <= MAX_RESERVE_FACTOR_WAD
        and params.trade_fee_wad <= c.MAX_FEE_WAD
        and params.min_position_usd_wad <= params.max_open_interest_usd_wad
        and params.max_open_interest_share_wad <= MAX_SHARE_WAD
        and params.max_profit_share_wad <= MAX_SHARE_WAD
        and params.max_account_share_wad <= c.WAD
        and params.impact_pool_share_wad <= c.WAD
    )
