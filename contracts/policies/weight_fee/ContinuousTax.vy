# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Continuous tax
@notice GMX v1's outward tax, extended inward as it is: a fee without a cliff. With x = (current - target) / (saturation * target), the next
        dollar into the asset costs tax * clamp(x, -1, 1), the next dollar out of it the opposite. The tax of a trade is the mean of that
        along its way, so
            fee = base + tax * (U(after) - U(before)) / delta,  U = target * saturation * (x**2 / 2 where |x| <= 1, |x| - 1/2 beyond).
        Away from the target inside the knee this is base + tax * (distance before + distance after) / 2 / target, the formula of
        gmx-contracts, contracts/core/VaultUtils.sol, getFeeBasisPoints (saturation one); toward it, that with the sign turned, where the
        original looks at the distance before the trade alone.
@dev What follows from U being convex and the fee being the difference of U:
     - continuous and rising in delta, without a cliff where a trade overshoots the target, within tax of the base;
     - a trade in pieces costs what it costs at once, but for rounding (up, at each piece);
     - out and back costs two base fees and no more; with the target moving along with a deposit, no less.
     Without rebates the fee ends at `minimum_fee_bps`; the floor is convex too, so pieces cost at least as much as the whole.
     With rebates a deposit earns on its way toward the target, half of what that way costs back; withdrawals and swaps pay nothing for
     such a way, and the tax for the other. Without a base fee -fee * delta of a deposit is concave, nought for none, and largest where the
     target is met: the subsidy F of the target weight mechanism in arXiv 2502.06028, which is one of deposits, quadratic up to the knee.
     Were every verb credited in full, a circle would earn: a swap is charged for the dearer of its legs, a withdrawal and a deposit that
     undo it are credited for one each, and targets move with deposits and withdrawals in between.
     An asset whose target is zero pays all of the tax on its way in; so does the first deposit into an empty pool, which then owns the fee.
     Rounded up to a wei, not to basis points. USD values up to 1e19 fit.
"""

from ...interfaces import IWeightFee
from ...lib import constants as c
from ...lib import curves
from ...lib import fixed_point as fp

implements: IWeightFee

MINT_REDEEM_FEE_BPS: public(immutable(uint256))
SWAP_FEE_BPS: public(immutable(uint256))
MINIMUM_FEE_BPS: public(immutable(uint256))
TAX_BPS: public(immutable(uint256))
SATURATION_WAD: public(immutable(uint256))  # distance relative to the target from which the tax is full
REBATES: public(immutable(bool))


@deploy
def __init__(
    mint_redeem_fee_bps: uint256,
    swap_fee_bps: uint256,
    minimum_fee_bps: uint256,
    tax_bps: uint256,
    saturation_wad: uint256,
    rebates: bool,
):
    assert mint_redeem_fee_bps <= 500, "ContinuousTax: mint_redeem_fee_bps above 500"
    assert swap_fee_bps <= 500, "ContinuousTax: swap_fee_bps above 500"
    assert minimum_fee_bps <= min(mint_redeem_fee_bps, swap_fee_bps), "ContinuousTax: minimum_fee_bps above a base fee"
    assert tax_bps <= 500, "ContinuousTax: tax_bps above 500"
    assert saturation_wad > 0, "ContinuousTax: saturation_wad is zero"
    assert saturation_wad <= 10 * c.WAD, "ContinuousTax: saturation_wad above ten"
    assert minimum_fee_bps == 0 or not rebates, "ContinuousTax: rebates below minimum_fee_bps"
    MINT_REDEEM_FEE_BPS = mint_redeem_fee_bps
    SWAP_FEE_BPS = swap_fee_bps
    MINIMUM_FEE_BPS = minimum_fee_bps
    TAX_BPS = tax_bps
    SATURATION_WAD = saturation_wad
    REBATES = rebates


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
    base_bps: uint256 = SWAP_FEE_BPS if kind == c.SWAP else MINT_REDEEM_FEE_BPS
    # No less than one wei: the limit of a target that vanishes is a tax that is full.
    knee: uint256 = max(fp.mul_down(target_usd_wad, SATURATION_WAD), 1)
    before: int256 = convert(current_usd_wad, int256) - convert(target_usd_wad, int256)
    after: int256 = before + convert(delta_usd_wad, int256)
    if not increases:
        after = before - convert(min(delta_usd_wad, current_usd_wad), int256)
    fee_wad: int256 = convert(base_bps * c.WAD_PER_BPS, int256)
    if delta_usd_wad > 0:
        cost: int256 = curves.ramp_cost(before, after, knee, knee)
        if REBATES:
            inward: int256 = 0
            cost, inward = curves.ramp_parts(before, after, knee, knee)
            if kind == c.MINT:
                cost -= inward // 2
        # Rounded up, but nothing costs more than the whole tax.
        cost = min(cost, convert(delta_usd_wad, int256))
        fee_wad += curves.div_up(cost * convert(TAX_BPS * c.WAD_PER_BPS, int256), delta_usd_wad)
    if REBATES:
        return fee_wad
    return max(fee_wad, convert(MINIMUM_FEE_BPS * c.WAD_PER_BPS, int256))
