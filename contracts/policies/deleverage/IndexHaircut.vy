# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Index haircut
@notice Profit is junior: what a bankrupt account leaves beyond insurance, all winners of the other side give back at once, each the same share
        of its profit, in the call that books the loss (Cohorts.vy). There is no list and nothing to call: this rule never asks winners for
        more, and closes nobody because a side has won too much; caps and reserves bound that. While a cap on profit binds, what winners give of
        the profit that it withholds is the pool's loss, and counts as one.
@dev The haircut of winners in proportion to their profit is the rule that Chitra, "Autodeleveraging: Impossibilities and Optimization" (arXiv
     2512.01112), derives from fairness; that it needs no list is the index's doing.
"""

from ...interfaces import IDeleverage
from ...lib import constants as c

implements: IDeleverage


@external
@view
def goal(pnl_usd_wad: int256, pool_usd_wad: uint256, deficit_usd_wad: uint256) -> IDeleverage.Goal:
    """@notice Nothing to do: a loss is given back when it arises."""
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
    """@notice Nothing is taken one by one."""
    return 0
