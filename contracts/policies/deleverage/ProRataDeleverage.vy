# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Pro-rata deleverage
@notice Every winner gives the same share of its profit: needed * profit / total, rounded up, never more than is left. Under
        the fairness axioms of Chitra, "Autodeleveraging: Impossibilities and Optimization" (arXiv 2512.01112), the only
        rule. Trigger as in GMX v2
        (gmx-synthetics, contracts/adl/AdlUtils.sol): once the traders' profit on a side is above `trigger` times the value
        of the asset that backs it, (profit - `target` * value) / (1 - `target`) is to be realised. A trigger of zero: never. With
        `covers_deficit` winners also lose what a bankrupt account left.
@dev Realised profit leaves the pool, too: the goal is what brings their ratio to the target.
"""

from ...interfaces import IDeleverage
from ...lib import constants as c
from ...lib import deleveraging
from ...lib import fixed_point as fp

implements: IDeleverage

TRIGGER_WAD: public(immutable(uint256))
TARGET_WAD: public(immutable(uint256))
COVERS_DEFICIT: public(immutable(bool))


@deploy
def __init__(trigger_wad: uint256, target_wad: uint256, covers_deficit: bool):
    assert trigger_wad <= deleveraging.MAX_TRIGGER_WAD, "ProRataDeleverage: trigger_wad above ten"
    assert target_wad <= trigger_wad, "ProRataDeleverage: target_wad above trigger_wad"
    assert target_wad < c.WAD, "ProRataDeleverage: target_wad is not below one"
    TRIGGER_WAD = trigger_wad
    TARGET_WAD = target_wad
    COVERS_DEFICIT = covers_deficit


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
    """@notice Nobody's share depends on who else is named."""
    return c.BY_SHARE


@external
@view
def score(
    profit_usd_wad: uint256, cost_usd_wad: uint256, notional_usd_wad: uint256, equity_usd_wad: int256
) -> uint256:
    """@notice All winners are candidates alike; an account without equity is a matter of liquidation."""
    if profit_usd_wad == 0 or equity_usd_wad <= 0:
        return 0
    return 1


@external
@view
def allot(
    left_usd_wad: uint256, needed_usd_wad: uint256, profit_usd_wad: uint256, total_profit_usd_wad: uint256
) -> uint256:
    """@notice USD WAD of this winner's profit: its share of what is needed."""
    share: uint256 = fp.mul_div_up(needed_usd_wad, profit_usd_wad, total_profit_usd_wad)
    return min(min(share, profit_usd_wad), left_usd_wad)
