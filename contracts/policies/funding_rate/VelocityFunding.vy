# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Velocity funding
@notice Synthetix's funding: the skew sets how fast the rate moves, not where it is.
            velocity = maximum_velocity * clamp((long - short) / skew_scale, -1, 1)
            rate now = rate then + velocity * elapsed
        and what accrued in between is the mean of the rate on its way. `maximum_velocity` is in daily rates per day, as Synthetix states
        it: 9 moves the rate within a day by 900 % a day, which is 328,500 % a year. Source: synthetix-v3,
        markets/perps-market/contracts/storage/PerpsMarket.sol, currentFundingVelocity, currentFundingRate and unrecordedFunding.
@dev Positive: longs pay, also for a while after the skew has turned. The original has no maximum; here the rate ends at one, since the
     hard bound on rates would cut it anyway and would let it wind up unseen. The mean counts the time at the maximum exactly, so what
     accrues does not depend on how often it is asked, but for rounding. Truncates toward zero for both signs: mirrored books and
     memories give mirrored rates. The skew scale is in USD; the original's is in tokens. Memo: the daily rate in WAD plus 2**127; nought is
     a rate of nought, and any other word is held within the maximum. USD values up to 1e19 fit.
"""

from ...interfaces import IFundingRate
from ...lib import constants as c
from ...lib import fixed_point as fp

implements: IFundingRate

DAY_S: constant(uint256) = 86_400
RATE_BITS: constant(uint256) = 2**128 - 1
RATE_ZERO: constant(int256) = 2**127  # offset-binary zero

MAXIMUM_VELOCITY_WAD_PER_DAY_PER_DAY: public(immutable(uint256))
MAXIMUM_WAD_PER_S: public(immutable(uint256))
SKEW_SCALE_USD_WAD: immutable(uint256[c.MAX_MARKETS])


@deploy
def __init__(
    maximum_velocity_wad_per_day_per_day: uint256, maximum_wad_per_s: uint256, skew_scale_usd_wad: uint256[c.MAX_MARKETS]
):
    assert maximum_velocity_wad_per_day_per_day <= 1_000 * c.WAD, "VelocityFunding: maximum_velocity_wad_per_day_per_day above 1,000"
    assert maximum_wad_per_s <= c.MAX_RATE_WAD_PER_S, "VelocityFunding: maximum_wad_per_s above the hard bound"
    for scale: uint256 in skew_scale_usd_wad:
        assert scale >= c.WAD, "VelocityFunding: skew_scale_usd_wad below one USD"
        assert scale <= 10**15 * c.WAD, "VelocityFunding: skew_scale_usd_wad above 1e15"
    MAXIMUM_VELOCITY_WAD_PER_DAY_PER_DAY = maximum_velocity_wad_per_day_per_day
    MAXIMUM_WAD_PER_S = maximum_wad_per_s
    SKEW_SCALE_USD_WAD = skew_scale_usd_wad


@external
@view
def rate(
    market: uint256, long_usd_wad: uint256, short_usd_wad: uint256, elapsed_s: uint256, memo: uint256
) -> (int256, uint256):
    """@notice Signed WAD per second on the payer's notional, and the memo."""
    most: int256 = convert(MAXIMUM_WAD_PER_S * DAY_S, int256)
    last: int256 = 0
    if memo != 0:
        last = max(min(convert(memo & RATE_BITS, int256) - RATE_ZERO, most), -most)
    scale: uint256 = SKEW_SCALE_USD_WAD[market]
    skew: uint256 = min(fp.distance(long_usd_wad, short_usd_wad), scale)
    step: uint256 = MAXIMUM_VELOCITY_WAD_PER_DAY_PER_DAY * skew * elapsed_s // (scale * DAY_S)
    raw: int256 = last + convert(step, int256) if long_usd_wad > short_usd_wad else last - convert(step, int256)
    # Twice the mean: the trapezium, less the triangle above the maximum.
    twice: int256 = last + raw
    excess: uint256 = fp.sub_or_zero(fp.magnitude(raw), MAXIMUM_WAD_PER_S * DAY_S)
    if excess > 0:
        cut: int256 = convert(fp.mul_div_up(excess, excess, step), int256)
        twice = twice - cut if raw > 0 else twice + cut
    now: int256 = max(min(raw, most), -most)
    return twice // convert(2 * DAY_S, int256), convert(now + RATE_ZERO, uint256)
