# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Premium funding
@notice Hyperliquid's funding: F = P + clamp(interest - P, -band, band) per eight hours, accrued by the second, at most the maximum. With a
        premium P near the interest F is the interest; beyond the band it is the premium less the band. Source: hyperliquid.gitbook.io,
        trading, funding.
@dev Positive: longs pay. The original takes P from its order book: how far the book's impact prices are from the oracle, averaged over an
     hour. A pool has no book. What pushes a book away from the oracle is one-sided demand, so P is modelled as
     (long - short) / premium_scale_usd, at once and without an average: choose the scale as the skew that would hold a book one
     hundred per cent off. The original's maximum is 4 % an hour; the hard bound on rates here is 1,000 % a year, 0.114 % an hour, and a
     maximum on F is one on P. Truncates toward zero; without interest mirrored books give mirrored rates. USD values up to 1e19 fit.
"""

from ...interfaces import IFundingRate
from ...lib import constants as c

implements: IFundingRate

PERIOD_S: constant(int256) = 28_800  # eight hours

INTEREST_WAD_PER_8H: public(immutable(uint256))
BAND_WAD_PER_8H: public(immutable(uint256))
MAXIMUM_WAD_PER_S: public(immutable(uint256))
PREMIUM_SCALE_USD_WAD: immutable(uint256[c.MAX_MARKETS])


@deploy
def __init__(
    interest_wad_per_8h: uint256,
    band_wad_per_8h: uint256,
    maximum_wad_per_s: uint256,
    premium_scale_usd_wad: uint256[c.MAX_MARKETS],
):
    assert interest_wad_per_8h <= c.WAD // 100, "PremiumFunding: interest_wad_per_8h above one per cent"
    assert band_wad_per_8h <= c.WAD // 100, "PremiumFunding: band_wad_per_8h above one per cent"
    assert maximum_wad_per_s <= c.MAX_RATE_WAD_PER_S, "PremiumFunding: maximum_wad_per_s above the hard bound"
    for scale: uint256 in premium_scale_usd_wad:
        assert scale >= c.WAD, "PremiumFunding: premium_scale_usd_wad below one USD"
        assert scale <= 10**15 * c.WAD, "PremiumFunding: premium_scale_usd_wad above 1e15"
    INTEREST_WAD_PER_8H = interest_wad_per_8h
    BAND_WAD_PER_8H = band_wad_per_8h
    MAXIMUM_WAD_PER_S = maximum_wad_per_s
    PREMIUM_SCALE_USD_WAD = premium_scale_usd_wad


@external
@view
def rate(
    market: uint256, long_usd_wad: uint256, short_usd_wad: uint256, elapsed_s: uint256, memo: uint256
) -> (int256, uint256):
    """@notice Signed WAD per second on the payer's notional, and the memo."""
    # Everything times the scale until the one division.
    scale: int256 = convert(PREMIUM_SCALE_USD_WAD[market], int256)
    premium: int256 = (convert(long_usd_wad, int256) - convert(short_usd_wad, int256)) * c.SWAD
    band: int256 = convert(BAND_WAD_PER_8H, int256) * scale
    pull: int256 = convert(INTEREST_WAD_PER_8H, int256) * scale - premium
    funding: int256 = (premium + max(min(pull, band), -band)) // (scale * PERIOD_S)
    most: int256 = convert(MAXIMUM_WAD_PER_S, int256)
    return max(min(funding, most), -most), memo
