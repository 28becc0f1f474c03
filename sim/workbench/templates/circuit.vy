# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title MyPolicy
@notice Nobody mints or opens while the traders' profit on a side is above `ratio` of what backs it.
@dev A ratio of zero never closes. Which verbs a circuit breaker may close: contracts/lib/gates.vy.
     Begun by `breakwater new policy`. A constructor argument becomes a key of the design file, and the ending of its
     name its unit: x_bps basis points, x_s seconds, x_wad a number (key x), x_usd_wad USD (key x_usd), x_wad_per_s a
     rate (key x_per_year), x_assets a list of assets, bool true or false; uint256[8] has a value for each market.
     A policy has no storage; what a rule has to remember goes through `memo`, where its slot has one. It is asked about past prices,
     too, each with the seconds since the one before: count `elapsed_s`, not block.timestamp.
     contracts.interfaces and contracts.lib are found wherever this file lies.
"""

from contracts.interfaces import ICircuit
from contracts.lib import constants as c
from contracts.lib import fixed_point as fp
from contracts.lib import gates

implements: ICircuit

CLOSES: constant(uint256) = (1 << gates.MINT) | (1 << gates.INCREASE)

RATIO_WAD: public(immutable(uint256))


@deploy
def __init__(ratio_wad: uint256):
    assert ratio_wad <= 10 * c.WAD, "MyPolicy: ratio_wad above ten"
    RATIO_WAD = ratio_wad


@external
@view
def closed(
    market: uint256,
    price_wad: uint256,
    pnl_usd_wad: int256[2],  # of longs and of shorts
    pool_usd_wad: uint256[2],  # value of what backs each
    elapsed_s: uint256,
    memo: uint256,
) -> (uint256, uint256):
    """@notice (bitmap of closed verbs, what to remember of this market)."""
    if RATIO_WAD > 0:
        for side: uint256 in range(2):
            if fp.unsigned_or_zero(pnl_usd_wad[side]) * c.WAD > pool_usd_wad[side] * RATIO_WAD:
                return CLOSES, memo
    return 0, memo
