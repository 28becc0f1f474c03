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
from ...lib import constants as c
from ...lib import fixed_point as fp

implements: ILiquidation

CLOSE_FACTOR_WAD: public(immutable(uint256))
FULL_BELOW_WAD: public(immutable(uint256))
MINIMUM_USD_WAD: public(immutable(uint256))
DUST_USD_WAD: public(immutable(uint256))
FEE_BPS: public(immutable(uint256))
PENALTY_BPS: public(immutable(uint256))
KEEPER_BPS: public(immutable(uint256))
KEEPER_USD_WAD: public(immutable(uint256))
POOL_PAYS_KEEPER: public(immutable(bool))


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
    assert fee_bps + penalty_bps + keeper_bps <= 1_000, "CloseFactor: charges above 1,000 bps"
    assert keeper_usd_wad <= 100 * c.WAD, "CloseFactor: keeper_usd_wad above 100 USD"
    CLOSE_FACTOR_WAD = close_factor_wad
    FULL_BELOW_WAD = full_below_wad
    MINIMUM_USD_WAD = minimum_usd_wad
    DUST_USD_WAD = dust_usd_wad
    FEE_BPS = fee_bps
    PENALTY_BPS = penalty_bps
    KEEPER_BPS = keeper_bps
    KEEPER_USD_WAD = keeper_usd_wad
    POOL_PAYS_KEEPER = pool_pays_keeper


@external
@view
def plan(
    equity_usd_wad: int256,
    maintenance_usd_wad: uint256,
    notionals_usd_wad: uint256[c.MAX_MARKETS],
    memo: uint256,
) -> ILiquidation.Plan:
    """@notice A share of the account out of the largest position, or everything."""
    total: uint256 = 0
    largest: uint256 = 0
    market: uint256 = 0
    for m: uint256 in range(c.MAX_MARKETS):
        total += notionals_usd_wad[m]
        if notionals_usd_wad[m] > largest:
            largest = notionals_usd_wad[m]
            market = m

    answer: ILiquidation.Plan = ILiquidation.Plan(
        market=market,
        close_wad=c.WAD,
        is_full=False,
        fee_wad=FEE_BPS * c.WAD_PER_BPS,
        penalty_wad=PENALTY_BPS * c.WAD_PER_BPS,
        keeper_wad=KEEPER_BPS * c.WAD_PER_BPS,
        keeper_usd_wad=KEEPER_USD_WAD,
        forfeits=False,
        takes_over=False,
        pool_pays_keeper=POOL_PAYS_KEEPER,
        memo=memo,
    )
    equity: uint256 = fp.unsigned_or_zero(equity_usd_wad)
    if equity * c.WAD <= maintenance_usd_wad * FULL_BELOW_WAD or largest < max(MINIMUM_USD_WAD, 1):
        answer.is_full = True
        return answer
    close_usd_wad: uint256 = min(fp.mul_up(total, CLOSE_FACTOR_WAD), largest)
    if largest - close_usd_wad >= DUST_USD_WAD:
        answer.close_wad = fp.mul_div_up(close_usd_wad, c.WAD, largest)
    return answer
