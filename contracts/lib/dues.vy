# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Dues
@notice What a liquidation charges for what it closes, by its plan.
"""

from ..interfaces import ILiquidation
from . import fixed_point as fp


@internal
@pure
def per_usd_wad(plan: ILiquidation.Plan, trade_fee_wad: uint256) -> uint256:
    """@notice Per USD closed. Nobody is liquidated for less than the fee of closing, even where the keeper's share is his own."""
    return max(plan.fee_wad + plan.penalty_wad, trade_fee_wad) + plan.keeper_wad


@internal
@pure
def keeper_usd_wad(plan: ILiquidation.Plan, closed_usd_wad: uint256) -> uint256:
    return fp.mul_down(closed_usd_wad, plan.keeper_wad) + plan.keeper_usd_wad


@internal
@pure
def penalty_usd_wad(plan: ILiquidation.Plan, closed_usd_wad: uint256) -> uint256:
    return fp.mul_down(closed_usd_wad, plan.penalty_wad)


@internal
@pure
def fee_usd_wad(plan: ILiquidation.Plan, closed_usd_wad: uint256, exit_fees_usd_wad: uint256) -> uint256:
    """@notice The plan's fee is a floor: with the penalty it is no less than what the owner would have paid for closing."""
    penalty: uint256 = fp.mul_down(closed_usd_wad, plan.penalty_wad)
    return max(fp.mul_down(closed_usd_wad, plan.fee_wad), fp.sub_or_zero(exit_fees_usd_wad, penalty))
