# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Queue deleverage
@notice Winners are closed in the order of Hyperliquid's index, return times leverage, until enough is taken: whole profits,
        but of the last one only what is left, rounded up to whole lots. Overshoot is below one lot; a lot of zero has none,
        a very large one closes whole positions as Hyperliquid does. Source: hyperliquid.gitbook.io,
        trading/auto-deleveraging. The order is proven by weight: what nobody named has won counts as given before anybody
        named gives. Trigger as in GMX v2
        (gmx-synthetics, contracts/adl/AdlUtils.sol): once the traders' profit on a side is above `trigger` times the value
        of the asset that backs it, (profit - `target` * value) / (1 - `target`) is to be realised. A trigger of zero: never. With
        `covers_deficit` winners also lose what a bankrupt account left.
@dev Realised profit leaves the pool, too: the goal is what brings their ratio to the target. Where those who are not among sixteen
     have won more than is needed nothing can be proven, and nobody gives: a side of many small winners needs another rule.
"""

from ...interfaces import IDeleverage
from ...lib import constants as c
from ...lib import deleveraging

implements: IDeleverage

TRIGGER_WAD: public(immutable(uint256))
TARGET_WAD: public(immutable(uint256))
COVERS_DEFICIT: public(immutable(bool))
LOT_USD_WAD: public(immutable(uint256))


@deploy
def __init__(trigger_wad: uint256, target_wad: uint256, covers_deficit: bool, lot_usd_wad: uint256):
    assert trigger_wad <= deleveraging.MAX_TRIGGER_WAD, "QueueDeleverage: trigger_wad above ten"
    assert target_wad <= trigger_wad, "QueueDeleverage: target_wad above trigger_wad"
    assert target_wad < c.WAD, "QueueDeleverage: target_wad is not below one"
    assert lot_usd_wad <= deleveraging.MAX_LOT_USD_WAD, "QueueDeleverage: lot_usd_wad above a trillion USD"
    TRIGGER_WAD = trigger_wad
    TARGET_WAD = target_wad
    COVERS_DEFICIT = covers_deficit
    LOT_USD_WAD = lot_usd_wad


@external
@view
def goal(pnl_usd_wad: int256, pool_usd_wad: uint256, deficit_usd_wad: uint256) -> IDeleverage.Goal:
    """@notice What winners have to realise, and what they have to lose, USD WAD."""
    return IDeleverage.Goal(
        realise_usd_wad=deleveraging.excess_usd(pnl_usd_wad, pool_usd_wad, TRIGGER_WAD, TARGET_WAD),
        haircut_usd_wad=deficit_usd_wad if COVERS_DEFICIT else 0,
    )


@external
@view
def list_rule() -> uint256:
    """@notice Who is not named stands first."""
    return c.BY_RANK


@external
@view
def score(
    profit_usd_wad: uint256, cost_usd_wad: uint256, notional_usd_wad: uint256, equity_usd_wad: int256
) -> uint256:
    """@notice Return times leverage, WAD; zero is no candidate."""
    return deleveraging.queue_score(profit_usd_wad, cost_usd_wad, notional_usd_wad, equity_usd_wad)


@external
@view
def allot(
    left_usd_wad: uint256, needed_usd_wad: uint256, profit_usd_wad: uint256, total_profit_usd_wad: uint256
) -> uint256:
    """@notice USD WAD of this winner's profit: all of it, as far as whole lots are left."""
    return min(profit_usd_wad, deleveraging.whole_lots(left_usd_wad, LOT_USD_WAD))
