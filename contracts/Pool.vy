# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Pool
@notice The liquidity providers' side: shares of the pool, and swaps against it. A fee pulls the pool toward its target weights; a rebate
        for moving it there is paid out of earlier fees alone.
@dev Market has custody of the tokens and opens one verb, `exchange`, to this contract. Tokens move last.
"""

from .interfaces import IMarket
from .interfaces import IOracle
from .interfaces import IPool
from .interfaces import IWeightFee
from .lib import constants as c
from .lib import errors as err
from .lib import fixed_point as fp
from .lib import gates
from .lib import pricing
from .modules import access
from .modules import policies
from .modules import shares
from .modules import windows

initializes: access
initializes: policies[access := access]
initializes: windows
initializes: shares[windows := windows]

exports: (shares.transfer, shares.transferFrom, shares.approve)
exports: (shares.name, shares.symbol, shares.decimals, shares.totalSupply, shares.balanceOf, shares.allowance)
exports: shares.locked_until_s
exports: (windows.window, windows.window_started_s, windows.window_ends_s, windows.window_supply, windows.window_shares)
exports: (windows.redeemed, windows.minted)
exports: (access.CONTROLLER, policies.set_policy, policies.policy_of)

NO_PROFIT_CAP_WAD: constant(uint256) = 1_000 * 10**18  # the largest share there is stands for no cap
DUST_USD_WAD: constant(uint256) = 10**18  # what the dead shares may be worth without being missed
NEAR_CAP_WAD: constant(uint256) = 95 * 10**16

MARKET: public(immutable(IMarket))
ORACLE: public(immutable(IOracle))

params: public(IPool.PoolParams)
rebate_budget_usd_wad: public(uint256)
uncapped_markets: uint256  # bitmap of markets that are known to have no profit cap


# What a verb looks at: one accrual, one set of prices.
struct Desk:
    gross_low: uint256  # the pool's low value, the rebate budget included
    aum: IMarket.Aum  # the rebate budget is not the shareholders'
    prices: IOracle.Price[c.MAX_FEEDS]


@deploy
def __init__(market: address, controller: address):
    MARKET = IMarket(market)
    ORACLE = IOracle(staticcall IMarket(market).ORACLE())
    access.__init__(controller)
    self.params.max_aum_usd_wad = max_value(uint256)
    self.params.redeem_limit_wad = c.WAD


@external
def set_params(params: IPool.PoolParams):
    """@notice Limits and the rebate share; the controller has checked them."""
    access._only_controller()
    self.params = params
    log IPool.PoolChanged(params=params)


# ------------------------------------------------------------------ value


@internal
@view
def _status() -> uint256:
    """@notice Worst price of what the pool holds and of the markets that somebody is in: no door is shut by what concerns nobody."""
    prices: IOracle.Price[c.MAX_FEEDS] = staticcall ORACLE.prices()
    worst: uint256 = c.OK
    assets: uint256 = staticcall MARKET.asset_count()
    for k: uint256 in range(assets, bound=c.MAX_ASSETS):
        asset: IMarket.AssetParams = staticcall MARKET.asset_params(k)
        bucket: IMarket.Buckets = staticcall MARKET.buckets(k)
        if bucket.pool > 0:
            worst = max(worst, prices[asset.feed].status)
    markets: uint256 = staticcall MARKET.market_count()
    for m: uint256 in range(markets, bound=c.MAX_MARKETS):
        params: IMarket.MarketParams = staticcall MARKET.market_params(m)
        long: IMarket.Side = staticcall MARKET.sides(m, c.LONG)
        short: IMarket.Side = staticcall MARKET.sides(m, c.SHORT)
        if long.size_wad + short.size_wad > 0:
            worst = max(worst, prices[params.feed].status)
    return worst


@internal
@view
def _net(gross: IMarket.Aum) -> IMarket.Aum:
    """@notice The shareholders' part of the pool's value."""
    aum: IMarket.Aum = gross
    if aum.status > c.OK:  # of all markets
        aum.status = self._status()
    budget: uint256 = self.rebate_budget_usd_wad
    aum.low = fp.sub_or_zero(aum.low, budget)
    aum.mid = fp.sub_or_zero(aum.mid, budget)
    aum.high = fp.sub_or_zero(aum.high, budget)
    return aum


@external
@view
def aum() -> IMarket.Aum:
    """@notice What all shares are worth now, accrual included."""
    return self._net(staticcall MARKET.aum())


@internal
@view
def _uncovered() -> uint256:
    """@notice Losses of traders beyond what their accounts may have won in other markets, USD WAD at mid."""
    lost: uint256 = 0
    won: uint256 = 0
    worst: uint256 = 0  # of a market's losses and its winners' profits, which are no accounts of its losers
    count: uint256 = staticcall MARKET.market_count()
    for m: uint256 in range(count, bound=c.MAX_MARKETS):
        exposure: IMarket.Exposure = staticcall MARKET.exposure(m)
        moved: uint256 = 0
        for i: uint256 in range(2):
            moved += convert(abs(exposure.pnl[i]), uint256)
            if exposure.pnl[i] > 0:
                won += convert(exposure.pnl[i], uint256)
            else:
                lost += convert(-exposure.pnl[i], uint256)
        worst = max(worst, moved)
    if lost == 0:
        return 0
    return fp.sub_or_zero(max(lost, worst), won)


@internal
@view
def _pending_losses(px: IOracle.Price[c.MAX_FEEDS]) -> uint256:
    """
    @notice Losses that the prices show and nobody can pay: what is left when all collateral and all insurance are gone. They are in the
            pool's value until liquidations book them; who leaves before that pays his part. No less than this is lost; what an account
            lacks beside rich ones is not seen in sums (Lens.under_water).
    """
    uncovered: uint256 = self._uncovered()
    if uncovered == 0:
        return 0
    means: uint256 = 0
    listed: uint256 = staticcall MARKET.asset_count()
    for k: uint256 in range(listed, bound=c.MAX_ASSETS):
        asset: IMarket.AssetParams = staticcall MARKET.asset_params(k)
        bucket: IMarket.Buckets = staticcall MARKET.buckets(k)
        treasury: uint256 = staticcall MARKET.collateral(c.TREASURY, k)
        means += pricing.value_up(bucket.collateral - treasury, asset.scale, px[asset.feed].mid)
    return fp.sub_or_zero(uncovered, means)


@external
@view
def pending_losses() -> uint256:
    """@notice USD WAD of losses that the prices show and that all collateral together cannot pay; redemptions pay their part of it."""
    return self._pending_losses(staticcall ORACLE.prices())


@external
@view
def redeemable(holder: address) -> uint256:
    """@notice Shares that the delay and the window let a holder redeem now; prices and reserves have their own say."""
    if shares.locked_until_s[holder] > block.timestamp:
        return 0
    return windows._redeemable(
        holder, shares.balanceOf[holder], shares.totalSupply, self.params.redeem_limit_wad
    )


@internal
def _open() -> Desk:
    aum: IMarket.Aum = extcall MARKET.accrue()
    return Desk(gross_low=aum.low, aum=self._net(aum), prices=staticcall ORACLE.prices())


@internal
def _check_uncapped():
    """
    @notice A side's profit is capped at a share of what backs it: while the cap binds, whoever adds to the backing pays the winners, and
            whoever takes from it takes from them. Neither is open from a little below the cap on (GMX v2 closes both by factors of
            their own, gmx-synthetics, MarketUtils.sol, validateMaxPnl).
    """
    count: uint256 = staticcall MARKET.market_count()
    for m: uint256 in range(count, bound=c.MAX_MARKETS):
        if (self.uncapped_markets >> m) & 1 == 1:
            continue
        params: IMarket.MarketParams = staticcall MARKET.market_params(m)
        if params.max_profit_share_wad >= NO_PROFIT_CAP_WAD:
            self.uncapped_markets |= 1 << m  # for good: the controller only raises this parameter
            continue
        exposure: IMarket.Exposure = staticcall MARKET.exposure(m)
        for i: uint256 in range(2):
            near: uint256 = fp.mul_down(fp.mul_down(exposure.backing[i], params.max_profit_share_wad), NEAR_CAP_WAD)
            err.check(fp.unsigned_or_zero(exposure.pnl[i]) <= near, err.POOL_PROFIT_CAPPED)


@internal
@view
def _listed(k: uint256) -> IMarket.AssetParams:
    count: uint256 = staticcall MARKET.asset_count()
    err.check(k < count, err.ASSET_NOT_LISTED)
    return staticcall MARKET.asset_params(k)


# ------------------------------------------------------------------ fees and rebates


@internal
@view
def _fee(
    kind: uint256, k: uint256, other: uint256, asset: IMarket.AssetParams, usd_wad: uint256, increases: bool, desk: Desk
) -> int256:
    """@notice The policy's fee for moving USD of asset k into (increases) or out of the pool; < 0 is a rebate."""
    bucket: IMarket.Buckets = staticcall MARKET.buckets(k)
    fee_wad: int256 = staticcall IWeightFee(policies.policy_of[c.WEIGHT_FEE]).fee(
        kind,
        k,
        other,
        pricing.value_down(bucket.pool, asset.scale, desk.prices[asset.feed].mid),
        fp.mul_down(desk.aum.tokens_mid, asset.target_weight_wad),
        usd_wad,
        increases,
    )
    err.check(fee_wad < max_value(int256), err.POOL_WEIGHT_BAND)
    err.check(fp.magnitude(fee_wad) <= c.MAX_FEE_WAD, err.POLICY_FEE_TOO_HIGH)
    return fee_wad


