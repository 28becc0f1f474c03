# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title No deleverage
@notice Winners are never closed: what a bankrupt account leaves is the pool's loss.
"""

from ...interfaces import IDeleverage
from ...lib import constants as c

implements: IDeleverage


@external
@view
def goal(pnl_usd_wad: int256, pool_usd_wad: uint256, deficit_usd_wad: uint256) -> IDeleverage.Goal:
    """@notice Nothing to do."""
    return empty(IDeleverage.Goal)


@external
@view
def list_rule() -> uint256:
    """@notice There is no list."""
    return c.BY_SHARE


@external
@view
def score(
    profit_usd_wad: uint256, cost_usd_wad: uint256, notional_usd_wad: uint256, equity_usd_wad: int256
) -> uint256:
    """@notice Nobody is a candidate."""
    return 0


@external
@view
def allot(
    left_usd_wad: uint256, needed_usd_wad: uint256, profit_usd_wad: uint256, total_profit_usd_wad: uint256
) -> uint256:
    """@notice Nothing is taken."""
    return 0
