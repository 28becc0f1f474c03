# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Paper funding
@notice rate = kappa * (long / short - 1), at most the maximum: equation (2) of arXiv 2502.06028, kappa * (L/S - p/p0), at p = p0.
        The paper's definition and its example differ in the sign; as in the example (L/S = 4: longs pay 3 * kappa), longs pay where L/S is
        above p/p0.
@dev p0 is the price at which the paper's period begins. The rate is asked in every block in which anything accrues, so the price has moved
     by one block's return and p/p0 - 1 averages to its drift; a rule sees no price, and USD sums of two moments cannot separate price from
     trades. Hence the term is left out, not approximated.
     Not antisymmetric, as in the paper: with n times as many longs they pay (n - 1) * kappa, with n times as many shorts those pay
     (1 - 1/n) * kappa. Nobody short: the maximum. Truncates toward zero. USD values up to 1e19 fit.
"""

from ...interfaces import IFundingRate
from ...lib import constants as c

implements: IFundingRate

KAPPA_WAD_PER_S: public(immutable(uint256))
MAXIMUM_WAD_PER_S: public(immutable(uint256))


@deploy
def __init__(kappa_wad_per_s: uint256, maximum_wad_per_s: uint256):
    assert kappa_wad_per_s <= maximum_wad_per_s, "PaperFunding: kappa_wad_per_s above maximum_wad_per_s"
    assert maximum_wad_per_s <= c.MAX_RATE_WAD_PER_S, "PaperFunding: maximum_wad_per_s above the hard bound"
    KAPPA_WAD_PER_S = kappa_wad_per_s
    MAXIMUM_WAD_PER_S = maximum_wad_per_s


@external
@view
def rate(
    market: uint256, long_usd_wad: uint256, short_usd_wad: uint256, elapsed_s: uint256, memo: uint256
) -> (int256, uint256):
    """@notice Signed WAD per second on the payer's notional, and the memo."""
    most: int256 = convert(MAXIMUM_WAD_PER_S, int256)
    if short_usd_wad == 0:
        return most if long_usd_wad > 0 else 0, memo
    skew: int256 = convert(long_usd_wad, int256) - convert(short_usd_wad, int256)
    # kappa is at most the maximum, so shorts need no bound: they pay at most kappa.
    return min(convert(KAPPA_WAD_PER_S, int256) * skew // convert(short_usd_wad, int256), most), memo
