# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Banded tax
@notice Jupiter's pool: a base fee adjusted by the distance to the target ratio, and a hard band around it that a deposit, withdrawal or
        swap may not leave. Source: dev.jup.ag/docs/perps/pool-account (tokenWeightageBufferBps, relative to the target). The
        program is closed source, so the curve inside the band is GMX v1's formula with Jupiter's parameters.
@dev Outside the band a move toward the target stays open, as far as the band on the other side. A refusal is answered with the largest
     number.
"""

from ...interfaces import IWeightFee
from ...lib import constants as c
from ...lib import fixed_point as fp

implements: IWeightFee

FEE_BPS: public(immutable(uint256))
STABLE_FEE_BPS: public(immutable(uint256))
TAX_BPS: public(immutable(uint256))
BAND_WAD: public(immutable(uint256))
STABLE_ASSETS: public(immutable(uint256))  # bitmap of asset ids


@deploy
def __init__(
    fee_bps: uint256, stable_fee_bps: uint256, tax_bps: uint256, band_wad: uint256, stable_assets: uint256
):
    assert fee_bps <= 500, "BandedTax: fee_bps above 500"
    assert stable_fee_bps <= 500, "BandedTax: stable_fee_bps above 500"
    assert tax_bps <= 500, "BandedTax: tax_bps above 500"
    assert band_wad > 0, "BandedTax: band_wad is zero"
    assert band_wad <= 10 * c.WAD, "BandedTax: band_wad above ten"
    FEE_BPS = fee_bps
    STABLE_FEE_BPS = stable_fee_bps
    TAX_BPS = tax_bps
    BAND_WAD = band_wad
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
    """@notice Fee as a WAD share of the USD moved; the largest number = refused."""
    base_bps: uint256 = FEE_BPS
    if (STABLE_ASSETS >> asset) & (STABLE_ASSETS >> other) & 1 == 1:
        base_bps = STABLE_FEE_BPS
    if target_usd_wad == 0:
        return convert(base_bps * c.WAD_PER_BPS, int256)
    after: uint256 = fp.sub_or_zero(current_usd_wad, delta_usd_wad)
    if increases:
        after = current_usd_wad + delta_usd_wad
    before_distance: uint256 = fp.distance(current_usd_wad, target_usd_wad)
    after_distance: uint256 = fp.distance(after, target_usd_wad)
    crosses: bool = (current_usd_wad < target_usd_wad) != (after < target_usd_wad)
    if (after_distance >= before_distance or crosses) and after_distance > fp.mul_down(target_usd_wad, BAND_WAD):
        return max_value(int256)
    if after_distance < before_distance:
        rebate_bps: uint256 = TAX_BPS * before_distance // target_usd_wad
        return convert(fp.sub_or_zero(base_bps, rebate_bps) * c.WAD_PER_BPS, int256)
    mean: uint256 = min((before_distance + after_distance) // 2, target_usd_wad)
    return convert((base_bps + TAX_BPS * mean // target_usd_wad) * c.WAD_PER_BPS, int256)
