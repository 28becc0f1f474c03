# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Fixed fraction with a cooldown
@notice Hyperliquid's liquidation. Of a position above `large_usd` only `fraction` is closed first; a smaller one, and the
        next time within `cooldown_s`, everything. Below `backstop` * maintenance (two thirds) the account is lost whole:
        insurance takes it over, or, where a design has no such backstop, it is closed and the pool keeps what is left.
        Source: hyperliquid.gitbook.io, trading/liquidations.
@dev What follows a first step after the cooldown is told in two ways: another fraction (`repeats_after_cooldown`), or the
     rest, whenever that is. Nothing happens *during* the cooldown in one telling; here an account below maintenance always
     has a plan. The rule is per position; a plan reduces one position, so the largest decides. Memo: when the last step
     was, unix seconds; zero after everything was closed. A time in the future is a word that another rule left, and counts
     as none.
"""

from ...interfaces import ILiquidation
from ...lib import charges
from ...lib import constants as c
from ...lib import fixed_point as fp

initializes: charges

implements: ILiquidation

exports: (charges.FEE_BPS, charges.PENALTY_BPS, charges.KEEPER_BPS, charges.KEEPER_USD_WAD, charges.POOL_PAYS_KEEPER)

FRACTION_WAD: public(immutable(uint256))
LARGE_USD_WAD: public(immutable(uint256))
COOLDOWN_S: public(immutable(uint256))
REPEATS_AFTER_COOLDOWN: public(immutable(bool))
BACKSTOP_WAD: public(immutable(uint256))
TAKES_OVER: public(immutable(bool))


@deploy
def __init__(
    fraction_wad: uint256,
    large_usd_wad: uint256,
    cooldown_s: uint256,
    repeats_after_cooldown: bool,
    backstop_wad: uint256,
    takes_over: bool,
    fee_bps: uint256,
    penalty_bps: uint256,
    keeper_bps: uint256,
    keeper_usd_wad: uint256,
    pool_pays_keeper: bool,
):
    assert fraction_wad > 0, "FixedFraction: fraction_wad is zero"
    assert fraction_wad <= c.WAD, "FixedFraction: fraction_wad above one"
    assert large_usd_wad <= charges.MOST_USD_WAD, "FixedFraction: large_usd_wad above 1e15"
    assert cooldown_s <= 86_400, "FixedFraction: cooldown_s above one day"
    assert backstop_wad <= c.WAD, "FixedFraction: backstop_wad above one"
    assert charges._are_bounded(fee_bps, penalty_bps, keeper_bps), "FixedFraction: charges above 1,000 bps"
    assert keeper_usd_wad <= charges.MOST_KEEPER_USD_WAD, "FixedFraction: keeper_usd_wad above 100 USD"
    FRACTION_WAD = fraction_wad
    LARGE_USD_WAD = large_usd_wad
    COOLDOWN_S = cooldown_s
    REPEATS_AFTER_COOLDOWN = repeats_after_cooldown
    BACKSTOP_WAD = backstop_wad
    TAKES_OVER = takes_over
    charges.__init__(fee_bps, penalty_bps, keeper_bps, keeper_usd_wad, pool_pays_keeper)


@internal
@view
def _may_step(memo: uint256) -> bool:
    """@notice Whether a large position gets another step after the one at `memo`."""
    if memo == 0 or memo > block.timestamp:
        return True
    return REPEATS_AFTER_COOLDOWN and block.timestamp - memo >= COOLDOWN_S


@external
@view
def plan(
    equity_usd_wad: int256,
    maintenance_usd_wad: uint256,
    notionals_usd_wad: uint256[c.MAX_MARKETS],
    memo: uint256,
) -> ILiquidation.Plan:
    """@notice A fraction of the largest position, or everything."""
    market: uint256 = 0
    largest: uint256 = 0
    total: uint256 = 0
    market, largest, total = charges._largest(notionals_usd_wad)
    answer: ILiquidation.Plan = charges._whole(0)
    equity: uint256 = fp.unsigned_or_zero(equity_usd_wad)
    if equity == 0 or equity * c.WAD < maintenance_usd_wad * BACKSTOP_WAD:
        answer.forfeits = not TAKES_OVER
        answer.takes_over = TAKES_OVER
    elif largest > LARGE_USD_WAD and self._may_step(memo):
        answer.is_full = False
        answer.market = market
        answer.close_wad = FRACTION_WAD
        answer.memo = block.timestamp
    return answer