@internal
def _settle(usd_wad: uint256, fee_wad: int256) -> (uint256, int256):
    """
    @notice Charge the fee or pay the rebate, which never exceeds what was set aside.
    @return (USD that is left to the user, fee in USD: < 0 is a rebate)
    """
    if fee_wad >= 0:
        fee_usd: uint256 = fp.mul_up(usd_wad, convert(fee_wad, uint256))
        protocol: uint256 = staticcall MARKET.protocol_fee_wad()
        kept: uint256 = fp.mul_down(fp.mul_down(fee_usd, c.WAD - protocol), self.params.rebate_share_wad)
        self._move_budget(convert(kept, int256))
        return usd_wad - fee_usd, convert(fee_usd, int256)
    rebate: int256 = -convert(
        min(fp.mul_down(usd_wad, convert(-fee_wad, uint256)), self.rebate_budget_usd_wad), int256
    )
    self._move_budget(rebate)
    return usd_wad + convert(-rebate, uint256), rebate


@internal
def _move_budget(delta: int256):
    if delta != 0:
        self.rebate_budget_usd_wad = convert(convert(self.rebate_budget_usd_wad, int256) + delta, uint256)
        log IPool.RebateBudgetMoved(delta=delta)


# ------------------------------------------------------------------ verbs


@external
def mint(k: uint256, amount: uint256, min_shares: uint256, receiver: address) -> (uint256, int256):
    """
    @notice Deposit an asset, valued at its low price, for shares at the pool's high value.
    @return (shares, fee in USD WAD; < 0 is a rebate)
    """
    asset: IMarket.AssetParams = self._listed(k)
    desk: Desk = self._open()
    price: IOracle.Price = desk.prices[asset.feed]
    mode: uint256 = desk.aum.mode
    if mode == c.SETUP and msg.sender == staticcall MARKET.owner_of(c.TREASURY):
        mode = c.NORMAL
    gates.check_open(gates.MINT, max(desk.aum.status, price.status), mode, desk.aum.closed)
    self._check_uncapped()

    usd: uint256 = pricing.value_down(amount, asset.scale, price.low)
    fee_wad: int256 = self._fee(c.MINT, k, k, asset, usd, True, desk)
    minted: uint256 = 0
    fee_usd: int256 = 0
    minted, fee_usd = self._settle(usd, fee_wad)
    supply: uint256 = shares.totalSupply
    if supply == windows.DEAD_SHARES and desk.aum.high <= DUST_USD_WAD:
        pass  # everybody has left with everything, and the pool begins again
    elif supply == 0:
        err.check(minted > windows.DEAD_SHARES, err.SHARES_TOO_FEW)
        minted -= windows.DEAD_SHARES
        shares._mint(self, windows.DEAD_SHARES)
    else:
        err.check(desk.aum.low > 0, err.POOL_WORTHLESS)
        minted = fp.mul_div_down(minted, supply, desk.aum.high)
    err.check(minted > 0 and minted >= min_shares, err.SHARES_TOO_FEW)
    err.check(desk.aum.high + usd <= self.params.max_aum_usd_wad, err.POOL_AUM_CAP)
    if self.params.redeem_delay_s > 0:
        err.check(receiver == msg.sender, err.SHARES_RECEIVER)
        shares.locked_until_s[receiver] = block.timestamp + self.params.redeem_delay_s
    shares._mint(receiver, minted)
    log IPool.Minted(asset=k, receiver=receiver, amount=amount, shares=minted, fee_usd_wad=fee_usd)
    extcall MARKET.exchange(k, amount, msg.sender, k, 0, empty(address), fp.unsigned_or_zero(fee_usd))
    return minted, fee_usd


