# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Flat fee
@notice The same fee whatever the weights are: the baseline without a target portfolio.
"""

from ...interfaces import IWeightFee
from ...lib import constants as c

implements: IWeightFee

MINT_REDEEM_FEE_BPS: public(immutable(uint256))
SWAP_FEE_BPS: public(immutable(uint256))


@deploy
def __init__(mint_redeem_fee_bps: uint256, swap_fee_bps: uint256):
    assert mint_redeem_fee_bps <= 500, "FlatFee: mint_redeem_fee_bps above 500"
    assert swap_fee_bps <= 500, "FlatFee: swap_fee_bps above 500"
    MINT_REDEEM_FEE_BPS = mint_redeem_fee_bps
    SWAP_FEE_BPS = swap_fee_bps


@external
@view
def fee(
    kind: uint256,
    asset: uint256,
    other: uint256,
    current_usd_wad: uint256,
    target_usd_wad: uint256,
    delta_usd_wad: uint256,
    increases: bool,
) -> int256:
    """@notice Fee as a WAD share of the USD moved."""
    if kind == c.SWAP:
        return convert(SWAP_FEE_BPS * c.WAD_PER_BPS, int256)
    return convert(MINT_REDEEM_FEE_BPS * c.WAD_PER_BPS, int256)
