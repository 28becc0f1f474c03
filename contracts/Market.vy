# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Market
@notice A perpetual demand lending pool: liquidity providers lend a basket of assets, traders borrow its exposure. This contract has
        custody of every token and writes every position.

Who takes part
    liquidity providers  mint and redeem shares through the Pool, where anybody may swap; a fee pulls it toward its target weights
    traders              hold accounts with cross margin over several collateral assets and markets, trade at the Desk, and leave orders
                         with the OrderBook
    keepers              execute orders, liquidate accounts below maintenance margin and deleverage winners through the Liquidator, paid
                         into an account of their own
    risk controller      lists and unlists assets and markets, fills policy slots, after notice and by steps; lets a market be settled whose
                         price is lost for good; changes the mode, for a time

What always holds
    1. every token is in the pool or in the collateral of an account, and nothing else counts (a direct transfer changes nothing)
    2. the sums per side (size, cost, what was already charged) are exactly the sums over positions; what an index took of a profit stands in
       Cohorts until the position changes, and counts from the call that took it
    3. reserved tokens never exceed the pool's
    4. at fixed prices and time no call but the realisation of bad debt lowers the value of a share, while no side's profit is capped
       (a winner who leaves is paid out of what the cap is a share of)
    5. funding is paid out of what was collected, where all of it is for the other side; where it is settled per unit the pool stands
       between the sides, never owes more than it was owed before, and has it in its value as it accrues. Prices better than the
       oracle's are paid out of what was collected

A worked example, run by tests/contracts/test_worked_example.py
    The pool holds 1,000,000 USDC and 20 BTC at 50,000, no fees. A trader deposits 10,000 USDC and buys 2 BTC for 100,000 USD: ten-fold
    leverage, and the pool reserves 2 BTC. BTC falls 6 % to 47,000: the position has lost 6,000 and 4,000 of equity are left against 94,000 of
    notional, above 2 % maintenance. At 45,900 equity is 1,800 against 91,800, below 1,836: anybody may liquidate. A full
    liquidation sells 2 BTC at 45,900, moves 8,200 USDC into the pool, and leaves the trader 1,800 less the charges.

@dev Modules own storage, policies own economics; this file is the order of events. The lock covers every verb and every view.
     Desk, Rates, Pool and Liquidator are other contracts for the sake of size; what they may do here stands below, and each such verb
     leaves the books whole. Calls go one way: OrderBook and Liquidator to Desk to Market to Rates to policies, Pool to Market;
     Cohorts hears of positions, and calls nobody then.
