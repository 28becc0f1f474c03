# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Backstop
@notice Insurance takes whole accounts over at the bankruptcy price, and closes what it took in parts.
"""

from ..interfaces import IMarket
from ..lib import constants as c
from ..lib import errors as err
from ..lib import fixed_point as fp
from ..lib import gates
from . import closing
from . import losses

uses: closing
uses: losses

UNWIND_SHARE_WAD: constant(uint256) = 10**17  # of what insurance took over, per market and block

unwound_at_s: public(HashMap[uint256, uint256])


event Unwound:
    market: indexed(uint256)
    closed_usd_wad: uint256
    bad_debt_usd_wad: uint256


@internal
@view
def _entry_fee(m: uint256, cost_usd_wad: uint256) -> uint256:
    """@notice What it cost to open this much, at the fee of today."""
    params: IMarket.MarketParams = staticcall losses.MARKET.market_params(m)
    return fp.mul_down(cost_usd_wad, params.trade_fee_wad)


@internal
@view
def _can_carry(h: IMarket.Health, account: uint256) -> bool:
    """@notice Insurance takes over what it can margin afterwards, and nothing against which it holds a position."""
    own: IMarket.Health = staticcall losses.MARKET.health(c.INSURANCE)
    if own.free + min(h.equity, 0) < convert(own.initial + 2 * h.maintenance, int256):
        return False
    market_count: uint256 = staticcall losses.MARKET.market_count()
    for m: uint256 in range(market_count, bound=c.MAX_MARKETS):
        given: IMarket.Position = staticcall losses.MARKET.positions(account, m)
        held: IMarket.Position = staticcall losses.MARKET.positions(c.INSURANCE, m)
        if given.size_wad != 0 and held.size_wad != 0 and (given.size_wad > 0) != (held.size_wad > 0):
            return False
    return True


@internal
def _take_over(account: uint256) -> (uint256, uint256):
    """@return (USD cost of the positions that insurance now has, what opening them cost)"""
    assigned: uint256 = 0
    entry_fees: uint256 = 0
    market_count: uint256 = staticcall losses.MARKET.market_count()
    for m: uint256 in range(market_count, bound=c.MAX_MARKETS):
        position: IMarket.Position = staticcall losses.MARKET.positions(account, m)
        claim: uint256 = staticcall losses.MARKET.funding_claims(account, m)
        if position.size_wad != 0 or claim > 0:
            extcall losses.MARKET.assign(account, c.INSURANCE, m)
            assigned += position.cost_usd_wad
            entry_fees += self._entry_fee(m, position.cost_usd_wad)
    return assigned, entry_fees


@external
def unwind(m: uint256) -> uint256:
    """
    @notice Close a tenth of what insurance holds in a market, once per block; all of it when the rest would be small or when insurance
            itself is below maintenance margin. Anybody may. @return USD closed
    """
    h: IMarket.Health = empty(IMarket.Health)
    mode: uint256 = 0
    h, mode = extcall losses.MARKET.assess(c.INSURANCE)
    position: IMarket.Position = staticcall losses.MARKET.positions(c.INSURANCE, m)
    err.check(position.size_wad != 0 and self.unwound_at_s[m] < block.timestamp, err.UNWIND_NOTHING)
    priced: uint256 = closing._priced(c.INSURANCE, h.status)
    gates.check_open(gates.LIQUIDATE, c.HALTED if priced & (1 << m) == 0 else c.OK, mode, 0)
    self.unwound_at_s[m] = block.timestamp
    share: uint256 = UNWIND_SHARE_WAD
    if h.equity < convert(h.maintenance, int256):
        share = c.WAD
    delta: int256 = closing._partial(m, position, share)
    fill: IMarket.Fill = extcall losses.DESK.close_out(c.INSURANCE, m, delta, 0, 0, True)
    arrears: losses.Arrears = losses._noted(empty(losses.Arrears), m, fill)
    missed: uint256 = extcall losses.MARKET.seize(c.INSURANCE, c.POOL, fill.unpaid_usd_wad, False)
    losses._pay_late(arrears, missed)
    closed: uint256 = fp.mul_down(fp.magnitude(delta), fill.price_wad)
    losses._lose(missed, m, c.SHORT if position.size_wad > 0 else c.LONG)
    log Unwound(market=m, closed_usd_wad=closed, bad_debt_usd_wad=missed)
    return closed
