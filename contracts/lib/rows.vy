# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Rows
@notice Settings as rows of words, in the order of their structs: an announcement of any kind is kept and compared as one. Addresses stand apart.
"""

from ..interfaces import IMarket
from ..interfaces import IPool

WIDTH: constant(uint256) = 16


@internal
@pure
def of_number(x: uint256) -> uint256[WIDTH]:
    row: uint256[WIDTH] = empty(uint256[WIDTH])
    row[0] = x
    return row


@internal
@pure
def of_pool(p: IPool.PoolParams) -> uint256[WIDTH]:
    row: uint256[WIDTH] = empty(uint256[WIDTH])
    row[0] = p.max_aum_usd_wad
    row[1] = p.redeem_delay_s
    row[2] = p.redeem_window_s
    row[3] = p.redeem_limit_wad
    row[4] = p.rebate_share_wad
    row[5] = p.exit_wait_s
    row[6] = p.entry_wait_s
    return row


@internal
@pure
def of_asset(p: IMarket.AssetParams) -> uint256[WIDTH]:
    row: uint256[WIDTH] = empty(uint256[WIDTH])
    row[0] = p.scale
    row[1] = p.feed
    row[2] = p.target_weight_wad
    row[3] = p.haircut_wad
    row[4] = p.depth_usd_wad
    row[5] = p.max_pool
    row[6] = p.buffer
    return row


@internal
@pure
def of_market(p: IMarket.MarketParams) -> uint256[WIDTH]:
    row: uint256[WIDTH] = empty(uint256[WIDTH])
    row[0] = p.feed
    row[1] = p.long_asset
    row[2] = p.short_asset
    row[3] = p.reserve_factor_wad
    row[4] = p.max_open_interest_usd_wad
    row[5] = p.max_open_interest_share_wad
    row[6] = p.max_account_share_wad
    row[7] = p.max_profit_share_wad
    row[8] = p.impact_pool_share_wad
    row[9] = p.min_position_usd_wad
    row[10] = p.trade_fee_wad
    row[11] = convert(p.is_reduce_only, uint256)
    return row
