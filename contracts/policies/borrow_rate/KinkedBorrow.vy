# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Kinked borrow rate
@notice minimum + (target - minimum) * u / u* up to the target utilisation u*, then target + (maximum - target) * (u - u*) / (1 - u*).
        Source: julianfssen/jupiter-perps-anchor-idl-parsing, src/examples/get-borrow-fee-and-funding-rate.ts (jump rate).
        With `smaller_side_is_free` the side with less open interest pays nothing; equal sides both pay. Source: gmx-synthetics,
        contracts/market/MarketUtils.sol, getBorrowingFactorPerSecond (skipBorrowingFeeForSmallerSide) and getKinkBorrowingFactor.
        GMX v2's kink, base * u + max(0, u - u*) * (above - base) / (1 - u*), is the same two lines: minimum = 0, target = base * u*,
        maximum = above.
@dev Rounded up, toward the pool. GMX measures u against oiReserveFactor * pool; here u is what the pool says, the reserved share.
"""

from ...interfaces import IBorrowRate
from ...lib import constants as c
from ...lib import fixed_point as fp

implements: IBorrowRate

MINIMUM_WAD_PER_S: public(immutable(uint256))
TARGET_WAD_PER_S: public(immutable(uint256))
MAXIMUM_WAD_PER_S: public(immutable(uint256))
TARGET_UTILISATION_WAD: public(immutable(uint256))
SMALLER_SIDE_IS_FREE: public(immutable(bool))


@deploy
def __init__(
    minimum_wad_per_s: uint256,
    target_wad_per_s: uint256,
    maximum_wad_per_s: uint256,
    target_utilisation_wad: uint256,
    smaller_side_is_free: bool,
):
    assert minimum_wad_per_s <= target_wad_per_s, "KinkedBorrow: minimum_wad_per_s above target_wad_per_s"
    assert target_wad_per_s <= maximum_wad_per_s, "KinkedBorrow: target_wad_per_s above maximum_wad_per_s"
    assert maximum_wad_per_s <= c.MAX_RATE_WAD_PER_S, "KinkedBorrow: maximum_wad_per_s above the hard bound"
    assert target_utilisation_wad > 0, "KinkedBorrow: target_utilisation_wad is zero"
    assert target_utilisation_wad < c.WAD, "KinkedBorrow: target_utilisation_wad is not below one"
    MINIMUM_WAD_PER_S = minimum_wad_per_s
    TARGET_WAD_PER_S = target_wad_per_s
    MAXIMUM_WAD_PER_S = maximum_wad_per_s
    TARGET_UTILISATION_WAD = target_utilisation_wad
    SMALLER_SIDE_IS_FREE = smaller_side_is_free


@internal
@view
def _rate(utilisation_wad: uint256) -> uint256:
    if utilisation_wad <= TARGET_UTILISATION_WAD:
        return MINIMUM_WAD_PER_S + fp.mul_div_up(
            TARGET_WAD_PER_S - MINIMUM_WAD_PER_S, utilisation_wad, TARGET_UTILISATION_WAD
        )
    return TARGET_WAD_PER_S + fp.mul_div_up(
        MAXIMUM_WAD_PER_S - TARGET_WAD_PER_S,
        utilisation_wad - TARGET_UTILISATION_WAD,
        c.WAD - TARGET_UTILISATION_WAD,
    )


@external
@view
def rates(
    market: uint256,
    utilisation_long_wad: uint256,
    utilisation_short_wad: uint256,
    long_usd_wad: uint256,
    short_usd_wad: uint256,
    elapsed_s: uint256,
    memo: uint256,
) -> (uint256, uint256, uint256):
    """@notice (long, short) WAD per second on the entry notional, and the memo."""
    long: uint256 = self._rate(utilisation_long_wad)
    short: uint256 = self._rate(utilisation_short_wad)
    if SMALLER_SIDE_IS_FREE:
        if long_usd_wad < short_usd_wad:
            long = 0
        if short_usd_wad < long_usd_wad:
            short = 0
    return long, short, memo
