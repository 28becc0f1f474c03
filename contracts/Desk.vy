# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Desk
@notice Where positions change: who may, at what price, and within which caps; for an owner, and without one for the liquidator.
@dev Holds no value. It names a price within a hard bound of the oracle's; all that moves value is Market's `settle`, which takes fees, impact
     and margin by its own books. Nothing on the way calls an address that a user chose.
     Where the design executes after the request, owners have no other way than the order book: at a price that is known a trade would be a
     free look at the next one. What nobody chooses the time of, a forced fill, is at the price of now. Where trades are at once a price may
     be given a spread that grows with its age instead; a forced fill has it, too, so that it never costs less than a close.
"""

from .interfaces import IDesk
from .interfaces import ILiquidation
from .interfaces import IMarket
from .interfaces import IOracle
from .lib import constants as c
from .lib import errors as err
from .lib import fixed_point as fp
from .lib import gates
from .lib import room
from .modules import access
from .modules import fills
from .modules import policies
from .modules import prospect
from .modules import restoring

initializes: access
initializes: policies[access := access]
initializes: fills[policies := policies]
initializes: prospect[fills := fills]
initializes: restoring[prospect := prospect]

implements: IDesk

exports: (policies.set_policy, policies.policy_of, policies.memo_of)
exports: (fills.MARKET, fills.ORACLE, fills.AGE_SPREAD_WAD)

MAX_DEPTH_SHARE_WAD: constant(uint256) = 1_000 * c.WAD

AFTER_REQUEST: public(immutable(bool))  # when a trade executes: at the first price after its request, or at once
DEPTH_SHARE_WAD: public(immutable(uint256))  # open interest of a side, of its coin's depth; 0: as much as the other caps allow


# Terms of a trade, as far as they are known before it.
struct Order:
    account: uint256
    m: uint256
    delta: int256  # > 0 buys; against a position at most all of it
    grows: bool
    is_long: bool
    acceptable_price_wad: uint256


@deploy
def __init__(market: address, after_request: bool, age_spread_wad: uint256, depth_share_wad: uint256):
    assert age_spread_wad == 0 or not after_request, "Desk: age_spread_wad where nobody knows the price"
    assert depth_share_wad <= MAX_DEPTH_SHARE_WAD, "Desk: depth_share_wad above a thousand"
    AFTER_REQUEST = after_request
    DEPTH_SHARE_WAD = depth_share_wad
    fills.__init__(market, age_spread_wad)
    access.__init__(staticcall IMarket(market).CONTROLLER())


@internal
@view
def _within_means(
    o: Order, price_wad: uint256, at: IOracle.Price, now: IOracle.Price, t: IMarket.Ticket
) -> (uint256, bool):
    """
    @notice Impact and fee are what a reduction costs, or as much as there is, a better price included: who can pay a loss can leave.
    @return (price, whether it has the fee in it)
    """
    base: uint256 = at.high if o.delta > 0 else at.low
    size: uint256 = fp.magnitude(o.delta)
    extra: int256 = convert(fp.mul_up(fp.mul_up(size, price_wad), t.trade_fee_wad), int256)
    impact: int256 = convert(fp.mul_up(size, fp.distance(price_wad, base)), int256)
    extra += impact if (price_wad > base) == (o.delta > 0) else -impact
    # What the account owns is reckoned at the price of now; one since the request is better or worse.
    edge: uint256 = now.high if o.delta > 0 else now.low
    gain: int256 = convert(fp.mul_down(size, fp.distance(base, edge)), int256)
    if (base > edge) == (o.delta > 0):
        gain = -gain
    extra -= gain
    if extra <= 0:
        h: IMarket.Health = staticcall fills.MARKET.health(o.account)
        if h.equity >= 0:
            return price_wad, False
        # Below zero every smaller requirement looks worse in Market's ratio: it leaves like what cannot pay, with the fee in its price.
        extra += gain
        if extra >= 0:
            return fills._worst(base, o.delta, convert(extra, uint256), c.WAD), True
        better: uint256 = convert(-extra, uint256) * c.WAD // size
        return fp.sub_or_zero(base, better) if o.delta > 0 else base + better, True
    kept: int256 = 0
    cost: int256 = 0
    owner: IMarket.Health = staticcall fills.MARKET.health(o.account)
    payable_usd: uint256 = fills._payable(o.account, owner.earned_usd_wad, t.payer_feeds[c.SHORT])
    kept, cost = fills._means(owner, payable_usd, o.m, size, t, extra)
    if extra <= kept:
        return price_wad, False
    cost = min(extra, cost) + gain
    if cost >= 0:
        return fills._worst(base, o.delta, convert(cost, uint256), c.WAD), True
    # The loss alone is more than there is: what a better price gives back may still pay it.
    lacking: uint256 = convert(-cost, uint256) * c.WAD // size + 1
    if o.delta > 0:
        return min(base, max(price_wad, fp.sub_or_zero(base, lacking))), True
    return max(base, min(price_wad, base + lacking)), True


@internal
@view
def _order(
    account: uint256, m: uint256, size_delta_wad: int256, acceptable_price_wad: uint256, t: IMarket.Ticket
) -> Order:
    """@notice What is asked for: a trade against a position closes at most all of it."""
    err.check(account > c.TREASURY, err.ACCOUNT_UNKNOWN)
    err.check(size_delta_wad != 0, err.TRADE_NOTHING)
    size: int256 = t.size_wad
    delta: int256 = size_delta_wad
    grows: bool = size == 0 or (size > 0) == (delta > 0)
    is_long: bool = size > 0 or (size == 0 and delta > 0)
    if not grows:
        delta = max(delta, -size) if is_long else min(delta, -size)
    return Order(
        account=account, m=m, delta=delta, grows=grows, is_long=is_long, acceptable_price_wad=acceptable_price_wad
    )


@internal
@pure
def _status(o: Order, t: IMarket.Ticket, px: IOracle.Price[c.MAX_FEEDS]) -> uint256:
    """@notice The worse of now's prices, that of what pays a profit included."""
    payer: IOracle.Price = px[t.payer_feeds[c.LONG if o.is_long else c.SHORT]]
    return max(px[t.feed].status, payer.status)


