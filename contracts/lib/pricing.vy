# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Pricing
@notice Token amounts to USD and back, the profit of a linear position, and what of either counts.
@dev `scale` is 10**(18 - decimals). Prices are USD per whole token, WAD.
"""

from ..interfaces import IMarket
from . import constants as c
from . import fixed_point as fp


@internal
@pure
def value_down(amount: uint256, scale: uint256, price_wad: uint256) -> uint256:
    return amount * scale * price_wad // c.WAD


@internal
@pure
def value_up(amount: uint256, scale: uint256, price_wad: uint256) -> uint256:
    return fp.mul_up(amount * scale, price_wad)


@internal
@pure
def amount_down(usd_wad: uint256, scale: uint256, price_wad: uint256) -> uint256:
    return usd_wad * c.WAD // (price_wad * scale)


@internal
@pure
def amount_up(usd_wad: uint256, scale: uint256, price_wad: uint256) -> uint256:
    return fp.mul_div_up(usd_wad, c.WAD, price_wad * scale)


@internal
@pure
def cost_in(size_wad: uint256, price_wad: uint256, is_long: bool) -> uint256:
    """@notice What a position grows by at a price, rounded against the trader."""
    if is_long:
        return fp.mul_up(size_wad, price_wad)
    return fp.mul_down(size_wad, price_wad)


@internal
@pure
def cost_out(cost_wad: uint256, moved_wad: uint256, size_wad: uint256, is_long: bool) -> uint256:
    """@notice The cost that leaves with a part of a position, rounded against the trader, and whole when it closes."""
    if is_long:
        return fp.mul_div_up(cost_wad, moved_wad, size_wad)
    return fp.mul_div_down(cost_wad, moved_wad, size_wad)


@internal
@pure
def reserve_for(cost_wad: uint256, factor_wad: uint256, scale: uint256, low_wad: uint256) -> uint256:
    """@notice Tokens that are kept for what a position may win."""
    return self.amount_up(fp.mul_up(cost_wad, factor_wad), scale, low_wad)


@internal
@pure
def pnl_down(size_wad: uint256, cost_wad: uint256, price_wad: uint256, is_long: bool) -> int256:
    """@notice Profit of `size_wad` that was opened for `cost_wad`, rounded against the trader."""
    if is_long:
        return convert(fp.mul_down(size_wad, price_wad), int256) - convert(cost_wad, int256)
    return convert(cost_wad, int256) - convert(fp.mul_up(size_wad, price_wad), int256)


@internal
@pure
def capped(pnl: int256, total: int256, cap: int256) -> int256:
    """@notice What is left of one position's profit when its side's is capped: at one moment all winners lose the same share."""
    if pnl <= 0 or total <= cap:
        return pnl
    return pnl * cap // total


@internal
@pure
def owed(pos: IMarket.Position, side: IMarket.Side) -> (uint256, int256):
    """@notice (borrow fee, funding) of a position since it was last settled; funding < 0 is earned. Rounded up."""
    return (
        convert(
            convert(fp.mul_up(pos.cost_usd_wad, side.borrow_index_wad), int256) - pos.borrow_debt_usd_wad, uint256
        ),
        fp.signed_mul_up(abs(pos.size_wad), side.funding_index_wad) - pos.funding_debt_usd_wad,
    )


@internal
@pure
def counted(usd_wad: uint256, haircut_wad: uint256, depth_usd_wad: uint256) -> uint256:
    """@notice What a value held in an asset counts as collateral: less the haircut, and the less of each further dollar the more it is."""
    usd: uint256 = fp.mul_down(usd_wad, c.WAD - haircut_wad)
    if depth_usd_wad > 0:
        # Rises with the holding and never falls: more collateral never counts less.
        usd = fp.mul_div_down(usd, depth_usd_wad, depth_usd_wad + usd)
    return usd
