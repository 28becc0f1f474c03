# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Fixed point
@notice Products and quotients at 18 decimals. The direction of rounding is part of the name.
@dev Operands stay below 2**128, so a product of two fits a word; a larger one reverts.
"""

from . import constants as c


@internal
@pure
def mul_down(x: uint256, y_wad: uint256) -> uint256:
    return x * y_wad // c.WAD


@internal
@pure
def mul_up(x: uint256, y_wad: uint256) -> uint256:
    n: uint256 = x * y_wad
    if n == 0:
        return 0
    return (n - 1) // c.WAD + 1


@internal
@pure
def mul_div_down(x: uint256, y: uint256, d: uint256) -> uint256:
    return x * y // d


@internal
@pure
def mul_div_up(x: uint256, y: uint256, d: uint256) -> uint256:
    n: uint256 = x * y
    if n == 0:
        return 0
    return (n - 1) // d + 1


@internal
@pure
def signed_mul_up(x: int256, y_wad: int256) -> int256:
    """@dev Toward plus infinity; the language's own division truncates toward zero."""
    n: int256 = x * y_wad
    q: int256 = n // c.SWAD
    if n > 0 and q * c.SWAD != n:
        q += 1
    return q


@internal
@pure
def signed_mul_down(x: int256, y_wad: int256) -> int256:
    """@dev Toward minus infinity."""
    n: int256 = x * y_wad
    q: int256 = n // c.SWAD
    if n < 0 and q * c.SWAD != n:
        q -= 1
    return q


@internal
@pure
def sub_or_zero(x: uint256, y: uint256) -> uint256:
    if x <= y:
        return 0
    return x - y


@internal
@pure
def unsigned_or_zero(x: int256) -> uint256:
    if x <= 0:
        return 0
    return convert(x, uint256)


@internal
@pure
def distance(x: uint256, y: uint256) -> uint256:
    if x > y:
        return x - y
    return y - x


@internal
@pure
def magnitude(x: int256) -> uint256:
    """@dev Also of the least number, whose `abs` does not fit."""
    if x >= 0:
        return convert(x, uint256)
    return convert(-(x + 1), uint256) + 1
