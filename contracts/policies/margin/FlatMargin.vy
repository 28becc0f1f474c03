# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Flat margin
@notice Initial and maintenance margin as a fixed share of each market's notional, and a minimum in USD for an account with positions.
"""

from ...interfaces import IMargin
from ...lib import constants as c
from ...lib import fixed_point as fp

implements: IMargin

INITIAL_BPS: immutable(uint256[c.MAX_MARKETS])
MAINTENANCE_BPS: immutable(uint256[c.MAX_MARKETS])
MINIMUM_USD_WAD: public(immutable(uint256))


@deploy
def __init__(
    initial_bps: uint256[c.MAX_MARKETS], maintenance_bps: uint256[c.MAX_MARKETS], minimum_usd_wad: uint256
):
    for m: uint256 in range(c.MAX_MARKETS):
        assert initial_bps[m] <= c.BPS, "FlatMargin: initial_bps above 10,000"
        assert maintenance_bps[m] > 0, "FlatMargin: maintenance_bps is zero"
        assert maintenance_bps[m] <= initial_bps[m], "FlatMargin: maintenance_bps above initial_bps"
    assert minimum_usd_wad <= 10**6 * c.WAD, "FlatMargin: minimum_usd_wad above a million USD"
    INITIAL_BPS = initial_bps
    MAINTENANCE_BPS = maintenance_bps
    MINIMUM_USD_WAD = minimum_usd_wad


@external
@view
def requirement(
    notionals_usd_wad: uint256[c.MAX_MARKETS], open_interest_usd_wad: uint256[c.MAX_MARKETS]
) -> (uint256, uint256):
    """@notice (initial, maintenance) in USD WAD, rounded up."""
    initial: uint256 = 0
    maintenance: uint256 = 0
    for m: uint256 in range(c.MAX_MARKETS):
        if notionals_usd_wad[m] > 0:
            initial += fp.mul_div_up(notionals_usd_wad[m], INITIAL_BPS[m], c.BPS)
            maintenance += fp.mul_div_up(notionals_usd_wad[m], MAINTENANCE_BPS[m], c.BPS)
    if maintenance > 0:
        initial = max(initial, MINIMUM_USD_WAD)
        maintenance = max(maintenance, MINIMUM_USD_WAD)
    return initial, maintenance
