# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title MyPolicy
@notice rate = maximum * (long - short) / (long + short): the heavier side pays the lighter one.
@dev Signed division truncates toward zero, so mirrored books give mirrored rates.
     Begun by `breakwater new policy`. A constructor argument becomes a key of the design file, and the ending of its
     name its unit: x_bps basis points, x_s seconds, x_wad a number (key x), x_usd_wad USD (key x_usd), x_wad_per_s a
     rate (key x_per_year), x_assets a list of assets, bool true or false; uint256[8] has a value for each market.
     A policy has no storage; what a rule has to remember goes through `memo`, where its slot has one.
     contracts.interfaces and contracts.lib are found wherever this file lies.
"""

from contracts.interfaces import IFundingRate
from contracts.lib import constants as c

implements: IFundingRate

MAXIMUM_WAD_PER_S: public(immutable(uint256))


@deploy
def __init__(maximum_wad_per_s: uint256):
    assert maximum_wad_per_s <= c.MAX_RATE_WAD_PER_S, "MyPolicy: maximum_wad_per_s above the hard bound"
    MAXIMUM_WAD_PER_S = maximum_wad_per_s


@external
@view
def rate(
    market: uint256, long_usd_wad: uint256, short_usd_wad: uint256, elapsed_s: uint256, memo: uint256
) -> (int256, uint256):
    """@notice WAD per second on the payer's notional (above zero longs pay), and what to remember of this market."""
    total: uint256 = long_usd_wad + short_usd_wad
    if total == 0:
        return 0, memo
    skew: int256 = convert(long_usd_wad, int256) - convert(short_usd_wad, int256)
    return convert(MAXIMUM_WAD_PER_S, int256) * skew // convert(total, int256), memo
