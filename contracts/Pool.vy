# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Pool
@notice The liquidity providers' side: shares of the pool, and swaps against it. A fee pulls the pool toward its target weights; a rebate
        for moving it there is paid out of earlier fees alone. Shares leave at once, or where `exit_wait_s` is set by request (Exits);
        so do deposits and swaps enter (`entry_wait_s`, Entries).
@dev Market has custody of the tokens and opens one verb, `exchange`, to this contract. Tokens move last.
"""

from .interfaces import IMarket
from .interfaces import IOracle
from .interfaces import IPool
from .lib import constants as c
from .lib import errors as err
from .lib import fixed_point as fp
from .lib import gates
from .lib import listing
from .lib import pricing
from .modules import access
from .modules import counter
from .modules import entering
from .modules import policies
from .modules import shares
from .modules import windows
from .modules import worth

initializes: access
initializes: policies[access := access]
initializes: windows
initializes: shares[windows := windows]
initializes: worth
initializes: counter[policies := policies, worth := worth]
initializes: entering[shares := shares, worth := worth, counter := counter]

exports: (shares.transfer, shares.transferFrom, shares.approve)
exports: (shares.name, shares.symbol, shares.decimals, shares.totalSupply, shares.balanceOf, shares.allowance)
exports: shares.locked_until_s
exports: (windows.window, windows.window_started_s, windows.window_ends_s, windows.window_supply, windows.window_shares)
exports: (windows.redeemed, windows.minted)
exports: (access.CONTROLLER, policies.set_policy, policies.policy_of)
exports: (worth.MARKET, worth.ORACLE, worth.pending_losses)
exports: counter.rebate_budget_usd_wad

params: public(IPool.PoolParams)


@deploy
def __init__(market: address, controller: address):
    access.__init__(controller)
    worth.__init__(market)
    self.params.max_aum_usd_wad = max_value(uint256)
    self.params.redeem_limit_wad = c.WAD


@external
def set_params(params: IPool.PoolParams):
    """@notice Limits and the rebate share; the controller has checked them."""
    access._only_controller()
    self.params = params
    log IPool.PoolChanged(params=params)


# ------------------------------------------------------------------ value


@external
@view
def aum() -> IMarket.Aum:
    """@notice What all shares are worth now, accrual included."""
    return worth._net(staticcall worth.MARKET.aum(), counter.rebate_budget_usd_wad)


@external
@view
def redeemable(holder: address) -> uint256:
    """@notice Shares that the delay and the window let a holder redeem now; prices and reserves have their own say."""
    if shares.locked_until_s[holder] > block.timestamp:
        return 0
    return windows._redeemable(
        holder, shares.balanceOf[holder], shares.totalSupply, self.params.redeem_limit_wad
    )


@external
@view
def redemption_fee_wad(k: uint256, usd_wad: uint256) -> int256:
    """@notice What the policy would charge now for taking USD of an asset out of the pool."""
    aum: IMarket.Aum = staticcall worth.MARKET.aum()
    net: IMarket.Aum = worth._net(aum, counter.rebate_budget_usd_wad)
    desk: counter.Desk = counter.Desk(gross_low=aum.low, aum=net, prices=staticcall worth.ORACLE.prices())
    return counter._fee(c.REDEEM, k, k, counter._listed(k), usd_wad, False, desk)


# ------------------------------------------------------------------ verbs


@external
def mint(k: uint256, amount: uint256, min_shares: uint256, receiver: address) -> (uint256, int256):
    """
    @notice Deposit an asset, valued at its low price, for shares at the pool's high value. Where one enters by request, nobody does here.
    @return (shares, fee in USD WAD; < 0 is a rebate)
    """
    err.check(self.params.entry_wait_s == 0, err.ENTRY_BY_REQUEST)
    minted: uint256 = 0
    fee_usd: int256 = 0
    minted, fee_usd = entering._mint(k, amount, min_shares, msg.sender, receiver, False, self.params)
    return minted, fee_usd


@external
def redeem(k: uint256, amount: uint256, min_amount: uint256, receiver: address) -> (uint256, int256):
    """
    @notice Burn `amount` shares at the pool's low value, less the losses that prices show already, for an asset at its high price. Whoever leaves the others less than a
            ten-thousandth of all shares while no position is open receives his part of every other asset, too. Where shares leave by
            request, nobody leaves here.
    @return (tokens, fee in USD WAD; < 0 is a rebate)
    """
    err.check(self.params.exit_wait_s == 0, err.EXIT_BY_REQUEST)
    asset: IMarket.AssetParams = counter._listed(k)
    err.check(listing.has_asset(asset), err.ASSET_NOT_LISTED)
    desk: counter.Desk = counter._open()
    price: IOracle.Price = desk.prices[asset.feed]
    gates.check_open(gates.REDEEM, max(desk.aum.status, price.status), desk.aum.mode, desk.aum.closed)

    supply: uint256 = shares.totalSupply
    held: uint256 = shares.balanceOf[msg.sender]
    shares._burn(msg.sender, amount)
    is_last: bool = windows._is_last(amount, supply) and worth._is_unreserved()
    if not is_last:
        windows._leave(
            msg.sender, held, amount, supply, self.params.redeem_limit_wad, self.params.redeem_window_s
        )
    tokens: uint256 = 0
    fee_usd: int256 = 0
    tokens, fee_usd = self._pay(k, amount, supply, is_last, min_amount, receiver, False, desk)
    err.check(tokens > 0, err.TOKENS_TOO_FEW)
    return tokens, fee_usd


@internal
def _pay(
    k: uint256,
    amount: uint256,
    supply: uint256,
    is_last: bool,
    min_amount: uint256,
    receiver: address,
    is_burning: bool,
    desk: counter.Desk,
) -> (uint256, int256):
    """
    @notice Pay out `amount` of the `supply`, for which the shares are still to be burnt (from the sender) or were already.
    @return (tokens, fee in USD WAD); no tokens if they would be fewer than asked for: then nothing was done
    """
    if is_last:
        parts: uint256[c.MAX_ASSETS] = worth._parts(fp.mul_div_down(amount, desk.gross_low, supply), desk.prices)
        if parts[k] == 0 or parts[k] < min_amount:
            return 0, 0
        if is_burning:
            shares._burn(msg.sender, amount)
        self._take_all(k, parts, receiver)
        log IPool.Redeemed(asset=k, receiver=receiver, amount=parts[k], shares=amount, fee_usd_wad=0)
        return parts[k], 0
    asset: IMarket.AssetParams = staticcall worth.MARKET.asset_params(k)
    usd: uint256 = 0
    if amount > 0:
        usd = fp.mul_div_down(amount, fp.sub_or_zero(desk.aum.low, worth._pending_losses(desk.prices)), supply)
    fee_wad: int256 = counter._fee(c.REDEEM, k, k, asset, usd, False, desk)
    if is_burning and fp.magnitude(fee_wad) > c.MAX_FEE_WAD:
        return 0, 0
    worth._check_fee(fee_wad)
    fee_usd: int256 = 0
    moved: int256 = 0
    usd, fee_usd, moved = counter._charged(usd, fee_wad, self.params.rebate_share_wad)
    tokens: uint256 = pricing.amount_down(usd, asset.scale, desk.prices[asset.feed].high)
    if tokens == 0 or tokens < min_amount:
        return 0, 0
    if is_burning:
        is_free: bool = worth._lets_go(k, asset, tokens, fee_usd, desk.prices[asset.feed].low)
        if not is_free:
            return 0, 0
        shares._burn(msg.sender, amount)
    counter._move_budget(moved)
    log IPool.Redeemed(asset=k, receiver=receiver, amount=tokens, shares=amount, fee_usd_wad=fee_usd)
    extcall worth.MARKET.exchange(k, 0, msg.sender, k, tokens, receiver, fp.unsigned_or_zero(fee_usd))
    if not is_burning:
        worth._check_uncapped()
    return tokens, fee_usd


@internal
def _take_all(asked: uint256, parts: uint256[c.MAX_ASSETS], receiver: address):
    """
    @notice The last provider leaves with his part of every token, for USD at low prices. There is no fee, no spread and no buffer, and
            what was set aside for rebates is the shareholders' again: there is nobody left for whom any of it could be kept.
    """
    counter._move_budget(-convert(counter.rebate_budget_usd_wad, int256))
    for k: uint256 in range(c.MAX_ASSETS):
        if parts[k] == 0:
            continue
        if k != asked:
            log IPool.Redeemed(asset=k, receiver=receiver, amount=parts[k], shares=0, fee_usd_wad=0)
        extcall worth.MARKET.exchange(k, 0, empty(address), k, parts[k], receiver, 0)


# ------------------------------------------------------------------ exits by request


@internal
@view
def _only_exits():
    exits: address = staticcall worth.MARKET.policy_of(c.EXITS)
    err.check(msg.sender == exits, err.ACCESS_NOT_EXITS)


@external
def hold(holder: address, amount: uint256) -> uint256:
    """
    @notice Put shares that shall leave into the hands of Exits. They count in the window of now, as if they left now.
    @return the window in which they count; 0 = in none
    """
    self._only_exits()
    supply: uint256 = shares.totalSupply
    held: uint256 = shares.balanceOf[holder]
    shares._give(holder, msg.sender, amount)
    if self.params.redeem_limit_wad >= c.WAD or (windows._is_last(amount, supply) and worth._is_unreserved()):
        return 0
    windows._leave(holder, held, amount, supply, self.params.redeem_limit_wad, self.params.redeem_window_s)
    return windows.window


@external
def give_back(holder: address, amount: uint256, window: uint256):
    """@notice Return shares that did not leave, and their part of the window in which they counted."""
    self._only_exits()
    held: uint256 = shares.balanceOf[holder]
    windows._return(msg.sender, shares.balanceOf[msg.sender], holder, held, amount, window)
    shares._give(msg.sender, holder, amount)


@external
def redeem_held(
    k: uint256, amount: uint256, reward: uint256, min_amount: uint256, receiver: address, is_late: bool
) -> (uint256, int256):
    """
    @notice Redeem shares that Exits holds, as `redeem` does. With the keeper's reward, which stays, they may be the last ones. While venues show another price than the band the request waits like at a
            WIDE price; late, it does not, and is paid by the worse of the two.
    @return (tokens, fee in USD WAD; < 0 is a rebate); no tokens if they would be fewer than asked for, or may not leave: then nothing was done
    """
    self._only_exits()
    asset: IMarket.AssetParams = counter._listed(k)
    if not listing.has_asset(asset):
        return 0, 0
    desk: counter.Desk = counter._open()
    price: IOracle.Price = desk.prices[asset.feed]
    status: uint256 = max(desk.aum.status, price.status)
    if worth._is_catching_up(desk.prices, asset.feed):
        status = max(status, c.WIDE)
    if is_late and status == c.WIDE:
        status = c.OK
        desk.aum.low = fp.sub_or_zero(desk.aum.low, worth._fall_to_shown(desk.prices))
        desk.prices[asset.feed].high = max(price.high, price.shown)
    gates.check_open(gates.REDEEM, status, desk.aum.mode, desk.aum.closed)
    supply: uint256 = shares.totalSupply
    is_last: bool = windows._is_last(amount + reward, supply) and worth._is_unreserved()
    tokens: uint256 = 0
    fee_usd: int256 = 0
    tokens, fee_usd = self._pay(k, amount, supply, is_last, min_amount, receiver, True, desk)
    return tokens, fee_usd


# ------------------------------------------------------------------ swaps


@external
def swap(k: uint256, j: uint256, amount: uint256, min_amount: uint256, receiver: address) -> (uint256, int256):
    """
    @notice Give asset k at its low price, take asset j at its high price. The dearer of the two legs' fees is charged. Where one enters
            by request, nobody swaps here.
    @return (tokens of j, fee in USD WAD; < 0 is a rebate)
    """
    err.check(self.params.entry_wait_s == 0, err.ENTRY_BY_REQUEST)
    tokens: uint256 = 0
    fee_usd: int256 = 0
    tokens, fee_usd = entering._swap(k, j, amount, min_amount, receiver, False, self.params)
    return tokens, fee_usd


# ------------------------------------------------------------------ entries by request


@internal
@view
def _only_entries():
    entries: address = staticcall worth.MARKET.policy_of(c.ENTRIES)
    err.check(msg.sender == entries, err.ACCESS_NOT_ENTRIES)


@external
def mint_held(
    k: uint256, amount: uint256, min_shares: uint256, holder: address, receiver: address
) -> (uint256, int256):
    """
    @notice Deposit tokens that Entries holds for a holder, as `mint` does.
    @return (shares, fee in USD WAD; < 0 is a rebate); no shares if they would be fewer than asked for, or may not enter: then nothing was done
    """
    self._only_entries()
    minted: uint256 = 0
    fee_usd: int256 = 0
    minted, fee_usd = entering._mint(k, amount, min_shares, holder, receiver, True, self.params)
    return minted, fee_usd


@external
def swap_held(
    k: uint256, j: uint256, amount: uint256, min_amount: uint256, receiver: address
) -> (uint256, int256):
    """
    @notice Swap tokens that Entries holds, as `swap` does.
    @return (tokens of j, fee in USD WAD; < 0 is a rebate); no tokens if they would be fewer than asked for, or may not move: then nothing was done
    """
    self._only_entries()
    tokens: uint256 = 0
    fee_usd: int256 = 0
    tokens, fee_usd = entering._swap(k, j, amount, min_amount, receiver, True, self.params)
    return tokens, fee_usd