"""

from .interfaces import IMarket
from .interfaces import IOracle
from .lib import constants as c
from .lib import errors as err
from .lib import fixed_point as fp
from .lib import gates
from .lib import pricing
from .modules import access
from .modules import accounts
from .modules import assets
from .modules import margin
from .modules import markets
from .modules import policies
from .modules import trading

initializes: access
initializes: policies[access := access]
initializes: assets[access := access]
initializes: accounts[assets := assets]
initializes: markets[access := access, assets := assets, policies := policies]
initializes: margin[accounts := accounts, assets := assets, markets := markets, policies := policies]
initializes: trading[accounts := accounts, assets := assets, markets := markets]

# parameters, written by the risk controller
exports: (access.set_mode, policies.set_policy, markets.set_market)
exports: (assets.set_asset, assets.set_protocol_fee, assets.set_sale_order)
# accounts
exports: (accounts.open_account, accounts.set_operator)
# reads
exports: (access.CONTROLLER, access.mode, access.reduce_only_until_s, policies.policy_of)
exports: (assets.asset_count, assets.asset_params, assets.buckets, assets.protocol_fee_wad, assets.sale_order)
exports: (accounts.account_count, accounts.owner_of, accounts.is_operator, accounts.collateral, accounts.markets_of, accounts.life_of)
exports: (markets.market_count, markets.market_params, markets.sides, markets.clocks, markets.positions, markets.funding_claims)
exports: markets.FUNDING_PER_UNIT

ORACLE: public(immutable(address))


@deploy
def __init__(controller: address, treasurer: address, oracle: address, funding_per_unit: bool):
    access.__init__(controller)
    markets.__init__(funding_per_unit)
    ORACLE = oracle
    accounts._open(self)  # insurance: owned by nobody who could withdraw
    accounts._open(treasurer)


# ------------------------------------------------------------------ reads that verbs share


@internal
@view
def _prices() -> IOracle.Price[c.MAX_FEEDS]:
    return staticcall IOracle(ORACLE).prices()


@internal
@view
def _aum(px: IOracle.Price[c.MAX_FEEDS]) -> IMarket.Aum:
    """@notice Value of the pool: its tokens minus what traders are owed. low: worst for it; high: best for it. Never below zero."""
    pool: IMarket.Aum = assets._pool_value(px)
    least: int256 = 0
    middle: int256 = 0
    most: int256 = 0
    for m: uint256 in range(markets.market_count, bound=c.MAX_MARKETS):
        low: int256 = 0
        mid: int256 = 0
        high: int256 = 0
        low, mid, high = markets._traders_pnl(m, px)
        least += low
        middle += mid
        most += high
        pool.status = max(pool.status, markets._price_of(m, px).status)
    pool.closed = markets._closed(max_value(uint256))
    pool.tokens_mid = pool.mid
    pool.low = fp.unsigned_or_zero(convert(pool.low, int256) - most)
    pool.mid = fp.unsigned_or_zero(convert(pool.mid, int256) - middle)
    pool.high = fp.unsigned_or_zero(convert(pool.high, int256) - least)
    pool.mode = access._mode()
    return pool


# ------------------------------------------------------------------ collateral


@internal
def _take_out(account: uint256, k: uint256, amount: uint256):
    """@notice Take collateral out of an account, down to initial margin, unrealised profit not counted."""
    accounts._check_authorised(account)
    err.check(amount > 0, err.ASSET_NOTHING_TO_MOVE)
    accounts._change(account, k, -convert(amount, int256))
    if accounts.markets_of[account] == 0:
        gates.check_open(gates.WITHDRAW_FREE, c.OK, access._mode(), 0)
        return
    px: IOracle.Price[c.MAX_FEEDS] = self._prices()
    markets._accrue_all(px)
    h: IMarket.Health = margin._health(account, px)
    gates.check_open(gates.WITHDRAW, h.status, access._mode(), markets._closed(accounts.markets_of[account]))
    margin._check_initial(h)


@internal
@view
def _check_enters(account: uint256, k: uint256):
    """@dev Only what has a price may support positions. If the price halts later the last value counts, and is seized last."""
    if accounts.markets_of[account] != 0:
        px: IOracle.Price[c.MAX_FEEDS] = self._prices()
        gates.check_open(gates.DEPOSIT, assets._price_of(k, px).status, access._mode(), 0)


@external
def deposit_collateral(account: uint256, k: uint256, amount: uint256):
    """@notice Anybody may add to any account, at any time; to an account with positions only what has a price."""
    assets._check_listed(k)
    accounts._check_exists(account)
    if access.mode == c.SETUP:
        err.check(msg.sender == accounts.owner_of[c.TREASURY], err.ACCESS_CLOSED_BY_MODE)
    self._check_enters(account, k)
    accounts._change(account, k, convert(amount, int256))
    assets._pull(k, msg.sender, amount)


@external
def withdraw_collateral(account: uint256, k: uint256, amount: uint256, receiver: address):
    """@notice Take collateral out, down to initial margin, unrealised profit not counted."""
    self._take_out(account, k, amount)
    assets._push(k, receiver, amount)


@external
def transfer_collateral(account: uint256, k: uint256, amount: uint256, target: uint256):
    """
    @notice Move collateral from one account to another, as a withdrawal and a deposit in one, without the token.
    @dev What the order book gives back was the account's own: it returns even if its price has halted meanwhile.
    """
    accounts._check_exists(target)
    self._take_out(account, k, amount)
    if msg.sender != policies.policy_of[c.ORDER_BOOK]:
        self._check_enters(target, k)
    accounts._change(target, k, convert(amount, int256))


@external
def claim_funding(account: uint256, m: uint256) -> uint256:
    """
    @notice Pay funding that was earned when the pot could not cover it, or no token was free, into the account. Anybody may. @return USD WAD paid
    """
    err.check(m < markets.market_count, err.MARKET_NOT_LISTED)
    px: IOracle.Price[c.MAX_FEEDS] = self._prices()
    status: uint256 = assets._price_of(markets.market_params[m].short_asset, px).status
    gates.check_open(gates.CLAIM, status, access._mode(), 0)
    markets._accrue_all(px)
    paid: uint256 = trading._pay_claim(account, m, px)
    err.check(paid > 0, err.CLAIM_NOTHING)
    return paid


# ------------------------------------------------------------------ what only the trade desk may do


@internal
@view
def _only(role: uint256, code: uint256):
    err.check(msg.sender == policies.policy_of[role], code)


@external
@view
def ticket(account: uint256, m: uint256, sender: address) -> IMarket.Ticket:
    """@notice What a trade desk has to know before a trade of this sender's."""
    err.check(m < markets.market_count, err.MARKET_NOT_LISTED)
    params: IMarket.MarketParams = markets.market_params[m]
    return IMarket.Ticket(
        is_authorised=sender == accounts.owner_of[account] or accounts.is_operator[account][sender],
        mode=access._mode(),
        size_wad=markets.positions[account][m].size_wad,
        sizes_wad=[markets.sides[m][c.LONG].size_wad, markets.sides[m][c.SHORT].size_wad],
        impact_pool_usd_wad=markets.clocks[m].impact_pool_usd_wad,
        feed=params.feed,
        payer_feeds=[assets.asset_params[params.long_asset].feed, assets.asset_params[params.short_asset].feed],
        is_reduce_only=params.is_reduce_only,
        trade_fee_wad=params.trade_fee_wad,
    )


