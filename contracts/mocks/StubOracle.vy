# pragma version 0.4.3
"""
@title Stub oracle
@notice Says whatever it was told: prices to the wei and any status, for tests of those who read prices.
"""

from ..interfaces import IOracle
from ..lib import constants as c

implements: IOracle

quoted: IOracle.Price[c.MAX_FEEDS]


@external
def set_price(feed: uint256, price: IOracle.Price):
    self.quoted[feed] = price


@external
@view
def prices() -> IOracle.Price[c.MAX_FEEDS]:
    return self.quoted
