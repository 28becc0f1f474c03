# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Adaptive funding
@notice GMX v2's funding: a saved rate that moves with the skew s = |long - short| / (long + short) over time.
            saved rate against the skew, or nought:  it moves toward the heavier side by maximum * s * elapsed / increase_s
            with it, s above stable_threshold:       the same, so it grows
            with it, s below decrease_threshold:     it shrinks by maximum * elapsed / decrease_s, but keeps its sign and one unit
            with it, s between them:                 it stays
        The saved rate is held within the maximum. What is paid has its sign and at least the minimum. Where all funding is for the other
        side this rule is not asked while a side is empty, and what it saved is forgotten, as in the original (Rates). `increase_s` is the time from nought to the maximum with all open interest on one side,
        `decrease_s` the time back: with GMX's defaults three hours and two days. Source: gmx-synthetics,
        contracts/market/MarketUtils.sol, getNextFundingFactorPerSecond.
@dev Positive: longs pay. Truncates toward zero for both signs, so mirrored books give mirrored rates; a saved rate of nought pays
     nothing, where the original has longs pay the minimum. Fixed: exponent one. The original's mode without an increase is
     SkewLinearFunding. Memo: the saved rate plus 2**127; nought is a rate of nought, and any other word is held within the maximum.
     USD values up to 1e19 fit.
"""

from ...interfaces import IFundingRate
from ...lib import constants as c
from ...lib import fixed_point as fp

implements: IFundingRate

RATE_BITS: constant(uint256) = 2**128 - 1
RATE_ZERO: constant(int256) = 2**127  # offset-binary zero

MINIMUM_WAD_PER_S: public(immutable(uint256))
MAXIMUM_WAD_PER_S: public(immutable(uint256))
INCREASE_S: public(immutable(uint256))
DECREASE_S: public(immutable(uint256))
STABLE_THRESHOLD_WAD: public(immutable(uint256))
DECREASE_THRESHOLD_WAD: public(immutable(uint256))


@deploy
def __init__(
    minimum_wad_per_s: uint256,
    maximum_wad_per_s: uint256,
    increase_s: uint256,
    decrease_s: uint256,
    stable_threshold_wad: uint256,
    decrease_threshold_wad: uint256,
):
    assert minimum_wad_per_s <= maximum_wad_per_s, "AdaptiveFunding: minimum_wad_per_s above maximum_wad_per_s"
    assert maximum_wad_per_s <= c.MAX_RATE_WAD_PER_S, "AdaptiveFunding: maximum_wad_per_s above the hard bound"
    assert increase_s > 0, "AdaptiveFunding: increase_s is zero"
    assert increase_s <= 10**9, "AdaptiveFunding: increase_s above 1e9"
    assert decrease_s > 0, "AdaptiveFunding: decrease_s is zero"
    assert decrease_s <= 10**9, "AdaptiveFunding: decrease_s above 1e9"
    assert decrease_threshold_wad <= stable_threshold_wad, "AdaptiveFunding: decrease_threshold_wad above stable_threshold_wad"
    assert stable_threshold_wad <= c.WAD, "AdaptiveFunding: stable_threshold_wad above one"
    MINIMUM_WAD_PER_S = minimum_wad_per_s
    MAXIMUM_WAD_PER_S = maximum_wad_per_s
    INCREASE_S = increase_s
    DECREASE_S = decrease_s
    STABLE_THRESHOLD_WAD = stable_threshold_wad
    DECREASE_THRESHOLD_WAD = decrease_threshold_wad


@internal
@view
def _saved(memo: uint256) -> int256:
    if memo == 0:
        return 0
    most: int256 = convert(MAXIMUM_WAD_PER_S, int256)
    return max(min(convert(memo & RATE_BITS, int256) - RATE_ZERO, most), -most)


@internal
@view
def _moved(saved: int256, long: uint256, short: uint256, elapsed_s: uint256) -> int256:
    """@notice The saved rate after `elapsed_s` at this skew."""
    skew: uint256 = fp.distance(long, short)
    total: uint256 = long + short
    agrees: bool = (saved > 0 and long > short) or (saved < 0 and short > long)
    if not agrees or skew * c.WAD > total * STABLE_THRESHOLD_WAD:
        step: int256 = convert(MAXIMUM_WAD_PER_S * skew * elapsed_s // (total * INCREASE_S), int256)
        return saved + step if long > short else saved - step
    if skew * c.WAD < total * DECREASE_THRESHOLD_WAD:
        left: uint256 = max(fp.sub_or_zero(fp.magnitude(saved), MAXIMUM_WAD_PER_S * elapsed_s // DECREASE_S), 1)
        return convert(left, int256) if saved > 0 else -convert(left, int256)
    return saved


@external
@view
def rate(
    market: uint256, long_usd_wad: uint256, short_usd_wad: uint256, elapsed_s: uint256, memo: uint256
) -> (int256, uint256):
    """@notice Signed WAD per second on the payer's notional, and the memo."""
    if long_usd_wad + short_usd_wad == 0:
        return 0, 0
    most: int256 = convert(MAXIMUM_WAD_PER_S, int256)
    saved: int256 = self._moved(self._saved(memo), long_usd_wad, short_usd_wad, elapsed_s)
    saved = max(min(saved, most), -most)
    paid: int256 = saved
    least: int256 = convert(MINIMUM_WAD_PER_S, int256)
    if saved > 0:
        paid = max(saved, least)
    if saved < 0:
        paid = min(saved, -least)
    return paid, convert(saved + RATE_ZERO, uint256)
