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
firsts: IOracle.Price[c.MAX_FEEDS]  # what requests execute at, if it was told; the last price is a later one
marks: IOracle.Mark[17][c.MAX_FEEDS]  # one a block, the newest over the oldest
blocks: uint256[c.MAX_FEEDS]  # with a price
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
        observed_from_s=price.published_at,
        shown=price.mid,
    )
    if self.marks[feed][self.blocks[feed] % 17].made_at_s != block.timestamp:
        self.blocks[feed] += 1
    self.marks[feed][self.blocks[feed] % 17] = IOracle.Mark(made_at_s=block.timestamp, mid=price.mid)


@external
def forget(feed: uint256):
    """@notice Begin without a past: the storage is that of the oracle whose place this contract has taken."""
    self.blocks[feed] = 0
    self.marks[feed] = empty(IOracle.Mark[17])


@external
def set_first(feed: uint256, price: Told):
    """@notice Let requests that are older than this price execute at it, while the last price is another; without a price: no more."""
    self.firsts[feed] = IOracle.Price(
        low=price.low,
        mid=price.mid,
        high=price.high,
        collateral=price.low,
        published_at=price.published_at,
        status=price.status,
        observed_from_s=price.published_at,
        shown=price.mid,
    )


@external
def set_collateral(feed: uint256, price_wad: uint256):
    """@notice Let collateral count at another price than low, whatever low becomes; 0 = at low again."""
    self.collateral[feed] = price_wad


@external
def set_shown(feed: uint256, price_wad: uint256):
    """@notice Let venues show another price than the one that was set, as while an oracle is catching up."""
    self.quoted[feed].shown = price_wad


@external
@view
def prices() -> IOracle.Price[c.MAX_FEEDS]:
    told: IOracle.Price[c.MAX_FEEDS] = self.quoted
    for f: uint256 in range(c.MAX_FEEDS):
        if self.collateral[f] != 0:
            told[f].collateral = self.collateral[f]
    return told


@external
@view
def first_price_after(f: uint256, time_s: uint256) -> IOracle.Price:
    """@notice The one price that it was told, if it was published after the time."""
    return self._after(f, time_s)


@external
@view
def first_price_reaching(
    f: uint256, time_s: uint256, edge: uint256, bound_wad: uint256, is_rising: bool
) -> IOracle.Price:
    price: IOracle.Price = self._after(f, time_s)
    at: uint256 = [price.low, price.mid, price.high][edge]
    if (is_rising and at >= bound_wad) or (not is_rising and at <= bound_wad):
        return price
    nothing: IOracle.Price = empty(IOracle.Price)
    nothing.status = c.HALTED
    return nothing


@external
@view
def remembers(f: uint256, time_s: uint256) -> bool:
    return True


@external
@view
def has_shown(f: uint256, price_wad: uint256, is_high: bool) -> bool:
    for price: IOracle.Price in [self.quoted[f], self.firsts[f]]:
        if price.mid != 0 and price_wad == (price.high if is_high else price.low):
            return True
    return False


@internal
@view
def _after(f: uint256, time_s: uint256) -> IOracle.Price:
    price: IOracle.Price = self.firsts[f]
    if price.published_at <= time_s:
        price = self.quoted[f]
    if price.published_at <= time_s:
        price = empty(IOracle.Price)
        price.status = c.HALTED
    return price


@external
@view
def marks_since(f: uint256, time_s: uint256) -> DynArray[IOracle.Mark, 17]:
    marks: DynArray[IOracle.Mark, 17] = []
    for i: uint256 in range(17):
        mark: IOracle.Mark = self.marks[f][(self.blocks[f] + 17 - i) % 17]
        if mark.made_at_s > time_s and mark.made_at_s < block.timestamp:
            marks.append(mark)
    return marks
