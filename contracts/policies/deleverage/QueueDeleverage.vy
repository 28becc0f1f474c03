# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Queue deleverage
@notice Winners are closed in the order of Hyperliquid's index, return times leverage, until enough is taken: whole profits,
        but of the last one only what is left, rounded up to whole lots. Overshoot is below one lot; a lot of zero has none,
        a very large one closes whole positions as Hyperliquid does. Source: hyperliquid.gitbook.io,
        trading/auto-deleveraging. Trigger as in GMX v2 (gmx-synthetics, contracts/adl/AdlUtils.sol): once the traders'
        profit on a side is above `trigger` times the value of the asset that backs it, (profit - `target` * value) / (1 - `target`) is to be
        realised. A trigger of zero: never. With `covers_deficit` winners also lose what a bankrupt account left.
@dev The index reads mark / entry * notional / equity. For a short that ranks a loser before a winner, since mark / entry
     falls with a short's profit; its mirror would be entry / mark. The side is not asked for here: (cost + profit) / cost
     is mark / entry for a long and grows with the profit of a short as well (to first order entry / mark). Realised profit
     leaves the pool, too: the goal is what brings their ratio to the target.
"""

from ...interfaces import IDeleverage
from ...lib import constants as c
from ...lib import fixed_point as fp

implements: IDeleverage

MAX_TRIGGER_WAD: constant(uint256) = 10 * 10**18
MAX_LOT_USD_WAD: constant(uint256) = 10**30  # a trillion USD
MAX_FACTOR_WAD: constant(uint256) = 10**27  # of each factor of the score: both together stay below 2**120

TRIGGER_WAD: public(immutable(uint256))
TARGET_WAD: public(immutable(uint256))
COVERS_DEFICIT: public(immutable(bool))
LOT_USD_WAD: public(immutable(uint256))


@deploy
def __init__(trigger_wad: uint256, target_wad: uint256, covers_deficit: bool, lot_usd_wad: uint256):
    assert trigger_wad <= MAX_TRIGGER_WAD, "QueueDeleverage: trigger_wad above ten"
    assert target_wad <= trigger_wad, "QueueDeleverage: target_wad above trigger_wad"
    assert target_wad < c.WAD, "QueueDeleverage: target_wad is not below one"
    assert lot_usd_wad <= MAX_LOT_USD_WAD, "QueueDeleverage: lot_usd_wad above a trillion USD"
    TRIGGER_WAD = trigger_wad
    TARGET_WAD = target_wad
    COVERS_DEFICIT = covers_deficit
    LOT_USD_WAD = lot_usd_wad


@external
@view
def goal(pnl_usd_wad: int256, pool_usd_wad: uint256, deficit_usd_wad: uint256) -> IDeleverage.Goal:
    """@notice What winners have to realise, and what they have to lose, USD WAD."""
    answer: IDeleverage.Goal = empty(IDeleverage.Goal)
    if COVERS_DEFICIT:
        answer.haircut_usd_wad = deficit_usd_wad
    pnl: uint256 = fp.unsigned_or_zero(pnl_usd_wad)
    if TRIGGER_WAD > 0 and pnl * c.WAD > TRIGGER_WAD * pool_usd_wad:
        # What is paid leaves the pool as well: (profit - x) / (value - x) is to be the target.
        excess: uint256 = fp.sub_or_zero(pnl, fp.mul_down(TARGET_WAD, pool_usd_wad))
        answer.realise_usd_wad = min(fp.mul_div_up(excess, c.WAD, c.WAD - TARGET_WAD), pnl)
    return answer


@external
@view
def score(
    profit_usd_wad: uint256, cost_usd_wad: uint256, notional_usd_wad: uint256, equity_usd_wad: int256
) -> uint256:
    """
    @notice WAD; zero is no candidate: no profit, or an account without equity, which is a matter of liquidation.
    """
    if profit_usd_wad == 0 or cost_usd_wad == 0 or equity_usd_wad <= 0:
        return 0
    growth_wad: uint256 = fp.mul_div_down(cost_usd_wad + profit_usd_wad, c.WAD, cost_usd_wad)
    leverage_wad: uint256 = fp.mul_div_down(notional_usd_wad, c.WAD, convert(equity_usd_wad, uint256))
    return max(fp.mul_down(min(growth_wad, MAX_FACTOR_WAD), min(leverage_wad, MAX_FACTOR_WAD)), 1)


@external
@view
def allot(
    left_usd_wad: uint256, needed_usd_wad: uint256, profit_usd_wad: uint256, total_profit_usd_wad: uint256
) -> uint256:
    """@notice USD WAD of this winner's profit: all of it, as far as whole lots are left."""
    wanted: uint256 = left_usd_wad
    if LOT_USD_WAD > 0:
        wanted = fp.mul_div_up(left_usd_wad, 1, LOT_USD_WAD) * LOT_USD_WAD
    return min(profit_usd_wad, wanted)
