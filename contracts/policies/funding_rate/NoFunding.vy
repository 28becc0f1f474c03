# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title No funding
@notice GMX v1 and Jupiter charge both sides for borrowing and move nothing between them.
"""

from ...interfaces import IFundingRate

implements: IFundingRate


@external
@view
def rate(
    market: uint256, long_usd_wad: uint256, short_usd_wad: uint256, elapsed_s: uint256, memo: uint256
) -> (int256, uint256):
    return 0, memo
