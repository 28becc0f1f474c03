# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Restore margin
@notice Closes just as much as brings the account back to its maintenance margin plus a buffer, (1 + b) times the requirement: of one
        position after another, the one first of which a dollar closed does most, at most `close_factor` of each at a time. Drift's goal
        (protocol-v2, programs/drift/src/math/liquidation.rs, calculate_base_asset_amount_to_cover_margin_shortage).
@dev Differs: Drift's closed form takes the margin ratio and the fee as constant and leaves the choice of the market to the liquidator; here
     the requirement may bend with size, price impact, haircuts and the flat reward count, and the choice is part of the rule (the liquidator
     reckons it, ILiquidation). Where no partial close reaches the target the account closes whole. So does an account too small to be
     worth a partial step.
"""

from ...interfaces import ILiquidation
from ...lib import charges
from ...lib import constants as c

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
    """@notice The target, or everything where it cannot be reached or is not worth it."""
    market: uint256 = 0
    largest: uint256 = 0
    total: uint256 = 0
    market, largest, total = charges._largest(notionals_usd_wad)
    answer: ILiquidation.Plan = charges._whole(memo)
    if equity_usd_wad <= 0 or total < max(MINIMUM_USD_WAD, 1):
        return answer
    answer.is_full = False
    answer.close_wad = CLOSE_FACTOR_WAD
    answer.target_wad = c.WAD + BUFFER_WAD
    return answer
