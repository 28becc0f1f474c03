# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title MyPolicy
@notice Every mint, redemption and swap costs `fee_bps` of what it moves.
@dev The pool's value in the asset, its target and the trade say where the weights go: a fee can pull them to the target.
     Below zero is a rebate, paid out of earlier fees; max_value(int256) refuses the trade.
     Begun by `breakwater new policy`. A constructor argument becomes a key of the design file, and the ending of its
     name its unit: x_bps basis points, x_s seconds, x_wad a number (key x), x_usd_wad USD (key x_usd), x_wad_per_s a
     rate (key x_per_year), x_assets a list of assets, bool true or false; uint256[8] has a value for each market.
     A policy has no storage; what a rule has to remember goes through `memo`, where its slot has one.
     contracts.interfaces and contracts.lib are found wherever this file lies.
"""

from contracts.interfaces import IWeightFee
from contracts.lib import constants as c

implements: IWeightFee

FEE_BPS: public(immutable(uint256))


@deploy
def __init__(fee_bps: uint256):
    assert fee_bps <= 500, "MyPolicy: fee_bps above 500"
    FEE_BPS = fee_bps


@external
@view
def fee(
    kind: uint256,  # c.MINT, c.REDEEM or c.SWAP
    asset: uint256,
    other: uint256,  # of a swap
    current_usd_wad: uint256,
    target_usd_wad: uint256,
    delta_usd_wad: uint256,
    increases: bool,
) -> int256:
    """@notice WAD share of the USD moved; the caller allows up to 10 %."""
    return convert(FEE_BPS * c.WAD_PER_BPS, int256)
