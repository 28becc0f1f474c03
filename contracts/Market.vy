# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Market
@notice A perpetual demand lending pool: liquidity providers lend a basket of assets, traders borrow its exposure.

Who takes part
    liquidity providers  mint and redeem shares of the pool, anybody swaps against it; a fee pulls it toward its target weights
    traders              hold accounts with cross margin over several collateral assets and markets
    keepers              liquidate accounts below maintenance margin through the Liquidator, paid into an account of their own
    risk controller      lists assets and markets, fills policy slots, changes the mode; it cannot move anybody's tokens

What always holds
    1. every token is in the pool or in the collateral of an account, and nothing else counts (a direct transfer changes nothing)
    2. the sums per side (size, cost, what was already charged) are exactly the sums over positions
    3. reserved tokens never exceed the pool's
    4. at fixed prices and time no call but the realisation of bad debt lowers the value of a share
    5. funding is paid out of what was collected

A worked example, run by tests/contracts/test_worked_example.py
    The pool holds 1,000,000 USDC and 20 BTC at 50,000, no fees. A trader deposits 10,000 USDC and buys 2 BTC for 100,000 USD: ten-fold
    leverage, and the pool reserves 2 BTC. BTC falls 6 % to 47,000: the position has lost 6,000 and 4,000 of equity are left against 94,000 of
    notional, above 2 % maintenance. At 45,900 equity is 1,800 against 91,800, below 1,836: anybody may liquidate. A full
    liquidation sells 2 BTC at 45,900, moves 8,200 USDC into the pool, and leaves the trader 1,800 less the charges.

@dev Modules own storage, policies own economics; this file is the order of events. The lock covers every verb and every view.
"""

from .interfaces import IMargin
from .interfaces import IMarket
from .interfaces import IOracle
from .interfaces import IPriceImpact
from .interfaces import IWeightFee
from .lib import constants as c
from .lib import errors as err
from .lib import fixed_point as fp
from .lib import gates
from .lib import pricing
from .modules import access
from .modules import accounts
from .modules import assets
from .modules import markets
from .modules import policies
from .modules import shares

initializes: access
initializes: shares
initializes: policies[access := access]
initializes: assets[access := access]
initializes: accounts[assets := assets]
initializes: markets[access := access, assets := assets, policies := policies]

# parameters, written by the risk controller
exports: (access.set_mode, policies.set_policy, assets.set_asset, assets.set_protocol_fee, markets.set_market)
# accounts and shares
exports: (accounts.open_account, accounts.set_operator)
exports: (shares.transfer, shares.transferFrom, shares.approve)
# reads
exports: (access.CONTROLLER, access.mode, policies.policy_of, policies.memo_of)
exports: (assets.asset_count, assets.asset_params, assets.buckets, assets.protocol_fee_wad)
exports: (accounts.account_count, accounts.owner_of, accounts.is_operator, accounts.collateral, accounts.markets_of)
exports: (markets.market_count, markets.market_params, markets.sides, markets.clocks, markets.positions, markets.funding_claims)
exports: (shares.name, shares.symbol, shares.decimals, shares.totalSupply, shares.balanceOf, shares.allowance)

# Shares that nobody owns, minted with the first deposit: a share's price cannot be inflated by a donation or a dust position.
DEAD_SHARES: constant(uint256) = 10**9

ORACLE: public(immutable(address))


@deploy
def __init__(controller: address, treasurer: address, oracle: address):
    access.__init__(controller)
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
    return IMarket.Aum(
        low=fp.unsigned_or_zero(convert(pool.low, int256) - most),
        mid=fp.unsigned_or_zero(convert(pool.mid, int256) - middle),
        high=fp.unsigned_or_zero(convert(pool.high, int256) - least),
        status=pool.status,
    )


@internal
@view
def _status(m: uint256, side: uint256, px: IOracle.Price[c.MAX_FEEDS]) -> uint256:
    """@notice Worst price status that a position on this side rests on: its market's and that of the asset that pays it."""
    return max(markets._price_of(m, px).status, assets._price_of(markets._side_asset(m, side), px).status)


