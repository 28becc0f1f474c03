# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Desk
@notice Where positions change: who may, at what price, and within which caps; for an owner, and without one for the liquidator.
@dev Holds no value. It names a price within a hard bound of the oracle's; all that moves value is Market's `settle`, which takes fees, impact
     and margin by its own books. Nothing on the way calls an address that a user chose.
"""

from .interfaces import IDesk
from .interfaces import IMarket
from .interfaces import IOracle
from .interfaces import IPriceImpact
from .lib import constants as c
from .lib import errors as err
from .lib import fixed_point as fp
from .lib import gates
from .modules import access
from .modules import policies

initializes: access
initializes: policies[access := access]

implements: IDesk

exports: (policies.set_policy, policies.policy_of, policies.memo_of)

MARKET: public(immutable(IMarket))
ORACLE: public(immutable(IOracle))


@deploy
def __init__(market: address):
    MARKET = IMarket(market)
    ORACLE = IOracle(staticcall IMarket(market).ORACLE())
    access.__init__(staticcall IMarket(market).CONTROLLER())


@internal
def _fill_price(m: uint256, delta: int256, grows: bool, price: IOracle.Price, t: IMarket.Ticket) -> uint256:
    """
    @notice Buys from the high price, sells from the low price, moved by the impact policy within the hard bound. What is better than the
            oracle's price is paid out of what worse fills left, or not given.
    """
    base: uint256 = price.high if delta > 0 else price.low
    memo: uint256 = policies.memo_of[c.PRICE_IMPACT][m]
    fill: uint256 = 0
    fill, memo = staticcall IPriceImpact(policies.policy_of[c.PRICE_IMPACT]).fill_price(
        m,
        base,
        delta,
        grows,
        fp.mul_down(t.sizes_wad[c.LONG], price.mid),
        fp.mul_down(t.sizes_wad[c.SHORT], price.mid),
        memo,
    )
    policies._remember(c.PRICE_IMPACT, m, memo)
    distance: uint256 = fp.distance(fill, base)
    err.check(distance <= fp.mul_down(base, c.MAX_IMPACT_WAD), err.POLICY_IMPACT_TOO_HIGH)
    if distance == 0 or (fill > base) == (delta > 0):
        return fill
    distance = min(distance, t.impact_pool_usd_wad * c.WAD // convert(abs(delta), uint256))
    return base - distance if delta > 0 else base + distance


@external
def trade(account: uint256, m: uint256, size_delta_wad: int256, acceptable_price_wad: uint256) -> IMarket.Fill:
    """
    @notice Change a position by `size_delta_wad` (> 0 buys). A trade against a position closes at most all of it.
    """
    t: IMarket.Ticket = staticcall MARKET.ticket(account, m, msg.sender)
    err.check(t.is_authorised, err.ACCOUNT_NOT_AUTHORISED)
    err.check(account > c.TREASURY, err.ACCOUNT_UNKNOWN)
    err.check(size_delta_wad != 0, err.TRADE_NOTHING)
    px: IOracle.Price[c.MAX_FEEDS] = staticcall ORACLE.prices()
    price: IOracle.Price = px[t.feed]
    size: int256 = t.size_wad
    delta: int256 = size_delta_wad
    grows: bool = size == 0 or (size > 0) == (delta > 0)
    is_long: bool = size > 0 or (size == 0 and delta > 0)
    payer: IOracle.Price = px[t.payer_feeds[c.LONG if is_long else c.SHORT]]
    gates.check_open(gates.INCREASE if grows else gates.DECREASE, max(price.status, payer.status), t.mode, 0)
    if grows:
        err.check(not t.is_reduce_only, err.TRADE_REDUCE_ONLY)
    else:
        delta = max(delta, -size) if is_long else min(delta, -size)

    price_wad: uint256 = self._fill_price(m, delta, grows, price, t)
    if delta > 0:
        err.check(price_wad <= acceptable_price_wad, err.TRADE_PRICE_TOO_HIGH)
    else:
        err.check(price_wad >= acceptable_price_wad, err.TRADE_PRICE_TOO_LOW)
    done: IMarket.Settlement = extcall MARKET.settle(account, m, delta, price_wad, False)
    err.check(delta == -size or done.cost_usd_wad >= t.min_position_usd_wad, err.TRADE_POSITION_TOO_SMALL)
    if grows:
        err.check(done.side_cost_usd_wad <= done.cap_usd_wad, err.TRADE_OPEN_INTEREST_CAP)
        err.check(
            done.cost_usd_wad <= fp.mul_down(done.cap_usd_wad, t.max_account_share_wad), err.TRADE_ACCOUNT_CAP
        )
    return done.fill


@external
def close_out(account: uint256, m: uint256, size_delta_wad: int256) -> IMarket.Fill:
    """@notice Reduce a position at the oracle's price, without the owner. The liquidator alone may."""
    liquidator: address = staticcall MARKET.policy_of(c.LIQUIDATOR)
    err.check(msg.sender == liquidator, err.ACCESS_NOT_LIQUIDATOR)
    t: IMarket.Ticket = staticcall MARKET.ticket(account, m, msg.sender)
    px: IOracle.Price[c.MAX_FEEDS] = staticcall ORACLE.prices()
    price_wad: uint256 = px[t.feed].high if size_delta_wad > 0 else px[t.feed].low
    done: IMarket.Settlement = extcall MARKET.settle(account, m, size_delta_wad, price_wad, True)
    return done.fill
