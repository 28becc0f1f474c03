# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Skew scale impact
@notice Synthetix's premium and discount: fill = base * (1 + (skew before + skew after) / (2 * skew_scale)), skew = long - short in USD.
        Trades that add to the skew fill worse than the base, trades that reduce it better. Source: synthetix-v3,
        markets/perps-market/contracts/storage/AsyncOrder.sol, calculateFillPrice.
@dev That is the mean of skew / skew_scale along the trade, so a trade in pieces costs what it costs at once and out and back is free. The
     original has no maximum; here skew / skew_scale is held within `maximum_bps` before the mean is taken, which keeps both and lets
     a market with more skew than that still trade. The skew scale is in USD; the original's is in tokens. A buy adds its USD
     to the skew whether it opens a long or closes a short. USD of the trade: size * base price, truncated. Rounded against the trader.
     USD values up to 1e19 fit.
"""

from ...interfaces import IPriceImpact
from ...lib import constants as c
from ...lib import curves
from ...lib import fixed_point as fp

implements: IPriceImpact

SKEW_SCALE_USD_WAD: immutable(uint256[c.MAX_MARKETS])
MAXIMUM_BPS: public(immutable(uint256))


@deploy
def __init__(skew_scale_usd_wad: uint256[c.MAX_MARKETS], maximum_bps: uint256):
    for scale: uint256 in skew_scale_usd_wad:
        assert scale >= c.WAD, "SkewScaleImpact: skew_scale_usd_wad below one USD"
        assert scale <= 10**15 * c.WAD, "SkewScaleImpact: skew_scale_usd_wad above 1e15"
    assert maximum_bps <= 1_000, "SkewScaleImpact: maximum_bps above 1,000"
    SKEW_SCALE_USD_WAD = skew_scale_usd_wad
    MAXIMUM_BPS = maximum_bps


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
    scale: uint256 = SKEW_SCALE_USD_WAD[market]
    most_wad: uint256 = MAXIMUM_BPS * c.WAD_PER_BPS
    cost: int256 = curves.ramp_cost(before, after, fp.mul_down(scale, most_wad), scale)
    return curves.price_with(cost, base_price_wad, size_delta_wad, most_wad, most_wad), memo
