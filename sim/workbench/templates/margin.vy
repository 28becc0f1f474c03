# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title MyPolicy
@notice Initial margin is `initial_bps` of each market's notional, maintenance margin half of it.
@dev Rounded up. Initial margin may not be below maintenance margin.
     Begun by `breakwater new policy`. A constructor argument becomes a key of the design file, and the ending of its
     name its unit: x_bps basis points, x_s seconds, x_wad a number (key x), x_usd_wad USD (key x_usd), x_wad_per_s a
     rate (key x_per_year), x_assets a list of assets, bool true or false; uint256[8] has a value for each market.
     A policy has no storage; what a rule has to remember goes through `memo`, where its slot has one.
     contracts.interfaces and contracts.lib are found wherever this file lies.
"""

from contracts.interfaces import IMargin
from contracts.lib import constants as c
from contracts.lib import fixed_point as fp

implements: IMargin

INITIAL_BPS: immutable(uint256[c.MAX_MARKETS])


@deploy
def __init__(initial_bps: uint256[c.MAX_MARKETS]):
    for m: uint256 in range(c.MAX_MARKETS):
        assert initial_bps[m] > 0, "MyPolicy: initial_bps is zero"
        assert initial_bps[m] <= c.BPS, "MyPolicy: initial_bps above 10,000"
    INITIAL_BPS = initial_bps


@external
@view
def requirement(
    notionals_usd_wad: uint256[c.MAX_MARKETS], open_interest_usd_wad: uint256[c.MAX_MARKETS]
) -> (uint256, uint256):
    """@notice (initial, maintenance) margin of an account, USD WAD."""
    initial: uint256 = 0
    for m: uint256 in range(c.MAX_MARKETS):
        initial += fp.mul_div_up(notionals_usd_wad[m], INITIAL_BPS[m], c.BPS)
    return initial, fp.mul_div_up(initial, 1, 2)
