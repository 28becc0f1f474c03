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

implements: ILiquidation

FEE_BPS: public(immutable(uint256))
PENALTY_BPS: public(immutable(uint256))
KEEPER_BPS: public(immutable(uint256))
KEEPER_USD_WAD: public(immutable(uint256))
FORFEITS: public(immutable(bool))
TAKES_OVER: public(immutable(bool))
POOL_PAYS_KEEPER: public(immutable(bool))

WAD_PER_BPS: constant(uint256) = 10**14


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
    assert fee_bps + penalty_bps + keeper_bps <= 1_000, "FullLiquidation: charges above 1,000 bps"
    assert keeper_usd_wad <= 100 * 10**18, "FullLiquidation: keeper_usd_wad above 100 USD"
    assert not (forfeits and takes_over), "FullLiquidation: forfeits and takes_over exclude each other"
    FEE_BPS = fee_bps
    PENALTY_BPS = penalty_bps
    KEEPER_BPS = keeper_bps
    KEEPER_USD_WAD = keeper_usd_wad
    FORFEITS = forfeits
    TAKES_OVER = takes_over
    POOL_PAYS_KEEPER = pool_pays_keeper


@external
@view
def plan(
    equity_usd_wad: int256, maintenance_usd_wad: uint256, notionals_usd_wad: uint256[8], memo: uint256
) -> ILiquidation.Plan:
    """@notice Close everything."""
    return ILiquidation.Plan(
        market=0,
        close_wad=0,
        is_full=True,
        fee_wad=FEE_BPS * WAD_PER_BPS,
        penalty_wad=PENALTY_BPS * WAD_PER_BPS,
        keeper_wad=KEEPER_BPS * WAD_PER_BPS,
        keeper_usd_wad=KEEPER_USD_WAD,
        forfeits=FORFEITS,
        takes_over=TAKES_OVER,
        pool_pays_keeper=POOL_PAYS_KEEPER,
        memo=memo,
    )