@internal
@view
def _health(account: uint256, px: IOracle.Price[c.MAX_FEEDS]) -> IMarket.Health:
    h: IMarket.Health = empty(IMarket.Health)
    h.collateral, h.collateral_status = accounts._collateral_value(account, px)
    h.equity = convert(h.collateral, int256)
    h.free = h.equity
    held: uint256 = accounts.markets_of[account]
    if held == 0:
        return h
    for m: uint256 in range(markets.market_count, bound=c.MAX_MARKETS):
        if held & (1 << m) == 0:
            continue
        pos: IMarket.Position = markets.positions[account][m]
        a: markets.Accrual = markets._accrued(m, px)
        is_long: bool = pos.size_wad > 0
        side: uint256 = c.LONG if is_long else c.SHORT
        size: uint256 = convert(abs(pos.size_wad), uint256)
        price: IOracle.Price = markets._price_of(m, px)
        price_wad: uint256 = price.low if is_long else price.high
        pnl: int256 = pricing.pnl_down(size, pos.cost_usd_wad, price_wad, is_long)
        borrow: uint256 = 0
        funding: int256 = 0
        borrow, funding = markets._owed(pos, a.sides[side])
        if pnl > 0:
            # Profit counts as the tokens that it would be paid in.
            k: uint256 = markets._side_asset(m, side)
            scale: uint256 = assets.asset_params[k].scale
            tokens: uint256 = pricing.amount_down(convert(pnl, uint256), scale, assets._price_of(k, px).high)
            usd: uint256 = pricing.value_down(min(tokens, pos.reserve), scale, assets._price_of(k, px).low)
            pnl = convert(fp.mul_down(usd, c.WAD - assets.asset_params[k].haircut_wad), int256)
        # Funding that was earned counts when it is claimed, not before.
        owed: int256 = convert(borrow, int256) + max(funding, 0)
        h.equity += pnl - owed
        h.free += min(pnl, 0) - owed
        h.notionals[m] = fp.mul_up(size, price_wad)
        h.status = max(h.status, self._status(m, side, px))
    h.initial, h.maintenance = staticcall IMargin(policies.policy_of[c.MARGIN]).requirement(h.notionals)
    err.check(h.initial >= h.maintenance, err.POLICY_MARGIN_CROSSED)
    return h


@internal
@view
def _check_initial(h: IMarket.Health):
    err.check(h.free >= convert(h.initial, int256), err.MARGIN_BELOW_INITIAL)


# ------------------------------------------------------------------ liquidity


@internal
@view
def _weight_fee(
    kind: uint256, k: uint256, other: uint256, usd_wad: uint256, pool_wad: uint256, increases: bool,
    px: IOracle.Price[c.MAX_FEEDS],
) -> uint256:
    """@notice Fee for moving `usd_wad` of asset k into (increases) or out of a pool whose tokens are worth `pool_wad`."""
    fee_wad: uint256 = staticcall IWeightFee(policies.policy_of[c.WEIGHT_FEE]).fee(
        kind,
        k,
        other,
        pricing.value_down(assets.buckets[k].pool, assets.asset_params[k].scale, assets._price_of(k, px).mid),
        fp.mul_down(pool_wad, assets.asset_params[k].target_weight_wad),
        usd_wad,
        increases,
    )
    err.check(fee_wad < max_value(uint256), err.POOL_WEIGHT_BAND)
    err.check(fee_wad <= c.MAX_FEE_WAD, err.POLICY_FEE_TOO_HIGH)
    return fee_wad


@internal
def _enter_pool(k: uint256, amount: uint256):
    err.check(assets.buckets[k].pool + amount <= assets.asset_params[k].max_pool, err.POOL_CAP)
    assets._add_to_pool(k, amount)


@internal
def _leave_pool(k: uint256, amount: uint256):
    kept: uint256 = assets.buckets[k].reserved + assets.asset_params[k].buffer
    err.check(assets.buckets[k].pool >= amount + kept, err.POOL_RESERVED)
    assets._take_from_pool(k, amount)