@external
def redeem(k: uint256, amount: uint256, min_amount: uint256, receiver: address) -> (uint256, int256):
    """
    @notice Burn `amount` shares at the pool's low value, less the losses that prices show already, for an asset at its high price. Whoever leaves the others less than a
            ten-thousandth of all shares while no position is open receives his part of every other asset, too.
    @return (tokens, fee in USD WAD; < 0 is a rebate)
    """
    asset: IMarket.AssetParams = self._listed(k)
    desk: Desk = self._open()
    price: IOracle.Price = desk.prices[asset.feed]
    gates.check_open(gates.REDEEM, max(desk.aum.status, price.status), desk.aum.mode, desk.aum.closed)

    supply: uint256 = shares.totalSupply
    held: uint256 = shares.balanceOf[msg.sender]
    shares._burn(msg.sender, amount)
    if windows._is_last(amount, supply) and self._is_unreserved():
        tokens: uint256 = self._take_all(k, fp.mul_div_down(amount, desk.gross_low, supply), receiver, desk.prices)
        err.check(tokens > 0 and tokens >= min_amount, err.TOKENS_TOO_FEW)
        log IPool.Redeemed(asset=k, receiver=receiver, amount=tokens, shares=amount, fee_usd_wad=0)
        return tokens, 0
    windows._leave(
        msg.sender, held, amount, supply, self.params.redeem_limit_wad, self.params.redeem_window_s
    )
    usd: uint256 = 0
    if amount > 0:
        usd = fp.mul_div_down(amount, fp.sub_or_zero(desk.aum.low, self._pending_losses(desk.prices)), supply)
    fee_wad: int256 = self._fee(c.REDEEM, k, k, asset, usd, False, desk)
    fee_usd: int256 = 0
    usd, fee_usd = self._settle(usd, fee_wad)
    tokens: uint256 = pricing.amount_down(usd, asset.scale, price.high)
    err.check(tokens > 0 and tokens >= min_amount, err.TOKENS_TOO_FEW)
    log IPool.Redeemed(asset=k, receiver=receiver, amount=tokens, shares=amount, fee_usd_wad=fee_usd)
    extcall MARKET.exchange(k, 0, msg.sender, k, tokens, receiver, fp.unsigned_or_zero(fee_usd))
    self._check_uncapped()
    return tokens, fee_usd


