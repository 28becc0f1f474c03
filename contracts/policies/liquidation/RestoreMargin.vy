# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Restore margin
@notice Close of the largest position just as much as brings the account back to its maintenance margin plus a buffer:
        x = ((1 + b) * M - E) / ((1 + b) * M / N - charges), at most `close_factor` of that position at a time. Drift's closed form
        (protocol-v2, programs/drift/src/math/liquidation.rs, calculate_base_asset_amount_to_cover_margin_shortage).
@dev Where the denominator is not positive, closing cannot restore the margin: the account closes whole. So does an account too
     small to be worth a partial step. Rounded up to the next unit: never short of the target.
"""

from ...interfaces import ILiquidation
from ...lib import charges
from ...lib import constants as c
from ...lib import fixed_point as fp

initializes: charges

implements: ILiquidation

exports: (charges.FEE_BPS, charges.PENALTY_BPS, charges.KEEPER_BPS, charges.KEEPER_USD_WAD, charges.POOL_PAYS_KEEPER)

BUFFER_WAD: public(immutable(uint256))
CLOSE_FACTOR_WAD: public(immutable(uint256))
MINIMUM_USD_WAD: public(immutable(uint256))


@deploy
def __init__(
    buffer_wad: uint256,
    close_factor_wad: uint256,
    minimum_usd_wad: uint256,
    fee_bps: uint256,
    penalty_bps: uint256,
    keeper_bps: uint256,
    keeper_usd_wad: uint256,
    pool_pays_keeper: bool,
):
    assert buffer_wad <= c.WAD, "RestoreMargin: buffer_wad above one"
    assert close_factor_wad > 0, "RestoreMargin: close_factor_wad is zero"
    assert close_factor_wad <= c.WAD, "RestoreMargin: close_factor_wad above one"
    assert minimum_usd_wad <= charges.MOST_USD_WAD, "RestoreMargin: minimum_usd_wad above 1e15"
    assert charges._are_bounded(fee_bps, penalty_bps, keeper_bps), "RestoreMargin: charges above 1,000 bps"
    assert keeper_usd_wad <= charges.MOST_KEEPER_USD_WAD, "RestoreMargin: keeper_usd_wad above 100 USD"
    BUFFER_WAD = buffer_wad
    CLOSE_FACTOR_WAD = close_factor_wad
    MINIMUM_USD_WAD = minimum_usd_wad
    charges.__init__(fee_bps, penalty_bps, keeper_bps, keeper_usd_wad, pool_pays_keeper)


@external
@view
def plan(
    equity_usd_wad: int256,
    maintenance_usd_wad: uint256,
    notionals_usd_wad: uint256[c.MAX_MARKETS],
    memo: uint256,
) -> ILiquidation.Plan:
    """@notice The smallest reduction that restores the margin, or everything where none can."""
    market: uint256 = 0
    largest: uint256 = 0
    total: uint256 = 0
    market, largest, total = charges._largest(notionals_usd_wad)
    answer: ILiquidation.Plan = charges._whole(memo)
    if equity_usd_wad <= 0 or total < max(MINIMUM_USD_WAD, 1):
        return answer

    charges_wad: uint256 = answer.fee_wad + answer.penalty_wad + answer.keeper_wad
    target: uint256 = fp.mul_up(maintenance_usd_wad, c.WAD + BUFFER_WAD)
    # The flat reward leaves the account too, so the rest has to reach the target without it.
    equity: uint256 = fp.sub_or_zero(convert(equity_usd_wad, uint256), answer.keeper_usd_wad)
    target_wad: uint256 = fp.mul_div_down(target, c.WAD, total)
    if target_wad <= charges_wad:
        return answer
    answer.is_full = False
    answer.market = market
    close_usd_wad: uint256 = fp.mul_div_up(fp.sub_or_zero(target, equity), c.WAD, target_wad - charges_wad)
    close_wad: uint256 = fp.mul_div_up(close_usd_wad, c.WAD, largest)
    answer.close_wad = min(max(close_wad, 1), CLOSE_FACTOR_WAD)
    return answer