@internal
def _skim(k: uint256, fee_usd_wad: uint256, px: IOracle.Price[c.MAX_FEEDS]):
    """@notice The protocol's share of a fee leaves the pool; what reserves do not let go stays with the liquidity providers."""
    share: uint256 = fp.mul_down(fee_usd_wad, assets.protocol_fee_wad)
    free: uint256 = fp.sub_or_zero(assets._unreserved(k), assets.asset_params[k].buffer)
    accounts._pay(c.TREASURY, k, share, free, px)


@external
def mint(k: uint256, amount: uint256, min_shares: uint256, receiver: address) -> (uint256, uint256):
    """
    @notice Deposit an asset, valued at its low price, for shares at the pool's high value.
    @return (shares, fee in USD WAD)
    """
    assets._check_listed(k)
    px: IOracle.Price[c.MAX_FEEDS] = self._prices()
    markets._accrue_all(px)
    aum: IMarket.Aum = self._aum(px)
    price: IOracle.Price = assets._price_of(k, px)
    gates.check_open(gates.MINT, max(aum.status, price.status), access.mode)

    usd: uint256 = pricing.value_down(amount, assets.asset_params[k].scale, price.low)
    fee_wad: uint256 = self._weight_fee(c.MINT, k, k, usd, assets._pool_value(px).mid, True, px)
    fee_usd: uint256 = fp.mul_up(usd, fee_wad)
    minted: uint256 = usd - fee_usd
    if shares.totalSupply == 0:
        err.check(minted > DEAD_SHARES, err.SHARES_TOO_FEW)
        minted -= DEAD_SHARES
        shares._mint(self, DEAD_SHARES)
    else:
        err.check(aum.low > 0, err.POOL_WORTHLESS)
        minted = fp.mul_div_down(minted, shares.totalSupply, aum.high)
    err.check(minted > 0 and minted >= min_shares, err.SHARES_TOO_FEW)

    self._enter_pool(k, amount)
    self._skim(k, fee_usd, px)
    shares._mint(receiver, minted)
    assets._pull(k, amount)
    log IMarket.Minted(asset=k, receiver=receiver, amount=amount, shares=minted, fee_usd_wad=fee_usd)
    return minted, fee_usd


@external
def redeem(k: uint256, amount: uint256, min_amount: uint256, receiver: address) -> (uint256, uint256):
    """
    @notice Burn `amount` shares at the pool's low value for an asset at its high price.
    @return (tokens, fee in USD WAD)
    """
    assets._check_listed(k)
    px: IOracle.Price[c.MAX_FEEDS] = self._prices()
    markets._accrue_all(px)
    aum: IMarket.Aum = self._aum(px)
    price: IOracle.Price = assets._price_of(k, px)
    gates.check_open(gates.REDEEM, max(aum.status, price.status), access.mode)

    supply: uint256 = shares.totalSupply
    shares._burn(msg.sender, amount)
    usd: uint256 = 0
    if amount > 0:
        usd = fp.mul_div_down(amount, aum.low, supply)
    fee_wad: uint256 = self._weight_fee(c.REDEEM, k, k, usd, assets._pool_value(px).mid, False, px)
    fee_usd: uint256 = fp.mul_up(usd, fee_wad)
    tokens: uint256 = pricing.amount_down(usd - fee_usd, assets.asset_params[k].scale, price.high)
    err.check(tokens > 0 and tokens >= min_amount, err.TOKENS_TOO_FEW)

    self._leave_pool(k, tokens)
    self._skim(k, fee_usd, px)
    assets._push(k, receiver, tokens)
    log IMarket.Redeemed(asset=k, receiver=receiver, amount=tokens, shares=amount, fee_usd_wad=fee_usd)
    return tokens, fee_usd


