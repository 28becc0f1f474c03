# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Settlement
@notice How the positions of a market are closed, after the risk controller's notice, that is wound up or whose price is lost for good:
        whole, as an ordinary close, without impact and without a fee. At a price that is three seconds old at most; or at the last
        price, at which everybody's margin and every share has counted since.

    who cannot pay     out of the collateral has his other positions closed, too; then insurance pays, then the pool, as in a liquidation.
                       While others that have no price would pay at their last one, the position waits for them
    who is paid        in the tokens that were reserved for it or, where they have no price either, in the asset of account-wide fees;
                       while the pool has too few of it free the position waits, and where a market is wound up while the
                       price of what was reserved is unsure
    a price comes back and the settlement at the last one is over: it names that one, and no other
"""

from ..interfaces import ILiquidation
from ..interfaces import IMarket
from ..interfaces import IOracle
from ..interfaces import IOrderBook
from ..lib import constants as c
from ..lib import errors as err
from ..lib import gates
from ..lib import listing
from ..lib import pricing
from . import access
from . import closing
from . import losses

uses: access
uses: closing
uses: losses

FRESH_S: constant(uint256) = 3

settlements: public(HashMap[uint256, uint256])  # when its last price was published; 0: none


event SettlementOpened:
    market: indexed(uint256)
    published_at_s: uint256


event Settled:
    account: indexed(uint256)
    market: indexed(uint256)
    settled_usd_wad: int256  # > 0: to the account
    insured_usd_wad: uint256
    bad_debt_usd_wad: uint256


@external
def open_settlement(m: uint256, published_at_s: uint256):
    """@notice Let positions of a market be settled at the price of this time; the controller has looked at it."""
    access._only_controller()
    self.settlements[m] = published_at_s
    log SettlementOpened(market=m, published_at_s=published_at_s)


@internal
def _pay_otherwise(account: uint256, m: uint256, position: IMarket.Position, usd_wad: uint256, is_last: bool):
    """
    @notice A profit whose tokens have no price is paid in others, as far as tokens were reserved for it. Nobody is made to take them at
            the edge of an unsure price, while there is another price of the market to come.
    """
    px: IOracle.Price[c.MAX_FEEDS] = staticcall losses.ORACLE.prices()
    params: IMarket.MarketParams = staticcall losses.MARKET.market_params(m)
    payer: IMarket.AssetParams = staticcall losses.MARKET.asset_params(
        params.long_asset if position.size_wad > 0 else params.short_asset
    )
    if px[payer.feed].status < c.HALTED:
        err.check(is_last or px[payer.feed].status == c.OK, err.PRICE_WIDE)
        return
    owed: uint256 = min(usd_wad, pricing.value_down(position.reserve, payer.scale, px[payer.feed].low))
    paid: uint256 = extcall losses.MARKET.pay_from_pool(account, owed)
    err.check(paid + c.WAD > owed, err.POOL_RESERVED)  # a dollar for the rounding of tokens


@internal
def _make_good(account: uint256, m: uint256, is_long: bool, fill: IMarket.Fill) -> (uint256, uint256):
    """
    @notice What the collateral could not pay comes out of the account's other positions, then out of insurance; what is left is the pool's loss.
    @return (USD paid by insurance, USD lost)
    """
    done: closing.Closing = empty(closing.Closing)
    done.arrears = losses._noted(done.arrears, m, fill)
    done = closing._close(account, empty(ILiquidation.Plan), closing._priced(account, c.HALTED), True, done)
    unpaid: uint256 = extcall losses.MARKET.seize(account, c.POOL, done.arrears.usd_wad, False)
    if unpaid > 0:
        book: address = staticcall losses.MARKET.policy_of(c.ORDER_BOOK)
        if book != empty(address):
            orders: uint256 = staticcall IOrderBook(book).orders_with_margin(account)
            err.check(orders == 0, err.LIQUIDATION_ORDERS_FIRST)
        # A profit that waits for its price pays first: else its owner would have it, and somebody else his loss.
        h: IMarket.Health = staticcall losses.MARKET.health(account)
        err.check(h.equity <= 0, err.PRICE_HALTED)
    lost: uint256 = extcall losses.MARKET.seize(c.INSURANCE, c.POOL, unpaid, False)
    losses._lose(lost, m, c.SHORT if is_long else c.LONG)
    losses._pay_late(done.arrears, lost)
    return unpaid - lost, lost


@external
def settle_position(account: uint256, m: uint256) -> int256:
    """@notice Close a position of a market that is settled or wound up. Anybody may. @return USD WAD settled: > 0 to the account"""
    h: IMarket.Health = empty(IMarket.Health)
    mode: uint256 = 0
    h, mode = extcall losses.MARKET.assess(account)
    gates.check_open(gates.LIQUIDATE, c.OK, mode, 0)
    params: IMarket.MarketParams = staticcall losses.MARKET.market_params(m)
    px: IOracle.Price[c.MAX_FEEDS] = staticcall losses.ORACLE.prices()
    price: IOracle.Price = px[params.feed]
    is_last: bool = self.settlements[m] > 0 and price.status == c.HALTED and price.published_at == self.settlements[m]
    is_fresh: bool = price.status == c.OK and block.timestamp <= price.published_at + FRESH_S
    err.check(is_last or (is_fresh and not listing.is_open(params)), err.SETTLEMENT_NOT_OPEN)
    position: IMarket.Position = staticcall losses.MARKET.positions(account, m)
    err.check(position.size_wad != 0, err.SETTLEMENT_NOTHING)
    fill: IMarket.Fill = extcall losses.DESK.close_out(account, m, -position.size_wad, 0, 0, False)
    insured: uint256 = 0
    lost: uint256 = 0
    if fill.settled_usd_wad > 0:
        self._pay_otherwise(account, m, position, convert(fill.settled_usd_wad, uint256), is_last)
    if fill.unpaid_usd_wad > 0:
        insured, lost = self._make_good(account, m, position.size_wad > 0, fill)
    log Settled(
        account=account,
        market=m,
        settled_usd_wad=fill.settled_usd_wad,
        insured_usd_wad=insured,
        bad_debt_usd_wad=lost,
    )
    return fill.settled_usd_wad