@internal
@pure
def _is_acceptable(o: Order, price_wad: uint256) -> bool:
    return price_wad <= o.acceptable_price_wad if o.delta > 0 else price_wad >= o.acceptable_price_wad


@internal
def _settle(account: uint256, m: uint256, q: IDesk.Quote) -> IMarket.Fill:
    """@notice Change the position. What is forced for want of a fee leaves nothing unpaid all the same."""
    fill: IMarket.Fill = extcall fills.MARKET.settle(
        account, m, q.size_delta_wad, q.price_wad, q.base_wad, q.has_fee
    )
    err.check(fill.unpaid_usd_wad == 0, err.TRADE_LOSS_UNPAID)
    return fill


@external
def trade(account: uint256, m: uint256, size_delta_wad: int256, acceptable_price_wad: uint256) -> IMarket.Fill:
    """
    @notice Change a position by `size_delta_wad` (> 0 buys) at once, where the design does so. A trade against a position closes at most all
            of it.
    """
    err.check(not AFTER_REQUEST, err.TRADE_BY_ORDER_ONLY)
    t: IMarket.Ticket = staticcall fills.MARKET.ticket(account, m, msg.sender)
    err.check(t.is_authorised, err.ACCOUNT_NOT_AUTHORISED)
    o: Order = self._order(account, m, size_delta_wad, acceptable_price_wad, t)
    px: IOracle.Price[c.MAX_FEEDS] = staticcall fills.ORACLE.prices()
    gates.check_open(gates.INCREASE if o.grows else gates.DECREASE, self._status(o, t, px), t.mode, 0)
    err.check(not (o.grows and t.is_reduce_only), err.TRADE_REDUCE_ONLY)
    price: IOracle.Price = px[t.feed]
    q: IDesk.Quote = empty(IDesk.Quote)
    q.size_delta_wad = o.delta
    q.base_wad = price.high if o.delta > 0 else price.low
    q.price_wad, q.memo = fills._fill_price(m, o.delta, o.grows, price, t)
    err.check(q.price_wad > 0, err.POLICY_IMPACT_TOO_HIGH)
    if not o.grows:
        q.price_wad, q.has_fee = self._within_means(o, q.price_wad, price, price, t)
    if not self._is_acceptable(o, q.price_wad):
        err.check(o.delta < 0, err.TRADE_PRICE_TOO_HIGH)
        err.check(False, err.TRADE_PRICE_TOO_LOW)
    reason: uint256 = room.shortage(fills.MARKET, account, m, o.delta, q.price_wad, px, DEPTH_SHARE_WAD)
    err.check(reason != err.TRADE_POSITION_TOO_SMALL, err.TRADE_POSITION_TOO_SMALL)
    err.check(reason != err.TRADE_OPEN_INTEREST_CAP, err.TRADE_OPEN_INTEREST_CAP)
    err.check(reason != err.TRADE_ACCOUNT_CAP, err.TRADE_ACCOUNT_CAP)
    policies._remember(c.PRICE_IMPACT, m, q.memo)
    fill: IMarket.Fill = self._settle(account, m, q)
    return fill