@external
def swap(k: uint256, j: uint256, amount: uint256, min_amount: uint256, receiver: address) -> (uint256, uint256):
    """
    @notice Give asset k at its low price, take asset j at its high price.
    @return (tokens of j, fee in USD WAD)
    """
    assets._check_listed(k)
    assets._check_listed(j)
    err.check(k != j, err.SWAP_SAME_ASSET)
    px: IOracle.Price[c.MAX_FEEDS] = self._prices()
    # What the pool holds sets the utilisation: past time is charged before it moves.
    markets._accrue_all(px)
    pool: IMarket.Aum = assets._pool_value(px)
    price_in: IOracle.Price = assets._price_of(k, px)
    price_out: IOracle.Price = assets._price_of(j, px)
    gates.check_open(gates.SWAP, max(pool.status, max(price_in.status, price_out.status)), access.mode)

    usd: uint256 = pricing.value_down(amount, assets.asset_params[k].scale, price_in.low)
    fee_in_wad: uint256 = self._weight_fee(c.SWAP, k, j, usd, pool.mid, True, px)
    fee_out_wad: uint256 = self._weight_fee(c.SWAP, j, k, usd, pool.mid, False, px)
    fee_usd: uint256 = fp.mul_up(usd, max(fee_in_wad, fee_out_wad))
    tokens: uint256 = pricing.amount_down(usd - fee_usd, assets.asset_params[j].scale, price_out.high)
    err.check(tokens > 0 and tokens >= min_amount, err.TOKENS_TOO_FEW)

    self._enter_pool(k, amount)
    self._leave_pool(j, tokens)
    self._skim(j, fee_usd, px)
    assets._pull(k, amount)
    assets._push(j, receiver, tokens)
    log IMarket.Swapped(
        asset_in=k, asset_out=j, receiver=receiver, amount_in=amount, amount_out=tokens, fee_usd_wad=fee_usd
    )
    return tokens, fee_usd


# ------------------------------------------------------------------ collateral


@external
def deposit_collateral(account: uint256, k: uint256, amount: uint256):
    """
    @notice Anybody may add to any account, at any time; to an account with positions only what has a price.
    @dev Collateral whose price halts later keeps its last value for maintenance and is seized last: neither a wei of it nor the halt
         itself stops a liquidation.
    """
    assets._check_listed(k)
    accounts._check_exists(account, err.ACCOUNT_UNKNOWN)
    if accounts.markets_of[account] != 0:
        px: IOracle.Price[c.MAX_FEEDS] = self._prices()
        gates.check_open(gates.DEPOSIT, assets._price_of(k, px).status, access.mode)
    accounts._credit(account, k, amount)
    assets._pull(k, amount)


@external
def withdraw_collateral(account: uint256, k: uint256, amount: uint256, receiver: address):
    """@notice Take collateral out, down to initial margin, unrealised profit not counted."""
    accounts._check_authorised(account)
    accounts._debit(account, k, amount)
    if accounts.markets_of[account] == 0:
        gates.check_open(gates.WITHDRAW_FREE, c.OK, access.mode)
    else:
        px: IOracle.Price[c.MAX_FEEDS] = self._prices()
        markets._accrue_all(px)
        h: IMarket.Health = self._health(account, px)
        gates.check_open(gates.WITHDRAW, max(h.status, h.collateral_status), access.mode)
        self._check_initial(h)
    assets._push(k, receiver, amount)


@external
def claim_funding(account: uint256, m: uint256) -> uint256:
    """
    @notice Pay funding that was earned when the pot could not cover it. @return USD WAD paid
    """
    accounts._check_authorised(account)
    err.check(m < markets.market_count, err.MARKET_NOT_LISTED)
    px: IOracle.Price[c.MAX_FEEDS] = self._prices()
    status: uint256 = self._status(m, c.SHORT, px)
    gates.check_open(gates.CLAIM, status, access.mode)
    markets._accrue_all(px)
    paid: uint256 = self._pay_claim(account, m, px)
    err.check(paid > 0, err.CLAIM_NOTHING)
    return paid


# ------------------------------------------------------------------ trading


