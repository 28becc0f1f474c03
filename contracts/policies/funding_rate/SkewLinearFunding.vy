# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Skew-linear funding
@notice rate = maximum * (long - short) / (long + short): the heavier side pays. GMX v2's simple mode with exponent one
        (gmx-synthetics, MarketUtils.getNextFundingFactorPerSecond, fundingIncreaseFactorPerSecond = 0).
@dev Positive: longs pay. Truncates toward zero for both signs, so mirrored books give mirrored rates.
"""

from ...interfaces import IFundingRate
from ...lib import constants as c

implements: IFundingRate

MAXIMUM_WAD_PER_S: public(immutable(uint256))


@deploy
def __init__(maximum_wad_per_s: uint256):
    assert maximum_wad_per_s <= c.MAX_RATE_WAD_PER_S, "SkewLinearFunding: maximum_wad_per_s above the hard bound"
    MAXIMUM_WAD_PER_S = maximum_wad_per_s


@external
@view
def rate(
    market: uint256, long_usd_wad: uint256, short_usd_wad: uint256, elapsed_s: uint256, memo: uint256
) -> (int256, uint256):
    """@notice Signed WAD per second on the payer's notional, and the memo."""
    total: uint256 = long_usd_wad + short_usd_wad
    if total == 0:
        return 0, memo
    skew: int256 = convert(long_usd_wad, int256) - convert(short_usd_wad, int256)
    return convert(MAXIMUM_WAD_PER_S, int256) * skew // convert(total, int256), memo
