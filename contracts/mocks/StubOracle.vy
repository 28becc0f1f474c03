# pragma version 0.4.3
"""
@title Stub oracle
@notice Says whatever it was told: prices to the wei and any status, for tests of those who read prices.
"""

from ..interfaces import IOracle
from ..lib import constants as c

implements: IOracle


struct Told:
    low: uint256
    mid: uint256
    high: uint256
    published_at: uint256
    status: uint256


quoted: IOracle.Price[c.MAX_FEEDS]
collateral: uint256[c.MAX_FEEDS]  # 0 = low


@external
def set_price(feed: uint256, price: Told):
    self.quoted[feed] = IOracle.Price(
        low=price.low,
        mid=price.mid,
        high=price.high,
        collateral=price.low,
        published_at=price.published_at,
        status=price.status,
    )


@external
def set_collateral(feed: uint256, price_wad: uint256):
    """@notice Let collateral count at another price than low, whatever low becomes; 0 = at low again."""
    self.collateral[feed] = price_wad


@external
@view
def prices() -> IOracle.Price[c.MAX_FEEDS]:
    told: IOracle.Price[c.MAX_FEEDS] = self.quoted
    for f: uint256 in range(c.MAX_FEEDS):
        if self.collateral[f] != 0:
            told[f].collateral = self.collateral[f]
    return told