@internal
def _pay_claim(account: uint256, m: uint256, px: IOracle.Price[c.MAX_FEEDS]) -> uint256:
    """@notice Funding leaves the pot only as far as it was paid in; the rest stays claimable."""
    pot: uint256 = markets.clocks[m].funding_pot_usd_wad
    usd: uint256 = min(markets.funding_claims[account][m], pot)
    if usd == 0:
        return 0
    k: uint256 = markets.market_params[m].short_asset
    paid: uint256 = accounts._pay(account, k, usd, assets._unreserved(k), px)
    if paid == 0:
        return 0
    markets.clocks[m].funding_pot_usd_wad = pot - paid
    markets.funding_claims[account][m] -= paid
    log IMarket.FundingClaimed(account=account, market=m, usd_wad=paid)
    return paid


@internal
def _resize(
    account: uint256, m: uint256, delta: int256, price_wad: uint256, fee: uint256, px: IOracle.Price[c.MAX_FEEDS]
) -> (IMarket.Fill, uint256):
    """
    @notice Settle what the position owes, change its size at a price, and move the difference between account and pool.
    @dev The profit of the part that closes is limited to the tokens that were reserved for it.
    @return (fill, loss that the collateral could not pay)
    """
    old: IMarket.Position = markets.positions[account][m]
    new: IMarket.Position = old
    is_long: bool = old.size_wad > 0 or (old.size_wad == 0 and delta > 0)
    side: uint256 = c.LONG if is_long else c.SHORT
    k: uint256 = markets._side_asset(m, side)
    s: IMarket.Side = markets.sides[m][side]
    old_size: uint256 = convert(abs(old.size_wad), uint256)
    moved: uint256 = convert(abs(delta), uint256)

    fill: IMarket.Fill = empty(IMarket.Fill)
    fill.size_delta_wad = delta
    fill.price_wad = price_wad
    fill.fee_usd_wad = fee
    fill.borrow_usd_wad, fill.funding_usd_wad = markets._owed(old, s)
    if fill.funding_usd_wad < 0:
        markets.funding_claims[account][m] += convert(-fill.funding_usd_wad, uint256)
    funding: uint256 = fp.unsigned_or_zero(fill.funding_usd_wad)
    fees: uint256 = fill.borrow_usd_wad + fee
    fill.settled_usd_wad = -convert(fees + funding, int256)

    released: uint256 = 0
    new.size_wad = old.size_wad + delta
    if (delta > 0) == is_long:
        cost: uint256 = fp.mul_down(moved, price_wad)
        if is_long:
            cost = fp.mul_up(moved, price_wad)
        new.cost_usd_wad = old.cost_usd_wad + cost
        new.reserve = old.reserve + pricing.amount_up(
            fp.mul_up(cost, markets.market_params[m].reserve_factor_wad),
            assets.asset_params[k].scale,
            assets._price_of(k, px).low,
        )
    else:
        # The cost that leaves is rounded against the trader, and whole when the position closes.
        cost: uint256 = fp.mul_div_down(old.cost_usd_wad, moved, old_size)
        if is_long:
            cost = fp.mul_div_up(old.cost_usd_wad, moved, old_size)
        released = fp.mul_div_down(old.reserve, moved, old_size)
        new.cost_usd_wad = old.cost_usd_wad - cost
        new.reserve = old.reserve - released
        fill.settled_usd_wad += pricing.pnl_down(moved, cost, price_wad, is_long)
    new.borrow_debt_usd_wad = fp.mul_down(new.cost_usd_wad, s.borrow_index_wad)
    new.funding_debt_usd_wad = fp.signed_mul_down(abs(new.size_wad), s.funding_index_wad)
    if new.size_wad == 0:
        new = empty(IMarket.Position)
        accounts.markets_of[account] &= ~(1 << m)
    else:
        accounts.markets_of[account] |= 1 << m
    markets._store(account, m, side, old, new)

    unpaid: uint256 = 0
    if fill.settled_usd_wad < 0:
        unpaid = accounts._move(account, c.POOL, convert(-fill.settled_usd_wad, uint256), px, False)
    else:
        accounts._pay(account, k, convert(fill.settled_usd_wad, uint256), released, px)
    # A shortfall is missing from the pot first: the pot never promises what did not arrive.
    markets.clocks[m].funding_pot_usd_wad += fp.sub_or_zero(funding, unpaid)
    self._pay_claim(account, m, px)
    self._skim(markets.market_params[m].short_asset, fp.sub_or_zero(fees, unpaid), px)
    log IMarket.Traded(account=account, market=m, fill=fill)
    return fill, unpaid


