# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Deleveraging
@notice What the rules of deleveraging share: when a side's profit is too large for what backs it, and the order of a queue.
"""

from . import constants as c
from . import fixed_point as fp

MAX_TRIGGER_WAD: constant(uint256) = 10 * 10**18
MAX_LOT_USD_WAD: constant(uint256) = 10**30  # a trillion USD
MAX_FACTOR_WAD: constant(uint256) = 10**27  # of each factor of a score: both together stay below 2**120


@internal
@pure
def excess_usd(pnl_usd_wad: int256, pool_usd_wad: uint256, trigger_wad: uint256, target_wad: uint256) -> uint256:
    """
    @notice Profit that has to be realised so that `target` of the pool is left, once it is above `trigger` of it; a trigger of zero: none.
            GMX v2's trigger (gmx-synthetics, contracts/adl/AdlUtils.sol).
    @dev What is paid leaves the pool as well: (profit - x) / (value - x) is to be the target.
    """
    pnl: uint256 = fp.unsigned_or_zero(pnl_usd_wad)
    if trigger_wad == 0 or pnl * c.WAD <= trigger_wad * pool_usd_wad:
        return 0
    excess: uint256 = fp.sub_or_zero(pnl, fp.mul_down(target_wad, pool_usd_wad))
    return min(fp.mul_div_up(excess, c.WAD, c.WAD - target_wad), pnl)


@internal
@pure
def queue_score(
    profit_usd_wad: uint256, cost_usd_wad: uint256, notional_usd_wad: uint256, equity_usd_wad: int256
) -> uint256:
    """
    @notice Hyperliquid's index, return times leverage, WAD; zero is no candidate: no profit, or an account without equity, which is a
            matter of liquidation.
    @dev The index reads mark / entry * notional / equity. For a short that ranks a loser before a winner, since mark / entry
         falls with a short's profit; its mirror would be entry / mark. The side is not asked for here: (cost + profit) / cost
         is mark / entry for a long and grows with the profit of a short as well (to first order entry / mark).
    """
    if profit_usd_wad == 0 or cost_usd_wad == 0 or equity_usd_wad <= 0:
        return 0
    growth_wad: uint256 = fp.mul_div_down(cost_usd_wad + profit_usd_wad, c.WAD, cost_usd_wad)
    leverage_wad: uint256 = fp.mul_div_down(notional_usd_wad, c.WAD, convert(equity_usd_wad, uint256))
    return max(fp.mul_down(min(growth_wad, MAX_FACTOR_WAD), min(leverage_wad, MAX_FACTOR_WAD)), 1)


@internal
@pure
def whole_lots(left_usd_wad: uint256, lot_usd_wad: uint256) -> uint256:
    """@notice What is left, rounded up to whole lots; a lot of zero rounds nothing."""
    if lot_usd_wad == 0:
        return left_usd_wad
    return fp.mul_div_up(left_usd_wad, 1, lot_usd_wad) * lot_usd_wad
