# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Charges
@notice What every liquidation rule has in common: the charges per USD closed, the flat reward, who pays it where the account cannot, and
        which position is the largest.
"""

from ..interfaces import ILiquidation
from . import constants as c

MOST_BPS: constant(uint256) = 1_000  # the hard bound, 10 % of what is closed
MOST_KEEPER_USD_WAD: constant(uint256) = 100 * 10**18
MOST_USD_WAD: constant(uint256) = 10**15 * 10**18  # of any size that a rule names

FEE_BPS: public(immutable(uint256))
PENALTY_BPS: public(immutable(uint256))
KEEPER_BPS: public(immutable(uint256))
KEEPER_USD_WAD: public(immutable(uint256))
POOL_PAYS_KEEPER: public(immutable(bool))


@deploy
def __init__(
    fee_bps: uint256, penalty_bps: uint256, keeper_bps: uint256, keeper_usd_wad: uint256, pool_pays_keeper: bool
):
    FEE_BPS = fee_bps
    PENALTY_BPS = penalty_bps
    KEEPER_BPS = keeper_bps
    KEEPER_USD_WAD = keeper_usd_wad
    POOL_PAYS_KEEPER = pool_pays_keeper


@internal
@pure
def _are_bounded(fee_bps: uint256, penalty_bps: uint256, keeper_bps: uint256) -> bool:
    """@notice Together at most the hard bound; each is looked at first, so that their sum fits."""
    if max(fee_bps, max(penalty_bps, keeper_bps)) > MOST_BPS:
        return False
    return fee_bps + penalty_bps + keeper_bps <= MOST_BPS


@internal
@view
def _whole(memo: uint256) -> ILiquidation.Plan:
    """@notice The plan that closes everything and hands back what is left; a rule changes what it wants otherwise."""
    return ILiquidation.Plan(
        market=0,
        close_wad=c.WAD,
        is_full=True,
        fee_wad=FEE_BPS * c.WAD_PER_BPS,
        penalty_wad=PENALTY_BPS * c.WAD_PER_BPS,
        keeper_wad=KEEPER_BPS * c.WAD_PER_BPS,
        keeper_usd_wad=KEEPER_USD_WAD,
        forfeits=False,
        takes_over=False,
        pool_pays_keeper=POOL_PAYS_KEEPER,
        memo=memo,
        target_wad=0,
    )


@internal
@pure
def _largest(notionals_usd_wad: uint256[c.MAX_MARKETS]) -> (uint256, uint256, uint256):
    """@return (market of the largest position, its notional, the sum of all)"""
    market: uint256 = 0
    largest: uint256 = 0
    total: uint256 = 0
    for m: uint256 in range(c.MAX_MARKETS):
        total += notionals_usd_wad[m]
        if notionals_usd_wad[m] > largest:
            largest = notionals_usd_wad[m]
            market = m
    return market, largest, total