@external
@view
def quote(
    account: uint256, m: uint256, size_delta_wad: int256, acceptable_price_wad: uint256, shown: IOracle.Price
) -> IDesk.Quote:
    """
    @notice What a trade of the order book's would be at a price that the oracle has shown since its request. Who might ask for it was
            looked at when he did: a right that is taken back later would be a look at the price.
    @return a size of zero where it does not bear this price: it is worse than the acceptable one, too unsure to open at, without room, or the
            verb or the market is not open any more. Waiting would not be fair: its owner would see more before he
            mends it. A price that nobody stands behind is waited for.
    """
    t: IMarket.Ticket = staticcall fills.MARKET.ticket(account, m, msg.sender)
    o: Order = self._order(account, m, size_delta_wad, acceptable_price_wad, t)
    px: IOracle.Price[c.MAX_FEEDS] = staticcall fills.ORACLE.prices()
    status: uint256 = self._status(o, t, px)
    err.check(status < c.HALTED, err.PRICE_HALTED)
    q: IDesk.Quote = empty(IDesk.Quote)
    q.price_wad, q.memo = fills._fill_price(m, o.delta, o.grows, shown, t)
    if q.price_wad == 0 or not gates.is_open(gates.INCREASE if o.grows else gates.DECREASE, status, t.mode, 0):
        return empty(IDesk.Quote)
    if o.grows:
        if shown.status != c.OK or t.is_reduce_only:
            return empty(IDesk.Quote)
    else:
        q.price_wad, q.has_fee = self._within_means(o, q.price_wad, shown, px[t.feed], t)
    if self._is_acceptable(o, q.price_wad):
        reason: uint256 = room.shortage(fills.MARKET, account, m, o.delta, q.price_wad, px, DEPTH_SHARE_WAD)
        if reason == 0:
            q.size_delta_wad = o.delta
            q.base_wad = shown.high if o.delta > 0 else shown.low
    return q


@external
def fill(account: uint256, m: uint256, q: IDesk.Quote) -> IMarket.Fill:
    """@notice Make the trade that was quoted in this very call of the order book's."""
    book: address = staticcall fills.MARKET.policy_of(c.ORDER_BOOK)
    err.check(msg.sender == book, err.ACCESS_NOT_ORDER_BOOK)
    policies._remember(c.PRICE_IMPACT, m, q.memo)
    filled: IMarket.Fill = self._settle(account, m, q)
    return filled


@external
def close_out(
    account: uint256,
    m: uint256,
    size_delta_wad: int256,
    charges_wad: uint256,
    charges_usd_wad: uint256,
    has_impact: bool,
) -> IMarket.Fill:
    """
    @notice Reduce a position without the owner, at the price at which the owner would close; its impact leaves what charges take, per USD
            closed and flat. A settlement has none, whose price may be lost: then it is the last one. The liquidator alone may.
    """
    liquidator: address = staticcall fills.MARKET.policy_of(c.LIQUIDATOR)
    err.check(msg.sender == liquidator, err.ACCESS_NOT_LIQUIDATOR)
    t: IMarket.Ticket = staticcall fills.MARKET.ticket(account, m, msg.sender)
    err.check(t.size_wad != 0 and (t.size_wad > 0) != (size_delta_wad > 0), err.TRADE_REDUCE_ONLY)
    px: IOracle.Price[c.MAX_FEEDS] = staticcall fills.ORACLE.prices()
    price: IOracle.Price = px[t.feed]
    base: uint256 = price.high if size_delta_wad > 0 else price.low
    price_wad: uint256 = base
    if has_impact and price.status < c.HALTED:
        memo: uint256 = 0
        price_wad, memo = fills._fill_price(m, size_delta_wad, False, price, t)
        policies._remember(c.PRICE_IMPACT, m, memo)
    if fills._is_worse(price_wad, base, size_delta_wad):
        h: IMarket.Health = staticcall fills.MARKET.health(account)
        payable_usd: uint256 = fills._payable(account, h.earned_usd_wad, t.payer_feeds[c.SHORT])
        price_wad = fills._bearable(
            h, payable_usd, t, m, size_delta_wad, price_wad, base, charges_wad, charges_usd_wad
        )
    fill: IMarket.Fill = extcall fills.MARKET.settle(account, m, size_delta_wad, price_wad, base, True)
    return fill


@external
@view
def impact_of(m: uint256, size_delta_wad: int256) -> int256:
    """@notice USD that a reduction would cost now beyond the oracle's price: > 0 against the trader, < 0 for it."""
    t: IMarket.Ticket = staticcall fills.MARKET.ticket(c.POOL, m, self)
    px: IOracle.Price[c.MAX_FEEDS] = staticcall fills.ORACLE.prices()
    base: uint256 = px[t.feed].high if size_delta_wad > 0 else px[t.feed].low
    price_wad: uint256 = 0
    memo: uint256 = 0
    price_wad, memo = fills._fill_price(m, size_delta_wad, False, px[t.feed], t)
    usd: int256 = convert(fp.mul_up(fp.magnitude(size_delta_wad), fp.distance(price_wad, base)), int256)
    return usd if (price_wad > base) == (size_delta_wad > 0) else -usd


@external
@view
def restoring_close(
    account: uint256, markets: uint256, plan: ILiquidation.Plan, closed_usd_wad: uint256, exit_fees_usd_wad: uint256
) -> (uint256, int256, bool):
    """
    @notice The next close of an account in liquidation, out of these markets, toward the plan's target; what the liquidation closed
            before is charged for afterwards.
    @return (market, size to trade, 0 where none helps or none is needed, whether the account is at its target afterwards)
    """
    m: uint256 = 0
    delta: int256 = 0
    is_enough: bool = False
    m, delta, is_enough = restoring._next(account, markets, plan, closed_usd_wad, exit_fees_usd_wad)
    return m, delta, is_enough
