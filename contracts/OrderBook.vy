# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Order book
@notice Limit, stop, take-profit and market orders on accounts of Market. An order may set margin aside: it lies in this contract's own
        account and counts nowhere else until the order is executed, cancelled or released.

When an order executes is the design's choice
    at once            at the price of now, published after the order, if its trigger is reached. There are no market orders: owners
                       trade at the Desk
    after the request  at one price alone, whoever executes it and whenever: the first of the oracle's prices that reaches its trigger
                       (a market order: the first one) of those all of whose quotes were observed after the order. If the order does not
                       bear that price (see `Desk.quote`), it ends unfilled, and its keeper has the reward all the same. Once the oracle
                       has forgotten the price, nobody can execute the order any more.

What an owner who has seen the price may not do, once orders execute after the request
    cancel             no order is left for less than MIN_WAIT_S, and a market order stands so long; any order that has a price ends
                       MIN_WAIT_S after it is cancelled, or MARKET_LIFE_S where nobody can execute it meanwhile
    wait               alone: what may grow a position brings MIN_REWARD_USD_WAD or more, so that others execute it as soon as there is a
                       price. What only reduces may come without, for an account without margin to spare can close: nobody else
                       need come then, and it has the worse of its price and that of now
    take means away    what may grow a position sets a stake aside: a hundredth of its size, or its initial margin where that is less. If its
                       account does not carry it any more, or falls below maintenance margin, as much of the stake as the price has gone
                       against it since goes to insurance: what the fill would have lost. Nothing does of an order that does not bear its
                       price, would make a position smaller, or for which the market has no room or is closed
    bar the book       an order that was placed needs no further right
@dev A periphery contract and an approved operator of the accounts that use it; it has no privilege in Market but one: what it gives
     back returns whatever its price is. An order executes only at a price that was published after it. An account below
     maintenance margin is not liquidated before `release` has given its margin back, which anybody may call.
