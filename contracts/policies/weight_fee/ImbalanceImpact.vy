# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Imbalance impact
@notice GMX v2's price impact of deposits, withdrawals and swaps. With the imbalance d in USD before and after,
            same side, worse:   cost = negative_factor * (d_after**e - d_before**e)
            same side, better:  cost = positive_factor * (d_after**e - d_before**e), which is a rebate
            other side:         cost = negative_factor * d_after**e - positive_factor * d_before**e
        and a fee in basis points that is lower where d falls. Factors are GMX's own numbers: cost in USD at an imbalance of one USD,
        such as 3e-10 and 2e-10 with exponent 2. Source: gmx-synthetics, contracts/pricing/SwapPricingUtils.sol, getPriceImpactUsd and
        getSwapFees; contracts/pricing/PricingUtils.sol.
@dev d = 2 * |current - target|. For a pair at 50 and 50 per cent the target is half of both tokens together, so current - target is half
     of (this token - the other token), and d is the |long - short| of the original. A swap moves both tokens and so that difference by
     twice its USD. A deposit or a withdrawal moves one token, and the target by half of it: the difference moves by its USD (`pair`).
     With other weights d is twice the USD by which this asset is off, and nobody here knows by how much the target follows a deposit: it
     is held where it was and d moves by twice the USD, so that out and back never earns whatever the weight is. There a swap is charged
     for the dearer of two legs, while a withdrawal and a deposit that undo it are credited for one each; hence the positive factor
     is at most half of the negative one.
     The answer is rounded up, against the trader. A rebate ends at the hard bound on fees; a cost above it is the caller's to refuse.
     Omitted: virtual inventory across markets. The pool of past impact that rebates are paid from is the caller's.
     USD values up to 1e19 fit; where a power is beyond all money the answer is above every bound.
"""

from ...interfaces import IWeightFee
from ...lib import constants as c
from ...lib import curves

implements: IWeightFee

POSITIVE_FACTOR_WAD: public(immutable(uint256))
NEGATIVE_FACTOR_WAD: public(immutable(uint256))
EXPONENT: public(immutable(uint256))
BETTER_FEE_BPS: public(immutable(uint256))
WORSE_FEE_BPS: public(immutable(uint256))
PAIR: public(immutable(bool))  # two assets of equal weight


@deploy
def __init__(
    positive_factor_wad: uint256,
    negative_factor_wad: uint256,
    exponent: uint256,
    better_fee_bps: uint256,
    worse_fee_bps: uint256,
    pair: bool,
):
    # Otherwise moving out and back would earn.
    assert positive_factor_wad <= negative_factor_wad, "ImbalanceImpact: positive_factor_wad above negative_factor_wad"
    assert pair or 2 * positive_factor_wad <= negative_factor_wad, "ImbalanceImpact: positive_factor_wad above half without a pair"
    assert negative_factor_wad <= c.WAD, "ImbalanceImpact: negative_factor_wad above one"
    assert exponent >= 1 and exponent <= 3, "ImbalanceImpact: exponent outside 1..3"
    assert better_fee_bps <= worse_fee_bps, "ImbalanceImpact: better_fee_bps above worse_fee_bps"
    assert worse_fee_bps <= 500, "ImbalanceImpact: worse_fee_bps above 500"
    POSITIVE_FACTOR_WAD = positive_factor_wad
    NEGATIVE_FACTOR_WAD = negative_factor_wad
    EXPONENT = exponent
    BETTER_FEE_BPS = better_fee_bps
    WORSE_FEE_BPS = worse_fee_bps
    PAIR = pair


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
    """@notice Fee as a WAD share of the USD moved; < 0 is a rebate."""
    step: int256 = convert(delta_usd_wad, int256)
    if not increases:
        step = -convert(min(delta_usd_wad, current_usd_wad), int256)
    if kind == c.SWAP or not PAIR:
        step *= 2
    before: int256 = 2 * (convert(current_usd_wad, int256) - convert(target_usd_wad, int256))
    after: int256 = before + step
    fee_bps: uint256 = BETTER_FEE_BPS if abs(after) < abs(before) else WORSE_FEE_BPS
    fee_wad: int256 = convert(fee_bps * c.WAD_PER_BPS, int256)
    if delta_usd_wad == 0:
        return fee_wad
    cost: int256 = curves.power_cost(
        before, after, POSITIVE_FACTOR_WAD, EXPONENT, NEGATIVE_FACTOR_WAD, EXPONENT
    )
    return max(fee_wad + curves.div_up(cost * c.SWAD, delta_usd_wad), -convert(c.MAX_FEE_WAD, int256))