@internal
def _fill_price(m: uint256, delta: int256, grows: bool, px: IOracle.Price[c.MAX_FEEDS]) -> uint256:
    """@notice Buys from the high price up, sells from the low price down, within the hard bound."""
    price: IOracle.Price = markets._price_of(m, px)
    base: uint256 = price.high if delta > 0 else price.low
    memo: uint256 = policies.memo_of[c.PRICE_IMPACT][m]
    fill: uint256 = 0
    fill, memo = staticcall IPriceImpact(policies.policy_of[c.PRICE_IMPACT]).fill_price(
        m,
        base,
        delta,
        grows,
        fp.mul_down(markets.sides[m][c.LONG].size_wad, price.mid),
        fp.mul_down(markets.sides[m][c.SHORT].size_wad, price.mid),
        memo,
    )
    policies._remember(c.PRICE_IMPACT, m, memo)
    bound: uint256 = fp.mul_down(base, c.MAX_IMPACT_WAD)
    if delta > 0:
        err.check(fill >= base and fill <= base + bound, err.POLICY_IMPACT_TOO_HIGH)
    else:
        err.check(fill <= base and fill >= base - bound, err.POLICY_IMPACT_TOO_HIGH)
    return fill


@external
def trade(account: uint256, m: uint256, size_delta_wad: int256, acceptable_price_wad: uint256) -> IMarket.Fill:
    """
    @notice Change a position by `size_delta_wad` (> 0 buys). A trade against a position closes at most all of it.
    @dev An account below maintenance may still reduce, as long as its margin ratio does not get worse.
    """
    accounts._check_authorised(account)
    err.check(account > c.TREASURY, err.ACCOUNT_UNKNOWN)
    err.check(m < markets.market_count, err.MARKET_NOT_LISTED)
    err.check(size_delta_wad != 0, err.TRADE_NOTHING)
    px: IOracle.Price[c.MAX_FEEDS] = self._prices()
    markets._accrue_all(px)

    size: int256 = markets.positions[account][m].size_wad
    delta: int256 = size_delta_wad
    grows: bool = size == 0 or (size > 0) == (delta > 0)
    status: uint256 = self._status(m, c.LONG if (size > 0 or (size == 0 and delta > 0)) else c.SHORT, px)
    before: IMarket.Health = empty(IMarket.Health)
    if grows:
        err.check(not markets.market_params[m].is_reduce_only, err.TRADE_REDUCE_ONLY)
    else:
        delta = max(delta, -size) if size > 0 else min(delta, -size)
        before = self._health(account, px)
        gates.check_open(gates.DECREASE, status, access.mode)
    if grows:
        gates.check_open(gates.INCREASE, status, access.mode)

    price_wad: uint256 = self._fill_price(m, delta, grows, px)
    if delta > 0:
        err.check(price_wad <= acceptable_price_wad, err.TRADE_PRICE_TOO_HIGH)
    else:
        err.check(price_wad >= acceptable_price_wad, err.TRADE_PRICE_TOO_LOW)
    fee: uint256 = fp.mul_up(fp.mul_up(convert(abs(delta), uint256), price_wad), markets.market_params[m].trade_fee_wad)
    fill: IMarket.Fill = empty(IMarket.Fill)
    unpaid: uint256 = 0
    fill, unpaid = self._resize(account, m, delta, price_wad, fee, px)
    err.check(unpaid == 0, err.TRADE_LOSS_UNPAID)

    cost: uint256 = markets.positions[account][m].cost_usd_wad
    after: IMarket.Health = self._health(account, px)
    if grows:
        side: uint256 = c.LONG if delta > 0 else c.SHORT
        err.check(cost >= markets.market_params[m].min_position_usd_wad, err.TRADE_POSITION_TOO_SMALL)
        err.check(
            markets.sides[m][side].cost_usd_wad <= markets.market_params[m].max_open_interest_usd_wad,
            err.TRADE_OPEN_INTEREST_CAP,
        )
        gates.check_open(gates.INCREASE, max(after.status, after.collateral_status), access.mode)
        self._check_initial(after)
    else:
        err.check(
            delta == -size or cost >= markets.market_params[m].min_position_usd_wad, err.TRADE_POSITION_TOO_SMALL
        )
        err.check(
            after.equity >= convert(after.maintenance, int256)
            or after.equity * convert(before.maintenance, int256) >= before.equity * convert(after.maintenance, int256),
            err.MARGIN_BELOW_MAINTENANCE,
        )
    return fill


