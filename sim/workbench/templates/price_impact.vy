# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title MyPolicy
@notice Every trade fills `spread_bps` worse than the oracle's price.
@dev Rounded against the trader. A fill may be better than the base, paid out of what earlier trades paid for impact.
     Begun by `breakwater new policy`. A constructor argument becomes a key of the design file, and the ending of its
     name its unit: x_bps basis points, x_s seconds, x_wad a number (key x), x_usd_wad USD (key x_usd), x_wad_per_s a
     rate (key x_per_year), x_assets a list of assets, bool true or false; uint256[8] has a value for each market.
     A policy has no storage; what a rule has to remember goes through `memo`, where its slot has one.
     contracts.interfaces and contracts.lib are found wherever this file lies.
"""

from contracts.interfaces import IPriceImpact
from contracts.lib import constants as c
from contracts.lib import fixed_point as fp

implements: IPriceImpact

SPREAD_BPS: public(immutable(uint256))


@deploy
def __init__(spread_bps: uint256):
    assert spread_bps <= 100, "MyPolicy: spread_bps above 100"
    SPREAD_BPS = spread_bps


@external
@view
def fill_price(
    market: uint256,
    base_price_wad: uint256,
    size_delta_wad: int256,  # above zero buys
    grows: bool,  # the position
    long_usd_wad: uint256,
    short_usd_wad: uint256,
    memo: uint256,
) -> (uint256, uint256):
    """@notice Fill price, within 10 % of the base, and what to remember of this market."""
    if size_delta_wad > 0:
        return fp.mul_div_up(base_price_wad, c.BPS + SPREAD_BPS, c.BPS), memo
    return fp.mul_div_down(base_price_wad, c.BPS - SPREAD_BPS, c.BPS), memo