@external
def settle(
    account: uint256, m: uint256, size_delta_wad: int256, price_wad: uint256, base_wad: uint256, is_forced: bool
) -> IMarket.Fill:
    """
    @notice The one way in which a size changes: at a price near one of the oracle's, its base, with the margin that it needs afterwards. A
            forced reduction pays no trade fee and asks for no margin; what the collateral cannot pay is told.
    @dev An account below maintenance may still reduce, as long as its margin ratio does not get worse. The base is the price of now, or one
         that the oracle remembers: which of them is for the desk and the order book to say.
    """
    self._only(c.TRADE_DESK, err.ACCESS_NOT_TRADE_DESK)
    px: IOracle.Price[c.MAX_FEEDS] = self._prices()
    markets._accrue_all(px)
    price: IOracle.Price = markets._price_of(m, px)
    if base_wad != (price.high if size_delta_wad > 0 else price.low):
        is_known: bool = staticcall IOracle(ORACLE).has_shown(
            markets.market_params[m].feed, base_wad, size_delta_wad > 0
        )
        err.check(is_known, err.TRADE_PRICE_UNKNOWN)
    size: int256 = markets.positions[account][m].size_wad
    grows: bool = size == 0 or (size > 0) == (size_delta_wad > 0)
    before: IMarket.Health = empty(IMarket.Health)
    fee: uint256 = 0
    if is_forced:
        err.check(not grows, err.TRADE_REDUCE_ONLY)
    else:
        gates.check_open(gates.INCREASE if grows else gates.DECREASE, c.OK, c.NORMAL, markets.clocks[m].closed)
        notional: uint256 = fp.mul_up(fp.magnitude(size_delta_wad), price_wad)
        fee = fp.mul_up(notional, markets.market_params[m].trade_fee_wad)
        if not grows:
            before = margin._health(account, px)
    fill: IMarket.Fill = trading._resize(account, m, size_delta_wad, price_wad, base_wad, fee, px)
    if not is_forced:
        err.check(fill.unpaid_usd_wad == 0, err.TRADE_LOSS_UNPAID)
        after: IMarket.Health = margin._health(account, px)
        if grows:
            gates.check_open(gates.INCREASE, after.status, access._mode(), 0)
            margin._check_initial(after)
        else:
            err.check(
                after.equity >= convert(after.maintenance, int256)
                or after.equity * convert(before.maintenance, int256)
                >= before.equity * convert(after.maintenance, int256),
                err.MARGIN_BELOW_MAINTENANCE,
            )
    return fill


# ------------------------------------------------------------------ what only the pool desk may do


@external
def exchange(
    k_in: uint256,
    amount_in: uint256,
    payer: address,
    k_out: uint256,
    amount_out: uint256,
    receiver: address,
    fee_usd_wad: uint256,
):
    """
    @notice Tokens into the pool, tokens out of it, or both. The protocol's share of the fee leaves in the asset that goes out, or else
            in the one that comes in. The buffer leaves with the last provider alone: then there is no payer.
    """
    self._only(c.POOL_DESK, err.ACCESS_NOT_POOL_DESK)
    px: IOracle.Price[c.MAX_FEEDS] = self._prices()
    if amount_in > 0:
        assets._move_pool(k_in, convert(amount_in, int256))
        err.check(assets.buckets[k_in].pool <= assets.asset_params[k_in].max_pool, err.POOL_CAP)
    if amount_out > 0:
        kept: uint256 = amount_out
        if payer != empty(address):
            kept += assets.asset_params[k_out].buffer
        err.check(assets._unreserved(k_out) >= kept, err.POOL_RESERVED)
        assets._move_pool(k_out, -convert(amount_out, int256))
    trading._skim(k_out if amount_out > 0 else k_in, fee_usd_wad, px)
    if amount_in > 0:
        assets._pull(k_in, payer, amount_in)
    if amount_out > 0:
        assets._push(k_out, receiver, amount_out)