"""

from .interfaces import IDesk
from .interfaces import IMargin
from .interfaces import IMarket
from .interfaces import IOracle
from .interfaces import IOrderBook
from .lib import constants as c
from .lib import errors as err
from .lib import fixed_point as fp
from .lib import listing
from .lib import pricing
from .modules import filling

initializes: filling

implements: IOrderBook

exports: (filling.MARKET, filling.DESK, filling.ORACLE, filling.OWN_ACCOUNT)

MAX_ORDERS: constant(uint256) = 8  # per account

# Where orders execute after the request: for how long a market order cannot be cancelled (GMX v2: REQUEST_EXPIRATION_TIME), after how long
# anybody may sweep it, and the least reward for what may grow a position.
MIN_WAIT_S: public(constant(uint256)) = 300
MARKET_LIFE_S: public(constant(uint256)) = 86_400
MIN_REWARD_USD_WAD: public(constant(uint256)) = 5 * 10**16
STAKE_DIVISOR: public(constant(uint256)) = 100  # of its size: what may grow a position sets aside at most

# Edges of a band, as the oracle numbers them.
LOW: constant(uint256) = 0
HIGH: constant(uint256) = 2


struct Order:
    terms: filling.Terms
    placed_at_s: uint256  # 0 = no order
    life: uint256  # of the account: an order that only reduces ends with the positions that it was left for


event OrderPlaced:
    account: indexed(uint256)
    slot: indexed(uint256)
    terms: filling.Terms


event OrderClosed:
    account: indexed(uint256)
    slot: indexed(uint256)
    outcome: uint256  # 0 cancelled, 1 executed, 2 released, 3 unfilled: it did not bear its price


event OrderEnding:
    account: indexed(uint256)
    slot: indexed(uint256)
    expires_at_s: uint256


CANCELLED: constant(uint256) = 0
EXECUTED: constant(uint256) = 1
RELEASED: constant(uint256) = 2
UNFILLED: constant(uint256) = 3

AFTER_REQUEST: public(immutable(bool))

orders: public(HashMap[uint256, HashMap[uint256, Order]])  # account -> slot
open_orders: public(HashMap[uint256, uint256])  # account -> how many
orders_with_margin: public(HashMap[uint256, uint256])  # account -> how many of them hold margin


@deploy
def __init__(market: address, desk: address):
    own_account: uint256 = extcall IMarket(market).open_account()
    filling.__init__(market, desk, own_account)
    AFTER_REQUEST = staticcall IDesk(desk).AFTER_REQUEST()


@internal
@view
def _check_authorised(account: uint256):
    owner: address = staticcall filling.MARKET.owner_of(account)
    if msg.sender != owner:
        is_operator: bool = staticcall filling.MARKET.is_operator(account, msg.sender)
        err.check(is_operator, err.ACCOUNT_NOT_AUTHORISED)


@internal
@view
def _price_now(order: Order) -> IOracle.Price:
    """@notice The price of now if it was published after an order and reaches its trigger; else one without numbers."""
    t: filling.Terms = order.terms
    is_buy: bool = t.size_delta_wad > 0
    params: IMarket.MarketParams = staticcall filling.MARKET.market_params(t.m)
    quoted: IOracle.Price[c.MAX_FEEDS] = staticcall filling.ORACLE.prices()
    price: IOracle.Price = quoted[params.feed]
    err.check(price.published_at > order.placed_at_s, err.ORDER_PRICE_TOO_OLD)
    reached: bool = price.high <= t.trigger_price_wad if is_buy else price.low >= t.trigger_price_wad
    if t.kind == filling.STOP:
        reached = price.high >= t.trigger_price_wad if is_buy else price.low <= t.trigger_price_wad
    if not reached:
        price = empty(IOracle.Price)
    return price


@internal
@view
def _first_price(order: Order) -> IOracle.Price:
    """@notice The first price after an order that reaches its trigger, of those that knew nothing older; else one without numbers."""
    t: filling.Terms = order.terms
    is_buy: bool = t.size_delta_wad > 0
    params: IMarket.MarketParams = staticcall filling.MARKET.market_params(t.m)
    price: IOracle.Price = empty(IOracle.Price)
    if t.kind == filling.AT_MARKET:
        price = staticcall filling.ORACLE.first_price_after(params.feed, order.placed_at_s)
    else:
        price = staticcall filling.ORACLE.first_price_reaching(
            params.feed,
            order.placed_at_s,
            HIGH if is_buy else LOW,
            t.trigger_price_wad,
            is_buy == (t.kind == filling.STOP),
        )
    return price


@external
def place(account: uint256, terms: filling.Terms) -> uint256:
    """
    @notice Leave an order. Its margin leaves the account as a withdrawal would, so that it is counted once. @return its slot
    """
    self._check_authorised(account)
    is_operator: bool = staticcall filling.MARKET.is_operator(account, self)
    err.check(is_operator, err.ORDER_NOT_OPERATOR)
    shortest_s: uint256 = MIN_WAIT_S if AFTER_REQUEST else 1
    markets: uint256 = staticcall filling.MARKET.market_count()
    assets: uint256 = staticcall filling.MARKET.asset_count()
    err.check(
        (
            terms.kind <= filling.TAKE_PROFIT
            or (terms.kind == filling.AT_MARKET and AFTER_REQUEST and terms.expires_at_s == 0)
        )
        and terms.m < markets
        and terms.asset < assets
        and terms.size_delta_wad != 0
        and (terms.trigger_price_wad == 0) == (terms.kind == filling.AT_MARKET)
        and terms.reward <= terms.margin
        and (terms.expires_at_s == 0 or terms.expires_at_s >= block.timestamp + shortest_s),
        err.ORDER_BAD_TERMS,
    )
    err.check(self._is_listed(terms), err.ORDER_BAD_TERMS)
    left: filling.Terms = terms
    if terms.kind == filling.AT_MARKET:
        left.expires_at_s = block.timestamp + MARKET_LIFE_S
    free: uint256 = MAX_ORDERS
    for i: uint256 in range(MAX_ORDERS):
        if self.orders[account][i].placed_at_s == 0:
            free = i
            break
    err.check(free < MAX_ORDERS, err.ORDER_TOO_MANY)
    life: uint256 = staticcall filling.MARKET.life_of(account)
    self.orders[account][free] = Order(terms=left, placed_at_s=block.timestamp, life=life)
    self.open_orders[account] += 1
    if AFTER_REQUEST:
        self._check_set_aside(terms)
    if terms.margin == 0:
        self._check_may_wait(account, terms)
    else:
        self.orders_with_margin[account] += 1
        self._check_priced(terms.asset)
        extcall filling.MARKET.transfer_collateral(account, terms.asset, terms.margin, filling.OWN_ACCOUNT)
    log OrderPlaced(account=account, slot=free, terms=left)
    return free


@internal
@view
def _is_listed(terms: filling.Terms) -> bool:
    """@notice Whether market and asset of the margin are not unlisted, nor the market wound up for what may grow: its owners still leave it."""
    market: IMarket.MarketParams = staticcall filling.MARKET.market_params(terms.m)
    asset: IMarket.AssetParams = staticcall filling.MARKET.asset_params(terms.asset)
    is_market: bool = listing.is_open(market)
    if filling._only_reduces(terms):
        is_market = listing.has_market(market)
    return is_market and listing.has_asset(asset)


@internal
@view
def _check_set_aside(terms: filling.Terms):
    """@notice A reward that somebody comes for, or none; and a stake, where a position may grow."""
    if filling._only_reduces(terms) and terms.reward == 0:
        return
    params: IMarket.AssetParams = staticcall filling.MARKET.asset_params(terms.asset)
    quoted: IOracle.Price[c.MAX_FEEDS] = staticcall filling.ORACLE.prices()
    low: uint256 = quoted[params.feed].low
    err.check(
        pricing.value_down(terms.reward, params.scale, low) >= MIN_REWARD_USD_WAD, err.ORDER_REWARD_TOO_SMALL
    )
    if filling._only_reduces(terms):
        return
    market: IMarket.MarketParams = staticcall filling.MARKET.market_params(terms.m)
    price_wad: uint256 = max(terms.trigger_price_wad, quoted[market.feed].high)
    notionals: uint256[c.MAX_MARKETS] = empty(uint256[c.MAX_MARKETS])
    notionals[terms.m] = fp.mul_up(fp.magnitude(terms.size_delta_wad), price_wad)
    margin: address = staticcall filling.MARKET.policy_of(c.MARGIN)
    initial: uint256 = 0
    maintenance: uint256 = 0
    initial, maintenance = staticcall IMargin(margin).requirement(notionals, empty(uint256[c.MAX_MARKETS]))
    stake: uint256 = fp.mul_down(
        pricing.value_down(terms.margin - terms.reward, params.scale, low), c.WAD - params.haircut_wad
    )
    err.check(stake >= min(notionals[terms.m] // STAKE_DIVISOR, initial), err.ORDER_STAKE_TOO_SMALL)


@internal
def _check_may_wait(account: uint256, terms: filling.Terms):
    """@notice An account below maintenance margin may only leave orders that reduce; what takes margin asks for more than that."""
    if filling._only_reduces(terms):
        return
    h: IMarket.Health = empty(IMarket.Health)
    mode: uint256 = 0
    h, mode = extcall filling.MARKET.assess(account)
    err.check(h.equity >= convert(h.maintenance, int256), err.ORDER_MUST_REDUCE)


@internal
@view
def _check_priced(k: uint256):
    """@dev What has no price now must not find a way into an account with positions later."""
    params: IMarket.AssetParams = staticcall filling.MARKET.asset_params(k)
    quoted: IOracle.Price[c.MAX_FEEDS] = staticcall filling.ORACLE.prices()
    err.check(quoted[params.feed].status < c.HALTED, err.PRICE_HALTED)


@internal
def _forget(account: uint256, slot: uint256, margin: uint256):
    self.orders[account][slot] = empty(Order)
    self.open_orders[account] -= 1
    if margin > 0:
        self.orders_with_margin[account] -= 1


@internal
def _close(account: uint256, slot: uint256, outcome: uint256, lost: uint256):
    """@notice Forget an order, and give its margin back, less what it lost."""
    terms: filling.Terms = self.orders[account][slot].terms
    self._forget(account, slot, terms.margin)
    filling._give(terms.asset, terms.margin - lost, account)
    log OrderClosed(account=account, slot=slot, outcome=outcome)


@internal
def _release(account: uint256, slot: uint256, h: IMarket.Health, mode: uint256):
    """@notice Give the margin of an order back, less what its fill would have lost, if it could have had one."""
    order: Order = self.orders[account][slot]
    lost: uint256 = 0
    if AFTER_REQUEST and self._is_listed(order.terms) and filling._would_grow(account, order.terms):
        price: IOracle.Price = self._first_price(order)
        if price.mid > 0 and filling._could_fill(account, order.terms, h, mode, price):
            lost = filling._forfeit(order.terms, price)
    self._close(account, slot, RELEASED, lost)


@internal
@view
def _ends_after_s(terms: filling.Terms) -> uint256:
    """@notice For how long others may still execute an order that has a price and is cancelled."""
    # While margin cannot move nobody can: it does not run out meanwhile.
    mode: uint256 = staticcall filling.MARKET.mode()
    err.check(terms.margin == 0 or mode < c.PAUSED, err.ACCESS_CLOSED_BY_MODE)
    market: IMarket.MarketParams = staticcall filling.MARKET.market_params(terms.m)
    quoted: IOracle.Price[c.MAX_FEEDS] = staticcall filling.ORACLE.prices()
    status: uint256 = quoted[market.feed].status
    paid_in: uint256 = terms.asset if terms.reward > 0 else market.short_asset
    for k: uint256 in [market.long_asset, market.short_asset, paid_in]:
        asset: IMarket.AssetParams = staticcall filling.MARKET.asset_params(k)
        status = max(status, quoted[asset.feed].status)
    return MIN_WAIT_S if status < c.HALTED else MARKET_LIFE_S


@external
def cancel(account: uint256, slot: uint256):
    """
    @notice Withdraw an order; anybody may sweep one that has expired, or whose market or asset has ended. Where orders execute after the
            request, one that has its price is not withdrawn from whoever executes it: it ends later.
    """
    order: Order = self.orders[account][slot]
    err.check(order.placed_at_s > 0, err.ORDER_UNKNOWN)
    is_waiting: bool = order.terms.expires_at_s == 0 or order.terms.expires_at_s > block.timestamp
    if is_waiting and self._is_listed(order.terms):
        self._check_authorised(account)
        if AFTER_REQUEST:
            is_over: bool = block.timestamp >= order.placed_at_s + MIN_WAIT_S
            err.check(order.terms.kind != filling.AT_MARKET or is_over, err.ORDER_TOO_SOON)
            price: IOracle.Price = self._first_price(order)
            if price.mid > 0:
                ends_at_s: uint256 = block.timestamp + self._ends_after_s(order.terms)
                if order.terms.expires_at_s == 0 or ends_at_s < order.terms.expires_at_s:
                    self.orders[account][slot].terms.expires_at_s = ends_at_s
                    log OrderEnding(account=account, slot=slot, expires_at_s=ends_at_s)
                return
    self._close(account, slot, CANCELLED, 0)


@external
def execute(account: uint256, slot: uint256, keeper: uint256) -> IMarket.Fill:
    """
    @notice Execute an order whose trigger the price has reached. The margin enters the account first, then the trade is checked like
            any other. Anybody may; the reward goes to the account named as keeper. @return a size of zero if it ended unfilled
    """
    order: Order = self.orders[account][slot]
    t: filling.Terms = order.terms
    err.check(order.placed_at_s > 0, err.ORDER_UNKNOWN)
    err.check(t.expires_at_s == 0 or t.expires_at_s > block.timestamp, err.ORDER_EXPIRED)
    err.check(self._is_listed(t), err.ORDER_EXPIRED)
    price: IOracle.Price = empty(IOracle.Price)
    if AFTER_REQUEST:
        price = self._first_price(order)
    else:
        price = self._price_now(order)
    err.check(t.kind != filling.AT_MARKET or price.mid > 0, err.ORDER_PRICE_TOO_OLD)
    err.check(price.mid > 0, err.ORDER_NOT_TRIGGERED)
    if t.reward > 0:
        # The reward enters an account that somebody chose: not without a price.
        self._check_priced(t.asset)
    position: IMarket.Position = staticcall filling.MARKET.positions(account, t.m)
    grows: bool = position.size_wad == 0 or (position.size_wad > 0) == (t.size_delta_wad > 0)
    is_empty: bool = False
    if filling._only_reduces(t):
        life: uint256 = staticcall filling.MARKET.life_of(account)
        is_empty = grows or life != order.life
        err.check(AFTER_REQUEST or not is_empty, err.ORDER_NOTHING_TO_REDUCE)
    self._forget(account, slot, t.margin)
    filling._give(t.asset, t.reward, keeper)
    fill: IMarket.Fill = empty(IMarket.Fill)
    if AFTER_REQUEST and grows and not is_empty:
        fill = filling._grow(account, t, price)
    else:
        filling._give(t.asset, t.margin - t.reward, account)
    if not AFTER_REQUEST:
        log OrderClosed(account=account, slot=slot, outcome=EXECUTED)
        fill = extcall filling.DESK.trade(account, t.m, t.size_delta_wad, t.acceptable_price_wad)
        return fill
    if not grows and not is_empty:
        fill = filling._reduce(account, t, price)
    log OrderClosed(account=account, slot=slot, outcome=UNFILLED if fill.size_delta_wad == 0 else EXECUTED)
    return fill


@external
def release(account: uint256):
    """@notice Give the margin of all orders back to an account below maintenance margin. Anybody may."""
    err.check(self.open_orders[account] > 0, err.ORDER_UNKNOWN)
    h: IMarket.Health = empty(IMarket.Health)
    mode: uint256 = 0
    h, mode = extcall filling.MARKET.assess(account)
    err.check(h.equity < convert(h.maintenance, int256), err.ORDER_ACCOUNT_HEALTHY)
    for i: uint256 in range(MAX_ORDERS):
        if self.orders[account][i].placed_at_s > 0:
            self._release(account, i, h, mode)