@internal
@view
def _is_unreserved() -> bool:
    """@notice Whether no position is open: each reserves something."""
    count: uint256 = staticcall MARKET.asset_count()
    for k: uint256 in range(count, bound=c.MAX_ASSETS):
        bucket: IMarket.Buckets = staticcall MARKET.buckets(k)
        if bucket.reserved > 0:
            return False
    return True


@internal
def _take_all(asked: uint256, usd_wad: uint256, receiver: address, px: IOracle.Price[c.MAX_FEEDS]) -> uint256:
    """
    @notice The last provider leaves with his part of every token, for USD at low prices. There is no fee, no spread and no buffer, and
            what was set aside for rebates is the shareholders' again: there is nobody left for whom any of it could be kept.
    @return units of the asset that was asked for
    """
    self._move_budget(-convert(self.rebate_budget_usd_wad, int256))
    count: uint256 = staticcall MARKET.asset_count()
    pools: uint256[c.MAX_ASSETS] = empty(uint256[c.MAX_ASSETS])
    low: uint256 = 0
    for k: uint256 in range(count, bound=c.MAX_ASSETS):
        asset: IMarket.AssetParams = staticcall MARKET.asset_params(k)
        bucket: IMarket.Buckets = staticcall MARKET.buckets(k)
        pools[k] = bucket.pool
        low += pricing.value_down(bucket.pool, asset.scale, px[asset.feed].low)
    taken: uint256 = 0
    for k: uint256 in range(count, bound=c.MAX_ASSETS):
        tokens: uint256 = 0
        if low > 0:
            tokens = fp.mul_div_down(pools[k], usd_wad, low)
        if tokens == 0:
            continue
        if k == asked:
            taken = tokens
        else:
            log IPool.Redeemed(asset=k, receiver=receiver, amount=tokens, shares=0, fee_usd_wad=0)
        extcall MARKET.exchange(k, 0, empty(address), k, tokens, receiver, 0)
    return taken