# ------------------------------------------------------------------ what only the liquidator may do


@internal
@view
def _only_liquidator():
    self._only(c.LIQUIDATOR, err.ACCESS_NOT_LIQUIDATOR)


@external
def assign(source: uint256, target: uint256, m: uint256):
    """@notice Hand a position over at its own cost, and what it has earned: with all of the margin, that is at the bankruptcy price."""
    self._only_liquidator()
    markets._assign(source, target, m)
    accounts._hold(source, m, False)
    accounts._hold(target, m, markets.positions[target][m].size_wad != 0)


@external
def restrict(until_s: uint256):
    """@notice Reduce-only until a time: the losses of this epoch are as large as the design allows."""
    self._only_liquidator()
    access._restrict(until_s)


@external
def seize(source: uint256, target: uint256, usd_wad: uint256, is_fee: bool) -> uint256:
    """
    @notice Move collateral to another account or (target 0) to the pool; the protocol has its share of a fee. What a debt to the pool is
            beyond the collateral is set off against funding that the account has earned and nobody could pay yet.
    @return USD that was not there
    """
    self._only_liquidator()
    px: IOracle.Price[c.MAX_FEEDS] = self._prices()
    missed: uint256 = accounts._move(source, target, usd_wad, px, not is_fee)
    if is_fee:
        trading._skim(trading._settlement_asset(), usd_wad - missed, px)
    elif target == c.POOL:
        missed = trading._set_off(source, missed, True, px)
    return missed


@external
def credit(m: uint256, funding_usd_wad: uint256, fees_usd_wad: uint256):
    """
    @notice What the pool received late goes where it was owed: into the pot for the other side, and the protocol's share of fees to the
            treasury. Per unit the pool owes funding whether it was paid or not.
    """
    self._only_liquidator()
    if not markets.FUNDING_PER_UNIT:
        markets.clocks[m].funding_pot_usd_wad += funding_usd_wad
    trading._skim(markets.market_params[m].short_asset, fees_usd_wad, self._prices())
    log IMarket.PaidLate(market=m, funding_usd_wad=funding_usd_wad, fees_usd_wad=fees_usd_wad)


@external
def pay_from_pool(account: uint256, usd_wad: uint256) -> uint256:
    """@notice Pay an account out of the pool's free tokens. @return USD paid"""
    self._only_liquidator()
    k: uint256 = trading._settlement_asset()
    paid: uint256 = accounts._pay(account, k, usd_wad, assets._unreserved(k), self._prices())
    return paid


# ------------------------------------------------------------------ views


@external
@view
def aum() -> IMarket.Aum:
    """@notice Value of the pool as of now, accrual included."""
    return self._aum(self._prices())


@external
@view
def exposure(m: uint256) -> IMarket.Exposure:
    """@notice Profit of a market's sides at mid, and what backs them."""
    return markets._exposure(m, self._prices())


@external
def accrue() -> IMarket.Aum:
    """@notice Bring every market to now and return the pool's value. Anybody may: accrual favours nobody."""
    px: IOracle.Price[c.MAX_FEEDS] = self._prices()
    markets._accrue_all(px)
    return self._aum(px)


@external
def assess(account: uint256) -> (IMarket.Health, uint256):
    """
    @notice Bring every market to now and pay the account the funding that it can be paid. Anybody may: accrual favours nobody.
    @return (the account's margin, mode in force)
    """
    px: IOracle.Price[c.MAX_FEEDS] = self._prices()
    markets._accrue_all(px)
    for m: uint256 in range(markets.market_count, bound=c.MAX_MARKETS):
        trading._pay_claim(account, m, px)
    return margin._health(account, px), access._mode()


@external
@view
def health(account: uint256) -> IMarket.Health:
    """@notice Margin of an account as of now, accrual included."""
    return margin._health(account, self._prices())
