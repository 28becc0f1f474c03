# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Pricing
@notice Token amounts to USD and back, and the profit of a linear position.
@dev `scale` is 10**(18 - decimals). Prices are USD per whole token, WAD.
"""

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
def pnl_down(size_wad: uint256, cost_wad: uint256, price_wad: uint256, is_long: bool) -> int256:
    """@notice Profit of `size_wad` that was opened for `cost_wad`, rounded against the trader."""
    if is_long:
        return convert(fp.mul_down(size_wad, price_wad), int256) - convert(cost_wad, int256)
    return convert(cost_wad, int256) - convert(fp.mul_up(size_wad, price_wad), int256)
