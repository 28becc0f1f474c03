# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Order book
@notice Limit, stop and take-profit orders on accounts of Market. An order may set margin aside: it lies in this contract's own account
        and counts nowhere else until the order is executed, cancelled or released.
@dev A periphery contract and an approved operator of the accounts that use it; it has no privilege in Market but one: what it gives
     back returns whatever its price is. An order executes only at a price that was published after it. An account below
     maintenance margin is not liquidated before `release` has given its margin back, which anybody may call.
"""

from .interfaces import IDesk
from .interfaces import IMarket
from .interfaces import IOracle
from .interfaces import IOrderBook
from .lib import constants as c
from .lib import errors as err
from .lib import fixed_point as fp

implements: IOrderBook

MAX_ORDERS: constant(uint256) = 8  # per account

# Kinds. A limit waits for a better price, a stop for a worse one; a take-profit is a limit that only reduces.
LIMIT: constant(uint256) = 0
STOP: constant(uint256) = 1
TAKE_PROFIT: constant(uint256) = 2


struct Terms:
    m: uint256
    kind: uint256
    size_delta_wad: int256  # > 0 buys
    trigger_price_wad: uint256
    acceptable_price_wad: uint256  # worst fill
    is_reduce_only: bool
    asset: uint256  # of the margin
    margin: uint256  # token units set aside, reward included
    reward: uint256  # token units of the margin, to whoever executes the order
    expires_at_s: uint256  # 0 = never


struct Order:
    terms: Terms
    placed_at_s: uint256  # 0 = no order
    life: uint256  # of the account: an order that only reduces ends with the positions that it was left for


event OrderPlaced:
    account: indexed(uint256)
    slot: indexed(uint256)
    terms: Terms


event OrderClosed:
    account: indexed(uint256)
    slot: indexed(uint256)
    outcome: uint256  # 0 cancelled, 1 executed, 2 released


CANCELLED: constant(uint256) = 0
EXECUTED: constant(uint256) = 1
RELEASED: constant(uint256) = 2

MARKET: public(immutable(IMarket))
DESK: public(immutable(IDesk))
ORACLE: public(immutable(IOracle))
OWN_ACCOUNT: public(immutable(uint256))  # where margin lies

orders: public(HashMap[uint256, HashMap[uint256, Order]])  # account -> slot
open_orders: public(HashMap[uint256, uint256])  # account -> how many
orders_with_margin: public(HashMap[uint256, uint256])  # account -> how many of them hold margin


@deploy
def __init__(market: address, desk: address):
    MARKET = IMarket(market)
    DESK = IDesk(desk)
    ORACLE = IOracle(staticcall IMarket(market).ORACLE())
    OWN_ACCOUNT = extcall IMarket(market).open_account()


@internal
@view
def _check_authorised(account: uint256):
    owner: address = staticcall MARKET.owner_of(account)
    if msg.sender != owner:
        is_operator: bool = staticcall MARKET.is_operator(account, msg.sender)
        err.check(is_operator, err.ACCOUNT_NOT_AUTHORISED)


@internal
@view
def _price(m: uint256) -> IOracle.Price:
    params: IMarket.MarketParams = staticcall MARKET.market_params(m)
    quoted: IOracle.Price[c.MAX_FEEDS] = staticcall ORACLE.prices()
    return quoted[params.feed]


@external
def place(account: uint256, terms: Terms) -> uint256:
    """
    @notice Leave an order. Its margin leaves the account as a withdrawal would, so that it is counted once. @return its slot
    """
    self._check_authorised(account)
    is_operator: bool = staticcall MARKET.is_operator(account, self)
    err.check(is_operator, err.ORDER_NOT_OPERATOR)
    markets: uint256 = staticcall MARKET.market_count()
    assets: uint256 = staticcall MARKET.asset_count()
    err.check(
        terms.kind <= TAKE_PROFIT
        and terms.m < markets
        and terms.asset < assets
        and terms.size_delta_wad != 0
        and terms.trigger_price_wad > 0
        and terms.reward <= terms.margin
        and (terms.expires_at_s == 0 or terms.expires_at_s > block.timestamp),
        err.ORDER_BAD_TERMS,
    )
    free: uint256 = MAX_ORDERS
    for i: uint256 in range(MAX_ORDERS):
        if self.orders[account][i].placed_at_s == 0:
            free = i
            break
    err.check(free < MAX_ORDERS, err.ORDER_TOO_MANY)
    life: uint256 = staticcall MARKET.life_of(account)
    self.orders[account][free] = Order(terms=terms, placed_at_s=block.timestamp, life=life)
    self.open_orders[account] += 1
    if terms.margin == 0:
        self._check_may_wait(account, terms)
    else:
        self.orders_with_margin[account] += 1
        self._check_priced(terms.asset)
        extcall MARKET.transfer_collateral(account, terms.asset, terms.margin, OWN_ACCOUNT)
    log OrderPlaced(account=account, slot=free, terms=terms)
    return free


@internal
@pure
def _only_reduces(terms: Terms) -> bool:
    return terms.is_reduce_only or terms.kind == TAKE_PROFIT


@internal
def _check_may_wait(account: uint256, terms: Terms):
    """@notice An account below maintenance margin may only leave orders that reduce; what takes margin asks for more than that."""
    if self._only_reduces(terms):
        return
    h: IMarket.Health = empty(IMarket.Health)
    mode: uint256 = 0
    h, mode = extcall MARKET.assess(account)
    err.check(h.equity >= convert(h.maintenance, int256), err.ORDER_MUST_REDUCE)


@internal
@view
def _check_priced(k: uint256):
    """@dev What has no price now must not find a way into an account with positions later."""
    params: IMarket.AssetParams = staticcall MARKET.asset_params(k)
    quoted: IOracle.Price[c.MAX_FEEDS] = staticcall ORACLE.prices()
    err.check(quoted[params.feed].status < c.HALTED, err.PRICE_HALTED)


@internal
def _close(account: uint256, slot: uint256, outcome: uint256, keeper: uint256):
    """@notice Forget an order and give its margin back, the reward to the keeper if there is one."""
    order: Order = self.orders[account][slot]
    self.orders[account][slot] = empty(Order)
    self.open_orders[account] -= 1
    if order.terms.margin > 0:
        self.orders_with_margin[account] -= 1
    returned: uint256 = order.terms.margin
    if outcome == EXECUTED and order.terms.reward > 0:
        returned -= order.terms.reward
        extcall MARKET.transfer_collateral(OWN_ACCOUNT, order.terms.asset, order.terms.reward, keeper)
    if returned > 0:
        extcall MARKET.transfer_collateral(OWN_ACCOUNT, order.terms.asset, returned, account)
    log OrderClosed(account=account, slot=slot, outcome=outcome)


@external
def cancel(account: uint256, slot: uint256):
    """@notice Withdraw an order; anybody may sweep one that has expired."""
    order: Order = self.orders[account][slot]
    err.check(order.placed_at_s > 0, err.ORDER_UNKNOWN)
    if order.terms.expires_at_s == 0 or order.terms.expires_at_s > block.timestamp:
        self._check_authorised(account)
    self._close(account, slot, CANCELLED, 0)


@external
def execute(account: uint256, slot: uint256, keeper: uint256) -> IMarket.Fill:
    """
    @notice Execute an order whose trigger the price has reached. The margin enters the account first, then the trade is checked like
            any other. Anybody may; the reward goes to the account named as keeper.
    """
    order: Order = self.orders[account][slot]
    t: Terms = order.terms
    err.check(order.placed_at_s > 0, err.ORDER_UNKNOWN)
    err.check(t.expires_at_s == 0 or t.expires_at_s > block.timestamp, err.ORDER_EXPIRED)
    price: IOracle.Price = self._price(t.m)
    err.check(price.published_at > order.placed_at_s, err.ORDER_PRICE_TOO_OLD)
    is_buy: bool = t.size_delta_wad > 0
    reached: bool = price.high <= t.trigger_price_wad if is_buy else price.low >= t.trigger_price_wad
    if t.kind == STOP:
        reached = price.high >= t.trigger_price_wad if is_buy else price.low <= t.trigger_price_wad
    err.check(reached, err.ORDER_NOT_TRIGGERED)
    if t.reward > 0:
        # The reward enters an account that somebody chose: not without a price.
        self._check_priced(t.asset)
    if self._only_reduces(t):
        position: IMarket.Position = staticcall MARKET.positions(account, t.m)
        life: uint256 = staticcall MARKET.life_of(account)
        err.check(
            position.size_wad != 0 and (position.size_wad > 0) != is_buy and life == order.life,
            err.ORDER_NOTHING_TO_REDUCE,
        )
    self._close(account, slot, EXECUTED, keeper)
    fill: IMarket.Fill = extcall DESK.trade(account, t.m, t.size_delta_wad, t.acceptable_price_wad)
    return fill


@external
def release(account: uint256):
    """@notice Give the margin of all orders back to an account below maintenance margin. Anybody may."""
    err.check(self.open_orders[account] > 0, err.ORDER_UNKNOWN)
    h: IMarket.Health = empty(IMarket.Health)
    mode: uint256 = 0
    h, mode = extcall MARKET.assess(account)
    err.check(h.equity < convert(h.maintenance, int256), err.ORDER_ACCOUNT_HEALTHY)
    for i: uint256 in range(MAX_ORDERS):
        if self.orders[account][i].placed_at_s > 0:
            self._close(account, i, RELEASED, 0)
