# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Accounts
@notice Owners, operators, collateral, and every movement of value between an account and the pool.
@dev Account 1 is the insurance fund, account 2 the treasury: anybody may deposit into insurance, nobody owns it.
"""

from ..interfaces import IMarket
from ..interfaces import IOracle
from ..lib import constants as c
from ..lib import errors as err
from ..lib import fixed_point as fp
from ..lib import pricing
from . import assets

uses: assets

account_count: public(uint256)
owner_of: public(HashMap[uint256, address])
is_operator: public(HashMap[uint256, HashMap[address, bool]])
collateral: public(HashMap[uint256, HashMap[uint256, uint256]])  # account -> asset -> token units
markets_of: public(HashMap[uint256, uint256])  # bitmap of markets with a position
life_of: public(HashMap[uint256, uint256])  # how often the account has had its first position: what is remembered of it ends with it


@internal
def _open(owner: address) -> uint256:
    account: uint256 = self.account_count + 1
    self.account_count = account
    self.owner_of[account] = owner
    log IMarket.AccountOpened(account=account, owner=owner)
    return account


@external
def open_account() -> uint256:
    """@notice A new account of the sender. @return its id"""
    account: uint256 = self._open(msg.sender)
    return account


@external
def set_operator(account: uint256, operator: address, is_approved: bool):
    """@notice Let `operator` trade and withdraw for the account, or no longer."""
    err.check(msg.sender == self.owner_of[account], err.ACCOUNT_NOT_OWNER)
    self.is_operator[account][operator] = is_approved
    log IMarket.OperatorChanged(account=account, operator=operator, is_approved=is_approved)


@internal
@view
def _check_exists(account: uint256):
    err.check(account > 0 and account <= self.account_count, err.ACCOUNT_UNKNOWN)


@internal
@view
def _check_authorised(account: uint256):
    if msg.sender != self.owner_of[account]:
        err.check(self.is_operator[account][msg.sender], err.ACCOUNT_NOT_AUTHORISED)


@internal
def _change(account: uint256, k: uint256, delta: int256):
    """@notice The one writer of collateral, of an account and in sum."""
    held: int256 = convert(self.collateral[account][k], int256) + delta
    err.check(held >= 0, err.ACCOUNT_TOO_LITTLE_COLLATERAL)
    self.collateral[account][k] = convert(held, uint256)
    assets.buckets[k].collateral = convert(convert(assets.buckets[k].collateral, int256) + delta, uint256)
    log IMarket.CollateralMoved(account=account, asset=k, delta=delta)


@internal
def _hold(account: uint256, m: uint256, is_open: bool):
    """@notice Whether an account has a position in a market from now on."""
    held: uint256 = self.markets_of[account]
    if not is_open:
        self.markets_of[account] = held & ~(1 << m)
        return
    if held == 0:
        self.life_of[account] += 1
    self.markets_of[account] = held | (1 << m)


@internal
@view
def _collateral_value(
    account: uint256, more: uint256[c.MAX_ASSETS], px: IOracle.Price[c.MAX_FEEDS]
) -> (uint256, uint256, uint256):
    """
    @notice Of what an account holds, and of tokens that count as if it did.
    @return (USD after haircuts, each asset at the price at which it counts; the part of it whose price is sure; worst price status)
    """
    total: uint256 = 0
    sure: uint256 = 0
    status: uint256 = c.OK
    for k: uint256 in range(assets.asset_count, bound=c.MAX_ASSETS):
        held: uint256 = self.collateral[account][k] + more[k]
        if held == 0:
            continue
        price: IOracle.Price = assets._price_of(k, px)
        usd: uint256 = pricing.value_down(held, assets.asset_params[k].scale, price.collateral)
        usd = assets._counted(k, usd)
        total += usd
        if price.status == c.OK:
            sure += usd
        status = max(status, price.status)
    return total, sure, status


@internal
def _move(
    source: uint256, target: uint256, usd_wad: uint256, px: IOracle.Price[c.MAX_FEEDS], is_last_resort: bool
) -> uint256:
    """
    @notice Move `usd_wad` of collateral, asset by asset in the order of sale, to another account or (target 0) to the pool.
    @dev Each asset at its low price, tokens rounded up: the payer carries spread and rounding. What has no price moves only as the last
         resort of a liquidation, after all else and at its last price.
    @return what could not be moved
    """
    left: uint256 = usd_wad
    for is_halted: bool in [False, True]:
        if is_halted and not is_last_resort:
            break
        for i: uint256 in range(assets.asset_count, bound=c.MAX_ASSETS):
            k: uint256 = (assets.sale_order >> (4 * i)) & 15
            held: uint256 = self.collateral[source][k]
            price: IOracle.Price = assets._price_of(k, px)
            if left == 0 or held == 0 or price.low == 0 or (price.status == c.HALTED) != is_halted:
                continue
            scale: uint256 = assets.asset_params[k].scale
            amount: uint256 = pricing.amount_up(left, scale, price.low)
            if amount <= held:
                left = 0
            else:
                amount = held
                left = fp.sub_or_zero(left, pricing.value_down(amount, scale, price.low))
            moved: int256 = convert(amount, int256)
            self._change(source, k, -moved)
            if target == c.POOL:
                assets._move_pool(k, moved)
            else:
                self._change(target, k, moved)
    return left


@internal
def _pay(
    account: uint256, k: uint256, usd_wad: uint256, limit: uint256, px: IOracle.Price[c.MAX_FEEDS]
) -> uint256:
    """
    @notice Pay `usd_wad` out of the pool in asset k at its high price, at most `limit` tokens.
    @return USD value of what was paid, never above `usd_wad`
    """
    price: IOracle.Price = assets._price_of(k, px)
    if price.status == c.HALTED:
        return 0
    scale: uint256 = assets.asset_params[k].scale
    amount: uint256 = min(limit, pricing.amount_down(usd_wad, scale, price.high))
    if amount == 0:
        return 0
    assets._move_pool(k, -convert(amount, int256))
    self._change(account, k, convert(amount, int256))
    return min(usd_wad, pricing.value_up(amount, scale, price.high))
