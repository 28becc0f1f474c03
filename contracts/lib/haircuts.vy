# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Haircuts
@notice What a position and its side stand at where an index cuts winners: Market books it when the position changes. For who is not called
        by Market.
"""

from ..interfaces import ICohorts
from ..interfaces import IMarket
from . import constants as c


@internal
@view
def of(market: IMarket, account: uint256, m: uint256) -> (IMarket.Position, IMarket.Side):
    """@notice A position and its side, both with what haircuts took of their profits in their cost."""
    cohorts: address = staticcall market.policy_of(c.COHORTS)
    if cohorts != empty(address):
        return staticcall ICohorts(cohorts).standing(account, m)
    position: IMarket.Position = staticcall market.positions(account, m)
    return position, staticcall market.sides(m, c.SHORT if position.size_wad < 0 else c.LONG)
