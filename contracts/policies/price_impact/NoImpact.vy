# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title No price impact
@notice Every trade fills at the oracle's price, as in GMX v1.
"""

from ...interfaces import IPriceImpact

implements: IPriceImpact


@external
@view
def fill_price(
    market: uint256,
    base_price_wad: uint256,
    size_delta_wad: int256,
    grows: bool,
    long_usd_wad: uint256,
    short_usd_wad: uint256,
    memo: uint256,
) -> (uint256, uint256):
    return base_price_wad, memo
