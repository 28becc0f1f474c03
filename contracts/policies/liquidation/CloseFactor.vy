# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Close factor
@notice Aave's rule: at most the share `close_factor` (a half) of the account's whole notional is closed at a time, out of
        its largest position. Everything is closed where health, which is equity / maintenance, is not above `full_below`
        (0.95), or the largest position is below `minimum_usd`. A remainder below `dust_usd` is closed along. Source:
        aave-dao/aave-v3-origin, src/contracts/protocol/libraries/logic/LiquidationLogic.sol.
@dev The original asks for the minimum of debt and of collateral, and refuses a call that would leave dust; a plan cannot be
     refused, so it takes the dust. The share is rounded up.
"""

from ...interfaces import ILiquidation
from ...lib import charges
from ...lib import constants as c
from ...lib import fixed_point as fp

initializes: charges

implements: ILiquidation

exports: (charges.FEE_BPS, charges.PENALTY_BPS, charges.KEEPER_BPS, charges.KEEPER_USD_WAD, charges.POOL_PAYS_KEEPER)

CLOSE_FACTOR_WAD: public(immutable(uint256))
FULL_BELOW_WAD: public(immutable(uint256))
MINIMUM_USD_WAD: public(immutable(uint256))
DUST_USD_WAD: public(immutable(uint256))


@deploy
def __init__(
    close_factor_wad: uint256,
    full_below_wad: uint256,
    minimum_usd_wad: uint256,
    dust_usd_wad: uint256,
    fee_bps: uint256,
    penalty_bps: uint256,
    keeper_bps: uint256,
    keeper_usd_wad: uint256,
    pool_pays_keeper: bool,
):
    assert close_factor_wad > 0, "CloseFactor: close_factor_wad is zero"
    assert close_factor_wad <= c.WAD, "CloseFactor: close_factor_wad above one"
    assert full_below_wad <= c.WAD, "CloseFactor: full_below_wad above one"
    assert minimum_usd_wad <= charges.MOST_USD_WAD, "CloseFactor: minimum_usd_wad above 1e15"
    assert dust_usd_wad <= charges.MOST_USD_WAD, "CloseFactor: dust_usd_wad above 1e15"
    assert charges._are_bounded(fee_bps, penalty_bps, keeper_bps), "CloseFactor: charges above 1,000 bps"
    assert keeper_usd_wad <= charges.MOST_KEEPER_USD_WAD, "CloseFactor: keeper_usd_wad above 100 USD"
    CLOSE_FACTOR_WAD = close_factor_wad
    FULL_BELOW_WAD = full_below_wad
    MINIMUM_USD_WAD = minimum_usd_wad
    DUST_USD_WAD = dust_usd_wad
    charges.__init__(fee_bps, penalty_bps, keeper_bps, keeper_usd_wad, pool_pays_keeper)


@external
@view
def plan(
    equity_usd_wad: int256,
    maintenance_usd_wad: uint256,
    notionals_usd_wad: uint256[c.MAX_MARKETS],
    memo: uint256,
) -> ILiquidation.Plan:
    """@notice A share of the account out of the largest position, or everything."""
    market: uint256 = 0
    largest: uint256 = 0
    total: uint256 = 0
    market, largest, total = charges._largest(notionals_usd_wad)
    answer: ILiquidation.Plan = charges._whole(memo)
    equity: uint256 = fp.unsigned_or_zero(equity_usd_wad)
    if equity * c.WAD <= maintenance_usd_wad * FULL_BELOW_WAD or largest < max(MINIMUM_USD_WAD, 1):
        return answer
    answer.is_full = False
    answer.market = market
    close_usd_wad: uint256 = min(fp.mul_up(total, CLOSE_FACTOR_WAD), largest)
    if largest - close_usd_wad >= DUST_USD_WAD:
        answer.close_wad = fp.mul_div_up(close_usd_wad, c.WAD, largest)
    return answer
