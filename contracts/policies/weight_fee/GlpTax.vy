# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title GLP tax
@notice GMX v1's dynamic fee. Toward the target: base minus tax * distance before / target, floored at zero. Away from it: base plus
        tax * mean distance / target, the mean capped at the target. Source: gmx-contracts, contracts/core/VaultUtils.sol,
        getFeeBasisPoints.
@dev Whole basis points, truncated as the original truncates. The rebate looks at the distance before the trade alone, so a large
     trade that overshoots but ends nearer gets all of it: the original has that cliff, and so has this.
"""

from ...interfaces import IWeightFee
from ...lib import constants as c
from ...lib import fixed_point as fp

implements: IWeightFee

MINT_REDEEM_FEE_BPS: public(immutable(uint256))
SWAP_FEE_BPS: public(immutable(uint256))
STABLE_SWAP_FEE_BPS: public(immutable(uint256))
TAX_BPS: public(immutable(uint256))
STABLE_TAX_BPS: public(immutable(uint256))
STABLE_ASSETS: public(immutable(uint256))  # bitmap of asset ids


@deploy
def __init__(
    mint_redeem_fee_bps: uint256,
    swap_fee_bps: uint256,
    stable_swap_fee_bps: uint256,
    tax_bps: uint256,
    stable_tax_bps: uint256,
    stable_assets: uint256,
):
    # The original's MAX_FEE_BASIS_POINTS.
    assert mint_redeem_fee_bps <= 500, "GlpTax: mint_redeem_fee_bps above 500"
    assert swap_fee_bps <= 500, "GlpTax: swap_fee_bps above 500"
    assert stable_swap_fee_bps <= 500, "GlpTax: stable_swap_fee_bps above 500"
    assert tax_bps <= 500, "GlpTax: tax_bps above 500"
    assert stable_tax_bps <= 500, "GlpTax: stable_tax_bps above 500"
    MINT_REDEEM_FEE_BPS = mint_redeem_fee_bps
    SWAP_FEE_BPS = swap_fee_bps
    STABLE_SWAP_FEE_BPS = stable_swap_fee_bps
    TAX_BPS = tax_bps
    STABLE_TAX_BPS = stable_tax_bps
    STABLE_ASSETS = stable_assets


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
    base_bps: uint256 = MINT_REDEEM_FEE_BPS
    tax_bps: uint256 = TAX_BPS
    if kind == c.SWAP:
        base_bps = SWAP_FEE_BPS
        if (STABLE_ASSETS >> asset) & (STABLE_ASSETS >> other) & 1 == 1:
            base_bps = STABLE_SWAP_FEE_BPS
            tax_bps = STABLE_TAX_BPS
    if target_usd_wad == 0:
        return convert(base_bps * c.WAD_PER_BPS, int256)
    after: uint256 = fp.sub_or_zero(current_usd_wad, delta_usd_wad)
    if increases:
        after = current_usd_wad + delta_usd_wad
    before_distance: uint256 = fp.distance(current_usd_wad, target_usd_wad)
    after_distance: uint256 = fp.distance(after, target_usd_wad)
    if after_distance < before_distance:
        rebate_bps: uint256 = tax_bps * before_distance // target_usd_wad
        return convert(fp.sub_or_zero(base_bps, rebate_bps) * c.WAD_PER_BPS, int256)
    mean: uint256 = min((before_distance + after_distance) // 2, target_usd_wad)
    return convert((base_bps + tax_bps * mean // target_usd_wad) * c.WAD_PER_BPS, int256)
