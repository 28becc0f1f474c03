# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Full liquidation
@notice Every position of the account is closed at once. What is left after the charges goes back to the trader, or, if the
        design forfeits it, to the pool (GMX v1 when the remainder does not cover the fees; Jupiter always). Or insurance
        takes positions and margin over at the bankruptcy price, and nothing is sold (exchanges, where the order book did
        not take the position).
"""

from ...interfaces import ILiquidation
from ...lib import charges

initializes: charges

implements: ILiquidation

exports: (charges.FEE_BPS, charges.PENALTY_BPS, charges.KEEPER_BPS, charges.KEEPER_USD_WAD, charges.POOL_PAYS_KEEPER)

FORFEITS: public(immutable(bool))
TAKES_OVER: public(immutable(bool))



@deploy
def __init__(
    fee_bps: uint256,
    penalty_bps: uint256,
    keeper_bps: uint256,
    keeper_usd_wad: uint256,
    forfeits: bool,
    takes_over: bool,
    pool_pays_keeper: bool,
):
    assert charges._are_bounded(fee_bps, penalty_bps, keeper_bps), "FullLiquidation: charges above 1,000 bps"
    assert keeper_usd_wad <= charges.MOST_KEEPER_USD_WAD, "FullLiquidation: keeper_usd_wad above 100 USD"
    assert not (forfeits and takes_over), "FullLiquidation: forfeits and takes_over exclude each other"
    FORFEITS = forfeits
    TAKES_OVER = takes_over
    charges.__init__(fee_bps, penalty_bps, keeper_bps, keeper_usd_wad, pool_pays_keeper)


@external
@view
def plan(
    equity_usd_wad: int256, maintenance_usd_wad: uint256, notionals_usd_wad: uint256[8], memo: uint256
) -> ILiquidation.Plan:
    """@notice Close everything."""
    answer: ILiquidation.Plan = charges._whole(memo)
    answer.forfeits = FORFEITS
    answer.takes_over = TAKES_OVER
    return answer