@external
def swap(k: uint256, j: uint256, amount: uint256, min_amount: uint256, receiver: address) -> (uint256, int256):
    """
    @notice Give asset k at its low price, take asset j at its high price. The dearer of the two legs' fees is charged.
    @return (tokens of j, fee in USD WAD; < 0 is a rebate)
    """
    given: IMarket.AssetParams = self._listed(k)
    taken: IMarket.AssetParams = self._listed(j)
    err.check(k != j, err.SWAP_SAME_ASSET)
    # What the pool holds sets the utilisation: past time is charged before it moves.
    desk: Desk = self._open()
    price_in: IOracle.Price = desk.prices[given.feed]
    price_out: IOracle.Price = desk.prices[taken.feed]
    worst: uint256 = max(desk.aum.status, max(price_in.status, price_out.status))
    gates.check_open(gates.SWAP, worst, desk.aum.mode, desk.aum.closed)
    self._check_uncapped()

    usd: uint256 = pricing.value_down(amount, given.scale, price_in.low)
    fee_in_wad: int256 = self._fee(c.SWAP, k, j, given, usd, True, desk)
    fee_out_wad: int256 = self._fee(c.SWAP, j, k, taken, usd, False, desk)
    fee_usd: int256 = 0
    usd, fee_usd = self._settle(usd, max(fee_in_wad, fee_out_wad))
    tokens: uint256 = pricing.amount_down(usd, taken.scale, price_out.high)
    err.check(tokens > 0 and tokens >= min_amount, err.TOKENS_TOO_FEW)
    log IPool.Swapped(
        asset_in=k, asset_out=j, receiver=receiver, amount_in=amount, amount_out=tokens, fee_usd_wad=fee_usd
    )
    extcall MARKET.exchange(k, amount, msg.sender, j, tokens, receiver, fp.unsigned_or_zero(fee_usd))
    self._check_uncapped()
    return tokens, fee_usd