# ------------------------------------------------------------------ what only the liquidator may do


@internal
@view
def _only_liquidator():
    err.check(msg.sender == policies.policy_of[c.LIQUIDATOR], err.ACCESS_NOT_LIQUIDATOR)


@external
def force_close(account: uint256, m: uint256, size_delta_wad: int256) -> (uint256, uint256, uint256):
    """
    @notice Reduce a position at the oracle's price, without the owner.
    @return (USD closed, loss that collateral could not pay, borrow fee settled)
    """
    self._only_liquidator()
    px: IOracle.Price[c.MAX_FEEDS] = self._prices()
    price: IOracle.Price = markets._price_of(m, px)
    price_wad: uint256 = price.high if size_delta_wad > 0 else price.low
    fill: IMarket.Fill = empty(IMarket.Fill)
    unpaid: uint256 = 0
    fill, unpaid = self._resize(account, m, size_delta_wad, price_wad, 0, px)
    return fp.mul_down(convert(abs(size_delta_wad), uint256), price_wad), unpaid, fill.borrow_usd_wad


@external
def seize(source: uint256, target: uint256, usd_wad: uint256) -> uint256:
    """@notice Move collateral to another account or (target 0) to the pool. @return USD that was not there"""
    self._only_liquidator()
    missed: uint256 = accounts._move(source, target, usd_wad, self._prices(), True)
    return missed


@external
def take_fee(account: uint256, usd_wad: uint256) -> uint256:
    """@notice Move a fee from an account to the pool, and the protocol's share on. @return USD that was taken"""
    self._only_liquidator()
    px: IOracle.Price[c.MAX_FEEDS] = self._prices()
    missed: uint256 = accounts._move(account, c.POOL, usd_wad, px, False)
    self._skim(self._settlement_asset(), usd_wad - missed, px)
    return usd_wad - missed


@external
def pay_from_pool(account: uint256, usd_wad: uint256) -> uint256:
    """@notice Pay an account out of the pool's free tokens. @return USD paid"""
    self._only_liquidator()
    k: uint256 = self._settlement_asset()
    paid: uint256 = accounts._pay(account, k, usd_wad, assets._unreserved(k), self._prices())
    return paid


@external
def remember(account: uint256, memo: uint256):
    """@notice Keep the liquidation policy's word for an account."""
    self._only_liquidator()
    policies._remember(c.LIQUIDATION, account, memo)


@internal
@view
def _settlement_asset() -> uint256:
    """@notice The asset that account-wide fees and rewards leave the pool in."""
    return markets.market_params[0].short_asset


# ------------------------------------------------------------------ views


@external
@view
def aum() -> IMarket.Aum:
    """@notice Value of the pool as of now, accrual included."""
    return self._aum(self._prices())


@external
def assess(account: uint256) -> IMarket.Health:
    """@notice Bring the account's markets to now and return its margin. Anybody may: accrual favours nobody."""
    px: IOracle.Price[c.MAX_FEEDS] = self._prices()
    markets._accrue_all(px)
    return self._health(account, px)


@external
@view
def health(account: uint256) -> IMarket.Health:
    """@notice Margin of an account as of now, accrual included."""
    return self._health(account, self._prices())
