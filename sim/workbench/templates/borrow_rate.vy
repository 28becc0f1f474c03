# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title MyPolicy
@notice rate = rate at full utilisation * utilisation of the asset that backs the side.
@dev Rates are charged on the notional at entry and go to the pool.
     Begun by `breakwater new policy`. A constructor argument becomes a key of the design file, and the ending of its
     name its unit: x_bps basis points, x_s seconds, x_wad a number (key x), x_usd_wad USD (key x_usd), x_wad_per_s a
     rate (key x_per_year), x_assets a list of assets, bool true or false; uint256[8] has a value for each market.
     A policy has no storage; what a rule has to remember goes through `memo`, where its slot has one.
     contracts.interfaces and contracts.lib are found wherever this file lies.
"""

from contracts.interfaces import IBorrowRate
from contracts.lib import constants as c
from contracts.lib import fixed_point as fp

implements: IBorrowRate

RATE_AT_FULL_WAD_PER_S: public(immutable(uint256))


@deploy
def __init__(rate_at_full_wad_per_s: uint256):
    assert rate_at_full_wad_per_s <= c.MAX_RATE_WAD_PER_S, "MyPolicy: rate_at_full_wad_per_s above the hard bound"
    RATE_AT_FULL_WAD_PER_S = rate_at_full_wad_per_s


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
    """@notice (long, short) WAD per second, and what to remember of this market."""
    return (
        fp.mul_up(RATE_AT_FULL_WAD_PER_S, utilisation_long_wad),
        fp.mul_up(RATE_AT_FULL_WAD_PER_S, utilisation_short_wad),
        memo,
    )
