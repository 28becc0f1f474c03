# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Power impact
@notice GMX v2's price impact of positions. With the skew d = |long - short| in USD before and after,
            same side, worse:   cost = negative_factor * (d_after**negative_exponent - d_before**negative_exponent)
            same side, better:  cost = positive_factor * (d_after**positive_exponent - d_before**positive_exponent): the trader earns
            other side:         cost = negative_factor * d_after**negative_exponent - positive_factor * d_before**positive_exponent
        spread over the size: a cost moves the fill away from the trader, at most by `negative_cap_bps` of the base price, an improvement
        toward them, at most by `positive_cap_bps`. Factors are GMX's own numbers, such as 9e-11 and 3e-11 with exponent 2. Source:
        gmx-synthetics, contracts/pricing/PositionPricingUtils.sol, getPriceImpactUsd; contracts/pricing/PricingUtils.sol.
@dev A buy adds its USD to long - short whether it opens a long or closes a short. USD of the trade: size * base price, truncated.
     The constructor wants the positive side no stronger than the negative one: inside the caps moving the skew by a dollar or more out and
     back never earns. The caps cut the mean price of a trade and not its slope, as in the original: out in pieces and back at once can earn
     a part of the cap, which the trade fees have to cover.
     Differs: the original stores the impact at opening and settles it at closing, caps the negative side on closing alone and lets
     traders claim the excess later; virtual inventory is omitted. The pool that improvements are paid from is the caller's.
     Rounded against the trader. USD values up to 1e19 fit; where a power is beyond all money the fill is at the negative cap.
"""

from ...interfaces import IPriceImpact
from ...lib import constants as c
from ...lib import curves
from ...lib import fixed_point as fp

implements: IPriceImpact

POSITIVE_FACTOR_WAD: immutable(uint256[c.MAX_MARKETS])
NEGATIVE_FACTOR_WAD: immutable(uint256[c.MAX_MARKETS])
POSITIVE_EXPONENT: public(immutable(uint256))
NEGATIVE_EXPONENT: public(immutable(uint256))
POSITIVE_CAP_BPS: public(immutable(uint256))
NEGATIVE_CAP_BPS: public(immutable(uint256))


@deploy
def __init__(
    positive_factor_wad: uint256[c.MAX_MARKETS],
    negative_factor_wad: uint256[c.MAX_MARKETS],
    positive_exponent: uint256,
    negative_exponent: uint256,
    positive_cap_bps: uint256,
    negative_cap_bps: uint256,
):
    for m: uint256 in range(c.MAX_MARKETS):
        assert positive_factor_wad[m] <= negative_factor_wad[m], "PowerImpact: positive_factor_wad above negative_factor_wad"
        assert negative_factor_wad[m] <= c.WAD, "PowerImpact: negative_factor_wad above one"
    assert positive_exponent >= 1, "PowerImpact: positive_exponent is zero"
    assert positive_exponent <= negative_exponent, "PowerImpact: positive_exponent above negative_exponent"
    assert negative_exponent <= 3, "PowerImpact: negative_exponent above three"
    assert positive_cap_bps <= negative_cap_bps, "PowerImpact: positive_cap_bps above negative_cap_bps"
    assert negative_cap_bps <= 1_000, "PowerImpact: negative_cap_bps above 1,000"
    POSITIVE_FACTOR_WAD = positive_factor_wad
    NEGATIVE_FACTOR_WAD = negative_factor_wad
    POSITIVE_EXPONENT = positive_exponent
    NEGATIVE_EXPONENT = negative_exponent
    POSITIVE_CAP_BPS = positive_cap_bps
    NEGATIVE_CAP_BPS = negative_cap_bps


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
    """@notice Fill price, worse or better than the base for the trader, and the memo."""
    if size_delta_wad == 0:
        return base_price_wad, memo
    usd: int256 = convert(fp.mul_down(fp.magnitude(size_delta_wad), base_price_wad), int256)
    before: int256 = convert(long_usd_wad, int256) - convert(short_usd_wad, int256)
    after: int256 = before + usd if size_delta_wad > 0 else before - usd
    cost: int256 = curves.power_cost(
        before,
        after,
        POSITIVE_FACTOR_WAD[market],
        POSITIVE_EXPONENT,
        NEGATIVE_FACTOR_WAD[market],
        NEGATIVE_EXPONENT,
    )
    return (
        curves.price_with(
            cost,
            base_price_wad,
            size_delta_wad,
            POSITIVE_CAP_BPS * c.WAD_PER_BPS,
            NEGATIVE_CAP_BPS * c.WAD_PER_BPS,
        ),
        memo,
    )
